// When a file was modified, held to what a date can be: some file systems keep seconds of 64 bits, and a time that no date holds
// could be neither compared with a day nor told.

import type { Stats } from 'node:fs';

/** The furthest that a date is from 1970, in ms (ECMAScript, time values). */
const FURTHEST_MS = 8.64e15;

/** mtime, ms since 1970. */
export function modifiedMsOf({ mtimeMs }: Stats): number {
  return Math.min(FURTHEST_MS, Math.max(-FURTHEST_MS, mtimeMs));
}
