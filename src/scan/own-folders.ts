// The reserved folders of one repository as they are listed: which exist, which are empty, and what in them no registry writes.
// An error while listing is never an empty list.

import type { Problem } from '../inventory/inventory.js';
import type { ScanNeeds } from '../inventory/questions.js';
import { repositoryPath } from '../model/layout.js';
import type { RepositoryName } from '../model/names.js';
import type { ReadingDoor } from './door.js';

export class OwnFolders {
  readonly v2: string;
  readonly repository: RepositoryName;
  readonly door: ReadingDoor;
  /** The repository's own folder, relative to v2. */
  readonly base: string;
  /** Those that exist, relative to the repository. */
  readonly present: string[] = [];
  /** Those found empty, relative to v2. */
  readonly empty: string[] = [];
  /** Those that hold something not understood, relative to v2. */
  readonly foreign: string[] = [];
  readonly problems: Problem[] = [];
  readonly #youngSinceMs: number | undefined;

  constructor(v2: string, repository: RepositoryName, needs: ScanNeeds, door: ReadingDoor) {
    this.v2 = v2;
    this.repository = repository;
    this.door = door;
    this.base = repositoryPath(repository);
    this.#youngSinceMs = needs.youngSinceMs;
  }

  /** Names in the folder `below` the repository; notes that it exists, or is empty. */
  list(below: string): readonly string[] {
    return this.listed(below) ?? [];
  }

  /** As {@link list}; undefined where it is no folder, or not there. */
  listed(below: string): readonly string[] | undefined {
    const names = this.door.names(`${this.v2}/${this.base}/${below}`);
    if (names === undefined) return undefined;
    this.present.push(below);
    if (names.length === 0) this.empty.push(`${this.base}/${below}`);
    return names;
  }

  /** Notes that `path` in `folder`, both relative to v2, is no registry's. */
  noteForeign(path: string, folder: string): void {
    this.problems.push({ code: 'foreign-entry', path, repository: this.repository });
    this.foreign.push(folder);
  }

  /** True where the file at `path`, relative to v2, is younger than the grace asked for. */
  isYoung(path: string): boolean {
    return (
      this.#youngSinceMs !== undefined && (this.door.stat(`${this.v2}/${path}`)?.mtimeMs ?? 0) > this.#youngSinceMs
    );
  }
}
