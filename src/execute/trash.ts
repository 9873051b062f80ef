// Frees the space of a run that has ended: many unlinks in flight, for each waits on the disk. Deletes what lies in the run's own
// folders and follows no symlink out of them. Can be cut off anywhere and begun again; what is half deleted is in no trash any more.

import pLimit from 'p-limit';
import type { Tree } from '../model/tree.js';
import type { WritingDoor } from './door.js';
import { refuseSymlink } from './own-folders.js';
import {
  END_MARK,
  isEnded,
  isUndoing,
  KEPT_MARK,
  type RunRecord,
  readRun,
  runFolder,
  runIds,
  trashEntry,
  trashFolders,
  UNDOING_MARK,
} from './run.js';

const IN_FLIGHT = 32;

/** A trash folder that is being emptied: nothing that lies there is whole, so nothing of it may be put back. */
function leavingFolder(trash: string): string {
  return `${trash}-leaving`;
}

/**
 * Empties the trash of run `id` and removes its folder, the end mark last. Once `signal` is aborted it throws its reason before the
 * next item.
 */
export async function emptyRun(tree: Tree, id: string, door: WritingDoor, signal?: AbortSignal): Promise<void> {
  const record = readRun(tree, id, door) ?? { id, trashes: [] };
  const folders = trashFolders(tree, record);
  for (const trash of folders) refuseSymlink(leavingFolder(trash), door);
  for (const trash of folders) {
    if (door.lstat(trash) !== undefined && door.lstat(leavingFolder(trash)) === undefined) {
      door.rename(trash, leavingFolder(trash));
    }
  }
  for (const trash of folders) {
    await eraseAll(leavingFolder(trash), door, signal);
    await eraseAll(trash, door, signal);
  }
  for (const trash of record.trashes) await removeEmptiedAbove(trash, door);
  const folder = runFolder(tree, id);
  for (const name of ['plan.json', KEPT_MARK, UNDOING_MARK, END_MARK]) {
    if (door.lstat(`${folder}/${name}`) !== undefined) await door.unlink(`${folder}/${name}`);
  }
  await door.removeEmptied(folder);
}

/** Deletes the folder and all in it. Every entry is tried before the first failure is told: what can be freed is. */
async function eraseAll(folder: string, door: WritingDoor, signal: AbortSignal | undefined): Promise<void> {
  if (door.lstat(folder) === undefined) return;
  const limit = pLimit(IN_FLIGHT);
  const erased = door.names(folder).map((name) =>
    limit(async () => {
      signal?.throwIfAborted();
      await erase(`${folder}/${name}`, door);
    }),
  );
  const failed = (await Promise.allSettled(erased)).find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
  await door.removeEmptied(folder);
}

/** Removes our folders on another file system, as far as they are empty: `.regsweep/runs/<id>`. */
async function removeEmptiedAbove(trash: string, door: WritingDoor): Promise<void> {
  let folder = trash;
  for (let levels = 0; levels < 3; levels += 1) {
    folder = folder.slice(0, folder.lastIndexOf('/'));
    if (door.lstat(folder) === undefined || door.names(folder).length > 0) return;
    await door.removeEmptied(folder);
  }
}

/** A run on disk, with what its trash holds now. */
export interface RunListed {
  readonly id: string;
  readonly command: string;
  readonly ended: boolean;
  readonly items: number;
  /** Bytes of the data files that the items had. */
  readonly bytes: number;
  /** True where every item that went lies in the trash: `undo` can put it back. */
  readonly undoable: boolean;
  /** True where its trash is being deleted, and that was cut off. */
  readonly leaving: boolean;
  /** True where its undo was cut off. */
  readonly undoing: boolean;
}

/** Runs on disk, oldest first. */
export function listRuns(tree: Tree, door: WritingDoor): readonly RunListed[] {
  return runIds(tree, door).map((id) => {
    const record = readRun(tree, id, door);
    const kept = record === undefined ? [] : takenSteps(tree, record, door);
    const inPlace = record?.steps.some((step) => trashEntry(tree, record, step) === undefined) === true;
    const ended = isEnded(tree, id, door);
    const leaving = record !== undefined && isLeaving(tree, record, door);
    return {
      id,
      command: record?.command ?? '',
      ended,
      items: kept.length,
      bytes: kept.reduce((sum, { bytes }) => sum + bytes, 0),
      undoable: ended && !leaving && kept.length > 0 && !inPlace,
      leaving,
      undoing: ended && !leaving && isUndoing(tree, id, door),
    };
  });
}

/** True where the trash of an ended run is nobody's to put back: it was never to be kept, or its deletion has begun. */
export function isLeaving(tree: Tree, record: RunRecord, door: WritingDoor): boolean {
  if (!isEnded(tree, record.id, door)) return false;
  if (!record.keepTrash && door.lstat(`${runFolder(tree, record.id)}/${KEPT_MARK}`) === undefined) return true;
  return trashFolders(tree, record).some((trash) => door.lstat(leavingFolder(trash)) !== undefined);
}

/** Runs whose undo was cut off. */
export function undoingRuns(tree: Tree, door: WritingDoor): readonly string[] {
  return runIds(tree, door).filter((id) => {
    const record = isEnded(tree, id, door) && isUndoing(tree, id, door) ? readRun(tree, id, door) : undefined;
    return record !== undefined && !isLeaving(tree, record, door);
  });
}

/** The steps of a run whose items lie in its trash now. */
export function takenSteps(tree: Tree, record: RunRecord, door: WritingDoor): RunRecord['steps'] {
  const there = trashFolders(tree, record).map(
    (folder) => new Set(door.lstat(folder) === undefined ? [] : door.names(folder)),
  );
  return record.steps.filter(({ step, trash = 0 }) => there[trash]?.has(String(step)) === true);
}

/** Deletes what lies at `path`, in a trash folder or an item deleted in place. */
export async function erase(path: string, door: WritingDoor): Promise<void> {
  const stats = door.lstat(path);
  if (stats === undefined) return;
  if (!stats.isDirectory()) return door.unlink(path);
  for (const entry of door.entries(path)) {
    if (entry.isDirectory()) await erase(`${path}/${entry.name}`, door);
    else await door.unlink(`${path}/${entry.name}`);
  }
  await door.removeEmptied(path);
}
