// Retention on generated trees: it takes what `rm` of the same tags takes, what it keeps pulls as before, every tag has one verdict
// and it is true, and one more rule takes nothing more.

import fs from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { execute } from '../../src/execute/execute.js';
import { RegsweepError } from '../../src/model/errors.js';
import type { KeepRules } from '../../src/plan/request.js';
import type { Plan } from '../../src/plan/types.js';
import { openTree } from '../../src/scan/tree.js';

import { planned, removalsOf } from '../scan/planned.js';
import { type History, history, NOW_MS, worldOf } from '../support/arbitrary.js';
import { pullability, tagsOfTree } from '../support/pullable.js';
import { at } from '../support/tree-paths.js';
import type { World } from '../support/world.js';

const DAY_MS = 86_400_000;
const some = (max: number) => fc.option(fc.integer({ min: 1, max }), { nil: undefined });
const rules: fc.Arbitrary<KeepRules> = fc
  .record({
    last: some(2),
    withinMs: fc.option(fc.integer({ min: 1, max: 400 * DAY_MS }), { nil: undefined }),
    semver: some(2),
    daily: some(2),
    yearly: some(2),
    tags: fc.option(fc.constantFrom(['latest'], ['1'], ['[12]']), { nil: undefined }),
  })
  .map((all) => Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)))
  .filter((all) => Object.keys(all).length > 0);
/** Ages of the tags in the order of their names, in days. */
const ages = fc.array(fc.integer({ min: 0, max: 900 }), { minLength: 5, maxLength: 12 });

async function on(tree: History, days: readonly number[], check: (world: World) => Promise<void>): Promise<void> {
  const world = worldOf(tree);
  try {
    for (const [n, name] of tagsOfTree(world.v2).entries()) {
      const [repository = '', tag = ''] = name.split(':');
      const link = `${world.v2}/${at.current(repository, tag)}`;
      const when = new Date(NOW_MS - days[n % days.length]! * DAY_MS);
      if (fs.existsSync(link)) fs.utimesSync(link, when, when);
    }
    await check(world);
  } finally {
    world.remove();
  }
}

const retain = (
  world: World,
  keep: KeepRules,
  more: { untagged?: boolean; allowEmpty?: boolean } = {},
): Promise<Plan> =>
  planned(world.root, {
    command: 'retain',
    nowMs: NOW_MS,
    tagless: true,
    policies: [{ repositories: [], tags: [], exclude: [], keep }],
    ...more,
  });
const nameOf = ({ repository, tag }: { readonly repository: string | undefined; readonly tag: string | undefined }) =>
  `${repository}:${tag}`;
const removed = (plan: Plan): string[] =>
  [...plan.removals]
    .filter(({ kind }) => kind === 'tag')
    .map(nameOf)
    .sort();

/** The plan, or undefined where the tree is refused. */
async function planOr(plan: Promise<Plan>): Promise<Plan | undefined> {
  try {
    return await plan;
  } catch (error) {
    if (error instanceof RegsweepError && error.code === 'too-many-missing') return undefined;
    throw error;
  }
}

test('it takes what rm of the same tags takes; every tag has one verdict, which is what becomes of it', async () => {
  await fc.assert(
    fc.asyncProperty(history, ages, rules, (tree, days, keep) =>
      on(tree, days, async (world) => {
        const plan = await planOr(retain(world, keep));
        if (plan === undefined) return;
        expect(plan.verdicts.map(nameOf).sort()).toEqual(tagsOfTree(world.v2));
        expect(
          plan.verdicts
            .filter((verdict) => !verdict.keep)
            .map(nameOf)
            .sort(),
        ).toEqual(removed(plan));
        expect(await retain(world, keep)).toEqual(plan);
        const references = plan.verdicts.filter(({ rule }) => rule === 'not-retained').map(nameOf);
        if (references.length === 0) return expect(removalsOf(plan)).toEqual([]);
        const rm = await planned(world.root, { command: 'rm', nowMs: NOW_MS, references });
        expect(removalsOf(plan)).toEqual(removalsOf(rm));
      }),
    ),
    { numRuns: 100 },
  );
});

test('what it keeps pulls as before, untagged revisions swept in the same run; a second run takes nothing', async () => {
  await fc.assert(
    fc.asyncProperty(history, ages, rules, (tree, days, keep) =>
      on(tree, days, async (world) => {
        const plan = await planOr(retain(world, keep, { untagged: true }));
        if (plan === undefined) return;
        const before = pullability(world.v2);
        const outcome = await execute(openTree(world.root), plan, { keepTrash: false, id: 'run' });
        expect(outcome.status).toBe('done');
        const after = pullability(world.v2);
        for (const verdict of plan.verdicts) {
          expect(after.has(nameOf(verdict))).toBe(verdict.keep);
          if (before.get(nameOf(verdict)) === undefined) expect(after.get(nameOf(verdict))).toBeUndefined();
        }
        const again = await planOr(retain(world, keep, { untagged: true }));
        expect(again === undefined ? [] : removalsOf(again)).toEqual([]);
      }),
    ),
    { numRuns: 100 },
  );
});

test('one more rule takes nothing more', async () => {
  await fc.assert(
    fc.asyncProperty(history, ages, rules, rules, (tree, days, keep, more) =>
      on(tree, days, async (world) => {
        // Where a repository may lose its last tag: else a rule that saves one tag of it lets the others go.
        const fewer = await planOr(retain(world, { ...more, ...keep }, { untagged: true, allowEmpty: true }));
        const plan = await planOr(retain(world, keep, { untagged: true, allowEmpty: true }));
        if (plan === undefined || fewer === undefined) return;
        // Folders and history of a tag that goes are reported with it, and by themselves where it stays.
        const things = (of: Plan) => removalsOf(of).filter((each) => !/^(?:directory|history) /.test(each));
        const goes = new Set(things(plan));
        const left = things(fewer);
        expect(left.filter((each) => !goes.has(each))).toEqual([]);
      }),
    ),
    { numRuns: 100 },
  );
});
