// What is said of a tree with a run or an undo that was interrupted: a real run first puts that back, or finishes it, and plans on
// the tree as it is then. A plan of the tree as it lies is another one, so a dry run shows none.

import { Reader } from '../execute/reader.js';
import { undoingRuns, unfinishedRuns } from '../execute/runs.js';
import { RegsweepError, refusal } from '../model/errors.js';
import type { Tree } from '../model/tree.js';
import { shellWord } from '../report/text.js';
import type { Log } from './logger.js';

/** What a change did about interrupted runs before it planned. */
export interface Settled {
  /** Runs that were put back. */
  readonly putBack: readonly string[];
  /** Runs whose undo was finished. */
  readonly undone: readonly string[];
}

/** Throws the refusal `interrupted-run` where a real run would plan on another tree than the one that lies there now. */
export function refuseCutOff(tree: Tree): void {
  const reader = new Reader();
  const unfinished = unfinishedRuns(tree, reader);
  refuseAsCutOff(tree, unfinished, undoingRuns(tree, reader));
}

/**
 * The same for a dry run of `undo`: the run that it undoes may be the one that was cut off, and an undo that was cut off is no
 * matter to the undo of another run.
 */
export function refuseUndoAfterCutOff(tree: Tree, id: string): void {
  const unfinished = unfinishedRuns(tree, new Reader());
  if (unfinished.length === 1 && unfinished[0] === id) return;
  refuseAsCutOff(tree, unfinished, []);
}

/** What is said before the plan of a run that stops the registry: what was cut off is put back after the stop only. */
export function warnOfCutOff(tree: Tree, log: Log): void {
  const reader = new Reader();
  for (const run of unfinishedRuns(tree, reader)) {
    log.warn(`run ${run} was interrupted: the plan shown is without what it took, which is put back after the stop.`);
  }
  for (const run of undoingRuns(tree, reader)) {
    log.warn(`the undo of run ${run} was interrupted: the plan shown is without what it finishes after the stop.`);
  }
}

/** `error`, which came after what was `settled`: it does not say that nothing was touched. */
export function afterSettling(error: unknown, { putBack, undone }: Settled): unknown {
  if (!(error instanceof RegsweepError) || putBack.length + undone.length === 0) return error;
  const { code, exitStatus, message, path, details, cause } = error;
  const hint = [
    ...(putBack.length === 0 ? [] : [`Interrupted runs were put back first: ${putBack.join(', ')}.`]),
    ...(undone.length === 0 ? [] : [`Interrupted undos were finished first: ${undone.join(', ')}.`]),
    ...(error.hint === undefined ? [] : [elsewhere(error.hint)]),
  ].join(' ');
  return new RegsweepError(code, exitStatus, elsewhere(message), {
    hint,
    details,
    cause,
    ...(path === undefined ? {} : { path }),
  });
}

function elsewhere(text: string): string {
  return text.replace(/\b(nothing) was (touched|done|changed)\b/gi, '$1 else was $2');
}

function refuseAsCutOff(tree: Tree, unfinished: readonly string[], undoing: readonly string[]): void {
  if (unfinished.length + undoing.length === 0) return;
  const whats = [
    ...unfinished.map((run) => `run ${run} was interrupted, and a real run first puts back what it took`),
    ...undoing.map((run) => `the undo of run ${run} was interrupted, and a real run first finishes it`),
  ];
  // Putting one run back puts all of them back, newest first.
  const undos = [...unfinished.slice(-1), ...undoing].map(
    (run) => `regsweep undo ${run} --root ${shellWord(tree.root)}`,
  );
  throw refusal(
    'interrupted-run',
    `A dry run cannot show what would happen here: ${whats.join('; ')}.`,
    ['Nothing was touched. Do that first, with the registry stopped, then look again:', ...undos].join('\n'),
  );
}
