// A second scan that is given a first one reads no manifest again, and still sees everything that changed between the two.

import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makePlan } from '../../src/cli/make-plan.js';
import type { Inventory } from '../../src/inventory/inventory.js';
import { blobDataPath } from '../../src/model/layout.js';
import { needsOf, requestOf } from '../../src/plan/request.js';
import { scan } from '../../src/scan/scan.js';
import { openTree } from '../../src/scan/tree.js';
import { TreeReader } from '../../src/scan/tree-reader.js';
import { type Pushed, World } from '../support/world.js';

const request = requestOf({ command: 'gc', nowMs: Date.UTC(2026, 0, 1), untagged: true });

let world: World;
let image: Pushed;
beforeEach(() => {
  world = World.create();
  image = world.image('team/app', '1.0', { layers: ['base', 'app'] });
  world.index('team/web', '2.0', [{ platform: 'linux/amd64' }, { platform: 'linux/arm64', layers: ['base', 'arm'] }]);
  world.image('team/web', '1.0', { layers: ['base', 'web'] });
  world.image('team/web', undefined, { layers: ['untagged'] });
});
afterEach(() => world.remove());

/** A scan, the manifests that it read, and what it plans. */
async function scanned(reuse?: Inventory) {
  const read: string[] = [];
  const reader = new TreeReader((call, file) => {
    if (call === 'read' && file.endsWith('/data')) read.push(file);
  });
  const found = await scan(openTree(world.root), needsOf(request), {
    reader,
    ...(reuse === undefined ? {} : { reuse }),
  });
  const plan = await makePlan(found, request);
  await found.close();
  return { inventory: found.inventory, read, removals: [...plan.removals], frozen: plan.frozen };
}

test('what was read is not read again, and the plan is the same', async () => {
  const first = await scanned();
  expect(first.read).toHaveLength(6);
  const second = await scanned(first.inventory);
  expect(second.read).toEqual([]);
  expect(second.removals).toEqual(first.removals);
});

test('a push and a delete between the scans are seen', async () => {
  const first = await scanned();
  world.image('team/app', '1.1', { layers: ['base', 'app 1.1'] });
  fs.rmSync(path.join(world.v2, 'repositories/team/web/_manifests/tags/2.0'), { recursive: true });
  const second = await scanned(first.inventory);
  expect(second.read).toHaveLength(1);
  expect(second.removals).toEqual((await scanned()).removals);
  expect(second.removals.length).toBeGreaterThan(first.removals.length);
});

test('a manifest that is gone is missing, one that could not be read is read again', async () => {
  const file = path.join(world.v2, blobDataPath(image.digest));
  fs.writeFileSync(file, '{"cut');
  const first = await scanned();
  expect(first.frozen).toHaveLength(1);
  fs.writeFileSync(file, image.content);
  const second = await scanned(first.inventory);
  expect(second.frozen).toEqual([]);
  fs.rmSync(path.dirname(file), { recursive: true });
  await expect(scanned(second.inventory)).rejects.toThrow(/1 of 6 revisions have no manifest blob/);
});
