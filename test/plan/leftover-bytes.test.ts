// A leftover in the folder of an item that goes is part of that item: it is neither a removal of its own nor counted again.

import fs from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { planned } from '../scan/planned.js';
import { at } from '../support/tree-paths.js';
import { World } from '../support/world.js';

const TMP = '01234567-89ab-cdef-0123-456789abcdef.tmp';
let world: World;
beforeEach(() => {
  world = World.create();
  world.image('app', 'v1', { layers: ['own'] });
});
afterEach(() => world.remove());

const gc = () => planned(world.root, { command: 'gc', untagged: true, leftovers: true });
const kindsOf = (plan: Awaited<ReturnType<typeof gc>>): string[] =>
  [...plan.removals].flatMap(({ kind }) => (kind === 'directory' ? [] : [kind]));

test('in an upload that goes: its bytes are those of the upload', async () => {
  world.upload('app', 'u', { startedAt: '2020-01-01T00:00:00Z' });
  const alone = [...(await gc()).removals].find(({ kind }) => kind === 'upload')!.bytes;
  world.write(`${at.upload('app', 'u')}/startedat.${TMP}`, 'half');
  const plan = await gc();
  expect(kindsOf(plan)).toEqual(['upload']);
  expect([...plan.removals].reduce((sum, { bytes }) => sum + bytes, 0)).toBe(alone + 4);
});

test('in a revision, a layer link and a blob that go: no removal of its own; in those that stay it is one', async () => {
  const gone = world.image('app', undefined, { layers: ['two'] });
  const stays = `${at.current('app', 'v1')}.${TMP}`;
  const inGoing = [at.revision('app', gone.digest), at.layer('app', gone.layers[0]!), at.blob(gone.digest)];
  for (const file of [...inGoing.map((path) => `${path}.${TMP}`), stays]) world.write(file, 'half');
  const leftovers = [...(await gc()).removals].filter(({ kind }) => kind === 'leftover');
  expect(leftovers.map(({ path }) => path)).toEqual([stays]);
  expect(fs.existsSync(world.path(stays))).toBe(true);
});
