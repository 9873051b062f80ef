// Names as typed, looked up in an inventory: what each names of which repository, and each that names nothing, with what there is.

import type { DigestId } from '../inventory/digest-table.js';
import type { Inventory, Repository } from '../inventory/inventory.js';
import { EXIT, RegsweepError, usageError } from '../model/errors.js';
import { isPattern } from '../model/names.js';
import { KnownNames, tagMatcher } from './known-names.js';
import type { Reference } from './reference.js';

/** What a request names of one repository. */
export interface Named {
  whole: boolean;
  /** Positions in the repository's tags. */
  readonly tags: Set<number>;
  readonly digests: Set<DigestId>;
}

/** A name that is not there. */
interface Miss {
  readonly text: string;
  readonly why: string;
}

/** Looks typed names up in an inventory. */
export class NameFinder {
  readonly inventory: Inventory;
  readonly misses: Miss[] = [];
  readonly exists: (name: string) => boolean;
  readonly #names: KnownNames;
  #hits = 0;

  constructor(inventory: Inventory) {
    this.inventory = inventory;
    this.#names = new KnownNames(inventory.repositories.map(({ name }) => name));
    this.exists = this.#names.exists;
  }

  /** Positions of the repositories that `reference.name` means; a miss is noted where there is none. */
  repositories(reference: Reference): readonly number[] {
    this.#hits = 0;
    const found = this.#names.positionsOf(reference.name);
    if (found.length > 0) return found;
    this.#miss(reference, isPattern(reference.name) ? 'no repository matches' : this.#noSuchRepository(reference.name));
    return [];
  }

  /** Adds what `reference` names of the repository at `position`. */
  nameIn(position: number, reference: Reference, into: Map<number, Named>): void {
    const repository = this.inventory.repositories[position]!;
    const found: Named = into.get(position) ?? { whole: false, tags: new Set(), digests: new Set() };
    const before = found.tags.size + found.digests.size;
    let hit = true;
    if (reference.tag !== undefined) hit = this.#nameTags(repository, reference, found);
    else if (reference.digest !== undefined) hit = this.#nameDigest(repository, reference, found);
    else found.whole = true;
    if (hit || before > 0) into.set(position, found);
    if (hit) this.#hits += 1;
  }

  /** To be called after a reference's repositories were gone through: notes a pattern that named nothing in any of them. */
  settle(reference: Reference): void {
    if (this.#hits > 0 || this.misses.some((miss) => miss.text === reference.text)) return;
    this.#miss(reference, reference.tag === undefined ? 'no such revision' : 'no tag matches');
  }

  #nameTags(repository: Repository, reference: Reference, into: Named): boolean {
    const { names, current } = repository.tags;
    const wanted = reference.tag!;
    const matches = isPattern(wanted) ? tagMatcher(wanted) : (name: string) => name === wanted;
    let hit = false;
    for (const [position, name] of names.entries()) {
      if (!matches(name)) continue;
      const id = current[position]!;
      if (
        reference.digest !== undefined &&
        (id < 0 || this.inventory.digests.text(id as DigestId) !== reference.digest)
      ) {
        throw usageError(
          `'${reference.text}': the tag and the digest do not agree.`,
          id < 0
            ? `${repository.name}:${name} has no readable link.`
            : `${repository.name}:${name} is ${this.inventory.digests.text(id as DigestId)}.`,
        );
      }
      into.tags.add(position);
      hit = true;
    }
    if (!hit && !isPattern(reference.name) && !isPattern(wanted)) this.#miss(reference, noSuchTag(repository));
    return hit;
  }

  #nameDigest(repository: Repository, reference: Reference, into: Named): boolean {
    const id = this.inventory.digests.find(reference.digest!);
    if (id !== undefined && (repository.revisions.includes(id) || repository.tags.current.includes(id))) {
      into.digests.add(id);
      return true;
    }
    if (!isPattern(reference.name)) {
      const layer = id !== undefined && repository.layerLinks.includes(id);
      this.#miss(
        reference,
        layer
          ? `that digest is a layer of ${repository.name}, not a manifest; layers go with their images`
          : `no such revision in ${repository.name}`,
      );
    }
    return false;
  }

  #noSuchRepository(name: string): string {
    const below = this.#names.below(name);
    if (below.length === 0) return 'no such repository';
    const more = below.length > 8 ? `, and ${below.length - 8} more` : '';
    return `no such repository; below it there are ${below.slice(0, 8).join(', ')}${more} (all of them: '${name}/**')`;
  }

  #miss(reference: Reference, why: string): void {
    this.misses.push({ text: reference.text, why });
  }
}

function noSuchTag(repository: Repository): string {
  const names = repository.tags.names;
  if (names.length === 0) return `${repository.name} has no tags`;
  const more = names.length > 8 ? `, and ${names.length - 8} more` : '';
  return `no such tag; ${repository.name} has ${names.slice(0, 8).join(', ')}${more}`;
}

/** Tells every name that is not there (exit 2). */
export function noSuchName(misses: readonly Miss[]): RegsweepError {
  return new RegsweepError(
    'no-such-name',
    EXIT.usage,
    misses.map((miss) => `'${miss.text}': ${miss.why}.`).join('\n'),
    {
      hint: 'Nothing was done. `regsweep ls` lists what there is; --ignore-missing of rm goes on with the rest.',
    },
  );
}
