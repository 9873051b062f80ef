// Where a registry's tree is: the root that the registry is configured with, and v2 below it. Refuses what is no registry
// tree, and a tree that a metadata database owns.

import { refusal } from '../model/errors.js';
import { BLOBS, DATABASE_LOCK_BELOW_ROOT, REPOSITORIES, V2_BELOW_ROOT } from '../model/layout.js';
import { ReadingDoor } from './door.js';

export interface Tree {
  /** Absolute; the registry's `rootdirectory`. */
  readonly root: string;
  /** Absolute; the folder that holds `blobs` and `repositories`. */
  readonly v2: string;
}

/**
 * The tree at `path`, which is the root or v2 itself; where v2 is named otherwise, its parent is the root. Throws the
 * refusals `not-a-registry-tree` and `metadata-database`.
 */
export function openTree(path: string, door: ReadingDoor = new ReadingDoor()): Tree {
  const tree = treeAt(door.absolute(path), door);
  if (door.stat(`${tree.root}/${DATABASE_LOCK_BELOW_ROOT}`) !== undefined) {
    throw refusal(
      'metadata-database',
      `A metadata database owns this tree: ${tree.root}/${DATABASE_LOCK_BELOW_ROOT} exists.`,
      "Tags live in GitLab's database, so the files can not tell what is in use. Use the registry's own online garbage collection.",
    );
  }
  return tree;
}

function treeAt(path: string, door: ReadingDoor): Tree {
  const isFolder = (below: string): boolean => door.stat(below)?.isDirectory() === true;
  const isV2 = (folder: string): boolean => isFolder(`${folder}/${REPOSITORIES}`) || isFolder(`${folder}/${BLOBS}`);
  const below = `${path}/${V2_BELOW_ROOT}`;
  if (isFolder(below) && isV2(below)) return { root: path, v2: below };
  if (isV2(path)) {
    const root = path.endsWith(`/${V2_BELOW_ROOT}`)
      ? path.slice(0, -V2_BELOW_ROOT.length - 1)
      : path.slice(0, path.lastIndexOf('/'));
    return { root: root === '' ? '/' : root, v2: path };
  }
  throw refusal(
    'not-a-registry-tree',
    `${path} is no registry tree: there is no ${V2_BELOW_ROOT} with blobs or repositories in it.`,
    "Name the registry's rootdirectory with --root, such as /var/lib/registry. Is the disk mounted?",
    path,
  );
}
