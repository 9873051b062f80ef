// A tree on a mounted object store, as far as a mount table can show one: refused, and with --force-mount changed, with a warning once
// folders came back.

import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { World } from '../support/world.js';
import { type Ran, regsweep } from './run.js';

const WARNING = /s3fs can leave a key that ends in '\/' .* aws s3 rm /;

let world: World;
let table: string;
let preload: string;
beforeEach(() => {
  world = World.create();
  world.image('app', '1');
  // The program reads this mount table in place of the system's.
  table = `${world.root}.mountinfo`;
  fs.writeFileSync(table, `99 1 0:99 / ${world.root} rw - fuse.s3fs s3fs rw\n`);
  preload = `${world.root}.cjs`;
  fs.writeFileSync(
    preload,
    `const fs = require('node:fs'); const open = fs.openSync;
     fs.openSync = (file, ...how) => open(file === '/proc/self/mountinfo' ? ${JSON.stringify(table)} : file, ...how);`,
  );
});
afterEach(() => {
  for (const file of [table, preload]) fs.rmSync(file);
  world.remove();
});

const mounted = (...words: readonly string[]): Promise<Ran> =>
  regsweep(words, { root: world.root, environment: { NODE_OPTIONS: `--require=${preload}` } });
const REMOVAL = ['rm', 'app', '--allow-empty', '--yes', '--keep-trash'];

test('a change is refused, and the refusal says what an undo leaves', async () => {
  const { status, stderr } = await mounted(...REMOVAL);
  expect([status, stderr]).toEqual([4, expect.stringMatching(/mounted at .* by s3fs: .*an undo leaves keys/)]);
});

test('an undo warns about the keys, the removal before it does not', async () => {
  const removed = await mounted(...REMOVAL, '--force-mount');
  expect([removed.status, WARNING.test(removed.stderr)], removed.stderr).toEqual([0, false]);
  const undone = await mounted('undo', '--yes', '--force-mount');
  expect([undone.status, undone.stderr]).toEqual([0, expect.stringMatching(WARNING)]);
});

test('so does a change that puts back an interrupted run', async () => {
  const removed = await mounted(...REMOVAL, '--force-mount');
  expect(removed.status, removed.stderr).toBe(0);
  const [run] = fs.readdirSync(path.join(world.root, '.regsweep/runs'));
  fs.rmSync(path.join(world.root, '.regsweep/runs', run!, 'done'));
  const { status, stderr } = await mounted('gc', '--yes', '--force-mount');
  expect([status, stderr]).toEqual([0, expect.stringMatching(WARNING)]);
});

test('an undo on a file system does not', async () => {
  await regsweep(REMOVAL, { root: world.root });
  const { status, stderr } = await regsweep(['undo', '--yes'], { root: world.root });
  expect([status, stderr.includes('key that ends')]).toEqual([0, false]);
});
