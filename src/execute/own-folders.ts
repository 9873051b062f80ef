// The folders of ours, `.regsweep` and what is below it, are folders and no symlinks: what lies in a trash is deleted whole, so
// whoever could lead it elsewhere could have anything deleted.

import { EXIT, RegsweepError } from '../model/errors.js';
import type { LookingDoor } from './looking-door.js';

/** Levels of `.regsweep/runs/<id>/trash`. */
const LEVELS = 4;

/** Throws the refusal `run-record` where `trash` (`…/.regsweep/runs/<id>/trash`), or one of ours above it, is a symlink. */
export function refuseLedAway(trash: string, door: LookingDoor): void {
  let folder = trash;
  for (let level = 0; level < LEVELS; level += 1) {
    refuseSymlink(folder, door);
    folder = folder.slice(0, folder.lastIndexOf('/'));
  }
}

/** Throws the refusal `run-record` where one of our folders is a symlink. */
export function refuseSymlink(folder: string, door: LookingDoor): void {
  if (door.lstat(folder)?.isSymbolicLink() !== true) return;
  throw new RegsweepError('run-record', EXIT.refused, `${folder} is a symlink: it can not be used.`, {
    path: folder,
    hint: 'Nothing was touched. regsweep makes real folders; see where this one leads, then remove the symlink.',
  });
}
