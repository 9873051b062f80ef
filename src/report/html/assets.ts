// Style and script of a report, from the files beside this one. A bundle holds their minified text instead of this module
// (scripts/bundle.ts), so what is installed reads no file for them.

import fs from 'node:fs';

export const STYLE = text('report.css');
export const SCRIPT = text('report.js');

function text(name: string): string {
  return fs.readFileSync(new URL(name, import.meta.url), 'utf8');
}
