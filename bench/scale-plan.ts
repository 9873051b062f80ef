// What a plan costs at a size: time and memory of the real `planning` over an inventory made in memory. Runs in a process of its own, for
// the memory's sake: `node --expose-gc scale-plan.js DIGESTS REPOSITORIES gc|retain|rm` prints its figures as JSON.

import type { Inventory } from '../src/inventory/inventory.js';
import type { Question } from '../src/inventory/questions.js';
import { planRequest } from '../src/plan/plan.js';
import { type Request, requestOf } from '../src/plan/request.js';
import { madeInventory, NOW_MS } from './inventory.js';

export interface PlanFigures {
  readonly digests: number;
  readonly repositories: number;
  readonly command: string;
  readonly removals: number;
  /** Of the planning alone. */
  readonly seconds: number;
  /** What the inventory holds, and what the plan holds beside it; bytes. */
  readonly inventoryBytes: number;
  readonly planBytes: number;
  /** Of the whole process. */
  readonly peakBytes: number;
}

/** `gc`: an eighth of the images is untagged. `retain`: ten tags of each repository stay. `rm`: one repository. */
const REQUESTS: Readonly<Record<string, Request>> = {
  gc: requestOf({ command: 'gc', nowMs: NOW_MS, untagged: true }),
  retain: requestOf({
    command: 'retain',
    nowMs: NOW_MS,
    policies: [{ repositories: [], keep: { last: 10 }, tags: [], exclude: [] }],
  }),
  rm: requestOf({ command: 'rm', nowMs: NOW_MS, references: ['team-0/service-0'] }),
  all: requestOf({ command: 'rm', nowMs: NOW_MS, references: ['**'] }),
};

/** As a scan would answer of a tree in which each tag has named its current alone, and no untagged image is new. */
function answer({ repositories, facts }: Inventory, question: Question): void {
  if (question.ask === 'histories')
    for (const [position, tags] of question.tags) facts.histories.note(position, repositories[position]!, tags, []);
  else if (question.ask === 'newer-than-tags')
    for (const position of question.revisions.keys()) facts.newerThanTags.set(position, 0);
  else throw new Error(`an inventory without a tree has no answer to '${question.ask}'`);
}

const held = (): number => {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};

const [digests, repositories] = [Number(process.argv[2]), Number(process.argv[3])];
const command = process.argv[4] ?? 'gc';
const before = held();
const inventory = madeInventory({ digests, repositories });
const made = held();
const begun = performance.now();
const steps = planRequest(inventory, REQUESTS[command]!);
let step = steps.next();
for (; step.done !== true; step = steps.next()) answer(inventory, step.value);
const seconds = (performance.now() - begun) / 1000;
const { removals } = step.value;
const figures: PlanFigures = {
  digests: inventory.digests.size,
  repositories,
  command,
  removals: removals.length,
  seconds,
  inventoryBytes: made - before,
  planBytes: held() - made,
  peakBytes: process.resourceUsage().maxRSS * 1024,
};
process.stdout.write(
  `${JSON.stringify({ ...figures, removals: removals.length, frozen: step.value.frozen.length })}\n`,
);
