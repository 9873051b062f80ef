// The trash: kept when asked, listed with its bytes, freed when told.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { emptyRun } from '../../src/execute/trash.js';
import { Writer } from '../../src/execute/writer.js';
import { openTree } from '../../src/scan/tree.js';
import { regsweep } from '../cli/run.js';
import { FaultyRun } from '../execute/faulty-run.js';
import { faultsOf } from '../report/schema.js';
import { brokenTags, tagsOfTree } from '../support/pullable.js';
import { differences, snapshot } from '../support/snapshot.js';
import { World } from '../support/world.js';

let world: World;
beforeEach(() => {
  world = World.create();
});
afterEach(() => world.remove());

/** Where v2 says that a run is on disk, and the file that it names. */
const isMark = (at: string): boolean => at.endsWith('registry/v2/.regsweep') || at.startsWith('.regsweep/tree-');

describe('trash', () => {
  test('keeps what goes until it is emptied', async () => {
    world.image('app', '1', { layers: ['one'] });
    world.image('app', '2', { layers: ['two'] });
    const root = ['--root', world.root];
    const done = JSON.parse((await regsweep(['rm', 'app:1', '--yes', '--keep-trash', '--json', ...root])).stdout);
    expect(done.outcome.trashKept).toBe(true);
    const listed = JSON.parse((await regsweep(['trash', 'ls', '--json', ...root])).stdout);
    expect(faultsOf(listed, 'trash')).toBeUndefined();
    expect(listed.runs).toMatchObject([{ id: done.outcome.run, ended: true, bytes: done.totals.bytes }]);
    expect((await regsweep(['gc', '--yes', ...root])).status).toBe(0);
    expect(JSON.parse((await regsweep(['trash', 'ls', '--json', ...root])).stdout).runs).toHaveLength(1);
    expect((await regsweep(['trash', 'empty', 'no-such-run', ...root])).status).toBe(2);
    expect((await regsweep(['trash', 'empty', done.outcome.run, ...root])).status).toBe(0);
    expect([...snapshot(world.root).keys()].filter((path) => path.startsWith('.regsweep'))).toEqual([]);
    expect((await regsweep(['trash', 'ls', ...root])).stdout).toBe('The trash is empty.\n');
  });

  test.each([
    ['trash', 'empty'],
    ['undo', '--yes'],
    ['gc', '--yes'],
  ])('a file in the place of our folder: %s %s says so, and what to do', async (...words) => {
    world.image('app', '1', { layers: ['one'] });
    fs.writeFileSync(path.join(world.root, '.regsweep'), 'in the place of our folder');
    const ran = await regsweep(words, { root: world.root });
    expect(ran.status, ran.stderr).toBe(4);
    expect(ran.stderr).toContain('.regsweep is a file, not a folder');
    expect(ran.stderr).not.toMatch(/\n +at .*:\d+:\d+/);
  });

  test('the trash of an interrupted run stays: what it is and the way out are reported, exit 3, asked for by name or not', async () => {
    world.image('app', '1', { layers: ['one'] });
    world.image('app', '2', { layers: ['two'] });
    const before = snapshot(path.join(world.root, 'docker'));
    await new FaultyRun(world.root).killedAt('rename', 4, ['app:1']);
    const cut = '20260101T000000.000Z-dead';
    const half = snapshot(world.root, { without: isMark });
    for (const words of [[], [cut]]) {
      const ran = await regsweep(['trash', 'empty', ...words, '--root', world.root]);
      expect(ran.status).toBe(3);
      expect(ran.stderr).toMatch(/-dead was interrupted: its trash holds what is to come back[\s\S]*`regsweep gc`/);
      const document = JSON.parse(
        (await regsweep(['trash', 'empty', ...words, '--json'], { root: world.root })).stdout,
      );
      expect(faultsOf(document, 'trash')).toBeUndefined();
      expect(document).toMatchObject({ runs: [], leftAlone: [{ run: cut, why: 'interrupted' }], failures: [] });
    }
    expect(differences(half, snapshot(world.root, { without: isMark }))).toEqual([]);
    await regsweep(['rm', 'no-such', '--ignore-missing', '--yes', '--root', world.root]);
    expect(differences(before, snapshot(path.join(world.root, 'docker')))).toEqual([]);
  });

  test('SIGINT while it is emptied: exit 130, nothing of it can be half undone, and the next one frees the rest', async () => {
    for (let n = 0; n < 300; n += 1) world.image('app', `v${n}`, { layers: [`own ${n}`] });
    world.image('kept', 'v1', { layers: ['own 1'] });
    const root = ['--root', world.root];
    const { outcome } = JSON.parse(
      (await regsweep(['rm', 'app:*', '--yes', '--keep-trash', '--json', ...root])).stdout,
    );
    const folder = path.join(world.root, '.regsweep/runs', outcome.run);
    const held = fs.readdirSync(path.join(folder, 'trash')).length;
    const left = () => fs.readdirSync(path.join(folder, 'trash-leaving')).length;
    const ran = await regsweep(['trash', 'empty', '--json', ...root], {
      whileRunning: (child) => {
        const timer = setInterval(() => {
          if (fs.existsSync(path.join(folder, 'trash'))) return;
          child.kill('SIGINT');
          clearInterval(timer);
        }, 1);
      },
    });
    expect(ran.status, ran.stderr).toBe(130);
    expect(ran.stderr).toContain('the next `trash empty` frees the rest');
    expect(JSON.parse(ran.stdout)).toMatchObject({ runs: [], failures: [] });
    expect(left()).toBeGreaterThan(0);
    expect(left()).toBeLessThan(held);
    expect((await regsweep(['trash', 'ls', ...root])).stdout).toContain('half deleted; `trash empty` goes on');
    const document = JSON.parse((await regsweep(['trash', 'ls', '--json', ...root])).stdout);
    expect(faultsOf(document, 'trash')).toBeUndefined();
    expect((await regsweep(['undo', '--dry-run', ...root])).status).toBe(2);
    expect(tagsOfTree(world.v2)).toEqual(['kept:v1']);
    expect((await regsweep(['trash', 'empty', ...root])).status).toBe(0);
    expect(fs.existsSync(path.join(world.root, '.regsweep'))).toBe(false);
    expect(brokenTags(world.v2)).toEqual([]);
  });

  test('killed while it is emptied: nothing comes back half, whatever comes next', async () => {
    world.image('app', '1', { layers: ['one'] });
    world.image('app', '2', { layers: ['two'] });
    const root = ['--root', world.root];
    const done = JSON.parse((await regsweep(['rm', 'app:1', '--yes', '--keep-trash', '--json', ...root])).stdout);
    const kept = fs.mkdtempSync(`${world.root}-kept-`);
    const taken = snapshot(path.join(world.root, 'docker'), { without: isMark });
    try {
      fs.cpSync(world.root, kept, { recursive: true });
      for (const n of [1, 2, 4]) {
        fs.rmSync(world.root, { recursive: true });
        fs.cpSync(kept, world.root, { recursive: true });
        let calls = 0;
        const writer = new Writer((call) => {
          if (call === 'unlink') calls += 1;
          if (calls >= n) throw new Error('the process is dead');
        });
        await expect(emptyRun(openTree(world.root), done.outcome.run, writer)).rejects.toThrow('dead');
        const next = n % 2 === 0 ? ['undo', '--yes'] : ['rm', 'no-such', '--ignore-missing', '--yes'];
        const ran = await regsweep([...next, ...root]);
        expect(ran.status, ran.stderr).toBe(n % 2 === 0 ? 2 : 0);
        expect(differences(taken, snapshot(path.join(world.root, 'docker'), { without: isMark }))).toEqual([]);
        expect(fs.existsSync(path.join(world.root, '.regsweep'))).toBe(false);
      }
    } finally {
      fs.rmSync(kept, { recursive: true });
    }
  });

  const probe = path.join(fs.mkdtempSync(path.join(process.cwd(), 'node_modules/.regsweep-')), 'probe');
  fs.writeFileSync(probe, '');
  const mayFreeze = spawnSync('chattr', ['+i', probe]).status === 0;
  spawnSync('chattr', ['-i', probe]);
  fs.rmSync(path.dirname(probe), { recursive: true });

  test.skipIf(!mayFreeze)('what cannot be freed is named, the rest goes, exit 3; the next run finishes', async () => {
    const root = ['--root', world.root];
    for (const tag of ['1', '2', '3']) world.image('app', tag, { layers: [tag] });
    const runs: string[] = [];
    for (const tag of ['app:1', 'app:2']) {
      const ran = await regsweep(['rm', tag, '--yes', '--keep-trash', '--json', ...root]);
      runs.push(JSON.parse(ran.stdout).outcome.run);
    }
    const trash = path.join(world.root, '.regsweep/runs', runs[0]!, 'trash');
    const inTrash = fs
      .readdirSync(trash, { recursive: true, encoding: 'utf8' })
      .find((name) => path.basename(name) === 'link')!;
    spawnSync('chattr', ['+i', path.join(trash, inTrash)]);
    const file = path.join(`${trash}-leaving`, inTrash);
    try {
      const ran = await regsweep(['trash', 'empty', '--json', ...root]);
      expect(ran.status, ran.stderr).toBe(3);
      const document = JSON.parse(ran.stdout);
      expect(faultsOf(document, 'trash')).toBeUndefined();
      const { runs: freed, failures } = document;
      expect(freed.map(({ id }: { id: string }) => id)).toEqual([runs[1]]);
      expect(failures).toMatchObject([{ run: runs[0], path: file, code: 'EPERM' }]);
    } finally {
      spawnSync('chattr', ['-i', file]);
    }
    expect((await regsweep(['trash', 'empty', ...root])).status).toBe(0);
    expect(fs.existsSync(path.join(world.root, '.regsweep'))).toBe(false);
  });
});
