// Whose the folders were that lie around what a run took. Another run may take them, so undo must be able to make them again as they
// were; a folder that is as the one above it needs no record.

import { parentOf } from '../model/layout.js';
import type { Tree } from '../model/tree.js';
import type { RemovalKind } from '../plan/removal.js';
import type { Writer } from './writer.js';

/** Whose a folder is. */
export interface Owner {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** A folder, relative to v2, that differs in owner or mode from the one above it. */
export interface OwnedFolder extends Owner {
  readonly path: string;
}

/** Looks once at each folder around the items that it is given. */
export class FolderOwners {
  readonly #tree: Tree;
  readonly #writer: Writer;
  readonly #seen = new Map<string, Owner>();
  readonly folders: OwnedFolder[] = [];

  constructor(tree: Tree, writer: Writer) {
    this.#tree = tree;
    this.#writer = writer;
  }

  note(kind: RemovalKind, path: string): void {
    // A history entry comes back only into a tag that is there, or comes back with its own folders.
    if (kind !== 'history' && kind !== 'directory') this.#look(parentOf(path));
  }

  #look(folder: string): Owner | undefined {
    const known = this.#seen.get(folder);
    if (known !== undefined) return known;
    const stats = this.#writer.stat(`${this.#tree.v2}/${folder}`);
    if (stats === undefined) return undefined;
    const owner = { mode: stats.mode & 0o7777, uid: stats.uid, gid: stats.gid };
    this.#seen.set(folder, owner);
    const above = folder === '' ? owner : this.#look(parentOf(folder));
    const differs = owner.mode !== above?.mode || owner.uid !== above.uid || owner.gid !== above.gid;
    // `blobs` and `repositories` themselves never go.
    if (differs && folder.includes('/')) this.folders.push({ path: folder, ...owner });
    return owner;
  }
}

/** Whose each folder was that a run took or saw around what it took, as far as it differs from the one above it; by path. */
export function ownersOf({
  steps,
  folders,
}: {
  readonly steps: readonly { readonly path: string; readonly was?: Owner }[];
  readonly folders: readonly OwnedFolder[];
}): ReadonlyMap<string, Owner> {
  const owners = new Map<string, Owner>(folders.map(({ path, ...owner }) => [path, owner]));
  for (const { path, was } of steps) if (was !== undefined) owners.set(path, was);
  return owners;
}
