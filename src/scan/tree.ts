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
import type { Tree } from '../model/tree.js';
import { TreeReader } from './tree-reader.js';

export type { Tree } from '../model/tree.js';

/**
 * The tree at `path`, which is the root or v2 itself; where v2 is named otherwise, its parent is the root. Its home is beside the real
 * v2, whatever symlinks are on the way, so that one tree has one lock and one trash. Throws the refusals `not-a-registry-tree` and
 * `metadata-database`.
 */
export function openTree(path: string, reader: TreeReader = new TreeReader()): Tree {
  const { root, v2 } = treeAt(reader.absolute(path), reader);
  const real = reader.realpath(v2);
  // The marker lies beside v2, whatever that is called.
  const beside = [v2, real].map((each) => `${each.slice(0, each.lastIndexOf('/'))}/${DATABASE_LOCK_BESIDE_V2}`);
  for (const marker of [`${root}/${DATABASE_LOCK_BELOW_ROOT}`, ...beside]) {
    if (reader.stat(marker) === undefined) continue;
    throw refusal(
      'metadata-database',
      `A metadata database owns this tree: ${marker} exists.`,
      "Tags live in GitLab's database, so the files do not show what is in use. Use the registry's own online garbage collection.",
    );
  }
  return { root, v2, home: rootOf(real) };
}

function treeAt(path: string, reader: TreeReader): Pick<Tree, 'root' | 'v2'> {
  const isFolder = (below: string): boolean => reader.stat(below)?.isDirectory() === true;
  const holds = (folder: string, names: readonly string[]): number =>
    names.filter((name) => isFolder(`${folder}/${name}`)).length;
  const parts = [BLOBS, REPOSITORIES];
  const below = `${path}/${V2_BELOW_ROOT}`;
  if (holds(below, parts) > 0) return { root: path, v2: below };
  const v2 = isNamedV2(path) ? path : reader.realpath(path);
  // Other things have a folder of one of these names (git servers, image layouts): without its usual name v2 must have both.
  if (holds(v2, parts) >= (isNamedV2(v2) ? 1 : 2)) return { root: rootOf(v2), v2 };
  throw refusal(
    'not-a-registry-tree',
    `${path} is not a registry tree: there is no ${V2_BELOW_ROOT} with blobs or repositories in it.`,
    "Name the registry's rootdirectory with --root, such as /var/lib/registry. Is the disk mounted?",
    path,
  );
}

function rootOf(v2: string): string {
  const root = isNamedV2(v2) ? v2.slice(0, -V2_BELOW_ROOT.length - 1) : v2.slice(0, v2.lastIndexOf('/'));
  return root === '' ? '/' : root;
}

function isNamedV2(path: string): boolean {
  return path.endsWith(`/${V2_BELOW_ROOT}`);
}
