// Frees the space of a run that has ended: many items at once where each waits for the disk. Deletes what lies in the run's own
// folders and follows no symlink out of them. Can be cut off anywhere and begun again; what is half deleted is in no trash any more.

import pLimit from 'p-limit';
import type { Tree } from '../model/tree.js';
import type { WritingDoor } from './door.js';
import { erase, eraseItem } from './erase.js';
import { type LookedOver, lookOver } from './look-over.js';
import { refuseUnlessFolder } from './own-folders.js';
import { END_MARK, KEPT_MARK, type RunRecord, readRun, runFolder, trashFolders, UNDOING_MARK } from './run.js';
import { hasBegunToLeave, leavingFolder } from './runs.js';
import { eachItem, entriesOf } from './trash-items.js';

/** A run has one trash on each file system that it took from. */
const DISKS_AT_ONCE = 4;

/**
 * Empties the trash of run `id` and removes its folder, the end mark last. Once `signal` is aborted it throws its reason before the
 * next item.
 */
export async function emptyRun(tree: Tree, id: string, door: WritingDoor, signal?: AbortSignal): Promise<void> {
  const record = readRun(tree, id, door);
  if (record !== undefined && !hasBegunToLeave(tree, record, door)) await lookOver(tree, record, door, signal);
  await eraseRun(tree, record ?? { id, trashes: [] }, door, signal);
}

/**
 * Frees the trash of a run that ended unless it is `kept`, or something in it is none of a registry's; says what. Once `signal` is
 * aborted it throws its reason before the next item.
 */
export async function freeRun(
  tree: Tree,
  record: RunRecord,
  door: WritingDoor,
  { kept = false, signal }: { readonly kept?: boolean; readonly signal?: AbortSignal | undefined },
): Promise<LookedOver> {
  const found = hasBegunToLeave(tree, record, door) ? CLEAN : await lookOver(tree, record, door, signal);
  if (!kept && !found.stays) await eraseRun(tree, record, door, signal);
  return found;
}
const CLEAN: LookedOver = { foreign: [], stays: false };

/** From here on nothing of the run's trash may be put back. */
export function beginToLeave(tree: Tree, record: Pick<RunRecord, 'id' | 'trashes'>, door: WritingDoor): void {
  for (const trash of trashFolders(tree, record)) {
    if (door.lstat(trash) !== undefined && door.lstat(leavingFolder(trash)) === undefined) {
      door.rename(trash, leavingFolder(trash));
    }
  }
}

/** Deletes the trash of a run, its record, and the end mark last. */
async function eraseRun(
  tree: Tree,
  record: Pick<RunRecord, 'id' | 'trashes'> & Partial<RunRecord>,
  door: WritingDoor,
  signal?: AbortSignal,
): Promise<void> {
  const folders = trashFolders(tree, record);
  for (const trash of folders) refuseUnlessFolder(leavingFolder(trash), door);
  beginToLeave(tree, record, door);
  const limit = pLimit(DISKS_AT_ONCE);
  const erased = folders.map((trash) =>
    limit(async () => {
      await eraseAll(leavingFolder(trash), record, door, signal);
      await eraseAll(trash, record, door, signal);
    }),
  );
  // Every one is tried before the first failure is told: what can be freed is.
  for (const result of await Promise.allSettled(erased)) if (result.status === 'rejected') throw result.reason;
  for (const trash of record.trashes) removeEmptiedAbove(trash, door);
  const folder = runFolder(tree, record.id);
  for (const name of ['plan.json', KEPT_MARK, UNDOING_MARK, END_MARK]) {
    if (door.lstat(`${folder}/${name}`) !== undefined) door.unlink(`${folder}/${name}`);
  }
  door.rmdir(folder);
}

/** Deletes the folder and all in it. Every entry is tried before the first failure is told: what can be freed is. */
async function eraseAll(
  folder: string,
  record: Partial<RunRecord>,
  door: WritingDoor,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (door.lstat(folder) === undefined) return;
  const kindOf = (step: number) => record.steps?.[step - 1]?.kind;
  const { items } = entriesOf(folder, kindOf, door);
  const failures = await eachItem(folder, items, door, ({ kind }, path, calls) => eraseItem(kind, path, calls), {
    moved: true,
    signal,
  });
  for (const failure of failures) throw failure;
  // Private folders that this attempt or one before it could not remove.
  for (const name of entriesOf(folder, kindOf, door).others) await erase(`${folder}/${name}`, door);
  door.rmdir(folder);
}

/** Removes our folders on another file system, as far as they are empty: `.regsweep/runs/<id>`. */
function removeEmptiedAbove(trash: string, door: WritingDoor): void {
  let folder = trash;
  for (let levels = 0; levels < 3; levels += 1) {
    folder = folder.slice(0, folder.lastIndexOf('/'));
    if (door.lstat(folder) === undefined || door.names(folder).length > 0) return;
    door.rmdir(folder);
  }
}
