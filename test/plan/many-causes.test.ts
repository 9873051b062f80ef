// A chain of two thousand nested indexes, all in doubt: each is a cause, and each names only what lists it directly, so the result
// grows with the tree and not with its square. The way out still names all of them.

import fs from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { unfreezeText } from '../../src/report/words.js';
import { planned } from '../scan/planned.js';
import { at } from '../support/tree-paths.js';
import { type Pushed, World } from '../support/world.js';

const DEPTH = 2000;
let world: World;
beforeEach(() => {
  world = World.create();
});
afterEach(() => world.remove());

test('causes name their listers once; the hint is the whole way out', async () => {
  let inner: Pushed = world.image('app', undefined, { layers: ['own'] });
  const digests = [inner.digest];
  for (let n = 0; n < DEPTH; n += 1) {
    inner = world.index('app', n === DEPTH - 1 ? 'top' : undefined, [inner]);
    digests.push(inner.digest);
  }
  for (const digest of digests) fs.appendFileSync(world.path(at.blob(digest)), ' ');
  const { frozen } = await planned(world.root, { command: 'gc' });
  const { causes } = frozen[0]!;
  expect(causes).toHaveLength(DEPTH + 1);
  expect(JSON.stringify(frozen).length / causes.length).toBeLessThan(500);
  const innermost = causes.find(({ reference }) => reference.endsWith(digests[0]!))!;
  const words = unfreezeText(innermost).split(' ');
  expect(words.slice(0, 2)).toEqual(['regsweep', 'rm']);
  expect(new Set(words.slice(2))).toEqual(new Set(digests.map((digest) => `app@${digest}`)));
  expect(words.at(-1)).toBe(`app@${digests[0]}`);
  // The command does what it says.
  const plan = await planned(world.root, { command: 'rm', references: words.slice(2) });
  expect([...plan.removals].filter(({ kind }) => kind === 'revision')).toHaveLength(DEPTH + 1);
});
