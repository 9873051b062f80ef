// What the words of a request name in this tree: repositories, tags and revisions, by their places in the inventory. All
// or nothing: a name that matches nothing stops the request before anything is decided.

import type { Inventory, Problem } from '../inventory/inventory.js';
import { isPattern } from '../model/names.js';
import { type Named, NameFinder, noSuchName } from './name-finder.js';
import { hasPolicy, unmatchedPolicies, unmatchedTags } from './policies.js';
import { parseReference } from './reference.js';
import type { Request } from './request.js';

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

/** Finds what `request` names. Throws `no-such-name` (exit 2) with every miss named, unless misses are allowed. */
export function select(inventory: Inventory, request: Request): Selection {
  const finder = new NameFinder(inventory);
  return request.command === 'rm' ? selectReferences(finder, request) : selectScope(finder, request);
}

function selectReferences(finder: NameFinder, request: Request): Selection {
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

function selectScope(finder: NameFinder, request: Request): Selection {
  const { inventory } = finder;
  const problems: Problem[] = unmatchedPolicies(inventory, request);
  if (request.patterns.length === 0) {
    const all = new Set(
      [...inventory.repositories.keys()].filter((position) => hasPolicy(inventory, request, position)),
    );
    problems.push(...unmatchedTags(inventory, request, all));
    return { named: new Map(), scope: all, exact: new Set(), unscoped: true, problems };
  }
  const scope = new Set<number>();
  const exact = new Set<number>();
  for (const text of request.patterns) {
    const reference = parseReference(text, finder.exists);
    const found = finder.repositories(reference);
    for (const position of found) {
      if (!hasPolicy(inventory, request, position)) continue;
      scope.add(position);
      if (!isPattern(reference.name)) exact.add(position);
    }
    if (found.length === 0 && isPattern(reference.name)) {
      problems.push({ code: 'pattern-matched-nothing', path: '', detail: text });
      finder.misses.length = 0;
    }
    if (finder.misses.length > 0) throw noSuchName(finder.misses);
  }
  problems.push(...unmatchedTags(inventory, request, scope));
  return { named: new Map(), scope, exact, unscoped: false, problems };
}
