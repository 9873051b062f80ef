// How `undo` runs: choose the run, read its trash, tell what would be whole in its place, ask, put that back. As every change it
// holds the lock, passes the guard, and puts back first what an interrupted run took.

import { WritingDoor } from '../execute/door.js';
import { LookingDoor } from '../execute/looking-door.js';
import type { RecoveredRun } from '../execute/put-back.js';
import { undoingRuns } from '../execute/runs.js';
import { undo } from '../execute/undo.js';
import { EXIT, type ExitStatus, RegsweepError, usageError } from '../model/errors.js';
import type { Tree } from '../model/tree.js';
import { stayingLines } from '../report/partial-lines.js';
import type { UndoResult } from '../report/result.js';
import { counted } from '../report/text.js';
import { undoDocument, undoLines } from '../report/undo.js';
import { refuseUndoAfterCutOff } from './cut-off.js';
import type { CarryingOptions } from './options.js';
import { type ReportFile, reportAt } from './report-file.js';
import { serviceOf } from './service.js';
import type { Session } from './session.js';
import { openSource, type Source } from './source.js';
import { Stopwatch } from './stopwatch.js';
import { refuseUnsafeTree, warnAboutFolderKeys } from './tree-refusals.js';
import { type Chosen, choose } from './undo-choice.js';
import { undoReport } from './undo-report.js';
import { resultOf } from './undo-result.js';

type Options = CarryingOptions & { readonly report?: string | undefined };

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
  if (!options['dry-run']) refuseUnsafeTree(tree, options, new LookingDoor());
  const service = serviceOf(options);
  const door = session.doors?.writing ?? new WritingDoor();
  const page = await reportAt(options.report, tree.root, session);
  if (options['dry-run']) {
    const chosen = await choose(session, source, id, door);
    refuseUndoAfterCutOff(tree, chosen.record.id);
    const result = resultOf(tree, chosen, true, undefined, door);
    await show(session, result);
    await page?.write(undoReport(result, chosen.taken, false));
    session.explain(stayingLines(result));
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
  const { whileHeld } = await import('./carry-out.js');
  const { tree } = source;
  const holding = { forceRunning: options['force-running'], finishesUndos: false };
  return whileHeld(session, tree, holding, async (held) => {
    const [latest] = held.recovered;
    const done = id === undefined ? latest : held.recovered.find(({ run }) => run === id);
    if (done !== undefined) return await showRecovered(session, tree, done, options, page);
    const chosen = await choose(session, source, id, door);
    if (!(await agreed(session, source, chosen, options, door, page))) return EXIT.ok;
    await session.interruption.checkpoint();
    await held.check();
    const outcome = await undo(tree, chosen.record, chosen.choice, door, session.interruption.signal);
    const restarts = serviceOf(options) !== undefined;
    const result = { ...resultOf(tree, chosen, false, outcome, door), restarts };
    await show(session, result);
    await page?.write(undoReport(result, chosen.taken, false));
    session.explain(stayingLines(result));
    if (outcome.steps > 0) warnAboutFolderKeys(session.log, tree, door);
    const { stays, outcome: told } = result;
    const left = stays.length + (told?.failures.length ?? 0) + (told?.inTheWay.length ?? 0);
    return session.interruption.status() ?? (left > 0 ? EXIT.partial : EXIT.ok);
  });
}

/** An interrupted run is undone by putting it back, which every change does first: nothing is left to do. */
async function showRecovered(
  session: Session,
  tree: Tree,
  { record, restored, notWhole, ...outcome }: RecoveredRun,
  options: CarryingOptions,
  page: ReportFile | undefined,
): Promise<ExitStatus> {
  const result: UndoResult = {
    root: tree.root,
    dryRun: false,
    run: record.id,
    command: record.command,
    back: restored.map(({ step, kind, path }) => ({ step, kind, path })),
    bytes: restored.reduce((sum, { bytes }) => sum + bytes, 0),
    there: 0,
    stays: [],
    outcome,
    restarts: serviceOf(options) !== undefined,
  };
  await show(session, result);
  await page?.write(undoReport(result, restored, false));
  const left = notWhole.length + outcome.inTheWay.length;
  return session.interruption.status() ?? (left > 0 ? EXIT.partial : EXIT.ok);
}

/**
 * Finishes undos that were cut off, with the tree as it is now: what they put back has nothing that leads to it yet, and a change
 * would sweep it. Returns their runs. Throws the refusal `put-back` where one cannot be finished, and `interrupted`.
 */
export async function finishUndos(session: Session, tree: Tree, door: WritingDoor): Promise<readonly string[]> {
  const undone = undoingRuns(tree, door);
  for (const id of undone) {
    const { record, choice } = await choose(session, await openSource(session), id, door);
    const { steps, failures, interrupted } = await undo(tree, record, choice, door, session.interruption.signal);
    const [failure] = failures;
    if (failure !== undefined) {
      throw new RegsweepError(
        'put-back',
        EXIT.refused,
        `The undo of run ${id} cannot be finished: ${failure.message}`,
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
    warnAboutFolderKeys(session.log, tree, door);
  }
  return undone;
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

async function show(session: Session, result: UndoResult): Promise<void> {
  if (session.options.json) await session.stdout.pieces(undoDocument(result));
  else await session.stdout.lines(undoLines(result, session.style, session.bytes));
}
