// Frees the space of a run that has ended: many unlinks in flight, for each waits on the disk. Deletes what lies in the run's own
// folder and follows no symlink out of it. Can be cut off anywhere and begun again.

import pLimit from 'p-limit';
import type { Tree } from '../model/tree.js';
import type { WritingDoor } from './door.js';
import { END_MARK, isEnded, KEPT_MARK, readRun, runFolder, runIds, trashFolder } from './run.js';

const IN_FLIGHT = 32;

/** Empties the trash of run `id` and removes its folder, the end mark last. */
export async function emptyRun(tree: Tree, id: string, door: WritingDoor): Promise<void> {
  const limit = pLimit(IN_FLIGHT);
  const trash = trashFolder(tree, id);
  if (door.lstat(trash) !== undefined) {
    await Promise.all(door.names(trash).map((name) => limit(() => erase(`${trash}/${name}`, door))));
    await door.removeEmptied(trash);
  }
  const folder = runFolder(tree, id);
  for (const name of ['plan.json', KEPT_MARK, END_MARK]) {
    if (door.lstat(`${folder}/${name}`) !== undefined) await door.unlink(`${folder}/${name}`);
  }
  await door.removeEmptied(folder);
}

/** Runs on disk, oldest first, with what their trash holds now. */
export function listRuns(
  tree: Tree,
  door: WritingDoor,
): readonly {
  readonly id: string;
  readonly command: string;
  readonly ended: boolean;
  readonly items: number;
  /** Bytes of the data files that the items had. */
  readonly bytes: number;
}[] {
  return runIds(tree, door).map((id) => {
    const record = readRun(tree, id, door);
    const trash = trashFolder(tree, id);
    const there = new Set(door.lstat(trash) === undefined ? [] : door.names(trash));
    const kept = (record?.steps ?? []).filter(({ step }) => there.has(String(step)));
    return {
      id,
      command: record?.command ?? '',
      ended: isEnded(tree, id, door),
      items: there.size,
      bytes: kept.reduce((sum, { bytes }) => sum + bytes, 0),
    };
  });
}

async function erase(path: string, door: WritingDoor): Promise<void> {
  const stats = door.lstat(path);
  if (stats === undefined) return;
  if (!stats.isDirectory()) return door.unlink(path);
  for (const entry of door.entries(path)) {
    if (entry.isDirectory()) await erase(`${path}/${entry.name}`, door);
    else await door.unlink(`${path}/${entry.name}`);
  }
  await door.removeEmptied(path);
}
