// Are these blobs this tree's alone? Where `blobs`, or an algorithm's folder in it, leads out of the root, another tree may lead there
// too, and what nothing here references may be in use there. Only the operator knows.

import { refusal } from '../model/errors.js';
import { BLOBS } from '../model/layout.js';
import type { Tree } from '../model/tree.js';
import { isInside, type Mount, mountOf, mountTable } from './mount-table.js';
import type { Reader } from './reader.js';

export interface SharedBlobs {
  /** Absolute, below v2. */
  readonly path: string;
  /** Where it leads, or where else it is mounted. */
  readonly target: string;
}

/** The first folder of blobs that another tree may use too; undefined where all are this tree's alone. Throws `tree-unreadable`. */
export function sharedBlobs(tree: Tree, reader: Reader): SharedBlobs | undefined {
  try {
    return firstShared(tree, reader);
  } catch (error) {
    const { path, message } = error as NodeJS.ErrnoException;
    if (path === undefined) throw error;
    throw refusal(
      'tree-unreadable',
      `${path} cannot be read: ${message}`,
      'Nothing was touched: another registry may use the same blobs. Run as the owner of the tree, or repair the disk.',
      path,
    );
  }
}

function firstShared(tree: Tree, reader: Reader): SharedBlobs | undefined {
  const blobs = `${tree.v2}/${BLOBS}`;
  if (reader.stat(blobs)?.isDirectory() !== true) return undefined;
  const roots = [tree.home, reader.realpath(tree.root)];
  const mounts = mountTable(reader);
  for (const path of [blobs, ...reader.names(blobs).map((name) => `${blobs}/${name}`)]) {
    if (reader.stat(path)?.isDirectory() !== true) continue; // a stray file holds no blobs
    const real = reader.realpath(path);
    if (reader.lstat(path)?.isSymbolicLink() === true && !roots.some((root) => isInside(real, root)))
      return { path, target: real };
    const target = boundTo(real, mounts);
    if (target !== undefined) return { path, target };
  }
  return undefined;
}

/** Throws the refusal `shared-blobs` where another tree may use these blobs too. */
export function refuseSharedBlobs(tree: Tree, reader: Reader): void {
  const shared = sharedBlobs(tree, reader);
  if (shared === undefined) return;
  throw refusal(
    'shared-blobs',
    `Another registry may use the same blobs: ${shared.path} is ${shared.target}, outside ${tree.root}.`,
    'Nothing was touched. If no other registry uses them, say so with --own-blobs, or once for all with `own-blobs: true` in .regsweep.yml.',
    shared.path,
  );
}

/** The other place of the folder `real`, where it is a bind mount, or some of it is mounted elsewhere. */
function boundTo(real: string, mounts: readonly Mount[]): string | undefined {
  const own = mountOf(real, mounts);
  if (own === undefined) return undefined;
  if (own.point === real && own.root !== '/') return own.root;
  // Its path in its file system, as the mounts name it.
  const path = `${own.root === '/' ? '' : own.root}${real.slice(own.point === '/' ? 0 : own.point.length)}`;
  return mounts.find(({ device, root }) => root !== '/' && device === own.device && isInside(root, path))?.point;
}
