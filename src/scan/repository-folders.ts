// The reserved folders of one repository as they are listed: which exist, which are empty, and what in them no registry writes.
// An error while listing is never an empty list.

import type { Problem } from '../inventory/inventory.js';
import type { ScanNeeds } from '../inventory/questions.js';
import { repositoryPath } from '../model/layout.js';
import type { RepositoryName } from '../model/names.js';
import type { FoundRepository } from './repositories.js';
import { type Entry, notFollowable, type TreeReader, vanished } from './tree-reader.js';

export class RepositoryFolders {
  readonly v2: string;
  readonly repository: RepositoryName;
  readonly reader: TreeReader;
  /** The repository's own folder, relative to v2. */
  readonly base: string;
  /** Those that exist, relative to the repository. */
  readonly present: string[] = [];
  /** Those found empty, relative to v2. */
  readonly empty: string[] = [];
  /** Those that hold something not understood, relative to v2. */
  readonly foreign: string[] = [];
  readonly problems: Problem[] = [];
  readonly #reserved: readonly string[];
  readonly #youngSinceMs: number | undefined;

  /** `reserved`: the reserved folders that the search for repositories has seen in this one. */
  constructor(v2: string, { name, reserved }: FoundRepository, needs: ScanNeeds, reader: TreeReader) {
    this.v2 = v2;
    this.repository = name;
    this.reader = reader;
    this.base = repositoryPath(name);
    this.#reserved = reserved;
    this.#youngSinceMs = needs.graceSinceMs;
  }

  /** Entries of a reserved folder of the repository, none where it has none of this name; notes that it exists, or is empty. */
  reserved(below: string): readonly Entry[] {
    return this.#reserved.includes(below) ? this.listed(below, { kind: 'folder' }) : [];
  }

  /**
   * Entries of a folder that only a registry makes, and that a listing has shown as `entry`. Throws where it is something else or
   * is gone: what lies in it cannot be known.
   */
  listed(below: string, { kind }: Pick<Entry, 'kind'>): readonly Entry[] {
    const folder = `${this.v2}/${this.base}/${below}`;
    return kind === 'folder' ? (this.#entries(below) ?? vanished(folder)) : notFollowable(folder);
  }

  #entries(below: string): readonly Entry[] | undefined {
    const entries = this.reader.entries(`${this.v2}/${this.base}/${below}`);
    if (entries === undefined) return undefined;
    this.present.push(below);
    if (entries.length === 0) this.empty.push(`${this.base}/${below}`);
    return entries;
  }

  /** Notes that `path` in `folder`, both relative to v2, is no registry's. */
  noteForeign(path: string, folder: string): void {
    this.problems.push({ code: 'foreign-entry', path, repository: this.repository });
    this.foreign.push(folder);
  }

  /** True where the file at `path`, relative to v2, is younger than the grace asked for. */
  isYoung(path: string): boolean {
    return (
      this.#youngSinceMs !== undefined && (this.reader.stat(`${this.v2}/${path}`)?.mtimeMs ?? 0) > this.#youngSinceMs
    );
  }
}
