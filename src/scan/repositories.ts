// Finds every repository: any folder below v2/repositories, at any depth, that holds a reserved folder. Symlinks are followed
// as the registry follows them; a folder with several names has one here, so what goes by one is not kept by another.

import type { Problem } from '../inventory/inventory.js';
import * as layout from '../model/layout.js';
import { type RepositoryName, repositoryOnDisk } from '../model/names.js';
import { notFollowable, type TreeReader, unreadable, vanished } from './tree-reader.js';

/** A repository, and which reserved folders it holds. */
export interface FoundRepository {
  readonly name: RepositoryName;
  readonly reserved: readonly string[];
}

export interface FoundRepositories {
  /** By name. */
  readonly repositories: readonly FoundRepository[];
  /** Name-space folders that hold nothing but empty folders, relative to v2, each after what lies in it. */
  readonly emptyFolders: readonly string[];
  readonly problems: readonly Problem[];
}

/** A name of 255 characters has 128 parts at the most; a domain in front may double it. */
const MAX_DEPTH = 256;

export function findRepositories(v2: string, reader: TreeReader): FoundRepositories {
  return new Walk(v2, reader).run();
}

class Walk {
  readonly #v2: string;
  readonly #reader: TreeReader;
  readonly #repositories: FoundRepository[] = [];
  readonly #emptyFolders: string[] = [];
  readonly #problems: Problem[] = [];
  readonly #walked: string[] = [];
  readonly #links: string[] = [];
  /** Folder to the name it was walked by; known once there are symlinks to follow. */
  #identities: Map<string, string> | undefined;

  constructor(v2: string, reader: TreeReader) {
    this.#v2 = v2;
    this.#reader = reader;
  }

  /** Symlinks come last: a folder that has a name of its own is that repository, and another name for it is none. */
  run(): FoundRepositories {
    this.#walk('');
    if (this.#links.length > 0) {
      this.#identities = new Map(this.#walked.map((name) => [this.#identityOf(name), name]));
      // Grows while it is gone through: what a symlink leads to may hold more.
      for (const link of this.#links.sort()) {
        const same = this.#identities.get(this.#identityOf(link));
        const detail =
          same === undefined ? {} : { detail: same === '' ? layout.REPOSITORIES : `another name of ${same}` };
        this.#problems.push({ code: 'symlinked', path: pathOf(link), ...detail });
        this.#walk(link);
      }
    }
    this.#repositories.sort((a, b) => (a.name < b.name ? -1 : 1));
    return { repositories: this.#repositories, emptyFolders: this.#emptyFolders, problems: this.#problems };
  }

  /** Walks a folder that was not walked before. Says whether it holds nothing but empty folders. */
  #walk(name: string): boolean {
    if (this.#isKnown(name)) return false;
    const path = pathOf(name);
    if (name.split('/').length > MAX_DEPTH)
      throw unreadable(`${this.#v2}/${path}`, new Error(`deeper than ${MAX_DEPTH} folders, which no repository is`));
    const entries = this.#reader.entries(`${this.#v2}/${path}`);
    if (entries === undefined) return name === '' ? false : vanished(`${this.#v2}/${path}`);
    let empty = name !== '';
    const reserved = layout.RESERVED.filter((each) => entries.some((entry) => entry.name === each));
    const repository = repositoryOnDisk(name);
    if (repository !== undefined && reserved.length > 0) this.#repositories.push({ name: repository, reserved });
    for (const { name: own, kind, symlink } of entries) {
      const below = name === '' ? own : `${name}/${own}`;
      const isReserved = layout.RESERVED.includes(own);
      // A file beside repositories, and what no part of their names can be called, was not written by a registry, readable or not.
      const foreign = !isReserved && (kind === 'file' || repositoryOnDisk(below) === undefined);
      if (!foreign && kind !== 'folder') notFollowable(`${this.#v2}/${pathOf(below)}`);
      if (foreign) this.#problems.push({ code: 'foreign-entry', path: pathOf(below) });
      else if (!isReserved && symlink) this.#links.push(below);
      else if (!isReserved && this.#walk(below)) continue;
      empty = false;
    }
    if (empty) this.#emptyFolders.push(path);
    return empty;
  }

  /** True where the folder was walked by another name; else it is noted. */
  #isKnown(name: string): boolean {
    this.#walked.push(name);
    if (this.#identities === undefined) return false;
    const identity = this.#identityOf(name);
    if (this.#identities.has(identity)) return true;
    this.#identities.set(identity, name);
    return false;
  }

  #identityOf(name: string): string {
    const stats = this.#reader.stat(`${this.#v2}/${pathOf(name)}`);
    if (stats === undefined) return name === '' ? '' : vanished(`${this.#v2}/${pathOf(name)}`);
    return `${stats.dev}:${stats.ino}`;
  }
}

/** Relative to v2. */
function pathOf(name: string): string {
  return name === '' ? layout.REPOSITORIES : `${layout.REPOSITORIES}/${name}`;
}
