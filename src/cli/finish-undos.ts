// Finishes the undos that were interrupted, before anything else is changed.

import { undoingRuns } from '../execute/runs.js';
import { undoSteps } from '../execute/undo.js';
import type { Writer } from '../execute/writer.js';
import { EXIT, RegsweepError } from '../model/errors.js';
import type { Tree } from '../model/tree.js';
import { counted } from '../report/text.js';
import { choose } from './restorable-run.js';
import type { Session } from './session.js';
import { openSource } from './source.js';
import { warnAboutFolderKeys } from './tree-refusals.js';

/**
 * Finishes undos that were cut off, with the tree as it is now: nothing refers yet to what they put back, and a change
 * would sweep it. Returns their runs. Throws the refusal `put-back` where one cannot be finished, and `interrupted`.
 */
export async function finishUndos(session: Session, tree: Tree, writer: Writer): Promise<readonly string[]> {
  const undone = undoingRuns(tree, writer);
  for (const id of undone) {
    const { record, choice } = await choose(session, await openSource(session), id, writer);
    const { steps, failures, interrupted } = await undoSteps(tree, record, choice, writer, session.interruption.signal);
    const [failure] = failures;
    if (failure !== undefined) {
      throw new RegsweepError(
        'put-back',
        EXIT.refused,
        `The undo of run ${id} cannot be finished: ${failure.message}`,
        {
          path: failure.path,
          hint: `Nothing else was touched, and every tag that is there is whole. Repair this, then run the same command again; \`regsweep trash empty ${id}\` gives the rest of it up.`,
        },
      );
    }
    if (interrupted) {
      const status = session.interruption.status() ?? EXIT.interrupted;
      throw new RegsweepError('interrupted', status, `interrupted while the undo of run ${id} was finished.`, {
        hint: 'Nothing else was touched, and every tag that is there is whole. The next change goes on with it.',
      });
    }
    session.log.warn(`the undo of run ${id} was cut off: ${counted(steps, 'step')} more put back.`, { run: id, steps });
    warnAboutFolderKeys(session.log, tree, writer);
  }
  return undone;
}
