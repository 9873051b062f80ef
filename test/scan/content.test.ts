// Blobs are hashed only where `data` is a regular file, and no further than its size: nothing in a file's place can hold a check up.

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hashBlobs } from '../../src/scan/content.js';
import { TreeReader } from '../../src/scan/tree-reader.js';
import { at } from '../support/tree-paths.js';
import { World } from '../support/world.js';

let world: World;
beforeEach(() => {
  world = World.create();
});
afterEach(() => world.remove());

test.each([
  ['the kernel log', (file: string) => fs.symlinkSync('/proc/kmsg', file)],
  ['a device without end', (file: string) => fs.symlinkSync('/dev/zero', file)],
  ['a pipe', (file: string) => execFileSync('mkfifo', [file])],
  ['a dangling link', (file: string) => fs.symlinkSync('/nowhere', file)],
])('%s in place of data is a fault, found at once', (_, put) => {
  const digest = world.blob('own') as Parameters<typeof hashBlobs>[1][number]['digest'];
  fs.rmSync(world.path(at.blob(digest)));
  put(world.path(at.blob(digest)));
  const meter = new BigInt64Array(new SharedArrayBuffer(8));
  const hashed = hashBlobs(world.v2, [{ digest, stored: digest }], undefined, new TreeReader(), meter);
  expect(hashed.faults).toMatchObject([{ digest }]);
  expect(hashed.bytes).toBe(0);
});
