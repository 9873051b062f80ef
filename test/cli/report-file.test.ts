// `--report`: a page beside the result, of a dry run and of a real one, never inside the tree, refused before anything is touched.

import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { snapshot } from '../support/snapshot.js';
import { World } from '../support/world.js';
import { regsweep } from './run.js';

let world: World;
let out: World;
beforeEach(() => {
  world = World.create();
  out = World.create();
  world.image('team/app', '1.0', { layers: ['base', 'one'] });
  world.image('team/app', '2.0', { layers: ['base', 'two'] });
});
afterEach(() => {
  world.remove();
  out.remove();
});

describe('--report', () => {
  test.each([['--dry-run'], ['--yes']])('rm %s writes the plan, the map and the command', async (how) => {
    const file = path.join(out.root, 'report.html');
    const { status, stderr } = await regsweep(['rm', 'team/app:1.0', how, '--report', file], { root: world.root });
    expect({ status, stderr }).toMatchObject({ status: 0 });
    const page = fs.readFileSync(file, 'utf8');
    expect(page).toContain(`regsweep rm team/app:1.0 ${how} --report`);
    expect(page).toContain('named in the request');
    expect(page).toContain('team/app: shared by tags');
    expect(page).toContain('team/app: 1.0');
    expect(page.includes('Dry run: nothing was changed')).toBe(how === '--dry-run');
    expect(page.includes('Start the registry again')).toBe(how === '--yes');
    expect(fs.readdirSync(out.root)).toEqual(['docker', 'report.html']);
  });

  test.each([
    ['du', 'reclaimable by gc --untagged'],
    ['check', 'Nothing found'],
  ])('%s writes its tables', async (command, text) => {
    const file = path.join(out.root, 'report.html');
    const { status, stderr } = await regsweep([command, '--report', file], { root: world.root });
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(fs.readFileSync(file, 'utf8')).toContain(text);
    expect((await regsweep([command, '--report', path.join(world.root, 'x.html')], { root: world.root })).status).toBe(
      2,
    );
  });

  test.each([
    ['inside the tree', () => path.join(world.root, 'report.html')],
    ['in a folder that is not there', () => path.join(out.root, 'none/report.html')],
    ['on a folder', () => out.v2],
  ])('%s is refused and nothing is touched', async (_, at) => {
    const before = snapshot(world.root);
    const { status, stderr } = await regsweep(['rm', 'team/app:1.0', '--yes', '--report', at()], { root: world.root });
    expect(status).toBe(2);
    expect(stderr).toContain('--report');
    expect(snapshot(world.root)).toEqual(before);
  });
});
