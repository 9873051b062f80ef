// Help as it was written at build time. A file of its own, since a build into one file carries the texts inside instead
// (scripts/standalone.ts puts them in place of this file).

import { readFileSync } from 'node:fs';

/** The help of a command, or of `regsweep`; undefined where none was written. */
export function readyHelp(name: string): string | undefined {
  try {
    return readFileSync(new URL(`help/${name}.txt`, import.meta.url), 'utf8');
  } catch {
    return undefined; // ignored error: without a ready text the program makes the same one
  }
}
