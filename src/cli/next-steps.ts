// What the operator does after a change: start the registry, flush its redis (which outlives it and would make pushes skip
// layers that are gone), free the trash.

import type { ResultOutcome, WindowResult } from '../report/result.js';
import { shellWord } from '../report/text.js';
import { commandOn, type NextStep } from '../report/words.js';
import { flushCommand, type Redis } from './redis.js';

export function nextSteps(
  root: string,
  outcome: ResultOutcome,
  redis: Redis | undefined,
  window?: WindowResult,
): readonly NextStep[] {
  if (window?.startFailure !== undefined) return [{ code: 'start-registry' }];
  if (outcome.stepsDone === 0) return [];
  const steps: NextStep[] = [];
  // The trash of an interrupted run goes back into the tree: `trash empty` refuses it.
  if (outcome.trashKept && outcome.run !== undefined && outcome.status !== 'interrupted') {
    steps.push({ code: 'empty-trash', command: commandOn(root, `regsweep trash empty ${shellWord(outcome.run)}`) });
  }
  if (redis !== undefined) steps.push({ code: 'flush-redis', command: flushCommand(redis) });
  if (window === undefined) steps.push({ code: 'start-registry' });
  return steps;
}
