// Makes folders of the tree again, with the owner and mode that they had.

import type { Tree } from '../model/tree.js';
import type { Owner } from './owners.js';
import type { Writer } from './writer.js';

/** Makes the folder `path` (relative to v2) and those above it where they are missing. Says whether it was missing. */
export function ensureFolder(tree: Tree, path: string, owners: ReadonlyMap<string, Owner>, writer: Writer): boolean {
  if (path === '' || writer.stat(`${tree.v2}/${path}`) !== undefined) return false;
  const slash = path.lastIndexOf('/');
  const parent = slash > 0 ? path.slice(0, slash) : '';
  if (slash > 0) ensureFolder(tree, parent, owners, writer);
  // Another run took a folder that this one does not know of: it becomes as the one above it is.
  const above = writer.stat(`${tree.v2}/${parent}`)!;
  writer.mkdir(`${tree.v2}/${path}`, owners.get(path) ?? { mode: above.mode & 0o7777, uid: above.uid, gid: above.gid });
  return true;
}
