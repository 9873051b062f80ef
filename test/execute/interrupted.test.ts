// A run cut off by kill -9, and then the registry ran and took pushes: the next command puts back what the run took, never over what
// came since, says so, plans afresh, and every tag is whole.

import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { regsweep } from '../cli/run.js';
import { brokenTags, tagsOfTree } from '../support/pullable.js';
import { differences, snapshot } from '../support/snapshot.js';
import { at } from '../support/tree-paths.js';
import { type Pushed, World } from '../support/world.js';
import { FaultyRun } from './faulty-run.js';

let world: World;
let first: Pushed;
beforeEach(() => {
  world = World.create();
  first = world.image('app', '1', { layers: ['base', 'one'] });
  world.image('app', '2', { layers: ['base', 'two'] });
  world.index('web', 'all', [{ layers: ['base', 'amd'] }, { layers: ['base', 'arm'] }]);
});
afterEach(() => world.remove());

const run = (...words: readonly string[]) => regsweep([...words, '--yes'], { root: world.root });
const tree = () => snapshot(path.join(world.root, 'docker'));
async function cutOff(renames: number): Promise<void> {
  await new FaultyRun(world.root).killedAt('rename', renames, ['app:1', 'web']);
}

test.each([2, 4, 6, 9, 12])(
  'cut off at rename %d: put back whole, said, and the same command ends as undisturbed',
  async (renames) => {
    const before = tree();
    await cutOff(renames);
    expect(brokenTags(world.v2)).toEqual([]);
    expect(differences(before, tree())).not.toEqual([]);
    const dry = await regsweep(['gc', '--dry-run'], { root: world.root });
    expect(dry.stderr).toContain('was interrupted, and a real run first puts back what it took');
    const back = await regsweep(['rm', 'no-such', '--ignore-missing', '--yes'], { root: world.root });
    expect(back.stderr).toMatch(/run \S+ was interrupted: \d+ steps? put back/);
    expect(differences(before, tree())).toEqual([]);
    expect((await run('rm', 'app:1', 'web')).status).toBe(0);
    expect(tagsOfTree(world.v2)).toEqual(['app:2']);
    expect(brokenTags(world.v2)).toEqual([]);
  },
);

test.each([2, 4, 6, 9, 12])(
  'cut off at rename %d, then pushes: what came since stays, nothing is half',
  async (renames) => {
    await cutOff(renames);
    const again = world.image('app', '1', { layers: ['base', 'one mended'] });
    world.image('web', 'new', { layers: ['base', 'new'] });
    const ran = await run('gc');
    expect(ran.stderr).toContain('was interrupted');
    expect(ran.stderr).toContain('not put back, something newer is there');
    expect(world.read(at.current('app', '1'))).toBe(again.digest);
    expect(brokenTags(world.v2)).toEqual([]);
    expect(tagsOfTree(world.v2)).toEqual(expect.arrayContaining(['app:1', 'app:2', 'web:all', 'web:new']));
    expect(world.exists(at.revision('app', first.digest))).toBe(true);
    // The older one is kept until the operator empties the trash.
    expect((await regsweep(['trash', 'ls'], { root: world.root })).stdout).toContain('-dead');
    expect((await regsweep(['trash', 'empty'], { root: world.root })).status).toBe(0);
    expect(fs.existsSync(path.join(world.root, '.regsweep'))).toBe(false);
  },
);

test('two runs were cut off, one after the other: the newer is put back first', async () => {
  const before = tree();
  await cutOff(3);
  const runs = path.join(world.root, '.regsweep/runs');
  fs.renameSync(path.join(runs, '20260101T000000.000Z-dead'), path.join(runs, '20250101T000000.000Z-dead'));
  const plan = path.join(runs, '20250101T000000.000Z-dead/plan.json');
  fs.writeFileSync(
    plan,
    fs.readFileSync(plan, 'utf8').replaceAll('20260101T000000.000Z-dead', '20250101T000000.000Z-dead'),
  );
  await new FaultyRun(world.root).killedAt('rename', 4, ['app:2']);
  const ran = await run('rm', 'no-such', '--ignore-missing');
  expect(ran.stderr.match(/was interrupted/g)).toHaveLength(2);
  expect(differences(before, tree())).toEqual([]);
});
