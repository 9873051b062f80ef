// Other file systems inside the tree, real ones: the trash goes to the top of the file system where that is outside v2; else items
// are deleted in place, which is said, and what was half deleted when the run was cut off is finished by the next one.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { regsweep } from '../cli/run.js';
import { brokenTags } from '../support/pullable.js';
import { differences, snapshot } from '../support/snapshot.js';
import { at } from '../support/tree-paths.js';
import { World } from '../support/world.js';

let folder: string;
let root: string;
let world: World;
const mounted: string[] = [];

function mount(target: string, ...how: readonly string[]): boolean {
  fs.mkdirSync(target, { recursive: true });
  const done = spawnSync('mount', [...(how.length > 0 ? how : ['-t', 'tmpfs', 'tmpfs']), target]).status === 0;
  if (done) mounted.push(target);
  return done;
}
function unmount(target: string): void {
  spawnSync('umount', ['-l', target]);
  mounted.splice(mounted.indexOf(target), 1);
}

/** True where this user may mount. */
const mayMount = ((): boolean => {
  const probe = fs.mkdtempSync(path.join(os.tmpdir(), 'regsweep-probe-'));
  const done = mount(probe);
  if (done) unmount(probe);
  fs.rmdirSync(probe);
  return done;
})();

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'regsweep-mounts-'));
  root = path.join(folder, 'root');
});
afterEach(() => {
  for (const target of [...mounted].reverse()) unmount(target);
  fs.rmSync(folder, { recursive: true, force: true });
});

function fill(): void {
  world = new World(root);
  world.image('team/app', '1.0', { layers: ['base', 'app 1.0'] });
  world.image('team/app', '1.1', { layers: ['base', 'app 1.1'] });
  world.image('other/app', '1', { layers: ['base', 'other'] });
}
const run = (...words: readonly string[]) => regsweep(words, { root });
const tree = () => snapshot(path.join(root, 'docker/registry'));
const v2 = () => path.join(root, 'docker/registry/v2');

describe.skipIf(!mayMount)('on another file system', () => {
  test('the tree is a mount below the root: its trash lies at the top of that mount, undo works, nothing of ours stays', async () => {
    mount(path.join(root, 'docker'));
    fill();
    const before = tree();
    const ran = await run('rm', 'team/app:1.0', '--yes', '--keep-trash', '--json');
    expect(ran.status, ran.stderr).toBe(0);
    const { outcome } = JSON.parse(ran.stdout);
    expect(outcome).toMatchObject({ status: 'done', deletedInPlace: false });
    expect(fs.readdirSync(path.join(root, 'docker/.regsweep/runs', outcome.run, 'trash')).length).toBeGreaterThan(3);
    expect(brokenTags(v2())).toEqual([]);
    expect((await run('trash', 'ls')).stdout).toContain('`undo` puts it back');
    expect((await run('undo', '--yes')).status).toBe(0);
    expect(differences(before, tree())).toEqual([]);
    expect((await run('rm', 'team/app:1.0', '--yes')).status).toBe(0);
    expect(fs.existsSync(path.join(root, 'docker/.regsweep'))).toBe(false);
    expect(fs.existsSync(path.join(root, '.regsweep'))).toBe(false);
  });

  test('blobs is a symlink into another file system: that one holds their trash', async () => {
    const disk = path.join(folder, 'disk');
    mount(disk);
    fs.mkdirSync(path.join(disk, 'deep/blobs'), { recursive: true });
    fs.mkdirSync(path.join(root, 'docker/registry/v2'), { recursive: true });
    fs.symlinkSync(path.join(disk, 'deep/blobs'), path.join(root, 'docker/registry/v2/blobs'));
    fill();
    const tags = brokenTags(v2());
    const ran = await run('rm', 'team/app:1.0', '--yes', '--keep-trash', '--json', '--own-blobs');
    expect(ran.status, ran.stderr).toBe(0);
    const { outcome, totals } = JSON.parse(ran.stdout);
    expect(outcome.bytesFreed).toBe(totals.bytes);
    const trash = path.join(disk, '.regsweep/runs', outcome.run, 'trash');
    expect(fs.readdirSync(trash)).toHaveLength(totals.blobs);
    expect((await run('trash', 'empty', '--own-blobs')).status).toBe(0);
    expect(fs.readdirSync(disk)).toEqual(['deep']);
    expect(brokenTags(v2())).toEqual(tags);
  });

  test('blobs is a mount inside v2: they are deleted in place, and undo is said to be off', async () => {
    mount(path.join(root, 'docker/registry/v2/blobs'));
    fill();
    const ran = await run('gc', '--untagged', '--yes');
    expect(ran.status).toBe(0);
    const removed = await run('rm', 'team/app:1.0', '--yes', '--keep-trash');
    expect(removed.status, removed.stderr).toBe(0);
    expect(removed.stdout).toContain('No undo');
    expect((await run('trash', 'ls')).stdout).toContain('no undo');
    expect(fs.readdirSync(path.join(root, 'docker/registry/v2/blobs'))).toEqual(['sha256']);
    expect(brokenTags(v2())).toEqual([]);
    // What went whole lies in the trash, what it needs does not: it stays there.
    const undone = await run('undo', '--yes', '--json');
    expect(undone.status).toBe(3);
    expect(brokenTags(v2())).toEqual([]);
  });

  test('repositories is a mount inside v2: a tag half deleted when the run was cut off is finished by the next', async () => {
    mount(path.join(root, 'docker/registry/v2/repositories'));
    fill();
    const { FaultyRun } = await import('./faulty-run.js');
    await new FaultyRun(root).killedAt('unlink', 2, ['team/app:1.0']);
    expect(world.exists(at.tag('team/app', '1.0'))).toBe(true);
    expect(world.exists(at.current('team/app', '1.0'))).toBe(false);
    fs.rmSync(path.join(root, '.regsweep/lock'), { force: true });
    const again = await run('rm', 'team/app:1.0', '--yes', '--ignore-missing');
    expect(again.status, again.stderr).toBe(0);
    expect(world.exists(at.tag('team/app', '1.0'))).toBe(false);
    expect(brokenTags(v2())).toEqual([]);
    expect((await run('ls', '--json')).stdout).not.toContain('tag-link-missing');
  });
});

describe('what cannot be moved', () => {
  test.skipIf(!mayMount)('a blob folder that is a mount point: told as busy, the rest is done, exit 3', async () => {
    fill();
    const plan = JSON.parse((await run('rm', 'team/app:1.0', '--dry-run', '--json')).stdout);
    const blobs = plan.removals.filter(({ kind }: { kind: string }) => kind === 'blob');
    const busy = path.join(v2(), blobs[0].path);
    mount(busy);
    fs.writeFileSync(path.join(busy, 'data'), 'x');
    const ran = await run('rm', 'team/app:1.0', '--yes', '--json');
    expect(ran.status, ran.stderr).toBe(3);
    const { outcome } = JSON.parse(ran.stdout);
    expect(outcome.status).toBe('incomplete');
    expect(outcome.failures).toMatchObject([{ path: blobs[0].path }]);
    const bytes = blobs.slice(1).reduce((sum: number, blob: { bytes: number }) => sum + blob.bytes, 0);
    expect(outcome.bytesFreed).toBe(bytes);
    expect(brokenTags(v2())).toEqual([]);
  });

  const mayFreeze = ((): boolean => {
    const probe = fs.mkdtempSync(path.join(os.tmpdir(), 'regsweep-probe-'));
    const done = spawnSync('chattr', ['+i', probe]).status === 0;
    spawnSync('chattr', ['-i', probe]);
    fs.rmdirSync(probe);
    return done;
  })();

  test.skipIf(!mayFreeze)(
    'an immutable layer link: told, what it names stays, the other repository is cleaned, exit 3',
    async () => {
      fill();
      const plan = JSON.parse((await run('rm', 'team/app:1.0', 'other/app', '--dry-run', '--json')).stdout);
      const link = plan.removals.find(
        ({ kind, repository }: { kind: string; repository: string }) =>
          kind === 'layerLink' && repository === 'team/app',
      );
      const frozen = path.join(v2(), link.path);
      spawnSync('chattr', ['+i', frozen]);
      try {
        const ran = await run('rm', 'team/app:1.0', 'other/app', '--yes', '--json');
        expect(ran.status, ran.stderr).toBe(3);
        const { outcome } = JSON.parse(ran.stdout);
        expect(outcome.failures).toMatchObject([{ path: link.path, code: 'EPERM' }]);
        expect(outcome.stepsSkipped).toBeGreaterThan(0);
        expect(world.exists(at.blob(link.digest))).toBe(true);
        expect(fs.existsSync(path.join(v2(), 'repositories/other'))).toBe(false);
        expect(brokenTags(v2())).toEqual([]);
      } finally {
        spawnSync('chattr', ['-i', frozen]);
      }
    },
  );

  test.skipIf(!mayMount)('a read-only tree: refused, nothing touched; a dry run works', async () => {
    fill();
    mount(root, '--bind', root);
    spawnSync('mount', ['-o', 'remount,ro,bind', root]);
    const ran = await run('gc', '--untagged', '--yes');
    expect(ran.status).toBe(4);
    expect(ran.stderr).toMatch(/The tree cannot be locked: (?:EROFS|ENOENT)[\s\S]*read-only/);
    expect((await run('gc', '--untagged', '--dry-run')).status).toBe(0);
  });

  test.skipIf(!mayMount)('a disk too full for the record: refused, nothing touched', async () => {
    expect(mount(root, '-t', 'tmpfs', '-o', 'size=256k', 'tmpfs')).toBe(true);
    fill();
    const before = tree();
    for (let n = 0; n < 256; n += 1) {
      try {
        fs.writeFileSync(path.join(root, `full-${n}`), Buffer.alloc(4096));
      } catch {
        break; // ignored error: the disk is full now, as it should be
      }
    }
    const ran = await run('gc', '--untagged', '--yes');
    expect(ran.status, ran.stdout).toBe(4);
    expect(ran.stderr).toContain('ENOSPC');
    expect(differences(before, tree())).toEqual([]);
  });
});
