// Which policy of `retain` speaks of a repository, and which of its patterns match nothing: one mistyped keeps nothing.

import type { Inventory, Problem } from '../inventory/inventory.js';
import { exclusionMatcher, nameMatcher, tagMatcher } from './known-names.js';
import type { Request, RetainPolicy } from './request.js';

/** The first policy that speaks of the repository; none where that one excludes it by name. */
export function policyOf(policies: readonly RetainPolicy[], name: string): RetainPolicy | undefined {
  const matches = (pattern: string): boolean => nameMatcher(pattern)(name);
  const found = policies.find(({ repositories }) => repositories.length === 0 || repositories.some(matches));
  return found?.exclude.some((pattern) => exclusionMatcher(pattern)(name)) === true ? undefined : found;
}

/** `retain`: a repository that no policy speaks of is none of its business. */
export function hasPolicy(inventory: Inventory, { command, policies }: Request, position: number): boolean {
  return command !== 'retain' || policyOf(policies, inventory.repositories[position]!.name) !== undefined;
}

/** Patterns of policies that match no repository. */
export function unmatchedPolicies(inventory: Inventory, { policies }: Request): Problem[] {
  return policies.flatMap(({ repositories }) =>
    repositories
      .filter((pattern) => !inventory.repositories.some(({ name }) => nameMatcher(pattern)(name)))
      .map((pattern): Problem => ({ code: 'pattern-matched-nothing', path: '', detail: pattern })),
  );
}

/** Tag patterns of policies that match no tag they are asked of: one mistyped in a keep rule keeps nothing. */
export function unmatchedTags(inventory: Inventory, { policies }: Request, scope: ReadonlySet<number>): Problem[] {
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
