// Undoes a run that ended: what may go back goes back, last step first; what lies in the tree again already leaves the trash; what
// must stay there stays. The run goes with its last item. Cut off anywhere, it can be begun again.

import { RegsweepError } from '../model/errors.js';
import type { Tree } from '../model/tree.js';
import type { WritingDoor } from './door.js';
import type { StepFailure } from './outcome.js';
import { type PutBack, putBack } from './put-back.js';
import { KEPT_MARK, type RunRecord, runFolder, trashEntry } from './run.js';
import { emptyRun, erase, takenSteps } from './trash.js';

/** Which steps go back, and which lie in the tree again as they were. */
export interface UndoChoice {
  readonly back: ReadonlySet<number>;
  readonly there: ReadonlySet<number>;
}

export async function undo(tree: Tree, record: RunRecord, choice: UndoChoice, door: WritingDoor): Promise<PutBack> {
  const failures: StepFailure[] = [];
  try {
    // What stays in the trash is the user's to empty, whatever the run was told about its trash.
    const kept = `${runFolder(tree, record.id)}/${KEPT_MARK}`;
    if (door.lstat(kept) === undefined) door.write(kept, ['']);
    const result = restoreChosen(tree, record, choice, door);
    if (result.failures.length > 0) return result;
    for (const step of choice.there) await erase(trashEntry(tree, record, record.steps[step - 1]!) ?? '', door);
    if (takenSteps(tree, record, door).length === 0) await emptyRun(tree, record.id, door);
    return result;
  } catch (error) {
    const { code, message, path = '' } = error as NodeJS.ErrnoException;
    if (code === undefined || error instanceof RegsweepError) throw error;
    failures.push({ step: 0, path, code, message });
    return { run: record.id, steps: 0, inTheWay: [], failures };
  }
}

function restoreChosen(tree: Tree, record: RunRecord, choice: UndoChoice, door: WritingDoor): PutBack {
  const whole = record.steps.every(({ kind, step }) => kind === 'directory' || !isLeft(step));
  function isLeft(step: number): boolean {
    return !choice.back.has(step) && !choice.there.has(step) && door.lstat(trashEntryOf(step)) !== undefined;
  }
  function trashEntryOf(step: number): string {
    return trashEntry(tree, record, record.steps[step - 1]!) ?? '';
  }
  // Folders alone come back with everything else, or not at all: an empty repository would be none of anybody's.
  return putBack(tree, record, door, ({ kind, step }) => (kind === 'directory' ? whole : choice.back.has(step)));
}
