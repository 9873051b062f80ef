// Uploads between scan and first change: any that moves is a push in flight, and refused; a fresh one that lies still is reported.

import fs from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { freshUploads, refuseMovingUploads } from '../../src/execute/moving-uploads.js';
import type { Inventory } from '../../src/inventory/inventory.js';
import { scan } from '../../src/scan/scan.js';
import { openTree } from '../../src/scan/tree.js';
import { regsweep } from '../cli/run.js';
import { differences, snapshot } from '../support/snapshot.js';
import { at } from '../support/tree-paths.js';
import { World } from '../support/world.js';

const ID = 'b7a4a53e-6f11-4b0e-9e0f-3b8c3a3c1d1e';
let world: World;
let inventory: Inventory;
beforeEach(async () => {
  world = World.create();
  world.image('app', '1');
  world.image('app', '2');
  world.upload('app', ID, { modified: new Date(Date.now() - 3_600_000) });
  const found = await scan(openTree(world.root), {}, { concurrency: 0 });
  inventory = found.inventory;
  await found.close();
});
afterEach(() => world.remove());

const look = () => refuseMovingUploads(openTree(world.root), inventory);
const data = () => world.path(`${at.upload('app', ID)}/data`);

test('still ones are fine', () => expect(look()).toBeUndefined());

describe('refused, naming the upload', () => {
  test.each([
    ['it grows', () => fs.appendFileSync(data(), 'more'), 'changed since'],
    ['it is touched', () => world.touch(`${at.upload('app', ID)}/data`, new Date()), 'changed since'],
    [
      'it is gone: the push has ended',
      () => fs.rmSync(world.path(at.upload('app', ID)), { recursive: true }),
      'is gone since',
    ],
    ['another begins', () => world.upload('app', ID.replace('b7', 'c8')), 'began since'],
  ])('%s', (_, move, message) => {
    move();
    expect(look).toThrow(message);
    expect(look).toThrow('repositories/app/_uploads/');
  });
});

test('a fresh one that lies still is a warning, an old one none', async () => {
  expect(freshUploads(inventory, Date.now())).toEqual([]);
  world.upload('app', ID.replace('b7', 'c8'));
  const ran = await regsweep(['rm', 'app:1', '--yes'], { root: world.root });
  expect(ran.status, ran.stderr).toBe(0);
  expect(ran.stderr).toMatch(/_uploads\/c8\S+ was touched a moment ago/);
});

test('a push that goes on between the scan and the first change: the whole command is refused, nothing was touched', async () => {
  // The guard looks at /proc a second time just before the first change: the push goes on right there.
  const preload = `
    import fs from 'node:fs';
    import { syncBuiltinESMExports } from 'node:module';
    const real = fs.readdirSync;
    let looks = 0;
    fs.readdirSync = (folder, ...more) => {
      if (folder === '/proc') looks += 1;
      if (folder === '/proc' && looks === 2) fs.appendFileSync(process.env.PUSHED, 'more');
      return real(folder, ...more);
    };
    syncBuiltinESMExports();`;
  const before = snapshot(world.root);
  const ran = await regsweep(['rm', 'app:1', '--yes'], {
    root: world.root,
    environment: {
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(preload)}`,
      PUSHED: data(),
    },
  });
  expect(ran.status, ran.stdout).toBe(4);
  expect(ran.stderr).toMatch(/An upload is going on: repositories\/app\/_uploads\/\S+ changed since it was scanned/);
  expect(differences(before, snapshot(world.root)).filter((line) => !line.includes('_uploads'))).toEqual([]);
});
