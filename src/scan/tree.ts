// Where a registry's tree is: the root that the registry is configured with, and v2 below it. Refuses what is no registry
// tree, and a tree that a metadata database owns.

import { refusal } from '../model/errors.js';
import {
  BLOBS,
  DATABASE_LOCK_BELOW_ROOT,
  DATABASE_LOCK_BESIDE_V2,
  REPOSITORIES,
  V2_BELOW_ROOT,
} from '../model/layout.js';
import { ReadingDoor } from './door.js';

export interface Tree {
  /** Absolute; the registry's `rootdirectory`. */
  readonly root: string;
  /** Absolute; the folder that holds `blobs` and `repositories`. */
  readonly v2: string;
}

/**
 * The tree at `path`, which is the root or v2 itself; where v2 is named otherwise, its parent is the root. A symlink to v2 is the
 * v2 that it leads to, so that one tree has one root, one lock and one trash. Throws the refusals `not-a-registry-tree` and
 * `metadata-database`.
 */
export function openTree(path: string, door: ReadingDoor = new ReadingDoor()): Tree {
  const tree = treeAt(door.absolute(path), door);
  // The marker lies beside v2, whatever that is called.
  const beside = `${tree.v2.slice(0, tree.v2.lastIndexOf('/'))}/${DATABASE_LOCK_BESIDE_V2}`;
  for (const marker of [`${tree.root}/${DATABASE_LOCK_BELOW_ROOT}`, beside]) {
    if (door.stat(marker) === undefined) continue;
    throw refusal(
      'metadata-database',
      `A metadata database owns this tree: ${marker} exists.`,
      "Tags live in GitLab's database, so the files can not tell what is in use. Use the registry's own online garbage collection.",
    );
  }
  return tree;
}

function treeAt(path: string, door: ReadingDoor): Tree {
  const isFolder = (below: string): boolean => door.stat(below)?.isDirectory() === true;
  const holds = (folder: string, names: readonly string[]): number =>
    names.filter((name) => isFolder(`${folder}/${name}`)).length;
  const parts = [BLOBS, REPOSITORIES];
  const below = `${path}/${V2_BELOW_ROOT}`;
  if (holds(below, parts) > 0) return { root: path, v2: below };
  const v2 = isNamedV2(path) ? path : door.realpath(path);
  // Other things have a folder of one of these names (git servers, image layouts): without its usual name v2 must have both.
  if (holds(v2, parts) >= (isNamedV2(v2) ? 1 : 2)) {
    const root = isNamedV2(v2) ? v2.slice(0, -V2_BELOW_ROOT.length - 1) : v2.slice(0, v2.lastIndexOf('/'));
    return { root: root === '' ? '/' : root, v2 };
  }
  throw refusal(
    'not-a-registry-tree',
    `${path} is no registry tree: there is no ${V2_BELOW_ROOT} with blobs or repositories in it.`,
    "Name the registry's rootdirectory with --root, such as /var/lib/registry. Is the disk mounted?",
    path,
  );
}

function isNamedV2(path: string): boolean {
  return path.endsWith(`/${V2_BELOW_ROOT}`);
}
