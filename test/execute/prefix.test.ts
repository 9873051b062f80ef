// A blobs' prefix folder that became a symlink between plan and move: nothing behind it moves, it is reported, and all else goes.

import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { makePlan } from '../../src/cli/make-plan.js';
import { execute } from '../../src/execute/execute.js';
import { needsOf, requestOf } from '../../src/plan/request.js';
import { scan } from '../../src/scan/scan.js';
import { openTree } from '../../src/scan/tree.js';
import { brokenTags } from '../support/pullable.js';
import { differences, snapshot } from '../support/snapshot.js';
import { at } from '../support/tree-paths.js';
import { World } from '../support/world.js';

test('each of its blobs stays, the first and those after it', async () => {
  const world = World.create();
  onTestFinished(() => world.remove());
  const aside = fs.mkdtempSync(`${world.root}-aside-`);
  onTestFinished(() => fs.rmSync(aside, { recursive: true }));
  world.image('app', '1', { layers: ['own'] });
  const used = new Set(world.list('blobs/sha256'));
  const byPrefix = new Map<string, string[]>();
  for (let n = 0; n < 1500; n += 1) {
    const digest = world.blob(`stray ${n}`, 10);
    const prefix = path.dirname(path.dirname(at.blob(digest)));
    byPrefix.set(prefix, [...(byPrefix.get(prefix) ?? []), digest]);
  }
  const tree = openTree(world.root);
  const request = requestOf({ command: 'gc', nowMs: Date.now() });
  const found = await scan(tree, needsOf(request), { concurrency: 0 });
  const plan = await makePlan(found, request);
  await found.close();

  const led = [...byPrefix].filter(([prefix]) => !used.has(path.basename(prefix))).slice(3, 6);
  for (const [prefix] of led) {
    fs.renameSync(world.path(prefix), path.join(aside, path.basename(prefix)));
    fs.symlinkSync(path.join(aside, path.basename(prefix)), world.path(prefix));
  }
  const before = snapshot(aside);
  const outcome = await execute(tree, plan, { keepTrash: false, id: '20260101T000000.000Z-led' });

  const held = led.flatMap(([, digests]) => digests);
  expect(held.length, 'several of a prefix').toBeGreaterThan(led.length);
  expect(outcome.status).toBe('incomplete');
  const blobs = outcome.failures.filter(({ code }) => code === 'ELOOP');
  expect(blobs.map(({ path: where }) => where).sort()).toEqual(
    held.map((digest) => path.dirname(at.blob(digest))).sort(),
  );
  expect(differences(before, snapshot(aside))).toEqual([]);
  for (const [prefix, digests] of byPrefix) {
    if (led.some(([each]) => each === prefix)) continue;
    for (const digest of digests) expect(world.exists(at.blob(digest))).toBe(false);
  }
  expect(brokenTags(world.v2)).toEqual([]);
});
