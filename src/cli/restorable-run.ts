// What an undo would put back: the run that is named, or the latest that keeps anything, and of its trash what would be whole in its
// place with the tree as it is now.

import { isEnded, isUndoing, type RunRecord, readRun, runIds, type Step, trashEntry } from '../execute/run.js';
import { isBeingDeleted, takenSteps, undoingRuns, unfinishedRuns } from '../execute/runs.js';
import type { Writer } from '../execute/writer.js';
import { EXIT, RegsweepError } from '../model/errors.js';
import { entityAt } from '../model/layout.js';
import type { Tree } from '../model/tree.js';
import { type Restorable, restorable, type StayingItem } from '../plan/restore-check.js';
import { readTrashItems, type TrashItem } from '../scan/trash-items.js';
import { TreeReader } from '../scan/tree-reader.js';
import type { Session } from './session.js';
import { openSource, type Source } from './source.js';

export interface Chosen {
  readonly record: RunRecord;
  readonly taken: readonly Step[];
  readonly choice: Restorable;
}

/**
 * Chooses in run `id`, or the latest that was interrupted or whose trash is kept. What was interrupted comes back as every change
 * puts it back. Throws `no-such-name` where there is none.
 */
export async function choose(
  session: Session,
  source: Source,
  id: string | undefined,
  writer: Writer,
): Promise<Chosen> {
  const record = recordOf(source.tree, id, writer);
  const taken = takenSteps(source.tree, record, writer);
  const choice = await restorableOf(session, source, record, taken);
  return { record, taken, choice: isEnded(source.tree, record.id, writer) ? choice : asPutBack(taken, choice) };
}

/** What comes back of an interrupted run: all but what would be broken, and what is there already. */
function asPutBack(taken: readonly Step[], { there, stays }: Restorable): Restorable {
  const staying = stays.filter((item) => item.why === 'newer' || isBroken(item));
  const left = new Set([...there, ...staying.map(({ step }) => step)]);
  return { back: new Set(taken.flatMap(({ step }) => (left.has(step) ? [] : [step]))), there, stays: staying };
}

function isBroken({ why, entity: { kind } }: StayingItem): boolean {
  return why === 'needs' && (kind === 'tag' || kind === 'revision');
}

/**
 * Tags and revisions that an interrupted run took and that would be broken in their place now: the registry ran since, and its
 * collector or its API deleted what they need.
 */
export async function brokenSteps(session: Session, record: RunRecord, writer: Writer): Promise<ReadonlySet<number>> {
  const source = await openSource(session);
  const { stays } = await restorableOf(session, source, record, takenSteps(source.tree, record, writer));
  return new Set(stays.filter(isBroken).map(({ step }) => step));
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
    // Nothing needs a crash's temporary file: it comes back with the rest.
    if (entity === undefined || place === undefined) others.push(step.step);
    else items.push({ step: step.step, entity, place, lacks: step.lacks ?? [] });
  }
  const scan = await source.scan({});
  try {
    const reading = session.io?.reader ?? new TreeReader();
    const choice = restorable(scan.inventory, readTrashItems(source.tree.v2, items, reading));
    return { ...choice, back: new Set([...choice.back, ...others]) };
  } finally {
    await scan.close();
  }
}

function recordOf(tree: Tree, id: string | undefined, writer: Writer): RunRecord {
  const unfinished = unfinishedRuns(tree, writer);
  const interrupted = id === undefined ? unfinished.at(-1) : unfinished.find((run) => run === id);
  if (interrupted !== undefined) return readRun(tree, interrupted, writer)!;
  const ids = runIds(tree, writer).filter((run) => isEnded(tree, run, writer));
  if (id !== undefined && !ids.includes(id)) {
    throw new RegsweepError('no-such-name', EXIT.usage, `no such run: ${id}.`, {
      hint: '`regsweep trash ls` lists them.',
    });
  }
  const latest = [...undoingRuns(tree, writer), ...[...ids].reverse()];
  for (const run of id === undefined ? latest : [id]) {
    const record = readRun(tree, run, writer);
    if (record === undefined || isBeingDeleted(tree, record, writer)) continue;
    if (isUndoing(tree, run, writer) || takenSteps(tree, record, writer).length > 0) return record;
  }
  throw new RegsweepError('no-such-name', EXIT.usage, 'no run keeps anything in the trash: there is nothing to undo.', {
    hint: 'A run keeps its trash with --keep-trash.',
  });
}
