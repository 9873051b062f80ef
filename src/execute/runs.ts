// The runs on disk as they are now, for code that only looks: which ended, what their trash holds, which are being freed or undone.

import type { Tree } from '../model/tree.js';
import type { Reader } from './reader.js';
import {
  isEnded,
  isUndoing,
  KEPT_MARK,
  type RunRecord,
  readRun,
  runFolder,
  runIds,
  trashEntry,
  trashFolders,
} from './run.js';

/** A trash folder that is being emptied: nothing that lies there is whole, so nothing of it may be put back. */
export function deletingFolder(trash: string): string {
  return `${trash}-leaving`;
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
export function listRuns(tree: Tree, reader: Reader): readonly RunListed[] {
  return runIds(tree, reader).map((id) => {
    const record = readRun(tree, id, reader);
    const kept = record === undefined ? [] : takenSteps(tree, record, reader);
    const inPlace = record?.steps.some((step) => trashEntry(tree, record, step) === undefined) === true;
    const ended = isEnded(tree, id, reader);
    const leaving = record !== undefined && isBeingDeleted(tree, record, reader);
    return {
      id,
      command: record?.command ?? '',
      ended,
      items: kept.length,
      bytes: kept.reduce((sum, { bytes }) => sum + bytes, 0),
      undoable: ended && !leaving && kept.length > 0 && !inPlace,
      leaving,
      undoing: ended && !leaving && isUndoing(tree, id, reader),
    };
  });
}

/** True where the trash of an ended run cannot be put back: it was not to be kept, or its deletion has started. */
export function isBeingDeleted(tree: Tree, record: RunRecord, reader: Reader): boolean {
  if (!isEnded(tree, record.id, reader)) return false;
  if (!record.keepTrash && reader.lstat(`${runFolder(tree, record.id)}/${KEPT_MARK}`) === undefined) return true;
  return hasStartedDeleting(tree, record, reader);
}

export function hasStartedDeleting(tree: Tree, record: RunRecord, reader: Reader): boolean {
  return trashFolders(tree, record).some((trash) => reader.lstat(deletingFolder(trash)) !== undefined);
}

/** Runs whose undo was cut off. */
export function undoingRuns(tree: Tree, reader: Reader): readonly string[] {
  return runIds(tree, reader).filter((id) => {
    const record = isEnded(tree, id, reader) && isUndoing(tree, id, reader) ? readRun(tree, id, reader) : undefined;
    return record !== undefined && !isBeingDeleted(tree, record, reader);
  });
}

/** The steps of a run whose items lie in its trash now. */
export function takenSteps(tree: Tree, record: RunRecord, reader: Reader): RunRecord['steps'] {
  const there = trashFolders(tree, record).map(
    (folder) => new Set(reader.lstat(folder) === undefined ? [] : reader.names(folder)),
  );
  return record.steps.filter(({ step, trash = 0 }) => there[trash]?.has(String(step)) === true);
}

/** Runs that were cut off before their end mark and have a record, oldest first: without one nothing was taken. */
export function unfinishedRuns(tree: Tree, reader: Reader): readonly string[] {
  return runIds(tree, reader).filter((id) => !isEnded(tree, id, reader) && readRun(tree, id, reader) !== undefined);
}
