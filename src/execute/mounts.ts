// Which mount an item lies on, and where its trash can be: a rename does not cross mounts, of one file system either, so an item of
// another one goes to a `.regsweep` at the top of that one, where it is outside v2; else it has to be deleted in place.

import { OURS_BELOW_ROOT } from '../model/layout.js';
import type { Tree } from '../model/tree.js';
import type { RemovalKind } from '../plan/removal.js';
import { isInside, type Mount, mountOf, mountTable } from './mount-table.js';
import type { Reader } from './reader.js';

/** The trash folders of a run, by number: 0 is the run's own, others lie on other file systems. */
export const IN_PLACE = -1;

export class Trashes {
  readonly #tree: Tree;
  readonly #id: string;
  readonly #reader: Reader;
  readonly #homeDevice: number;
  readonly #homeTop: string;
  readonly #mounts: readonly Mount[];
  /** True where the file system of the run's own trash is mounted more than once. */
  readonly #isBound: boolean;
  readonly #byFolder = new Map<string, number>();
  readonly #byTop = new Map<string, number>();
  /** Absolute folders of the trashes 1, 2, …. */
  readonly others: string[] = [];

  /** `home`: a folder of ours that is there, on the file system of the run's own trash. */
  constructor(tree: Tree, id: string, home: string, reader: Reader) {
    this.#tree = tree;
    this.#id = id;
    this.#reader = reader;
    this.#homeDevice = reader.stat(home)!.dev;
    this.#mounts = mountTable(reader);
    this.#homeTop = topOf(home, reader, this.#mounts);
    const device = mountOf(this.#homeTop, this.#mounts)?.device;
    this.#isBound = this.#mounts.filter((mount) => mount.device === device).length > 1;
  }

  /** The number of the trash for the item at `path` (relative to v2), or {@link IN_PLACE}. One look a repository or prefix. */
  of(kind: RemovalKind, path: string, repositoryPath: string | undefined): number {
    if (kind === 'directory') return 0;
    const folder = repositoryPath ?? path.slice(0, path.lastIndexOf('/'));
    let number = this.#byFolder.get(folder);
    if (number === undefined) {
      number = this.#lookAt(`${this.#tree.v2}/${folder}`);
      this.#byFolder.set(folder, number);
    }
    return number;
  }

  #lookAt(folder: string): number {
    const device = this.#reader.stat(folder)?.dev;
    if (device === undefined || (device === this.#homeDevice && !this.#isBound)) return 0;
    const top = topOf(folder, this.#reader, this.#mounts);
    if (top === this.#homeTop) return 0;
    let number = this.#byTop.get(top);
    if (number === undefined) {
      const inside = isInside(top, this.#reader.realpath(this.#tree.v2));
      number = inside ? IN_PLACE : this.others.push(sideTrash(top, this.#id));
      this.#byTop.set(top, number);
    }
    return number;
  }
}

/** The trash of run `id` on the file system whose top folder is `top`. */
export function sideTrash(top: string, id: string): string {
  return `${top === '/' ? '' : top}/${OURS_BELOW_ROOT}/runs/${id}/trash`;
}

/** The uppermost folder of the mount that holds `folder`. */
export function topOf(folder: string, reader: Reader, mounts: readonly Mount[]): string {
  let at = reader.realpath(folder);
  const device = reader.stat(at)!.dev;
  const point = mountOf(at, mounts)?.point ?? '/';
  while (at !== '/' && at !== point) {
    const parent = at.slice(0, Math.max(1, at.lastIndexOf('/')));
    if (reader.stat(parent)!.dev !== device) return at;
    at = parent;
  }
  return at;
}
