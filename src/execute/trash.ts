// Frees the space of a run that has ended: in many threads, for each unlink waits on the disk. Deletes what lies in the run's own
// folders and follows no symlink out of them. Can be cut off anywhere and begun again; what is half deleted is in no trash any more.

import pLimit from 'p-limit';
import type { Tree } from '../model/tree.js';
import { Crew } from './crew.js';
import type { WritingDoor } from './door.js';
import { erase } from './erase.js';
import { type LookedOver, lookOver } from './look-over.js';
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
import { entriesOf, errorOf, shiftOf } from './shift.js';

/** A run has one trash on each file system that it took from. */
const DISKS_AT_ONCE = 4;

/** A trash folder that is being emptied: nothing that lies there is whole, so nothing of it may be put back. */
function leavingFolder(trash: string): string {
  return `${trash}-leaving`;
}

/**
 * Empties the trash of run `id` and removes its folder, the end mark last. Once `signal` is aborted it throws its reason before the
 * next few items.
 */
export async function emptyRun(tree: Tree, id: string, door: WritingDoor, signal?: AbortSignal): Promise<void> {
  const crew = new Crew(door);
  try {
    const record = readRun(tree, id, door);
    if (record !== undefined && !hasBegunToLeave(tree, record, door)) await lookOver(tree, record, door, crew, signal);
    await eraseRun(tree, record ?? { id, trashes: [] }, door, crew, signal);
  } finally {
    await crew.close();
  }
}

/**
 * Frees the trash of a run that ended unless it is `kept`, or something in it is none of a registry's; says what. Once `signal` is
 * aborted it throws its reason before the next few items.
 */
export async function freeRun(
  tree: Tree,
  record: RunRecord,
  door: WritingDoor,
  { kept = false, signal }: { readonly kept?: boolean; readonly signal?: AbortSignal | undefined },
): Promise<LookedOver> {
  const crew = new Crew(door);
  try {
    const found = hasBegunToLeave(tree, record, door) ? CLEAN : await lookOver(tree, record, door, crew, signal);
    if (!kept && !found.stays) await eraseRun(tree, record, door, crew, signal);
    return found;
  } finally {
    await crew.close();
  }
}
const CLEAN: LookedOver = { foreign: [], stays: false };

/** Deletes the trash of a run, its record, and the end mark last. */
async function eraseRun(
  tree: Tree,
  record: Pick<RunRecord, 'id' | 'trashes'> & Partial<RunRecord>,
  door: WritingDoor,
  crew: Crew,
  signal?: AbortSignal,
): Promise<void> {
  const folders = trashFolders(tree, record);
  for (const trash of folders) refuseSymlink(leavingFolder(trash), door);
  for (const trash of folders) {
    if (door.lstat(trash) !== undefined && door.lstat(leavingFolder(trash)) === undefined) {
      door.rename(trash, leavingFolder(trash));
    }
  }
  const limit = pLimit(DISKS_AT_ONCE);
  const erased = folders.map((trash) =>
    limit(async () => {
      await eraseAll(leavingFolder(trash), record, crew, door, signal);
      await eraseAll(trash, record, crew, door, signal);
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
  crew: Crew,
  door: WritingDoor,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (door.lstat(folder) === undefined) return;
  const { failures } = await crew.work(
    shiftOf('erase', folder, entriesOf(folder, door).steps, (step) => record.steps?.[step - 1]?.kind),
    signal,
  );
  for (const failure of failures) throw errorOf(failure);
  // The folders that threads had to themselves, now or when this was begun before.
  for (const name of entriesOf(folder, door).others) erase(`${folder}/${name}`, door);
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
  return hasBegunToLeave(tree, record, door);
}

function hasBegunToLeave(tree: Tree, record: RunRecord, door: WritingDoor): boolean {
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
