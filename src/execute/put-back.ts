// Puts back what a run took, last step first, so that what is referred to is there before what refers to it. Never over something
// newer. Of a run without its end mark all goes back; of one that ended what `undo` asks for. Can be cut off anywhere and started again.

import { EXIT, RegsweepError } from '../model/errors.js';
import { CURRENT, DATA, LINK } from '../model/layout.js';
import type { Tree } from '../model/tree.js';
import { CORES, erase } from './erase.js';
import { ensureFolder } from './folders.js';
import { clearGoing } from './in-place.js';
import type { StepFailure } from './outcome.js';
import { type Owner, ownersOf } from './owners.js';
import {
  END_MARK,
  holdsItems,
  isEnded,
  KEPT_MARK,
  type RunRecord,
  readRun,
  runFolder,
  runIds,
  type Step,
  trashEntry,
  trashFolders,
} from './run.js';
import { isBeingDeleted, takenSteps } from './runs.js';
import { SignalCheck } from './signal-check.js';
import { emptyRun, freeRun, startDeleting } from './trash.js';
import type { Writer } from './writer.js';

export interface PutBack {
  readonly run: string;
  readonly steps: number;
  /** Paths, relative to v2, that had come back meanwhile: the newer one stays, the older in the trash. */
  readonly inTheWay: readonly string[];
  /** What could not be moved; it stays in the trash. */
  readonly failures: readonly StepFailure[];
  /** True where a signal came: what is left goes back the next time. */
  readonly interrupted: boolean;
}

/** A run put back whole, but for what the registry took from it meanwhile. */
export interface RecoveredRun extends PutBack {
  /** Tags and revisions, as paths relative to v2, that would be broken now: they stay in the trash. */
  readonly notWhole: readonly string[];
  readonly record: RunRecord;
  /** The steps that were put back. */
  readonly restored: readonly Step[];
}

/** How earlier runs are put back. */
export interface Recovery {
  readonly signal?: AbortSignal;
  /** Steps of a run whose tag or revision would be broken in its place, with the tree as it is now. */
  readonly broken?: (record: RunRecord) => Promise<ReadonlySet<number>>;
}

/** What the start of a change found of earlier runs. */
export interface Recovered {
  readonly back: readonly RecoveredRun[];
  /** Runs that ended and whose trash cannot be freed yet, each with the system's words. */
  readonly notFreed: readonly { readonly run: string; readonly message: string }[];
  /** Runs that were cut off before they looked at what they took, and what of it is not written by the registry, relative to v2. */
  readonly foreign: readonly { readonly run: string; readonly paths: readonly string[] }[];
}

/**
 * Puts every unfinished run back, newest first, and empties ended ones. Throws `run-record` where a record cannot be trusted, and
 * `interrupted` between two steps once `signal` is aborted: the next start goes on.
 */
export async function putBackUnfinished(tree: Tree, writer: Writer, recovery: Recovery = {}): Promise<Recovered> {
  const { signal } = recovery;
  const back: RecoveredRun[] = [];
  const notFreed: { run: string; message: string }[] = [];
  const foreign: { run: string; paths: readonly string[] }[] = [];
  const free = async (run: string, record?: RunRecord): Promise<void> => {
    try {
      if (record === undefined) return await emptyRun(tree, run, writer, signal);
      const found = await freeRun(tree, record, writer, { signal });
      if (found.foreign.length > 0) foreign.push({ run, paths: found.foreign });
    } catch (error) {
      if (signal?.aborted === true && error === signal.reason) throw interruptedError(run, signal);
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === undefined || error instanceof RegsweepError) throw error;
      notFreed.push({ run, message }); // the next start tries again
    }
  };
  await clearLeft(tree, writer, notFreed);
  for (const id of [...runIds(tree, writer)].reverse()) {
    const record = readRun(tree, id, writer);
    if (isEnded(tree, id, writer)) {
      // Without a record it is one whose folder was all but removed, unless something lies there: `trash empty` deletes that.
      if (record === undefined ? !holdsItems(tree, id, writer) : isBeingDeleted(tree, record, writer))
        await free(id, record);
      continue;
    }
    if (record === undefined) {
      await free(id);
      continue;
    }
    const result = await recoverRun(tree, record, writer, recovery);
    back.push(result);
    if (result.inTheWay.length === 0 && result.notWhole.length === 0) await free(id);
  }
  return { back, notFreed, foreign };
}

/** Deletes the item that a run with --in-place was deleting when it was cut off. */
async function clearLeft(tree: Tree, writer: Writer, notFreed: { run: string; message: string }[]): Promise<void> {
  try {
    await clearGoing(tree, writer);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    notFreed.push({ run: '--in-place', message });
  }
}

/** Puts an unfinished run back whole, and marks it: what is put back once must not be again, after another run. */
async function recoverRun(
  tree: Tree,
  record: RunRecord,
  writer: Writer,
  { signal, broken }: Recovery,
): Promise<RecoveredRun> {
  try {
    await finishInPlace(tree, record, writer);
    const staying = (await broken?.(record)) ?? new Set();
    const taken = takenSteps(tree, record, writer);
    const result = await putBack(tree, record, writer, ({ step }) => !staying.has(step), signal);
    if (result.interrupted) throw interruptedError(record.id, signal);
    const [failure] = result.failures;
    // Half of a run put back is no tree to plan on: the next start tries again.
    if (failure !== undefined) throw putBackError(record.id, failure);
    const folder = runFolder(tree, record.id);
    const notWhole = record.steps.flatMap(({ step, path }) => (staying.has(step) ? [path] : []));
    if (result.inTheWay.length + notWhole.length > 0) {
      if (writer.lstat(`${folder}/${KEPT_MARK}`) === undefined) writer.write(`${folder}/${KEPT_MARK}`, ['']);
    } else startDeleting(tree, record, writer); // else a run that was to keep its trash would stay, with nothing in it
    writer.write(`${folder}/${END_MARK}`, ['']);
    writer.sync(folder);
    const restored = taken.filter(({ step, path }) => !staying.has(step) && !result.inTheWay.includes(path));
    return { ...result, notWhole, record, restored };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined || error instanceof RegsweepError) throw error;
    throw putBackError(record.id, { step: 0, path: runFolder(tree, record.id), code, message });
  }
}

function interruptedError(id: string, signal: AbortSignal | undefined): RegsweepError {
  const { exitStatus = EXIT.interrupted } = (signal?.reason ?? {}) as Partial<RegsweepError>;
  return new RegsweepError('interrupted', exitStatus, `interrupted while what run ${id} took was put back or freed.`, {
    hint: 'Nothing else was touched, and every tag that is there is whole. The next change goes on with it.',
  });
}

function putBackError(id: string, { path, message }: StepFailure): RegsweepError {
  return new RegsweepError('put-back', EXIT.refused, `What run ${id} took cannot be put back: ${message}`, {
    path,
    hint: 'Nothing else was touched, and every tag that is there is whole. Repair this, then run the same command again.',
  });
}

/** Puts back the steps that `wanted` says yes to, until `signal` is aborted; what fails is collected. */
export async function putBack(
  tree: Tree,
  record: RunRecord,
  writer: Writer,
  wanted: (step: Step) => boolean,
  signal: AbortSignal | undefined,
): Promise<PutBack> {
  const owners = ownersOf(record);
  const inTheWay: string[] = [];
  const failures: StepFailure[] = [];
  let steps = 0;
  let last: Step['kind'] | undefined;
  const breather = new SignalCheck();
  let stopped = false;
  const flush = (): void => {
    for (const folder of trashFolders(tree, record)) if (writer.lstat(folder) !== undefined) writer.sync(folder);
  };
  for (const step of [...record.steps].reverse()) {
    if (!wanted(step)) continue;
    await breather.step();
    stopped = signal?.aborted === true;
    if (stopped) break;
    try {
      if (step.kind !== last && last !== undefined) flush();
      last = step.kind;
      const result = restore(tree, record, step, owners, writer);
      if (result === 'back') steps += 1;
      else if (result === 'in-the-way') inTheWay.push(step.path);
    } catch (error) {
      // What refers to it would not be whole: nothing more is put back.
      failures.push(failureOf(step.step, step.path, error));
      break;
    }
  }
  try {
    flush();
  } catch (error) {
    failures.push(failureOf(0, runFolder(tree, record.id), error));
  }
  return { run: record.id, steps, inTheWay, failures, interrupted: stopped };
}

function failureOf(step: number, path: string, error: unknown): StepFailure {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === undefined) throw error;
  return { step, path, code, message };
}

function restore(
  tree: Tree,
  record: RunRecord,
  step: Step,
  owners: ReadonlyMap<string, Owner>,
  writer: Writer,
): 'back' | 'in-the-way' | 'nothing' {
  if (step.kind === 'directory') {
    // Only folders that a directory step took are made again, with whose they were.
    return step.was !== undefined && ensureFolder(tree, step.path, owners, writer) ? 'back' : 'nothing';
  }
  const source = trashEntry(tree, record, step);
  const stats = source === undefined ? undefined : writer.lstat(source);
  if (source === undefined || stats === undefined) return 'nothing'; // not taken, or back already
  const place = `${tree.v2}/${step.path}`;
  const target = step.kind === 'blob' && stats.isFile() ? `${place}/${DATA}` : place;
  if (writer.lstat(target) !== undefined) {
    const core = CORES[step.kind];
    if (core === undefined || !stats.isDirectory() || writer.lstat(`${target}/${core}`) !== undefined)
      return 'in-the-way';
    return refill(source, target, core, writer);
  }
  ensureFolder(tree, target.slice(tree.v2.length + 1, target.lastIndexOf('/')), owners, writer);
  writer.rename(source, target);
  return 'back';
}

/**
 * Puts the one file that makes an item into the folder that was left without it: deletes over the API leave such, and what refers
 * to the item would be broken without it. Says `in-the-way` where something stays in the trash.
 */
function refill(source: string, target: string, core: string, writer: Writer): 'back' | 'in-the-way' {
  if (writer.lstat(`${source}/${core}`) === undefined) return 'in-the-way';
  writer.rename(`${source}/${core}`, `${target}/${core}`);
  if (writer.names(source).length > 0) return 'in-the-way';
  writer.rmdir(source);
  return 'back';
}

/** Finishes tags that were being deleted in place when the run was cut off: without its current a tag is none. */
async function finishInPlace(tree: Tree, record: RunRecord, writer: Writer): Promise<void> {
  for (const step of record.steps) {
    if (step.kind !== 'tag' || trashEntry(tree, record, step) !== undefined) continue;
    const place = `${tree.v2}/${step.path}`;
    if (writer.lstat(place) === undefined || writer.lstat(`${place}/${CURRENT}/${LINK}`) !== undefined) continue;
    await erase(place, writer);
  }
}
