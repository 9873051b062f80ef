// The window from the command line, with commands that only note when they were run: what happens between stop and start is seen
// by the second scan, and of what is found only then nothing goes.

import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makePlan } from '../../src/cli/make-plan.js';
import { lookAhead } from '../../src/execute/look-ahead.js';
import { needsOf, requestOf } from '../../src/plan/request.js';
import { scan } from '../../src/scan/scan.js';
import { openTree } from '../../src/scan/tree.js';
import { brokenTags } from '../support/pullable.js';
import { snapshot } from '../support/snapshot.js';
import { at } from '../support/tree-paths.js';
import { layerDigest, World } from '../support/world.js';
import { regsweep } from './run.js';

const TMP = '01234567-89ab-cdef-0123-456789abcdef.tmp';
const LATER = '11234567-89ab-cdef-0123-456789abcdef.tmp';
const LONG_AGO = new Date('2024-01-01T00:00:00Z');

let world: World;
beforeEach(() => {
  world = World.create();
});
afterEach(() => world.remove());

function old(file: string): void {
  world.write(file, 'half');
  world.touch(file, LONG_AGO);
}

describe('leftovers of crashed writes', () => {
  test('those that were shown go, in a window too; one that came with the stop stays until the next run', async () => {
    const app = world.image('app', '1', { layers: ['own'] });
    const shown = `${at.current('app', '1')}.${TMP}`;
    const after = `${at.blob(app.digest)}.${LATER}`;
    old(shown);
    const stop = `sh -c 'echo half >${world.v2}/${after}; touch -d 2024-01-01 ${world.v2}/${after}'`;
    const window = ['--stop-command', stop, '--start-command', 'true', '--yes', '--json'];
    const ran = await regsweep(['gc', ...window], { root: world.root });
    expect(ran.status, ran.stderr).toBe(0);
    const removals: { kind: string; path: string }[] = JSON.parse(ran.stdout).removals;
    expect(removals.flatMap(({ kind, path }) => (kind === 'leftover' ? path : []))).toEqual([shown]);
    expect([world.exists(shown), world.exists(after)]).toEqual([false, true]);
    await regsweep(['gc', '--yes'], { root: world.root });
    expect(world.exists(after)).toBe(false);
    expect(brokenTags(world.v2)).toEqual([]);
  });

  test('the blob that a crash left unwritten was pushed meanwhile: it stays, its leftover goes', async () => {
    const shown = `${at.blob(layerDigest('own'))}.${TMP}`;
    old(shown);
    world.image('other', '1', { layers: ['else'] });
    const second = World.create();
    try {
      second.image('app', '1', { layers: ['own'] });
      const stop = `cp -r ${second.v2}/. ${world.v2}`;
      const window = ['--stop-command', stop, '--start-command', 'true', '--yes'];
      const ran = await regsweep(['gc', ...window], { root: world.root });
      expect([0, 3], ran.stderr).toContain(ran.status);
      expect(world.exists(shown)).toBe(false);
      expect(world.exists(at.blob(layerDigest('own')))).toBe(true);
      expect(brokenTags(world.v2)).toEqual([]);
    } finally {
      second.remove();
    }
  });
});

test('a look ahead at what goes changes nothing, and what is gone meanwhile is no error', async () => {
  world.image('app', '1', { layers: ['own'] });
  const left = world.image('app', '2', { layers: ['left'] });
  const tree = openTree(world.root);
  const request = requestOf({ command: 'rm', nowMs: Date.now(), references: ['app'] });
  const found = await scan(tree, needsOf(request), { concurrency: 0 });
  const { removals } = await makePlan(found, request);
  await found.close();
  fs.rmSync(path.dirname(world.path(at.revision('app', left.digest))), { recursive: true });
  const before = snapshot(world.root);
  await lookAhead(tree, removals, new AbortController().signal);
  expect(snapshot(world.root)).toEqual(before);
});

test('a URL that nobody answers at is reported before the stop, while there is time to think', async () => {
  world.image('app', '1', { layers: ['own'] });
  const url = 'http://127.0.0.1:9/v2/';
  const window = ['--stop-command', 'echo', '--start-command', 'echo', '--wait-url', url, '--wait-timeout', '1s'];
  const ran = await regsweep(['rm', 'app', '--yes', ...window], { root: world.root });
  expect(ran.status).toBe(3);
  expect(ran.stderr).toMatch(
    /127\.0\.0\.1:9\/v2\/ does not answer now: .*\n(?:.*\n)*.*the registry was started, but not confirmed/,
  );
});
