// Help and definitions as they were written at build time. A file of its own, since a build into one file carries them inside
// instead (scripts/standalone.ts puts them in place of this file).

import { readFileSync } from 'node:fs';

/** The help of a command, or of `regsweep`; undefined where none was written. */
export function readyHelp(name: string): string | undefined {
  return read(`${name}.txt`);
}

/** What every command takes, for a shell's completion; undefined where it was not written. */
export function readyDefinitions(): unknown {
  const text = read('definitions.json');
  return text === undefined ? undefined : JSON.parse(text);
}

function read(file: string): string | undefined {
  try {
    return readFileSync(new URL(`help/${file}`, import.meta.url), 'utf8');
  } catch {
    return undefined; // ignored error: without a ready text the program makes the same one
  }
}
