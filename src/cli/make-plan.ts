// Request to plan: answers what the plan asks on its way, then weighs what goes. The one way to a plan, for a dry run as for
// the run itself: both see the same removals and the same bytes.

import { BLOB_WITHOUT_DATA } from '../inventory/inventory.js';
import type { Question } from '../inventory/questions.js';
import { planRequest } from '../plan/plan.js';
import type { Request } from '../plan/request.js';
import type { Plan } from '../plan/types.js';
import type { Scan } from '../scan/scan.js';

/** The weighed plan of `request` on what `scan` found. Throws the plan's refusals. */
export async function makePlan(scan: Scan, request: Request): Promise<Plan> {
  const plan = await answered(scan, planRequest(scan.inventory, request));
  const { bytes, problems, bare } = await scan.weigh(plan.removals);
  if (bare.length > 0) {
    // Known only now, since no scan looks into blob folders. Each is marked, so the next plan has none of them.
    for (const at of bare) scan.inventory.blobs.state[plan.removals.digestIdAt(at)!] = BLOB_WITHOUT_DATA;
    return makePlan(scan, request);
  }
  plan.removals.weigh(bytes);
  if (problems.length === 0) return plan;
  const merged = [...plan.problems, ...problems].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  return { ...plan, problems: merged };
}

/** Runs `steps` to their end, with what they ask answered by `scan`. */
export async function answered<T>(scan: Scan, steps: Generator<Question, T, void>): Promise<T> {
  let step = steps.next();
  while (step.done !== true) {
    await scan.answer(step.value);
    step = steps.next();
  }
  return step.value;
}
