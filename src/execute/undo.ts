// Undoes a run that ended, last step first. What is in the tree again is deleted from the trash; what cannot go back stays there. The
// run's folder goes with its last item. An undo can be interrupted anywhere and started again.

import { RegsweepError } from '../model/errors.js';
import type { Tree } from '../model/tree.js';
import { erase } from './erase.js';
import { type PutBack, putBack } from './put-back.js';
import { type RunRecord, runFolder, type Step, trashEntry, UNDOING_MARK } from './run.js';
import { takenSteps } from './runs.js';
import { emptyRun } from './trash.js';
import type { Writer } from './writer.js';

/** Which steps go back, and which lie in the tree again as they were. */
export interface UndoChoice {
  readonly back: ReadonlySet<number>;
  readonly there: ReadonlySet<number>;
}

/**
 * Puts back what `choice` says, until `signal` is aborted. What is back has no reference until everything is, and another
 * change would sweep it: a mark stops such a change until the undo is finished.
 */
export async function undoSteps(
  tree: Tree,
  record: RunRecord,
  choice: UndoChoice,
  writer: Writer,
  signal?: AbortSignal,
): Promise<PutBack> {
  const mark = `${runFolder(tree, record.id)}/${UNDOING_MARK}`;
  let result: PutBack = { run: record.id, steps: 0, inTheWay: [], failures: [], interrupted: false };
  try {
    const begins = writer.lstat(mark) === undefined;
    if (begins) {
      writer.write(mark, ['']);
      writer.sync(runFolder(tree, record.id));
    }
    result = await restoreChosen(tree, record, choice, writer, signal);
    if (result.failures.length > 0 || result.interrupted) {
      if (begins && result.steps === 0 && result.inTheWay.length === 0) writer.unlink(mark);
      return result;
    }
    for (const step of choice.there) await erase(trashEntry(tree, record, record.steps[step - 1]!) ?? '', writer);
    if (takenSteps(tree, record, writer).length === 0) await emptyRun(tree, record.id, writer);
    else writer.unlink(mark);
    return result;
  } catch (error) {
    const { code, message, path = '' } = error as NodeJS.ErrnoException;
    if (code === undefined || error instanceof RegsweepError) throw error;
    return { ...result, failures: [...result.failures, { step: 0, path, code, message }] };
  }
}

function restoreChosen(
  tree: Tree,
  record: RunRecord,
  choice: UndoChoice,
  writer: Writer,
  signal: AbortSignal | undefined,
): Promise<PutBack> {
  const whole = record.steps.every(({ kind, step }) => kind === 'directory' || !isLeft(step));
  function isLeft(step: number): boolean {
    return !choice.back.has(step) && !choice.there.has(step) && writer.lstat(trashEntryOf(step)) !== undefined;
  }
  function trashEntryOf(step: number): string {
    return trashEntry(tree, record, record.steps[step - 1]!) ?? '';
  }
  // Folders alone come back with everything else, or not at all: an empty repository would be none of anybody's.
  const wanted = ({ kind, step }: Step): boolean => (kind === 'directory' ? whole : choice.back.has(step));
  return putBack(tree, record, writer, wanted, signal);
}
