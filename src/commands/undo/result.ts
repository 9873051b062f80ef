// The result of an undo: what comes back, what stays in the trash and why, and which other run took what it needs.

import type { Chosen } from '../../cli/restorable-run.js';
import { readRun, runIds } from '../../execute/run.js';
import { takenSteps } from '../../execute/runs.js';
import type { Writer } from '../../execute/writer.js';
import { blobPath, layerLinkPath, revisionPath } from '../../model/layout.js';
import type { Tree } from '../../model/tree.js';
import type { StayingItem } from '../../plan/restore-check.js';
import type { UndoResult } from '../../report/result.js';

/** The result of what was `chosen`; `outcome` is undefined where nothing was put back yet. */
export function resultOf(
  tree: Tree,
  { record, taken, choice }: Chosen,
  dryRun: boolean,
  outcome: UndoResult['outcome'],
  writer: Writer,
): UndoResult {
  const back = taken.filter(({ step }) => choice.back.has(step));
  const takers = takersOf(tree, record.id, choice.stays, writer);
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
function takersOf(tree: Tree, own: string, stays: readonly StayingItem[], writer: Writer): ReadonlyMap<string, string> {
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
  for (const run of runIds(tree, writer)) {
    const record = run === own ? undefined : readRun(tree, run, writer);
    if (record === undefined) continue;
    const paths = new Set(takenSteps(tree, record, writer).map(({ path }) => path));
    for (const { digest, at } of needed) {
      if ([blobPath(digest), ...at].some((path) => paths.has(path))) takers.set(digest, run);
    }
  }
  return takers;
}
