// Frees the space of a run that has ended: many items at once where each waits for the disk. Deletes what lies in the run's own
// folders and follows no symlink out of them. Can be cut off anywhere and started again; what is half deleted is in no trash any more.

import pLimit from 'p-limit';
import type { Tree } from '../model/tree.js';
import { erase, eraseItem } from './erase.js';
import { inspectTrash, type TrashInspection } from './inspect-trash.js';
import { refuseUnlessFolder } from './own-folders.js';
import { END_MARK, KEPT_MARK, type RunRecord, readRun, runFolder, trashFolders, UNDOING_MARK } from './run.js';
import { deletingFolder, hasStartedDeleting } from './runs.js';
import { eachItem, entriesOf } from './trash-items.js';
import type { Writer } from './writer.js';

/** A run has one trash on each file system that it took from. */
const DISKS_AT_ONCE = 4;

/**
 * Empties the trash of run `id` and removes its folder, the end mark last. Once `signal` is aborted it throws its reason before the
 * next item.
 */
export async function emptyRun(tree: Tree, id: string, writer: Writer, signal?: AbortSignal): Promise<void> {
  const record = readRun(tree, id, writer);
  if (record !== undefined && !hasStartedDeleting(tree, record, writer))
    await inspectTrash(tree, record, writer, signal);
  await eraseRun(tree, record ?? { id, trashes: [] }, writer, signal);
}

/**
 * Frees the trash of a run that ended unless it is `kept`, or something in it is not written by the registry; says what. Once `signal` is
 * aborted it throws its reason before the next item.
 */
export async function freeRun(
  tree: Tree,
  record: RunRecord,
  writer: Writer,
  { kept = false, signal }: { readonly kept?: boolean; readonly signal?: AbortSignal | undefined },
): Promise<TrashInspection> {
  const found = hasStartedDeleting(tree, record, writer) ? CLEAN : await inspectTrash(tree, record, writer, signal);
  if (!kept && !found.stays) await eraseRun(tree, record, writer, signal);
  return found;
}
const CLEAN: TrashInspection = { foreign: [], stays: false };

/** From here on nothing of the run's trash may be put back. */
export function startDeleting(tree: Tree, record: Pick<RunRecord, 'id' | 'trashes'>, writer: Writer): void {
  for (const trash of trashFolders(tree, record)) {
    if (writer.lstat(trash) !== undefined && writer.lstat(deletingFolder(trash)) === undefined) {
      writer.rename(trash, deletingFolder(trash));
    }
  }
}

/** Deletes the trash of a run, its record, and the end mark last. */
async function eraseRun(
  tree: Tree,
  record: Pick<RunRecord, 'id' | 'trashes'> & Partial<RunRecord>,
  writer: Writer,
  signal?: AbortSignal,
): Promise<void> {
  const folders = trashFolders(tree, record);
  for (const trash of folders) refuseUnlessFolder(deletingFolder(trash), writer);
  startDeleting(tree, record, writer);
  const limit = pLimit(DISKS_AT_ONCE);
  const erased = folders.map((trash) =>
    limit(async () => {
      await eraseAll(deletingFolder(trash), record, writer, signal);
      await eraseAll(trash, record, writer, signal);
    }),
  );
  // Every one is tried before the first failure is reported: what can be freed is.
  for (const result of await Promise.allSettled(erased)) if (result.status === 'rejected') throw result.reason;
  for (const trash of record.trashes) removeEmptiedAbove(trash, writer);
  const folder = runFolder(tree, record.id);
  for (const name of ['plan.json', KEPT_MARK, UNDOING_MARK, END_MARK]) {
    if (writer.lstat(`${folder}/${name}`) !== undefined) writer.unlink(`${folder}/${name}`);
  }
  writer.rmdir(folder);
}

/** Deletes the folder and all in it. Every entry is tried before the first failure is reported: what can be freed is. */
async function eraseAll(
  folder: string,
  record: Partial<RunRecord>,
  writer: Writer,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (writer.lstat(folder) === undefined) return;
  const kindOf = (step: number) => record.steps?.[step - 1]?.kind;
  const { items } = entriesOf(folder, kindOf, writer);
  const failures = await eachItem(folder, items, writer, ({ kind }, path, calls) => eraseItem(kind, path, calls), {
    moved: true,
    signal,
  });
  for (const failure of failures) throw failure;
  // Private folders that this attempt or one before it could not remove.
  for (const name of entriesOf(folder, kindOf, writer).others) await erase(`${folder}/${name}`, writer);
  writer.rmdir(folder);
}

/** Removes our folders on another file system, as far as they are empty: `.regsweep/runs/<id>`. */
function removeEmptiedAbove(trash: string, writer: Writer): void {
  let folder = trash;
  for (let levels = 0; levels < 3; levels += 1) {
    folder = folder.slice(0, folder.lastIndexOf('/'));
    if (writer.lstat(folder) === undefined || writer.names(folder).length > 0) return;
    writer.rmdir(folder);
  }
}
