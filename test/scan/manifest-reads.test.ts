// How much of a manifest's file is read: what its digest proves whole is not asked for more, and everything else is read to its end,
// however few bytes a file system gives at a time.

import fs from 'node:fs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { READ, TRUNCATED } from '../../src/inventory/manifest-table.js';
import type { Digest } from '../../src/model/digest.js';
import { readManifest } from '../../src/scan/manifests.js';
import { TreeReader } from '../../src/scan/tree-reader.js';
import { at } from '../support/tree-paths.js';
import { World } from '../support/world.js';

let world: World;
let digest: Digest;
beforeEach(() => {
  world = World.create();
  digest = world.image('app', 'v1', { layers: ['one', 'two'] }).digest;
});
afterEach(() => {
  vi.restoreAllMocks();
  world.remove();
});

/** Reads the manifest where each read gives `most` bytes at the most. Returns what was found, and the number of reads. */
function readBy(most: number) {
  const read = fs.readSync;
  const spy = vi
    .spyOn(fs, 'readSync')
    .mockImplementation(((fd, buffer, offset, length, position) =>
      read(fd, buffer, offset as number, Math.min(length as number, most), position as number | null)) as typeof read);
  const found = readManifest(world.v2, digest, new TreeReader());
  return { found, reads: spy.mock.calls.length };
}

test('one that its digest proves whole is read once', () => {
  const { found, reads } = readBy(Number.POSITIVE_INFINITY);
  expect(found).toMatchObject({ state: READ });
  expect(found.manifest?.references).toHaveLength(3);
  expect(reads).toBe(1);
});

test('from a file system that gives little at a time it is read to its end all the same', () => {
  const { found, reads } = readBy(100);
  expect(found).toMatchObject({ state: READ });
  expect(found.manifest?.references).toHaveLength(3);
  expect(reads).toBeGreaterThan(3);
});

test('one that is cut off is read to its end, and what it still shows counts', () => {
  const whole = world.read(at.blob(digest))!;
  world.write(at.blob(digest), whole.slice(0, whole.length - 30));
  const { found, reads } = readBy(Number.POSITIVE_INFINITY);
  expect(found).toMatchObject({ state: TRUNCATED });
  expect(found.salvaged.length).toBeGreaterThan(0);
  expect(reads).toBe(2);
});
