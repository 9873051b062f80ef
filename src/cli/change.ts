// How every changing command runs: put back what an interrupted run took, scan, plan, show, ask, carry out, tell. A dry run
// is the same up to the showing; it takes no lock, never reaches the code that changes, and opens nothing in the tree to write.

import { Reader } from '../execute/reader.js';
import type { Inventory } from '../inventory/inventory.js';
import { EXIT, type ExitStatus, usageError } from '../model/errors.js';
import { checkReferences, checkScope } from '../plan/reference.js';
import { needsOf, type Request } from '../plan/request.js';
import type { Plan } from '../plan/types.js';
import { changeDocument } from '../report/json.js';
import { outcomeLines } from '../report/outcome-lines.js';
import { failureLines, heldBackLines } from '../report/partial-lines.js';
import { planLines } from '../report/plan-table.js';
import type { ChangeResult, ResultOutcome, WindowResult } from '../report/result.js';
import { bytesText, printable } from '../report/text.js';
import { totalsOf } from '../report/totals.js';
import { removedText } from '../report/words.js';
import type { LockedTree } from './carry-out.js';
import { carriedAs, heldAs, withInPlaceAdvice } from './in-place.js';
import { makePlan } from './make-plan.js';
import { nextSteps } from './next-steps.js';
import type { CarryingOptions } from './options.js';
import { type PlanFile, planFile } from './plan-file.js';
import type { ReportFile } from './report-file.js';
import { refuseDifference, refuseOtherRoot, type SavedPlan } from './saved-plan.js';
import { type Service, serviceOf } from './service.js';
import type { Session } from './session.js';
import { openSource, type Source } from './source.js';
import { Stopwatch } from './stopwatch.js';
import { refuseUnsafeTree } from './tree-refusals.js';

type Options = CarryingOptions & {
  readonly 'in-place'?: boolean;
  readonly 'plan-out'?: string | undefined;
  readonly report?: string | undefined;
};

/** What one run of a changing command works with. */
interface Change {
  readonly session: Session;
  readonly request: Request;
  readonly options: Options;
  readonly source: Source;
  /** Where the plan is saved. */
  readonly save: PlanFile | undefined;
  /** The page that is written at the end. */
  readonly report: ReportFile | undefined;
  /** The plan that the new one must equal. */
  readonly saved: SavedPlan | undefined;
  readonly watch: Stopwatch;
}

/** Plans `request`, and carries the plan out unless this is a dry run. Returns the exit status. */
export async function change(
  session: Session,
  request: Request,
  options: Options,
  saved?: SavedPlan,
): Promise<ExitStatus> {
  const dryRun = options['dry-run'];
  if (!dryRun && !options.yes && !session.canAsk) {
    throw usageError(
      'cannot ask for confirmation: stdin is not a terminal.',
      'Use --yes to do it, or --dry-run to see what would go.',
    );
  }
  const { command, references, patterns } = request;
  if (command === 'rm') checkReferences(references);
  else checkScope(command, patterns);
  const service = serviceOf(options);
  const source = await openSource(session, saved?.root);
  const { root } = source.tree;
  if (!dryRun) refuseUnsafeTree(source.tree, options, new Reader());
  if (saved !== undefined) refuseOtherRoot(saved, root);
  const save = options['plan-out'] === undefined ? undefined : await planFile(options['plan-out'], root);
  const report = options.report === undefined ? undefined : await reportFile(options.report, root, session);
  const change: Change = { session, request, options, source, save, report, saved, watch: new Stopwatch() };
  if (dryRun) return showDryRun(change, service);
  try {
    return await (service === undefined ? perform(change) : performInWindow(change, service));
  } catch (error) {
    throw withInPlaceAdvice(error, process.argv.slice(2), options['in-place'] === true);
  }
}

async function reportFile(file: string, root: string, session: Session): Promise<ReportFile> {
  const { ReportFile } = await import('./report-file.js');
  return ReportFile.at(file, root, session);
}

async function writeReport({ report, request, saved }: Change, result: ChangeResult): Promise<void> {
  await report?.writeChange(result, saved === undefined ? request.command : 'apply');
}

async function showDryRun(change: Change, service: Service | undefined): Promise<ExitStatus> {
  const { session, source, options } = change;
  const [{ warnings }, { refuseCutOff }] = await Promise.all([import('./warnings.js'), import('./cut-off.js')]);
  refuseCutOff(source.tree);
  for (const warning of await warnings(source.tree, { stops: service !== undefined, ownBlobs: options['own-blobs'] }))
    session.log.warn(warning);
  const { plan } = await scanAndPlan(change);
  const result = resultOf(change, plan, { dryRun: true });
  await change.save?.write(changeDocument(result));
  await show(session, result);
  await writeReport(change, result);
  if (plan.partial) session.explain(heldBackLines(source.tree.root, plan.frozen, plan.leftAlone));
  if (options['detailed-exitcode'] && plan.removals.length > 0) return EXIT.changes;
  return plan.partial ? EXIT.partial : EXIT.ok;
}

/** The registry is stopped already. */
async function perform(change: Change): Promise<ExitStatus> {
  const { session, source, options } = change;
  const { whileLocked: whileHeld } = await import('./carry-out.js');
  return whileHeld(session, source.tree, heldAs(options), async (held) => {
    const { plan, inventory } = await scanAndPlan(change);
    const settled = await confirmed(change, plan);
    const outcome = settled ?? (await held.carryOut(plan, inventory, carriedAs(options)));
    return reportOutcome(change, plan, outcome);
  });
}

/** The registry runs, and is stopped for no longer than it takes to look again and to move what goes aside. */
async function performInWindow(change: Change, service: Service): Promise<ExitStatus> {
  const { session, source, options, watch } = change;
  const { warnOfCutOff } = await import('./cut-off.js');
  warnOfCutOff(source.tree, session.log);
  const shown = await scanAndPlan(change);
  const settled = await confirmed(change, shown.plan);
  if (settled !== undefined) return reportOutcome(change, shown.plan, settled);
  const [
    { warnIfUnanswered: warnOfSilence, whileStopped },
    { whileLocked: whileHeld },
    { lookAhead },
    { narrow: narrowed },
    { refuseNotShown },
  ] = await Promise.all([
    import('./window.js'),
    import('./carry-out.js'),
    import('../execute/look-ahead.js'),
    import('../plan/narrow.js'),
    import('./saved-plan.js'),
  ]);
  await watch.time('look', async () => {
    await warnOfSilence(session, service);
    await lookAhead(source.tree, shown.plan.removals, session.interruption.signal);
  });
  return whileStopped(session, source.tree, service, watch, (down) =>
    whileHeld(session, source.tree, heldAs(options), async (held) => {
      const again = await scanAndPlan(change, shown.inventory);
      // The plan shown was made without what is back now: with --yes this one is carried out.
      const unseen = options.yes && held.recovered.length > 0;
      const { plan, notShown } = unseen
        ? { plan: again.plan, notShown: [] }
        : narrowed(again.plan, shown.plan.removals);
      refuseNotShown(notShown);
      const outcome = await moveAndFree(change, held, plan, again.inventory, () => down.start());
      await down.start();
      return reportOutcome(change, plan, outcome, down.result());
    }),
  );
}

/** Carries `plan` out, timed: what moves, and what frees the space once `start` has started the registry. */
async function moveAndFree(
  { options, watch }: Change,
  held: LockedTree,
  plan: Plan,
  inventory: Inventory,
  start: () => Promise<void>,
): Promise<ResultOutcome> {
  if (plan.removals.length === 0) return { ...UNTOUCHED, status: 'nothing' };
  let begun = performance.now();
  const lap = (phase: string): void => {
    watch.note(phase, performance.now() - begun);
    begun = performance.now();
  };
  const onMoved = async (): Promise<void> => {
    lap('move');
    await start();
    begun = performance.now();
  };
  const outcome = await held.carryOut(plan, inventory, { ...carriedAs(options), onMoved });
  lap('free');
  return outcome;
}

/** Such as `Remove 1 tag and 5 blobs (1.3 kB) from /srv/registry?`. */
function questionOf({ session, source, options }: Change, { removals }: Plan): string {
  const bytes = totalsOf(removals).bytes;
  const what = `${removedText(removals)} (${bytesText(bytes, session.bytes)})`;
  const where = printable(source.tree.root);
  return options['in-place'] === true
    ? `Delete ${what} in place from ${where}? This cannot be undone.`
    : `Remove ${what} from ${where}?`;
}

/** Shows the plan and asks. Returns how it ended where there is nothing to do, or nothing is to be done. */
async function confirmed(change: Change, plan: Plan): Promise<ResultOutcome | undefined> {
  const { session, options } = change;
  await change.save?.write(changeDocument(resultOf(change, plan, { dryRun: true })));
  const result = resultOf(change, plan, { dryRun: false });
  if (!session.options.json) await show(session, result);
  if (plan.removals.length === 0) return { ...UNTOUCHED, status: 'nothing' };
  if (!options.yes) {
    if (session.options.json || !session.showsResult) await showTo(session, result, 'stderr');
    const { confirm } = await import('./confirm.js');
    if (!(await confirm(questionOf(change, plan), session.interruption.signal)))
      return { ...UNTOUCHED, status: 'declined' };
  }
  await session.interruption.checkpoint();
  return undefined;
}

/** Tells the outcome. Returns the exit status. */
async function reportOutcome(
  change: Change,
  plan: Plan,
  outcome: ResultOutcome,
  window?: WindowResult,
): Promise<ExitStatus> {
  const { session, source } = change;
  const next = nextSteps(source.tree.root, outcome, source.redis, window);
  const result = resultOf(change, plan, { dryRun: false, outcome, next, window });
  if (session.options.json) await session.stdout.pieces(changeDocument(result));
  else if (outcome.status !== 'nothing' || window !== undefined) {
    await session.stdout.lines(
      outcomeLines(outcome, plan.removals, next, { style: session.style, bytes: session.bytes }, window),
    );
  }
  await writeReport(change, result);
  if (plan.partial) session.explain(heldBackLines(source.tree.root, plan.frozen, plan.leftAlone));
  if (session.options.json) session.explain(failureLines(outcome));
  const ended = outcome.status === 'done' || outcome.status === 'nothing' || outcome.status === 'declined';
  const incomplete = plan.partial || !ended || window?.startFailure !== undefined || window?.notConfirmed !== undefined;
  return session.interruption.status() ?? (incomplete ? EXIT.partial : EXIT.ok);
}

const UNTOUCHED = {
  run: undefined,
  stepsDone: 0,
  stepsSkipped: 0,
  bytesFreed: 0,
  trashKept: false,
  deletedInPlace: false,
  failures: [],
  foreign: [],
} as const;

/** Scans and plans; `before` is an earlier scan whose manifests need not be read again. */
async function scanAndPlan(
  { session, request, source, saved, watch, report }: Change,
  before?: Inventory,
): Promise<{ readonly plan: Plan; readonly inventory: Inventory }> {
  const again = before === undefined ? '' : 're';
  const mapped = before === undefined ? report : undefined;
  const needs = mapped === undefined ? needsOf(request) : { ...needsOf(request), blobSizes: true };
  const scan = await watch.time(`${again}scan`, () =>
    source.scan(needs, before === undefined ? {} : { reuse: before }),
  );
  try {
    const plan = await watch.time(`${again}plan`, () => makePlan(scan, request));
    mapped?.note(scan.inventory, { marks: 'goes', plan });
    if (session.options.quiet && before === undefined) await showInUse(session, plan);
    await session.interruption.checkpoint();
    session.log.info('planned', { removals: plan.removals.length, problems: plan.problems.length });
    if (saved !== undefined) refuseDifference(plan, saved);
    return { plan, inventory: scan.inventory };
  } finally {
    await scan.close();
  }
}

function resultOf(
  { source, options }: Change,
  plan: Plan,
  more: Partial<ChangeResult> & Pick<ChangeResult, 'dryRun'>,
): ChangeResult {
  const inPlace = options['in-place'] === true;
  return { root: source.tree.root, inPlace, plan, outcome: undefined, next: [], ...more };
}

async function show(session: Session, result: ChangeResult): Promise<void> {
  if (session.options.json) await session.stdout.pieces(changeDocument(result));
  else await showTo(session, result, 'stdout');
}

/** How many entries of --keep-in-use are here is shown even where the problems of the plan are not. */
async function showInUse(session: Session, { problems }: Plan): Promise<void> {
  for (const { code, detail } of problems) {
    if (code === 'in-use') await session.stderr.lines([`regsweep: ${printable(detail ?? '')}`]);
  }
}

async function showTo(session: Session, result: ChangeResult, stream: 'stdout' | 'stderr'): Promise<void> {
  const style = stream === 'stdout' ? session.style : session.errorStyle;
  const { verbose, quiet } = session.options;
  await session[stream].lines(planLines(result, { style, bytes: session.bytes, verbose, sumOnly: quiet }));
}
