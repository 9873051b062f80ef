// The way to the code that changes the tree: locked, guarded, with what an interrupted run took put back first.

import { randomBytes } from 'node:crypto';
import { execute } from '../execute/execute.js';
import { blindSpot, findServing, isDanger, refuseServing, type Serving } from '../execute/guard.js';
import type { Lock } from '../execute/lock.js';
import { freshUploads, refuseMovingUploads } from '../execute/moving-uploads.js';
import { putBackUnfinished, type RecoveredRun } from '../execute/put-back.js';
import { undoingRuns } from '../execute/runs.js';
import { Writer } from '../execute/writer.js';
import type { Inventory } from '../inventory/inventory.js';
import type { Tree } from '../model/tree.js';
import type { Plan } from '../plan/types.js';
import type { ResultOutcome } from '../report/result.js';
import { counted } from '../report/text.js';
import { afterSettling, type Settled } from './cut-off.js';
import { progressOf } from './progress.js';
import type { Session } from './session.js';
import { lockTree } from './tree-lock.js';
import { warnAboutFolderKeys } from './tree-refusals.js';

export interface CarryOptions {
  readonly keepTrash: boolean;
  readonly inPlace?: boolean;
  /** Called once everything has moved, before the space is freed. */
  readonly onMoved?: () => Promise<void>;
}

/** A tree that is ours to change, until it is released. */
export interface LockedTree {
  /** Interrupted runs that were put back when the tree was taken hold of, newest first. */
  readonly recovered: readonly RecoveredRun[];
  /** The same by id, with the undos that were finished. */
  readonly settled: Settled;
  /** Looks once more whether a registry serves the tree or takes a push, then carries `plan` out. */
  carryOut(plan: Plan, inventory: Inventory, options: CarryOptions): Promise<ResultOutcome>;
  /** Looks once more whether the tree is still ours, and whether a registry serves it. */
  check(): Promise<void>;
  release(): Promise<void>;
}

interface Holding {
  readonly forceRunning: boolean;
  readonly finishesUndos?: boolean;
  readonly inPlace?: boolean;
}

/**
 * Does `work` while `tree` is held. Throws the refusals of the guard and the lock, and what `work` throws, with the interrupted runs
 * that were put back before it.
 */
export async function whileLocked<T>(
  session: Session,
  tree: Tree,
  options: Holding,
  work: (held: LockedTree) => Promise<T>,
): Promise<T> {
  const held = await lockForChange(session, tree, options);
  try {
    return await work(held);
  } catch (error) {
    throw afterSettling(error, held.settled);
  } finally {
    await held.release();
  }
}

/** Takes hold of `tree`, puts back what an interrupted run took, and finishes undos that were cut off. */
async function lockForChange(
  session: Session,
  tree: Tree,
  { forceRunning, finishesUndos = true, inPlace = false }: Holding,
): Promise<LockedTree> {
  const guard = (): Promise<readonly Serving[]> => (forceRunning ? findServing(tree) : refuseServing(tree));
  for (const serving of await guard()) session.log.warn(goesOn(serving));
  const blind = blindSpot();
  if (blind !== undefined) session.log.warn(blind);
  const writer = session.io?.writer ?? new Writer();
  const lock = await lockTree(session, tree, writer, { inPlace });
  let recovered: readonly RecoveredRun[] = [];
  let undone: readonly string[] = [];
  try {
    const { back, notFreed, foreign } = await putBackUnfinished(tree, writer, {
      signal: session.interruption.signal,
      async broken(record) {
        const { brokenSteps } = await import('./restorable-run.js');
        return brokenSteps(session, record, writer);
      },
    });
    recovered = back;
    for (const { run, message } of notFreed) {
      session.log.warn(`the trash of run ${run} cannot be freed: ${message}; the next run tries again.`);
    }
    for (const { run, paths } of foreign) {
      for (const path of paths)
        session.log.warn(`run ${run} also moved something not written by the registry: ${path}`);
    }
    for (const { run, steps, inTheWay, notWhole } of back) {
      session.log.warn(`run ${run} was interrupted: ${counted(steps, 'step')} put back.`, { run, steps });
      for (const path of inTheWay) {
        session.log.warn(
          `not put back, something newer is there: ${path}; the older one stays in the trash of run ${run}.`,
        );
      }
      for (const path of notWhole) {
        session.log.warn(
          `not put back, what it needs was deleted since: ${path}; it stays in the trash of run ${run}.`,
        );
      }
    }
    if (back.some(({ steps }) => steps > 0)) warnAboutFolderKeys(session.log, tree, writer);
    if (finishesUndos && undoingRuns(tree, writer).length > 0) {
      const { finishUndos } = await import('./finish-undos.js');
      undone = await finishUndos(session, tree, writer);
    }
  } catch (error) {
    await lock.release();
    throw error;
  }
  return {
    recovered,
    settled: { putBack: recovered.map(({ run }) => run), undone },
    async carryOut(plan, inventory, options) {
      lock.check();
      await guard();
      if (!forceRunning) refuseMovingUploads(tree, inventory);
      for (const path of freshUploads(inventory, session.now())) {
        session.log.warn(
          `${path} was touched a moment ago: make sure that the registry is stopped. A stop in mid-push leaves one.`,
        );
      }
      return executePlan(session, tree, plan, options, lock, writer);
    },
    async check() {
      lock.check();
      await guard();
    },
    release: () => lock.release(),
  };
}

/** Why the tree is changed though a registry runs. */
function goesOn(serving: Serving): string {
  const { pid, doubt } = serving;
  if (doubt !== undefined) return `going on though process ${pid} may serve this tree: ${doubt}.`;
  if (isDanger(serving)) return `going on though process ${pid} serves this tree.`;
  return `process ${pid} serves this tree read-only: restart it afterwards, since it remembers deleted layers.`;
}

async function executePlan(
  session: Session,
  tree: Tree,
  plan: Plan,
  options: CarryOptions,
  { lost }: Lock,
  writer: Writer,
): Promise<ResultOutcome> {
  const progress = progressOf(session);
  const id = runId(session.now());
  session.log.info('run started', { run: id, steps: plan.removals.length });
  try {
    const outcome = await execute(tree, plan, {
      ...options,
      id,
      signal: AbortSignal.any([session.interruption.signal, lost]),
      writer,
      onProgress: (done, total) => progress.report('removing', done, total),
    });
    if (lost.aborted) session.log.always((lost.reason as Error).message);
    session.log.info('run ended', { run: id, status: outcome.status, steps: outcome.stepsDone });
    return outcome;
  } finally {
    progress.end();
  }
}

/** `20261121T034719.123Z-9f3c`: sorts by time, is unique, and is one plain word. */
function runId(nowMs: number): string {
  const time = new Date(nowMs).toISOString().replace(/[-:]/g, '');
  return `${time}-${randomBytes(2).toString('hex')}`;
}
