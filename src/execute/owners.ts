// Whose the folders were that lie around what a run took. Another run may take them, so undo must be able to make them again as they
// were; a folder that is as the one above it needs no record.

import type { Tree } from '../model/tree.js';
import type { RemovalKind } from '../plan/removal.js';
import type { WritingDoor } from './door.js';
import type { Owner, RunRecord } from './run.js';

/** A folder, relative to v2, that differs in owner or mode from the one above it. */
export interface OwnedFolder extends Owner {
  readonly path: string;
}

/** Looks once at each folder around the items that it is told of. */
export class Surroundings {
  readonly #tree: Tree;
  readonly #door: WritingDoor;
  readonly #seen = new Map<string, Owner>();
  readonly folders: OwnedFolder[] = [];

  constructor(tree: Tree, door: WritingDoor) {
    this.#tree = tree;
    this.#door = door;
  }

  note(kind: RemovalKind, path: string): void {
    // A history entry comes back only into a tag that is there, or comes back with its own folders.
    if (kind !== 'history' && kind !== 'directory') this.#look(parentOf(path));
  }

  #look(folder: string): Owner | undefined {
    const known = this.#seen.get(folder);
    if (known !== undefined) return known;
    const stats = this.#door.stat(`${this.#tree.v2}/${folder}`);
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
export function ownersOf({ steps, folders }: Pick<RunRecord, 'steps' | 'folders'>): ReadonlyMap<string, Owner> {
  const owners = new Map<string, Owner>(folders.map(({ path, ...owner }) => [path, owner]));
  for (const { path, was } of steps) if (was !== undefined) owners.set(path, was);
  return owners;
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
