// Carries a plan out: every item leaves whole, by one rename into the run's trash, references before what they refer to, with a
// flush between the kinds; then the end mark; then the space is freed. After any prefix of this every tag is whole or gone.

import { EXIT, RegsweepError } from '../model/errors.js';
import type { Tree } from '../model/tree.js';
import type { RemovalKind } from '../plan/removal.js';
import type { Plan } from '../plan/types.js';
import { diskFull, isDiskFull } from './full-disk.js';
import { ChangedFolders, recordInPlace } from './in-place.js';
import { Mover } from './mover.js';
import type { Outcome } from './outcome.js';
import {
  beginRun,
  END_MARK,
  type RunRecord,
  recordBytes,
  runFolder,
  type Step,
  trashEntry,
  trashFolders,
} from './run.js';
import { SignalCheck } from './signal-check.js';
import { emptyRun } from './trash.js';
import { Writer } from './writer.js';

export interface ExecuteOptions {
  readonly keepTrash: boolean;
  /** Deletes each item where it lies, without a record: see {@link executeInPlace}. */
  readonly inPlace?: boolean;
  /** Sorts by time, unique. */
  readonly id: string;
  readonly signal?: AbortSignal;
  readonly writer?: Writer;
  readonly onProgress?: (done: number, total: number) => void;
  /** Called once everything has moved and the end mark is flushed, before the space is freed. */
  readonly onMoved?: () => Promise<void>;
}

/**
 * Carries `plan` out. Item failures are collected; where the disk fails the run itself, it ends as one that was interrupted, and
 * the next start puts back what it took. Throws `not-begun` where nothing was started.
 */
export async function execute(tree: Tree, plan: Plan, options: ExecuteOptions): Promise<Outcome> {
  const writer = options.writer ?? new Writer();
  if (options.inPlace === true) return executeInPlace(tree, plan, options, writer);
  const record = await startRun(tree, plan, options, writer);
  const mover = new Mover(tree, plan, record, writer);
  try {
    const flush = (): void => {
      for (const folder of trashFolders(tree, record)) writer.sync(folder);
    };
    const take = async (step: Step): Promise<void> => {
      if (trashEntry(tree, record, step) === undefined) await mover.takeInPlace(step);
      else mover.take(step);
    };
    if (!(await takeAll(record, take, flush, options))) return mover.outcome('interrupted', true);
    writer.write(`${runFolder(tree, options.id)}/${END_MARK}`, ['']);
    writer.sync(runFolder(tree, options.id));
  } catch (error) {
    mover.fails(0, runFolder(tree, options.id), error);
    return mover.outcome('interrupted', true);
  }
  await options.onMoved?.();
  const keep = !(await mover.free(options.keepTrash));
  return mover.outcome(mover.failures.length > 0 || mover.skipped > 0 ? 'incomplete' : 'done', keep);
}

/** Without record, trash and end mark: nothing is written. Cut off anywhere it leaves a legal prefix, and nothing to put back. */
async function executeInPlace(tree: Tree, plan: Plan, options: ExecuteOptions, writer: Writer): Promise<Outcome> {
  const record = recordInPlace(plan);
  const mover = new Mover(tree, plan, record, writer);
  const changed = new ChangedFolders(tree, writer);
  const take = async (step: Step): Promise<void> => {
    if (step.kind === 'directory') mover.take(step);
    else await mover.takeInPlace(step);
    changed.note(step);
  };
  const ended = (status: Outcome['status']): Outcome => ({ ...mover.outcome(status, false), run: undefined });
  try {
    if (!(await takeAll(record, take, () => changed.flush(), options))) return ended('interrupted');
  } catch (error) {
    mover.fails(0, tree.v2, error);
    return ended('interrupted');
  }
  await options.onMoved?.();
  return ended(mover.failures.length > 0 || mover.skipped > 0 ? 'incomplete' : 'done');
}

async function startRun(tree: Tree, plan: Plan, { id, keepTrash }: ExecuteOptions, writer: Writer): Promise<RunRecord> {
  try {
    return beginRun(tree, plan, id, keepTrash, writer);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    // Ignored error: what is left of a run that moved nothing is removed by the next one.
    await emptyRun(tree, id, writer).catch(() => undefined);
    if (isDiskFull(error)) throw diskFull(runFolder(tree, id), recordBytes(plan), error);
    throw new RegsweepError('not-begun', EXIT.refused, `The run cannot be recorded: ${message}`, {
      path: runFolder(tree, id),
      hint: 'Nothing was touched. Is the tree mounted read-only, or owned by another user?',
      cause: error,
    });
  }
}

/** Takes item after item, with a flush between the kinds. False where a signal came. */
async function takeAll(
  record: RunRecord,
  take: (step: Step) => Promise<void>,
  flush: () => void,
  options: ExecuteOptions,
): Promise<boolean> {
  const breather = new SignalCheck();
  let last: RemovalKind | undefined;
  for (const step of record.steps) {
    if (step.kind !== last && last !== undefined) flush();
    last = step.kind;
    await take(step);
    if (!(await breather.step())) continue;
    options.onProgress?.(step.step, record.steps.length);
    if (options.signal?.aborted === true) return false;
  }
  if (options.signal?.aborted === true) return false;
  flush();
  return true;
}
