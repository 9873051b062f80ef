// The program that the hazards are run against in this process is the one that bin/regsweep.js runs.

import { afterEach, beforeEach, expect, test } from 'vitest';
import { regsweep } from '../cli/run.js';
import { World } from '../support/world.js';
import { regsweepHere } from './here.js';

let world: World;
beforeEach(() => {
  world = World.create();
  world.image('team/app', 'v1', { layers: ['base', 'one'] });
  world.image('team/app', undefined, { layers: ['base', 'loose'] });
  world.blob('stray');
});
afterEach(() => world.remove());

test.each([
  { words: ['ls', '--json'] },
  { words: ['gc', '--untagged', '--dry-run'] },
  { words: ['gc', '--untagged', '--dry-run', '--detailed-exitcode', '--quiet'] },
  { words: ['rm', 'team/app:v9', '--yes', '--json'] },
  { words: ['rm', 'team/app:v1', '--keep-in-use', '-', '--yes'], input: 'team/app:v1\n' },
  { words: ['gc', '--no-such-option'] },
])('$words', async ({ words, input }) => {
  const here = await regsweepHere(words, world.root, input);
  const there = await regsweep(words, { root: world.root, ...(input === undefined ? {} : { input }) });
  expect(here).toEqual(there);
});
