// Puts back what a run without its end mark took, last step first, so that the tree is again what it was before that run. Never
// over something newer. Also finishes emptying the trash of runs that ended. Can be cut off anywhere and begun again.

import type { Tree } from '../model/tree.js';
import type { WritingDoor } from './door.js';
import {
  END_MARK,
  isEnded,
  KEPT_MARK,
  type RunRecord,
  readRun,
  runFolder,
  runIds,
  type Step,
  trashEntry,
  trashFolder,
} from './run.js';
import { emptyRun } from './trash.js';

export interface PutBack {
  readonly run: string;
  readonly steps: number;
  /** Paths, relative to v2, that had come back meanwhile: the newer one stays, the older in the trash. */
  readonly inTheWay: readonly string[];
}

/** Puts every unfinished run back, newest first. Throws `run-record` where a record can not be trusted. */
export async function putBackUnfinished(tree: Tree, door: WritingDoor): Promise<readonly PutBack[]> {
  const done: PutBack[] = [];
  for (const id of [...runIds(tree, door)].reverse()) {
    if (isEnded(tree, id, door)) {
      if (readRun(tree, id, door)?.keepTrash !== true && !holdsForeign(tree, id, door)) await emptyRun(tree, id, door);
      continue;
    }
    const record = readRun(tree, id, door);
    if (record === undefined) {
      await emptyRun(tree, id, door);
      continue;
    }
    const result = putBack(tree, record, door);
    done.push(result);
    if (result.inTheWay.length === 0) await emptyRun(tree, id, door);
    else {
      door.write(`${runFolder(tree, id)}/${KEPT_MARK}`, ['']);
      door.write(`${runFolder(tree, id)}/${END_MARK}`, ['']);
    }
  }
  return done;
}

/** Unfinished runs, for those who may only look. */
export function unfinishedRuns(tree: Tree, door: WritingDoor): readonly string[] {
  return runIds(tree, door).filter((id) => !isEnded(tree, id, door));
}

function putBack(tree: Tree, record: RunRecord, door: WritingDoor): PutBack {
  const owners = new Map(record.steps.flatMap(({ path, was }) => (was === undefined ? [] : [[path, was] as const])));
  const inTheWay: string[] = [];
  let steps = 0;
  let last: Step['kind'] | undefined;
  for (const step of [...record.steps].reverse()) {
    if (step.kind !== last && last !== undefined) door.sync(trashFolder(tree, record.id));
    last = step.kind;
    if (step.kind === 'directory') {
      // Only folders that a directory step took are made again, with whose they were.
      if (step.was !== undefined && ensure(tree, step.path, owners, door)) steps += 1;
      continue;
    }
    const source = trashEntry(tree, record.id, step.step);
    const stats = door.lstat(source);
    if (stats === undefined) continue; // this step was not taken, or is back already
    const place = `${tree.v2}/${step.path}`;
    const target = step.kind === 'blob' && stats.isFile() ? `${place}/data` : place;
    if (door.lstat(target) !== undefined) {
      inTheWay.push(step.path);
      continue;
    }
    ensure(tree, target.slice(tree.v2.length + 1, target.lastIndexOf('/')), owners, door);
    door.rename(source, target);
    steps += 1;
  }
  return { run: record.id, steps, inTheWay };
}

/** Makes the folder `path` (relative to v2) and those above it where they are missing. Says whether it was missing. */
function ensure(
  tree: Tree,
  path: string,
  owners: ReadonlyMap<string, NonNullable<Step['was']>>,
  door: WritingDoor,
): boolean {
  if (path === '' || door.stat(`${tree.v2}/${path}`) !== undefined) return false;
  const slash = path.lastIndexOf('/');
  if (slash > 0) ensure(tree, path.slice(0, slash), owners, door);
  door.mkdir(`${tree.v2}/${path}`, owners.get(path));
  return true;
}

/** A marked run whose trash must wait for `trash empty`: something in it was none of a registry's. */
function holdsForeign(tree: Tree, id: string, door: WritingDoor): boolean {
  return door.lstat(`${runFolder(tree, id)}/${KEPT_MARK}`) !== undefined;
}
