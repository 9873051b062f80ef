// How `undo` runs: choose the run, read its trash, tell what would be whole in its place, ask, put that back. As every change it
// holds the lock, passes the guard, and puts back first what an interrupted run took.

import { WritingDoor } from '../execute/door.js';
import { isEnded, isUndoing, type RunRecord, readRun, runIds, type Step, trashEntry } from '../execute/run.js';
import { isLeaving, takenSteps, undoingRuns } from '../execute/trash.js';
import { undo } from '../execute/undo.js';
import { EXIT, type ExitStatus, RegsweepError, usageError } from '../model/errors.js';
import { blobPath, entityAt, layerLinkPath, revisionPath } from '../model/layout.js';
import type { Tree } from '../model/tree.js';
import { type Restorable, restorable, type StayingItem } from '../plan/wholeness.js';
import type { UndoResult } from '../report/result.js';
import { counted } from '../report/text.js';
import { undoDocument, undoLines } from '../report/undo.js';
import { ReadingDoor } from '../scan/door.js';
import { readTaken, type TrashItem } from '../scan/taken.js';
import type { CarryingOptions } from './options.js';
import { type ReportFile, reportAt } from './report-file.js';
import { serviceOf } from './service.js';
import type { Session } from './session.js';
import { openSource, type Source } from './source.js';
import { Stopwatch } from './stopwatch.js';
import { undoReport } from './undo-report.js';

type Options = CarryingOptions & { readonly report?: string | undefined };

interface Chosen {
  readonly record: RunRecord;
  readonly taken: readonly Step[];
  readonly choice: Restorable;
}

/** Undoes run `id`, or the latest whose trash is kept. Returns the exit status. */
export async function undoRun(session: Session, id: string | undefined, options: Options): Promise<ExitStatus> {
  if (!options['dry-run'] && !options.yes && !session.canAsk) {
    throw usageError(
      'nobody can be asked: this is no terminal.',
      'Give --yes, or --dry-run to see what would come back.',
    );
  }
  const source = await openSource(session);
  const { tree } = source;
  const service = serviceOf(options);
  const door = session.doors?.writing ?? new WritingDoor();
  const page = await reportAt(options.report, tree.root, session);
  if (options['dry-run']) {
    const chosen = await choose(session, source, id, door);
    const result = resultOf(tree, chosen, true, undefined, door);
    await show(session, result);
    await page?.write(undoReport(result, chosen.taken, false));
    return chosen.choice.stays.length > 0 ? EXIT.partial : EXIT.ok;
  }
  if (service === undefined) return perform(session, source, id, options, door, page);
  const { whileStopped } = await import('./window.js');
  // Asked before the registry is stopped; what it pushed until then is looked at again.
  const shown = await choose(session, source, id, door);
  if (!(await agreed(session, source, shown, options, door, page))) return EXIT.ok;
  return whileStopped(session, tree, service, new Stopwatch(), () =>
    perform(session, source, id, { ...options, yes: true }, door, page),
  );
}

async function perform(
  session: Session,
  source: Source,
  id: string | undefined,
  options: CarryingOptions,
  door: WritingDoor,
  page: ReportFile | undefined,
): Promise<ExitStatus> {
  const { hold } = await import('./carry-out.js');
  const { tree } = source;
  const held = await hold(session, tree, { forceRunning: options['force-running'], finishesUndos: false });
  try {
    const chosen = await choose(session, source, id, door);
    if (!(await agreed(session, source, chosen, options, door, page))) return EXIT.ok;
    await session.interruption.checkpoint();
    await held.check();
    const outcome = await undo(tree, chosen.record, chosen.choice, door, session.interruption.signal);
    const restarts = serviceOf(options) !== undefined;
    const result = { ...resultOf(tree, chosen, false, outcome, door), restarts };
    await show(session, result);
    await page?.write(undoReport(result, chosen.taken, false));
    const { stays, outcome: told } = result;
    const left = stays.length + (told?.failures.length ?? 0) + (told?.inTheWay.length ?? 0);
    return session.interruption.status() ?? (left > 0 ? EXIT.partial : EXIT.ok);
  } finally {
    await held.release();
  }
}

/**
 * Finishes undos that were cut off, with the tree as it is now: what they put back has nothing that leads to it yet, and a change
 * would sweep it. Throws the refusal `put-back` where one can not be finished, and `interrupted`.
 */
export async function finishUndos(session: Session, tree: Tree, door: WritingDoor): Promise<void> {
  for (const id of undoingRuns(tree, door)) {
    const { record, choice } = await choose(session, await openSource(session), id, door);
    const { steps, failures, interrupted } = await undo(tree, record, choice, door, session.interruption.signal);
    const [failure] = failures;
    if (failure !== undefined) {
      throw new RegsweepError(
        'put-back',
        EXIT.refused,
        `The undo of run ${id} can not be finished: ${failure.message}`,
        {
          path: failure.path,
          hint: `Nothing else was touched, and every tag that is there is whole. Mend this, then run the same command again; \`regsweep trash empty ${id}\` gives the rest of it up.`,
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
  }
}

async function agreed(
  session: Session,
  { tree }: Source,
  chosen: Chosen,
  options: CarryingOptions,
  door: WritingDoor,
  page: ReportFile | undefined,
): Promise<boolean> {
  if (options.yes) return true;
  const result = resultOf(tree, chosen, true, undefined, door);
  await session.stderr.lines(undoLines(result, session.errorStyle, session.bytes));
  const { confirm } = await import('./confirm.js');
  const yes = await confirm('Put this back?', session.interruption.signal);
  if (yes) return true;
  await session.stderr.lines(['Nothing was changed.']);
  await page?.write(undoReport(result, chosen.taken, true));
  return false;
}

async function choose(session: Session, source: Source, id: string | undefined, door: WritingDoor): Promise<Chosen> {
  const record = recordOf(source.tree, id, door);
  const taken = takenSteps(source.tree, record, door);
  return { record, taken, choice: await restorableOf(session, source, record, taken) };
}

/**
 * Tags and revisions that an interrupted run took and that would be broken in their place now: the registry ran since, and its
 * collector or its API deleted what they need.
 */
export async function brokenSteps(
  session: Session,
  record: RunRecord,
  door: WritingDoor,
): Promise<ReadonlySet<number>> {
  const source = await openSource(session);
  const { stays } = await restorableOf(session, source, record, takenSteps(source.tree, record, door));
  const broken = stays.filter(
    ({ why, entity: { kind } }) => why === 'needs' && (kind === 'tag' || kind === 'revision'),
  );
  return new Set(broken.map(({ step }) => step));
}

async function restorableOf(
  session: Session,
  source: Source,
  record: RunRecord,
  taken: readonly Step[],
): Promise<Restorable> {
  const items: TrashItem[] = [];
  const others: number[] = [];
  for (const step of taken) {
    const entity = entityAt(step.path);
    const place = trashEntry(source.tree, record, step);
    // A crash's temporary file is nobody's need: it comes back with the rest.
    if (entity === undefined || place === undefined) others.push(step.step);
    else items.push({ step: step.step, entity, place, lacks: step.lacks ?? [] });
  }
  const scan = await source.scan({});
  try {
    const reading = session.doors?.reading ?? new ReadingDoor();
    const choice = restorable(scan.inventory, readTaken(source.tree.v2, items, reading));
    return { ...choice, back: new Set([...choice.back, ...others]) };
  } finally {
    await scan.close();
  }
}

function recordOf(tree: Tree, id: string | undefined, door: WritingDoor): RunRecord {
  const ids = runIds(tree, door).filter((run) => isEnded(tree, run, door));
  if (id !== undefined && !ids.includes(id)) {
    throw new RegsweepError('no-such-name', EXIT.usage, `no such run: ${id}.`, {
      hint: '`regsweep trash ls` lists them.',
    });
  }
  const latest = [...undoingRuns(tree, door), ...[...ids].reverse()];
  for (const run of id === undefined ? latest : [id]) {
    const record = readRun(tree, run, door);
    if (record === undefined || isLeaving(tree, record, door)) continue;
    if (isUndoing(tree, run, door) || takenSteps(tree, record, door).length > 0) return record;
  }
  throw new RegsweepError('no-such-name', EXIT.usage, 'no run keeps anything in the trash: there is nothing to undo.', {
    hint: 'Runs keep their trash when they are told to: --keep-trash.',
  });
}

function resultOf(
  tree: Tree,
  { record, taken, choice }: Chosen,
  dryRun: boolean,
  outcome: UndoResult['outcome'],
  door: WritingDoor,
): UndoResult {
  const back = taken.filter(({ step }) => choice.back.has(step));
  const takers = takersOf(tree, record.id, choice.stays, door);
  return {
    root: tree.root,
    dryRun,
    run: record.id,
    command: record.command,
    back: back.map(({ step, kind, path }) => ({ step, kind, path })),
    bytes: back.reduce((sum, { bytes }) => sum + bytes, 0),
    there: choice.there.size,
    stays: choice.stays.map(({ step, entity, why, needs }) => ({
      step,
      kind: entity.kind,
      path: record.steps[step - 1]!.path,
      why,
      needs: needs.map((digest) => ({ digest, takenBy: takers.get(digest) })),
    })),
    outcome,
  };
}

/** The other runs whose trash holds what is needed, by digest. */
function takersOf(
  tree: Tree,
  own: string,
  stays: readonly StayingItem[],
  door: WritingDoor,
): ReadonlyMap<string, string> {
  const takers = new Map<string, string>();
  const needed = stays.flatMap(({ entity, needs }) =>
    needs.map((digest) => ({
      digest,
      at:
        'repository' in entity
          ? [revisionPath(entity.repository, digest), layerLinkPath(entity.repository, digest)]
          : [],
    })),
  );
  if (needed.length === 0) return takers;
  for (const run of runIds(tree, door)) {
    const record = run === own ? undefined : readRun(tree, run, door);
    if (record === undefined) continue;
    const paths = new Set(takenSteps(tree, record, door).map(({ path }) => path));
    for (const { digest, at } of needed) {
      if ([blobPath(digest), ...at].some((path) => paths.has(path))) takers.set(digest, run);
    }
  }
  return takers;
}

async function show(session: Session, result: UndoResult): Promise<void> {
  if (session.options.json) await session.stdout.pieces(undoDocument(result));
  else await session.stdout.lines(undoLines(result, session.style, session.bytes));
}
