// What the words of a request name in this tree: repositories, tags and revisions, by their places in the inventory. All
// or nothing: a name that matches nothing stops the request before anything is decided.

import picomatch from 'picomatch';
import type { DigestId } from '../inventory/digest-table.js';
import type { Inventory, Problem, Repository } from '../inventory/inventory.js';
import { EXIT, RegsweepError, usageError } from '../model/errors.js';
import { isPattern } from '../model/names.js';
import { exclusionMatcher, KnownNames, nameMatcher } from './known-names.js';
import { parseReference, type Reference } from './reference.js';
import type { Request, RetainPolicy } from './request.js';

/** What a request names of one repository. */
export interface Named {
  whole: boolean;
  /** Positions in the repository's tags. */
  readonly tags: Set<number>;
  readonly digests: Set<DigestId>;
}

export interface Selection {
  /** `rm`: repository position to what is named of it. */
  readonly named: ReadonlyMap<number, Named>;
  /** Positions of the repositories that the request is about. */
  readonly scope: ReadonlySet<number>;
  /** ... and of those among them whose exact name was given. */
  readonly exact: ReadonlySet<number>;
  /** True where the request is about the whole registry. */
  readonly unscoped: boolean;
  /** Warnings: what matched nothing and was allowed to. */
  readonly problems: readonly Problem[];
}

/** Anchored glob over tag names. */
export function tagMatcher(pattern: string): (name: string) => boolean {
  return picomatch(pattern, { dot: true, nonegate: true, noextglob: true, bash: true });
}

/** Finds what `request` names. Throws `no-such-name` (exit 2) with every miss named, unless misses are allowed. */
export function select(inventory: Inventory, request: Request): Selection {
  const finder = new Finder(inventory);
  return request.command === 'rm' ? selectReferences(finder, request) : selectScope(finder, request);
}

function selectReferences(finder: Finder, request: Request): Selection {
  const named = new Map<number, Named>();
  const exact = new Set<number>();
  for (const text of request.references) {
    const reference = parseReference(text, finder.exists);
    for (const position of finder.repositories(reference)) {
      if (!isPattern(reference.name)) exact.add(position);
      finder.nameIn(position, reference, named);
    }
    finder.settle(reference);
  }
  const problems = finder.misses.map(
    (miss): Problem => ({ code: 'pattern-matched-nothing', path: '', detail: miss.text }),
  );
  if (finder.misses.length > 0 && !request.ignoreMissing) throw noSuchName(finder.misses);
  return { named, scope: new Set(named.keys()), exact, unscoped: false, problems };
}

function selectScope(finder: Finder, request: Request): Selection {
  const { inventory } = finder;
  const problems: Problem[] = unmatchedPolicies(finder, request);
  if (request.patterns.length === 0) {
    const all = new Set([...inventory.repositories.keys()].filter((position) => hasPolicy(finder, request, position)));
    problems.push(...unmatchedTags(finder, request, all));
    return { named: new Map(), scope: all, exact: new Set(), unscoped: true, problems };
  }
  const scope = new Set<number>();
  const exact = new Set<number>();
  for (const text of request.patterns) {
    const reference = parseReference(text, finder.exists);
    if (reference.tag !== undefined || reference.digest !== undefined) {
      throw usageError(
        `'${text}': ${request.command} takes repositories, not tags or digests.`,
        `To remove a tag: regsweep rm ${text}`,
      );
    }
    const found = finder.repositories(reference);
    for (const position of found) {
      if (!hasPolicy(finder, request, position)) continue;
      scope.add(position);
      if (!isPattern(reference.name)) exact.add(position);
    }
    if (found.length === 0 && isPattern(reference.name)) {
      problems.push({ code: 'pattern-matched-nothing', path: '', detail: text });
      finder.misses.length = 0;
    }
    if (finder.misses.length > 0) throw noSuchName(finder.misses);
  }
  problems.push(...unmatchedTags(finder, request, scope));
  return { named: new Map(), scope, exact, unscoped: false, problems };
}

/** The first policy that speaks of the repository; none where that one excludes it by name. */
export function policyOf(policies: readonly RetainPolicy[], name: string): RetainPolicy | undefined {
  const matches = (pattern: string): boolean => nameMatcher(pattern)(name);
  const found = policies.find(({ repositories }) => repositories.length === 0 || repositories.some(matches));
  return found?.exclude.some((pattern) => exclusionMatcher(pattern)(name)) === true ? undefined : found;
}

/** `retain`: a repository that no policy speaks of is none of its business. */
function hasPolicy({ inventory }: Finder, { command, policies }: Request, position: number): boolean {
  return command !== 'retain' || policyOf(policies, inventory.repositories[position]!.name) !== undefined;
}

/** Patterns of policies that match no repository. */
function unmatchedPolicies({ inventory }: Finder, { policies }: Request): Problem[] {
  return policies.flatMap(({ repositories }) =>
    repositories
      .filter((pattern) => !inventory.repositories.some(({ name }) => nameMatcher(pattern)(name)))
      .map((pattern): Problem => ({ code: 'pattern-matched-nothing', path: '', detail: pattern })),
  );
}

/** Tag patterns of policies that match no tag they are asked of: one mistyped in a keep rule keeps nothing. */
function unmatchedTags({ inventory }: Finder, { policies }: Request, scope: ReadonlySet<number>): Problem[] {
  const tagsOf = new Map<RetainPolicy, (readonly string[])[]>(policies.map((policy) => [policy, []]));
  const excluded = new Set<string>();
  for (const [position, { name, tags }] of policies.length === 0 ? [] : inventory.repositories.entries()) {
    const policy = scope.has(position) ? policyOf(policies, name) : undefined;
    if (policy !== undefined) tagsOf.get(policy)!.push(tags.names);
    else excluded.add(name);
  }
  return policies.flatMap((policy) => {
    const lists = tagsOf.get(policy)!;
    if (lists.length === 0) return [];
    const unmatched = (pattern: string): boolean => {
      const matches = tagMatcher(pattern);
      return !lists.some((names) => names.some((name) => matches(name)));
    };
    const idle = [...(policy.keep.tags ?? []), ...policy.tags].filter(unmatched);
    const leavesOut = (pattern: string): boolean => {
      const matches = exclusionMatcher(pattern);
      return [...excluded].some((name) => matches(name));
    };
    const others = policy.exclude.filter((pattern) => unmatched(pattern) && !leavesOut(pattern));
    return [...idle, ...others].map((detail): Problem => ({ code: 'pattern-matched-nothing', path: '', detail }));
  });
}

interface Miss {
  readonly text: string;
  readonly why: string;
}

/** Looks typed names up in an inventory. */
class Finder {
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

function noSuchName(misses: readonly Miss[]): RegsweepError {
  return new RegsweepError(
    'no-such-name',
    EXIT.usage,
    misses.map((miss) => `'${miss.text}': ${miss.why}.`).join('\n'),
    {
      hint: 'Nothing was done. `regsweep ls` lists what there is; --ignore-missing of rm goes on with the rest.',
    },
  );
}
