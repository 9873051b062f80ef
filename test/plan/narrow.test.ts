// The window: what a scan after the stop plans, cut down to what was shown before it. Whatever happened between the two scans (pushes,
// retags, deletes, new repositories), the outcome is that of a single scan after the stop, less what was not shown.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makePlan } from '../../src/cli/make-plan.js';
import { execute } from '../../src/execute/execute.js';
import type { Inventory } from '../../src/inventory/inventory.js';
import { RegsweepError } from '../../src/model/errors.js';
import { differenceOf, keyOf } from '../../src/plan/difference.js';
import { narrow } from '../../src/plan/narrow.js';
import { needsOf, type Request } from '../../src/plan/request.js';
import { scan } from '../../src/scan/scan.js';
import { openTree } from '../../src/scan/tree.js';
import { TreeReader } from '../../src/scan/tree-reader.js';
import { event, history, livingWorld, requestOn, wish } from '../support/arbitrary.js';
import { pullability } from '../support/pullable.js';
import { MANY } from '../support/trees.js';

async function planned(root: string, request: Request, reuse?: Inventory) {
  const options = { reader: new TreeReader(), ...(reuse === undefined ? {} : { reuse }) };
  const found = await scan(openTree(root), needsOf(request), options);
  try {
    return { plan: await makePlan(found, request), inventory: found.inventory };
  } finally {
    await found.close();
  }
}

test('what goes is what a single scan after the stop would remove, less what was not shown', async () => {
  let compared = 0;
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(history, wish, fc.array(event, { maxLength: 5 }), async (tree, wished, between) => {
      const { world, goOn } = livingWorld(tree);
      try {
        const on = requestOn(world.v2, wished);
        if (on === undefined) return;
        const shown = await planned(world.root, on.request);
        goOn(between);
        const again = await planned(world.root, on.request, shown.inventory);
        const alone = await planned(world.root, on.request);
        // Manifests that are not read again change nothing.
        expect([...again.plan.removals]).toEqual([...alone.plan.removals]);
        const { plan, notShown } = narrow(again.plan, shown.plan.removals);
        const { added } = differenceOf(alone.plan.removals, shown.plan.removals);
        expect(notShown.map(keyOf)).toEqual(
          added.filter(({ kind }) => kind === 'tag' || kind === 'revision').map(keyOf),
        );
        if (notShown.length > 0) {
          refused += 1;
          return;
        }
        const left = differenceOf(alone.plan.removals, [...plan.removals]).added;
        const unseen = new Set(added.map(keyOf));
        for (const removal of left) {
          // Left is what was not shown, what that names, and the folders that hold it.
          const named = left.some((other) => unseen.has(keyOf(other)) && other.digest === removal.digest);
          const holds = left.some((other) => other.path.startsWith(`${removal.path}/`));
          expect([
            keyOf(removal),
            unseen.has(keyOf(removal)) || (removal.kind === 'blob' && named) || (removal.kind === 'directory' && holds),
          ]).toEqual([keyOf(removal), true]);
        }
        expect(differenceOf(plan.removals, [...alone.plan.removals]).added).toEqual([]);
        const before = pullability(world.v2);
        const outcome = await execute(openTree(world.root), plan, { keepTrash: false, id: 'run' });
        expect(outcome).toMatchObject({ status: 'done', foreign: [] });
        for (const [tag, why] of pullability(world.v2))
          if (before.get(tag) === undefined) expect([tag, why]).toEqual([tag, undefined]);
        compared += 1;
      } catch (error) {
        if (!(error instanceof RegsweepError)) throw error; // a request that is refused, before or after
      } finally {
        world.remove();
      }
    }),
    { numRuns: 400 * MANY },
  );
  expect(compared).toBeGreaterThan(100 * MANY);
  expect(refused).toBeGreaterThan(5 * MANY);
});
