// What lies in `.regsweep` is ours: real folders and regular files. What lies in a trash is deleted whole, so a link there
// could have anything deleted; and a pipe or a device in the place of a file could block a run for ever.

import type { Stats } from 'node:fs';
import { EXIT, RegsweepError } from '../model/errors.js';

type Lstat = { lstat(path: string): Stats | undefined };

/** Levels of `.regsweep/runs/<id>/trash`. */
const LEVELS = 4;

/** Throws the refusal `run-record` where `trash` (`…/.regsweep/runs/<id>/trash`), or one of ours above it, is not a folder. */
export function refuseIfRedirected(trash: string, reader: Lstat): void {
  let folder = trash;
  for (let level = 0; level < LEVELS; level += 1) {
    refuseUnlessFolder(folder, reader);
    folder = folder.slice(0, folder.lastIndexOf('/'));
  }
}

/** Throws the refusal `run-record` where something else lies in the place of one of our folders. */
export function refuseUnlessFolder(folder: string, reader: Lstat): void {
  const stats = reader.lstat(folder);
  if (stats !== undefined && !stats.isDirectory()) throw misplacedError(folder, `is ${kindOf(stats)}, not a folder`);
}

/** The refusal `run-record` for what lies at `path`, a place of ours, and was not made by regsweep: `what` it is. */
export function misplacedError(path: string, what: string): RegsweepError {
  return new RegsweepError('run-record', EXIT.refused, `${path} ${what}: regsweep cannot use it.`, {
    path,
    hint: 'Nothing was touched. regsweep did not make this; see what it is, then remove it and run the same command again.',
  });
}

/** Such as `a symlink`. */
export function kindOf(stats: Stats): string {
  if (stats.isSymbolicLink()) return 'a symlink';
  if (stats.isDirectory()) return 'a folder';
  if (stats.isFIFO()) return 'a named pipe';
  if (stats.isSocket()) return 'a socket';
  return stats.isFile() ? 'a file' : 'a device';
}
