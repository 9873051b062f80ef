// How `undo` works: choose the run, read its trash, show what can go back, ask, put it back. Like every change it takes the lock,
// passes the guard, and first puts back what an interrupted run took.

import { refuseUndoAfterCutOff } from '../../cli/cut-off.js';
import type { CarryingOptions } from '../../cli/options.js';
import { type ReportFile, reportAt } from '../../cli/report-file.js';
import { type Chosen, choose } from '../../cli/restorable-run.js';
import { serviceOf } from '../../cli/service.js';
import type { Session } from '../../cli/session.js';
import { openSource, type Source } from '../../cli/source.js';
import { Stopwatch } from '../../cli/stopwatch.js';
import { refuseUnsafeTree, warnAboutFolderKeys } from '../../cli/tree-refusals.js';
import type { RecoveredRun } from '../../execute/put-back.js';
import { Reader } from '../../execute/reader.js';
import { undoSteps } from '../../execute/undo.js';
import { Writer } from '../../execute/writer.js';
import { EXIT, type ExitStatus, usageError } from '../../model/errors.js';
import type { Tree } from '../../model/tree.js';
import type { UndoResult } from '../../report/result.js';
import { counted, printable } from '../../report/text.js';
import { undoReport } from './page.js';
import { resultOf } from './result.js';
import { stayingLines, undoDocument, undoLines } from './view.js';

type Options = CarryingOptions & { readonly report?: string | undefined };

/** Undoes run `id`, or the latest whose trash is kept. Returns the exit status. */
export async function undoRun(session: Session, id: string | undefined, options: Options): Promise<ExitStatus> {
  if (!options['dry-run'] && !options.yes && !session.canAsk) {
    throw usageError(
      'cannot ask for confirmation: stdin is not a terminal.',
      'Use --yes to do it, or --dry-run to see what would come back.',
    );
  }
  const source = await openSource(session);
  const { tree } = source;
  if (!options['dry-run']) refuseUnsafeTree(tree, options, new Reader());
  const service = serviceOf(options);
  const writer = session.io?.writer ?? new Writer();
  const page = await reportAt(options.report, tree.root, session);
  if (options['dry-run']) {
    const chosen = await choose(session, source, id, writer);
    refuseUndoAfterCutOff(tree, chosen.record.id);
    const result = resultOf(tree, chosen, true, undefined, writer);
    await show(session, result);
    await page?.write(undoReport(result, chosen.taken, false));
    session.explain(stayingLines(result));
    return chosen.choice.stays.length > 0 ? EXIT.partial : EXIT.ok;
  }
  if (service === undefined) return perform(session, source, id, options, writer, page);
  const { whileStopped } = await import('../../cli/window.js');
  // Asked before the registry is stopped; what it pushed until then is looked at again.
  const shown = await choose(session, source, id, writer);
  if (!(await confirmed(session, source, shown, options, writer, page))) return EXIT.ok;
  return whileStopped(session, tree, service, new Stopwatch(), () =>
    perform(session, source, id, { ...options, yes: true }, writer, page),
  );
}

async function perform(
  session: Session,
  source: Source,
  id: string | undefined,
  options: CarryingOptions,
  writer: Writer,
  page: ReportFile | undefined,
): Promise<ExitStatus> {
  const { whileLocked: whileHeld } = await import('../../cli/carry-out.js');
  const { tree } = source;
  const holding = { forceRunning: options['force-running'], finishesUndos: false };
  return whileHeld(session, tree, holding, async (held) => {
    const [latest] = held.recovered;
    const done = id === undefined ? latest : held.recovered.find(({ run }) => run === id);
    if (done !== undefined) return await showRecovered(session, tree, done, options, page);
    const chosen = await choose(session, source, id, writer);
    if (!(await confirmed(session, source, chosen, options, writer, page))) return EXIT.ok;
    await session.interruption.checkpoint();
    await held.check();
    const outcome = await undoSteps(tree, chosen.record, chosen.choice, writer, session.interruption.signal);
    const restarts = serviceOf(options) !== undefined;
    const result = { ...resultOf(tree, chosen, false, outcome, writer), restarts };
    await show(session, result);
    await page?.write(undoReport(result, chosen.taken, false));
    session.explain(stayingLines(result));
    if (outcome.steps > 0) warnAboutFolderKeys(session.log, tree, writer);
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

async function confirmed(
  session: Session,
  { tree }: Source,
  chosen: Chosen,
  options: CarryingOptions,
  writer: Writer,
  page: ReportFile | undefined,
): Promise<boolean> {
  if (options.yes) return true;
  const result = resultOf(tree, chosen, true, undefined, writer);
  await session.stderr.lines(undoLines(result, session.errorStyle, session.bytes));
  const { confirm } = await import('../../cli/confirm.js');
  const yes = await confirm(
    `Put ${counted(result.back.length, 'item')} back into ${printable(tree.root)}?`,
    session.interruption.signal,
  );
  if (yes) return true;
  await session.stderr.lines(['Nothing was changed.']);
  await page?.write(undoReport(result, chosen.taken, true));
  return false;
}

async function show(session: Session, result: UndoResult): Promise<void> {
  if (session.options.json) await session.stdout.pieces(undoDocument(result));
  else await session.stdout.lines(undoLines(result, session.style, session.bytes));
}
