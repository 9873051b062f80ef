// How every changing command runs: put back what an interrupted run took, scan, plan, show, ask, carry out, tell. A dry run
// is the same up to the showing; it takes no lock, never reaches the code that changes, and opens nothing in the tree to write.

import type { Inventory } from '../inventory/inventory.js';
import { EXIT, type ExitStatus, usageError } from '../model/errors.js';
import { needsOf, type Request } from '../plan/request.js';
import type { Plan } from '../plan/types.js';
import { changeDocument } from '../report/json.js';
import { outcomeLines } from '../report/outcome-lines.js';
import { planLines } from '../report/plan-table.js';
import type { ChangeResult, ResultOutcome } from '../report/result.js';
import type { NextStep } from '../report/words.js';
import type { Hold } from './carry-out.js';
import { makePlan } from './make-plan.js';
import { nextSteps } from './next-steps.js';
import type { ChangeOptions } from './options.js';
import { type PlanFile, planFile } from './plan-file.js';
import type { Session } from './session.js';
import { openSource, type Source } from './source.js';

type Options = Pick<
  ChangeOptions,
  'dry-run' | 'yes' | 'keep-trash' | 'plan-out' | 'force-running' | 'detailed-exitcode'
>;

/** Plans `request`, and carries the plan out unless this is a dry run. Returns the exit status. */
export async function change(session: Session, request: Request, options: Options): Promise<ExitStatus> {
  const dryRun = options['dry-run'];
  if (!dryRun && !options.yes && !session.canAsk) {
    throw usageError(
      'nobody can be asked: this is no terminal.',
      'Give --yes to do it, or --dry-run to see what would go.',
    );
  }
  const source = await openSource(session);
  const save = options['plan-out'] === undefined ? undefined : await planFile(options['plan-out'], source.tree.root);
  return dryRun ? rehearse(session, request, options, source, save) : perform(session, request, options, source, save);
}

async function rehearse(
  session: Session,
  request: Request,
  options: Options,
  source: Source,
  save: PlanFile | undefined,
): Promise<ExitStatus> {
  const { warnings } = await import('./carry-out.js');
  for (const warning of warnings(source.tree)) session.log.warn(warning);
  const { plan } = await planned(session, request, source);
  const result = resultOf(source, true, plan, undefined, []);
  await save?.write(changeDocument(result));
  await show(session, result);
  if (options['detailed-exitcode'] && plan.removals.length > 0) return EXIT.changes;
  return plan.partial ? EXIT.partial : EXIT.ok;
}

async function perform(
  session: Session,
  request: Request,
  options: Options,
  source: Source,
  save: PlanFile | undefined,
): Promise<ExitStatus> {
  const { hold } = await import('./carry-out.js');
  const held = await hold(session, source.tree, { forceRunning: options['force-running'] });
  try {
    const { plan, inventory } = await planned(session, request, source);
    await save?.write(changeDocument(resultOf(source, true, plan, undefined, [])));
    const outcome = await settle(session, source, plan, inventory, held, options);
    const next = nextSteps(outcome, source.redis);
    if (session.options.json) await session.stdout.pieces(changeDocument(resultOf(source, false, plan, outcome, next)));
    else if (outcome.status !== 'nothing') {
      await session.stdout.lines(outcomeLines(outcome, next, { style: session.style, bytes: session.bytes }));
    }
    return session.interruption.status() ?? statusOf(plan, outcome);
  } finally {
    await held.release();
  }
}

/** Shows the plan, asks, and carries it out. */
async function settle(
  session: Session,
  source: Source,
  plan: Plan,
  inventory: Inventory,
  held: Hold,
  options: Options,
): Promise<ResultOutcome> {
  const result = resultOf(source, false, plan, undefined, []);
  if (!session.options.json) await show(session, result);
  if (plan.removals.length === 0) return { ...UNTOUCHED, status: 'nothing' };
  if (!options.yes) {
    if (session.options.json || !session.showsResult) await showTo(session, result, 'stderr');
    const { confirm } = await import('./confirm.js');
    if (!(await confirm('Remove this?', session.interruption.signal))) return { ...UNTOUCHED, status: 'declined' };
  }
  session.interruption.check();
  return held.carryOut(plan, inventory, { keepTrash: options['keep-trash'] });
}

const UNTOUCHED = {
  run: undefined,
  stepsDone: 0,
  stepsSkipped: 0,
  bytesFreed: 0,
  trashKept: false,
  failures: [],
  foreign: [],
} as const;

async function planned(
  session: Session,
  request: Request,
  source: Source,
): Promise<{ readonly plan: Plan; readonly inventory: Inventory }> {
  const scan = await source.scan(needsOf(request));
  try {
    const plan = await makePlan(scan, request);
    session.interruption.check();
    session.log.info('planned', { removals: plan.removals.length, problems: plan.problems.length });
    return { plan, inventory: scan.inventory };
  } finally {
    await scan.close();
  }
}

function resultOf(
  source: Source,
  dryRun: boolean,
  plan: Plan,
  outcome: ResultOutcome | undefined,
  next: readonly NextStep[],
): ChangeResult {
  return { root: source.tree.root, dryRun, plan, outcome, next };
}

async function show(session: Session, result: ChangeResult): Promise<void> {
  if (session.options.json) await session.stdout.pieces(changeDocument(result));
  else await showTo(session, result, 'stdout');
}

async function showTo(session: Session, result: ChangeResult, stream: 'stdout' | 'stderr'): Promise<void> {
  const style = stream === 'stdout' ? session.style : session.errorStyle;
  const { verbose, quiet } = session.options;
  await session[stream].lines(planLines(result, { style, bytes: session.bytes, verbose, sumOnly: quiet }));
}

function statusOf(plan: Plan, { status }: ResultOutcome): ExitStatus {
  return plan.partial || status === 'incomplete' ? EXIT.partial : EXIT.ok;
}
