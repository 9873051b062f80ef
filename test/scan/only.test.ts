// A scan of some repositories only: those are as in a scan of all, the others are names, and nothing else of the tree is read.

import { afterEach, beforeEach, expect, test } from 'vitest';
import { listingOf } from '../../src/commands/ls/listing.js';
import { KnownNames } from '../../src/plan/known-names.js';
import { planRequest } from '../../src/plan/plan.js';
import { requestOf } from '../../src/plan/request.js';
import { scan } from '../../src/scan/scan.js';
import { openTree } from '../../src/scan/tree.js';
import { TreeReader } from '../../src/scan/tree-reader.js';
import { World } from '../support/world.js';
import { NOW_MS } from './planned.js';

let world: World;
beforeEach(() => {
  world = World.create();
  for (const name of ['app', 'app/nested', 'team/web', 'team/api']) {
    world.image(name, '1.0', { layers: ['base', name] });
    world.index(name, 'multi', [{ layers: [`${name} x`] }, { layers: [`${name} y`] }]);
  }
});
afterEach(() => world.remove());

async function listed(patterns: readonly string[], some: boolean) {
  const read: string[] = [];
  const reader = new TreeReader((_, path) => read.push(path.slice(world.v2.length + 1)));
  const only = (names: ConstructorParameters<typeof KnownNames>[0]) => new KnownNames(names).spokenOf(patterns);
  const found = await scan(openTree(world.root), { tagTimes: true }, { reader, ...(some ? { only } : {}) });
  const listing = await listingOf(found, world.root, patterns, NOW_MS);
  await found.close();
  return { listing, read };
}

test.each([[['app']], [['app:1.0', 'team/*']], [['localhost:5000/team/web:multi']], [['**']], [['no-such-*']]])(
  'ls %j shows the same, and looks into nothing else',
  async (patterns) => {
    const { listing, read } = await listed(patterns, true);
    expect(listing).toEqual((await listed(patterns, false)).listing);
    const shown = listing.repositories.map(({ repository }) => `repositories/${repository}/_`);
    const inside = read.filter((path) => path.includes('/_'));
    expect(inside.filter((path) => !shown.some((prefix) => path.startsWith(prefix)))).toEqual([]);
    expect(read.filter((path) => /^blobs\/sha256\/..$/.test(path))).toEqual([]);
  },
);

test('a name that is not there is reported as ever, with what there is', async () => {
  await expect(listed(['team'], true)).rejects.toThrow(/team.*below it there are team\/api, team\/web/s);
  await expect(listed(['app:2.0'], true)).rejects.toThrow(/no such tag; app has 1.0, multi/);
});

test('nothing is planned on a scan of some repositories: what the others need would go', async () => {
  const plan = async (only?: () => ReadonlySet<number>) => {
    const found = await scan(
      openTree(world.root),
      {},
      { reader: new TreeReader(), ...(only === undefined ? {} : { only }) },
    );
    await found.close();
    return planRequest(found.inventory, requestOf({ command: 'gc', nowMs: NOW_MS })).next();
  };
  expect((await plan()).done).toBe(true);
  await expect(plan(() => new Set([0]))).rejects.toThrow(/regsweep bug.*some repositories only/);
});
