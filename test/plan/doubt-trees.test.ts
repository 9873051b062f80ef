// Making anything unreadable never adds a removal (rule 4.1), on generated trees: any link of any kind, any manifest cut at any
// byte, one damage upon another, and every wish then removes no more than before.

import fs from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RegsweepError } from '../../src/model/errors.js';
import type { Request } from '../../src/plan/request.js';
import type { Plan } from '../../src/plan/types.js';
import { plannedTogether, removalsOf } from '../scan/planned.js';
import { history, requestOn, type Wish, wish, worldOf } from '../support/arbitrary.js';
import { damageLink, type OtherKind, replaceBy } from '../support/damage.js';
import { notHeld } from '../support/not-held.js';
import { MANY } from '../support/trees.js';
import type { World } from '../support/world.js';

interface Cut {
  readonly n: number;
  readonly link: boolean;
  readonly how: 'empty' | 'garbled';
  /** Something else in the place of anything, a file or a folder. */
  readonly other: OtherKind | undefined;
  /** What is left of a manifest, in thousandths of its bytes. */
  readonly left: number;
}
const cut: fc.Arbitrary<Cut> = fc.record({
  n: fc.nat(200),
  link: fc.boolean(),
  how: fc.constantFrom('empty' as const, 'garbled' as const),
  other: fc.option(fc.constantFrom('a dangling link' as const, 'a link loop' as const, 'a FIFO' as const), {
    nil: undefined,
  }),
  left: fc.nat(999),
});
/** With --broken the damage itself is what is to be removed. */
const careful: fc.Arbitrary<Wish> = wish.map((wished) => ({ ...wished, broken: false }));

function filesBelow(world: World, folder: string, name: string): string[] {
  const entries = fs.readdirSync(world.path(folder), { recursive: true, withFileTypes: true, encoding: 'utf8' });
  return entries
    .filter((entry) => entry.isFile() && entry.name === name)
    .map((entry) => `${entry.parentPath}/${entry.name}`.slice(world.v2.length + 1))
    .sort();
}

/** Does `cut` to `world`; returns what was hurt, and adds to `free` what that may free by decision 1. */
function hurt(world: World, { n, link, how, other, left }: Cut, free: Set<string>): string {
  if (other !== undefined) {
    const places = fs.readdirSync(world.v2, { recursive: true, encoding: 'utf8' }).sort();
    const place = places[(n * 7) % places.length]!;
    // What an upload says of its time is no reference.
    if (place.includes('_uploads/') || fs.lstatSync(world.path(place)).isSymbolicLink()) return 'nothing';
    replaceBy(world, place, other);
    fs.rmSync(`${world.root}/away`, { recursive: true });
    return `${place}: ${other}`;
  }
  const links = filesBelow(world, 'repositories', 'link');
  // A layer's content is never read.
  const manifests = filesBelow(world, 'blobs', 'data').filter((data) => world.read(data)!.startsWith('{'));
  const all = link || manifests.length === 0 ? links : manifests;
  const file = all[n % Math.max(1, all.length)];
  if (file === undefined) return 'nothing';
  if (all === links) {
    damageLink(world, file, how);
    return `${file} ${how}`;
  }
  const content = world.read(file)!;
  for (const hex of notHeld(world, file, content)) {
    free.add(`blob blobs/sha256/${hex.slice(0, 2)}/${hex}`).add(`directory blobs/sha256/${hex.slice(0, 2)}`);
  }
  const bytes = Math.floor((content.length * left) / 1000);
  world.write(file, content.slice(0, bytes));
  return `${file} cut to ${bytes} bytes`;
}

/** The plans; none where the scan stops, which removes nothing. */
async function plansOr(root: string, requests: readonly Request[]): Promise<readonly (Plan | undefined)[]> {
  try {
    return await plannedTogether(root, requests);
  } catch (error) {
    if (error instanceof RegsweepError && error.code === 'tree-unreadable') return requests.map(() => undefined);
    throw error;
  }
}

test('whatever is damaged, no more goes', async () => {
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(
      history,
      fc.array(cut, { minLength: 1, maxLength: 3 }),
      fc.array(careful, { minLength: 1, maxLength: 4 }),
      async (tree, cuts, wishes) => {
        const world = worldOf(tree);
        try {
          const requests = wishes.flatMap((wished) => requestOn(world.v2, wished)?.request ?? []);
          if (requests.length === 0) return;
          let before = await plannedTogether(world.root, requests);
          const free = new Set<string>();
          for (const each of cuts) {
            const what = hurt(world, each, free);
            const after = await plansOr(world.root, requests);
            for (const [i, plan] of after.entries()) {
              const was = before[i];
              // What was refused before removed nothing for another reason than doubt: a damage may end that reason.
              if (was === undefined || plan === undefined) continue;
              const known = new Set(removalsOf(was));
              // A revision without a link is none once no tag can be read that names it: the same folder goes, as an empty one.
              for (const { path } of was.removals) known.add(`directory ${path}`);
              expect(
                removalsOf(plan).filter((removal) => !known.has(removal) && !free.has(removal)),
                what,
              ).toEqual([]);
              compared += 1;
            }
            // Of a tree that cannot be scanned nothing more is to be compared.
            if (after.every((plan) => plan === undefined)) break;
            before = after;
          }
        } finally {
          world.remove();
        }
      },
    ),
    { numRuns: 150 * MANY },
  );
  expect(compared).toBeGreaterThan(100);
});
