// What a listing shows of an index is read from its children, each of them once a level, however often they are listed: whoever can
// push could else keep `ls` busy for ever with a few kilobytes.

import { afterEach, beforeEach, expect, test } from 'vitest';
import { readDetails } from '../../src/scan/details.js';
import { TreeReader } from '../../src/scan/tree-reader.js';
import { type Pushed, World } from '../support/world.js';

let world: World;
beforeEach(() => {
  world = World.create();
});
afterEach(() => world.remove());

/** The details of `pushed`, and how many files were read for them. */
function detailsOf(...pushed: readonly Pushed[]) {
  let reads = 0;
  const reader = new TreeReader(() => {
    reads += 1;
  });
  const details = readDetails(
    world.v2,
    pushed.map(({ digest }) => digest),
    reader,
  );
  return { details, reads };
}

test('an index of indexes that each list the next sixty times is read once a level', () => {
  let listed = world.image('app', undefined, { layers: ['x'], created: '2024-05-01T12:00:00Z' });
  for (let level = 0; level < 4; level += 1) listed = world.index('app', `l${level}`, Array(60).fill(listed));
  const { details, reads } = detailsOf(listed);
  expect(details[0]).toMatchObject({ kind: 'index', createdMs: Date.UTC(2024, 4, 1, 12) });
  expect(reads).toBeLessThan(20);
});

test('an index is as new as the newest child that says when it was made, wherever that stands', () => {
  const image = (name: string, created: string, platform: string) =>
    world.image('app', undefined, { layers: [name], created, platform });
  const undated = image('a', '1970-01-01T00:00:00Z', 'linux/amd64');
  const older = image('b', '2022-01-01T00:00:00Z', 'linux/arm64');
  const newer = image('c', '2023-01-01T00:00:00Z', 'linux/arm/v7');
  for (const children of [
    [undated, older, newer],
    [newer, older, undated],
    [older, undated, newer],
  ]) {
    const [about] = detailsOf(world.index('app', 'multi', children)).details;
    expect(about?.createdMs).toBe(Date.UTC(2023, 0, 1));
    expect([...about!.platforms].sort()).toEqual(['linux/amd64', 'linux/arm/v7', 'linux/arm64']);
  }
  expect(detailsOf(world.index('app', 'none', [undated])).details[0]?.createdMs).toBeNaN();
});
