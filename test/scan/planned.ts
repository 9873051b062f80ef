// A scan and its plan in this process, through a reader of the test's own: what the command does between reading and showing.

import { makePlan } from '../../src/cli/make-plan.js';
import { RegsweepError } from '../../src/model/errors.js';
import { needsOf, type Request, requestOf } from '../../src/plan/request.js';
import type { Plan } from '../../src/plan/types.js';
import { scan } from '../../src/scan/scan.js';
import { openTree } from '../../src/scan/tree.js';
import { TreeReader } from '../../src/scan/tree-reader.js';

/** The clock of every plan made here: later than any time that a test gives to a file. */
export const NOW_MS = Date.UTC(2030, 0, 1);

/** What `request` would remove from the tree at `root`. */
export async function planned(
  root: string,
  request: Partial<Request> & Pick<Request, 'command'>,
  reader: TreeReader = new TreeReader(),
): Promise<Plan> {
  const whole = requestOf({ nowMs: NOW_MS, ...request });
  const found = await scan(openTree(root, reader), needsOf(whole), { reader });
  try {
    return await makePlan(found, whole);
  } finally {
    await found.close();
  }
}

/** What each of `requests` would remove from the tree at `root`, by one scan; a refusal in a plan's place removes nothing. */
export async function plannedTogether(
  root: string,
  requests: readonly (Partial<Request> & Pick<Request, 'command'>)[],
  reader: TreeReader = new TreeReader(),
): Promise<readonly (Plan | undefined)[]> {
  const found = await scan(openTree(root), { leftovers: 'all', tagTimes: true }, { reader });
  const plans: (Plan | undefined)[] = [];
  for (const request of requests) {
    try {
      plans.push(await makePlan(found, requestOf({ nowMs: NOW_MS, ...request })));
    } catch (error) {
      if (!(error instanceof RegsweepError)) throw error;
      plans.push(undefined);
    }
  }
  await found.close();
  return plans;
}

/** `kind path` of everything that a plan removes, in step order. */
export function removalsOf(plan: Plan): readonly string[] {
  return [...plan.removals].map(({ kind, path }) => `${kind} ${path}`);
}
