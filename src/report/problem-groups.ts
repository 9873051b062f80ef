// Problems as they are reported, on the screen and in a page: those of one code together, each by its place.

import type { Problem, ProblemCode } from '../inventory/inventory.js';

/** Problems by code, in the order in which they first come. */
export function problemsByCode(problems: readonly Problem[]): ReadonlyMap<ProblemCode, readonly Problem[]> {
  const codes = new Map<ProblemCode, Problem[]>();
  for (const problem of problems) {
    const same = codes.get(problem.code);
    if (same === undefined) codes.set(problem.code, [problem]);
    else same.push(problem);
  }
  return codes;
}

/** A problem's path with its detail, as they are in the tree: not yet safe to print; empty where it has neither. */
export function problemPlace({ path, detail }: Problem): string {
  if (path === '') return detail ?? '';
  return detail === undefined ? path : `${path} (${detail})`;
}
