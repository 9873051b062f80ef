// The trash: kept when asked, listed with its bytes, freed when told.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { snapshot } from '../support/snapshot.js';
import { World } from '../support/world.js';
import { regsweep } from './run.js';

let world: World;
beforeEach(() => {
  world = World.create();
});
afterEach(() => world.remove());

describe('trash', () => {
  test('keeps what goes until it is emptied', async () => {
    world.image('app', '1', { layers: ['one'] });
    world.image('app', '2', { layers: ['two'] });
    const root = ['--root', world.root];
    const done = JSON.parse((await regsweep(['rm', 'app:1', '--yes', '--keep-trash', '--json', ...root])).stdout);
    expect(done.outcome.trashKept).toBe(true);
    const listed = JSON.parse((await regsweep(['trash', 'ls', '--json', ...root])).stdout);
    expect(listed.runs).toMatchObject([{ id: done.outcome.run, ended: true, bytes: done.totals.bytes }]);
    expect((await regsweep(['gc', '--yes', ...root])).status).toBe(0);
    expect(JSON.parse((await regsweep(['trash', 'ls', '--json', ...root])).stdout).runs).toHaveLength(1);
    expect((await regsweep(['trash', 'empty', 'no-such-run', ...root])).status).toBe(2);
    expect((await regsweep(['trash', 'empty', done.outcome.run, ...root])).status).toBe(0);
    expect([...snapshot(world.root).keys()].filter((path) => path.startsWith('.regsweep'))).toEqual([]);
    expect((await regsweep(['trash', 'ls', ...root])).stdout).toBe('The trash is empty.\n');
  });
});
