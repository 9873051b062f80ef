// The trash: kept when asked, listed with its bytes, freed when told.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
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

  const probe = path.join(fs.mkdtempSync(path.join(process.cwd(), 'node_modules/.regsweep-')), 'probe');
  fs.writeFileSync(probe, '');
  const mayFreeze = spawnSync('chattr', ['+i', probe]).status === 0;
  spawnSync('chattr', ['-i', probe]);
  fs.rmSync(path.dirname(probe), { recursive: true });

  test.skipIf(!mayFreeze)('what can not be freed is told, the rest goes, exit 3; the next one finishes', async () => {
    const root = ['--root', world.root];
    for (const tag of ['1', '2', '3']) world.image('app', tag, { layers: [tag] });
    const runs: string[] = [];
    for (const tag of ['app:1', 'app:2']) {
      const ran = await regsweep(['rm', tag, '--yes', '--keep-trash', '--json', ...root]);
      runs.push(JSON.parse(ran.stdout).outcome.run);
    }
    const trash = path.join(world.root, '.regsweep/runs', runs[0]!, 'trash');
    const file = fs
      .readdirSync(trash, { recursive: true, encoding: 'utf8' })
      .map((name) => path.join(trash, name))
      .find((name) => path.basename(name) === 'link')!;
    spawnSync('chattr', ['+i', file]);
    try {
      const ran = await regsweep(['trash', 'empty', '--json', ...root]);
      expect(ran.status, ran.stderr).toBe(3);
      const { runs: freed, failures } = JSON.parse(ran.stdout);
      expect(freed.map(({ id }: { id: string }) => id)).toEqual([runs[1]]);
      expect(failures).toMatchObject([{ run: runs[0], path: file, code: 'EPERM' }]);
    } finally {
      spawnSync('chattr', ['-i', file]);
    }
    expect((await regsweep(['trash', 'empty', ...root])).status).toBe(0);
    expect(fs.existsSync(path.join(world.root, '.regsweep'))).toBe(false);
  });
});
