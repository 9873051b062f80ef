// Hazards 7, 9, 13, 14, 19 and 25 (docs/hazards.md): trees that look wrong are not cleaned, a dry run acts on nothing, and success is
// never told after a failure.

import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { regsweep } from '../cli/run.js';
import { pullableTags } from '../support/pullable.js';
import { differences, snapshot } from '../support/snapshot.js';
import { at } from '../support/tree-paths.js';
import { layerDigest, World } from '../support/world.js';
import { clean, refused, settled } from './clean.js';

let world: World;
beforeEach(() => {
  world = World.create();
});
afterEach(() => world.remove());

describe('hazard 13: a wrong root or a half-mounted tree', () => {
  test('blobs but no repository at all: gc is refused, unless the registry is to be emptied', async () => {
    world.blob('one');
    world.blob('two');
    const { code, hint } = await refused(world, ['gc'], 4);
    expect(code).toBe('nothing-referenced');
    expect(hint).toContain('--allow-empty');
    expect((await clean(world, ['gc', '--allow-empty'])).went).toHaveLength(2);
  });

  test('repositories not mounted: the folder is missing', async () => {
    world.image('app', 'v1', { layers: ['own'] });
    fs.renameSync(world.path('repositories'), path.join(world.root, 'elsewhere'));
    expect((await refused(world, ['gc', '--untagged'], 4)).code).toBe('nothing-referenced');
  });

  test('links of an unfinished push alone do not make a registry', async () => {
    world.linkLayer('app', world.blob('half'));
    expect((await refused(world, ['gc'], 4)).code).toBe('nothing-referenced');
  });

  test('blobs not mounted: every manifest is missing', async () => {
    world.image('app', 'v1', { layers: ['own'] });
    fs.renameSync(world.path('blobs'), path.join(world.root, 'elsewhere'));
    for (const words of [['gc'], ['gc', '--untagged']])
      expect((await refused(world, words, 4)).code).toBe('too-many-missing');
  });

  test.each(['/', '/proc', '/nowhere', ''])('--root %s is not a registry tree', async (root) => {
    const ran = await regsweep(['gc', '--yes', '--json', '--root', root]);
    expect([2, 4]).toContain(ran.status);
    expect(JSON.parse(ran.stdout).error.exitStatus).toBe(ran.status);
  });

  test('a folder of a git server or of an image layout is none, whatever lies in it', async () => {
    world.image('app', 'v1', { layers: ['own'] });
    const git = path.join(world.root, 'git-data');
    fs.mkdirSync(path.join(git, 'repositories/@hashed/ab/app.git/refs/tags'), { recursive: true });
    const layout = path.join(world.root, 'layout');
    fs.mkdirSync(path.join(layout, 'blobs/sha256'), { recursive: true });
    for (const root of [git, layout]) {
      const before = snapshot(world.root, { mtime: true });
      const ran = await regsweep(['gc', '--yes'], { root });
      expect(ran.status).toBe(4);
      expect(ran.stderr).toContain('is not a registry tree');
      expect(differences(before, snapshot(world.root, { mtime: true }))).toEqual([]);
    }
  });

  test('v2 by another name needs both of its folders, and has its parent for a root', async () => {
    world.image('app', 'v1', { layers: ['own'] });
    const elsewhere = path.join(world.root, 'copy/storage');
    fs.cpSync(world.v2, elsewhere, { recursive: true });
    const ran = await regsweep(['rm', 'app:v1', '--yes', '--json'], { root: elsewhere });
    expect(ran.status, ran.stderr).toBe(0);
    expect(JSON.parse(ran.stdout).root).toBe(path.join(world.root, 'copy'));
    fs.rmdirSync(path.join(elsewhere, 'blobs'));
    expect((await regsweep(['gc', '--yes'], { root: elsewhere })).status).toBe(4);
  });

  test('the root of the disk above, or a folder too deep, is none; nothing is made there', async () => {
    world.image('app', 'v1', { layers: ['own'] });
    for (const root of [path.dirname(world.v2), world.path('repositories/app'), world.path('blobs/sha256')]) {
      const before = snapshot(world.root, { mtime: true });
      expect((await regsweep(['gc', '--yes'], { root })).status).toBe(4);
      expect(differences(before, snapshot(world.root, { mtime: true }))).toEqual([]);
    }
  });

  test('--max-delete: a share of the blobs above it is refused, one at it is not', async () => {
    for (let n = 0; n < 4; n += 1) world.image('app', `t${n}`, { layers: [`l${n}`] });
    for (let n = 0; n < 4; n += 1) world.blob(`stray ${n}`);
    expect((await refused(world, ['gc', '--max-delete', '24'], 4)).message).toContain('4 of 16 blobs (25.0 %)');
    expect((await clean(world, ['gc', '--max-delete', '25'])).went).toHaveLength(4);
  });
});

describe('hazard 7: a tree that is not ours to clean', () => {
  test.each([['ls'], ['gc', '--yes'], ['rm', 'app', '--yes']])(
    'a metadata database owns it: %s is refused',
    async (...words) => {
      world.image('app', 'v1', { layers: ['own'] });
      const locks = path.join(world.root, 'docker/registry/lockfiles');
      fs.mkdirSync(locks);
      fs.writeFileSync(path.join(locks, 'database-in-use'), '{"version":1}');
      const before = snapshot(world.root, { mtime: true });
      const ran = await regsweep(words, { root: world.root });
      expect(ran.status).toBe(4);
      expect(ran.stderr).toContain('database-in-use');
      expect(differences(before, snapshot(world.root, { mtime: true }))).toEqual([]);
    },
  );

  test('a metadata database owns it: seen beside v2, whatever v2 is called', async () => {
    world.image('app', 'v1', { layers: ['own'] });
    const elsewhere = path.join(world.root, 'copy/storage');
    fs.cpSync(world.v2, elsewhere, { recursive: true });
    fs.mkdirSync(path.join(world.root, 'copy/lockfiles'));
    fs.writeFileSync(path.join(world.root, 'copy/lockfiles/database-in-use'), '{"version":1}');
    const ran = await regsweep(['rm', 'app', '--yes'], { root: elsewhere });
    expect(ran.status).toBe(4);
    expect(ran.stderr).toContain('lockfiles/database-in-use');
  });

  test('GitLab on files alone (filesystem-in-use) is cleaned', async () => {
    world.image('app', 'v1', { layers: ['own'] });
    fs.mkdirSync(path.join(world.root, 'docker/registry/lockfiles'));
    fs.writeFileSync(path.join(world.root, 'docker/registry/lockfiles/filesystem-in-use'), '');
    expect((await clean(world, ['rm', 'app:v1'])).went).toContain('tag app:v1');
  });

  test('a pull-through cache is cleaned, and said to be one', async () => {
    world.image('app', 'v1', { layers: ['own'] });
    fs.writeFileSync(path.join(world.root, 'scheduler-state.json'), '{}');
    const { problems } = await clean(world, ['rm', 'app:v1']);
    expect(problems).toMatchObject([{ code: 'pull-through-cache' }]);
  });
});

describe('what would empty the registry', () => {
  beforeEach(() => {
    for (const name of ['app', 'team/web', 'team/api']) world.image(name, 'v1', { layers: [name] });
  });

  test.each([
    ['a pattern of everything', ['rm', '**']],
    ['all tags', ['rm', '**:*']],
    ['patterns that meet', ['rm', 'a*', 'team/*']],
    ['every name', ['rm', 'app', 'team/web', 'team/api']],
    ['every tag', ['rm', 'app:v1', 'team/web:v1', 'team/api:v1']],
  ])('%s: refused, and done with --allow-empty', async (_, words) => {
    expect((await refused(world, words, 4)).code).toBe('empties-registry');
    const { went } = await clean(world, [...words, '--allow-empty']);
    expect(went.filter((each) => each.startsWith('tag'))).toHaveLength(3);
  });

  test('every name, from a file', async () => {
    const file = path.join(world.root, '..', `${path.basename(world.root)}.txt`);
    fs.writeFileSync(file, 'app\nteam/web\nteam/api\n');
    expect((await refused(world, ['rm', '--from-file', file], 4)).code).toBe('empties-registry');
    fs.rmSync(file);
  });

  test('all but one is not everything; nor is the one there is, by its name', async () => {
    await clean(world, ['rm', 'team/*']);
    await clean(world, ['rm', 'app']);
  });

  test('rm knows --max-delete', async () => {
    expect((await refused(world, ['rm', 'team/*', '--max-delete', '50'], 4)).code).toBe('max-delete');
    await clean(world, ['rm', 'app', '--max-delete', '50']);
  });
});

describe('manifests kept elsewhere', () => {
  test('gc where most repositories with layers hold no revision: refused, and done with --tagless', async () => {
    world.image('app', 'v1', { layers: ['own'] });
    for (const name of ['a', 'b', 'c']) world.linkLayer(name, world.blob(`layer of ${name}`));
    for (const words of [['gc'], ['gc', '--untagged'], ['gc', 'a']])
      expect((await refused(world, words, 4)).code).toBe('manifests-elsewhere');
    const { went } = await clean(world, ['gc', '--tagless']);
    expect(went.filter((each) => each.startsWith('blob'))).toHaveLength(3);
  });

  test('one unfinished push beside an image is none of that', async () => {
    world.image('app', 'v1', { layers: ['own'] });
    world.linkLayer('half', world.blob('half'));
    await clean(world, ['gc']);
  });
});

describe('hazard 9: a dry run', () => {
  /** Everything that any rule takes. */
  function lived(): void {
    const app = world.image('team/app', 'v1', { layers: ['base', 'one'] });
    world.image('team/app', 'latest', { layers: ['base', 'old'] });
    world.image('team/app', 'latest', { layers: ['base', 'now'] });
    world.signatureTag('team/app', app);
    world.image('team/app', undefined, { layers: ['loose'] });
    world.linkLayer('team/app', world.blob('half'));
    world.upload('team/app', 'old', { startedAt: '2020-01-01T00:00:00Z' });
    world.write(`${at.layer('team/app', layerDigest('half'))}.01234567-89ab-cdef-0123-456789abcdef.tmp`, 'x');
    world.touchAll(at.layers('team/app'), new Date(0));
    world.mkdir('repositories/empty/folder');
    world.blob('stray');
  }

  const DRY: readonly (readonly string[])[] = [
    ['rm', 'team/app'],
    ['rm', 'team/*:*', '--untagged', '--allow-empty'],
    ['gc', '--untagged', '--broken', '--dangling-signatures', '--grace', '1s', '--allow-empty'],
    ['gc', '--untagged', '--keep-trash', '--force-running', '--concurrency', '3'],
  ];

  test.each(DRY)(
    '%s %s … changes nothing: not one mtime, no folder of ours, with --plan-out outside',
    async (...words) => {
      lived();
      const plan = path.join(world.root, '..', `${path.basename(world.root)}.plan.json`);
      const before = snapshot(world.root, { mtime: true, inode: true });
      const ran = await regsweep([...words, '--dry-run', '--plan-out', plan, '--yes'], { root: world.root });
      expect(ran.status, ran.stderr).toBe(0);
      expect(differences(before, snapshot(world.root, { mtime: true, inode: true }))).toEqual([]);
      expect(JSON.parse(fs.readFileSync(plan, 'utf8')).removals.length).toBeGreaterThan(0);
      fs.rmSync(plan);
    },
  );

  test('a dry run of a frozen, damaged tree changes nothing either, and says exit 3', async () => {
    lived();
    world.write(at.current('team/app', 'v1'), '');
    const before = snapshot(world.root, { mtime: true, inode: true });
    expect((await regsweep(['gc', '--untagged', '-n'], { root: world.root })).status).toBe(3);
    expect(differences(before, snapshot(world.root, { mtime: true, inode: true }))).toEqual([]);
  });

  test('a dry run simulates its own effect: what only a removed thing kept goes in the same plan', async () => {
    lived();
    const dry = await regsweep(['gc', '--untagged', '-n', '--json'], { root: world.root });
    const promised = JSON.parse(dry.stdout).removals.map(({ path: at }: { path: string }) => at);
    const { removals } = await clean(world, ['gc', '--untagged']);
    expect(removals.map(({ path: at }) => at)).toEqual(promised);
    await settled(world, ['gc', '--untagged']);
  });
});

describe('hazard 25: success is never told after a failure', () => {
  test('an item that cannot be taken: exit 3, its path, and what depends on it is not tried', async () => {
    const app = world.image('app', 'v1', { layers: ['own'] });
    world.image('web', 'v1', { layers: ['web'] });
    // A file where the registry has a folder: a rename of it would be no removal of a layer link.
    const link = at.layer('app', app.config!).replace('/link', '');
    fs.rmSync(world.path(link), { recursive: true });
    world.write(link, 'a file');
    const { outcome } = await clean(world, ['rm', 'app', 'web', '--allow-empty'], { status: 3 });
    expect(outcome).toMatchObject({ status: 'incomplete', failures: [{ path: link, code: 'ENOTDIR' }] });
    expect(world.exists(at.blob(app.config!))).toBe(true);
    expect(world.read(link)).toBe('a file');
  });

  test('the failure is reported in words, not with a Done', async () => {
    const app = world.image('app', 'v1', { layers: ['own'] });
    const link = at.layer('app', app.config!).replace('/link', '');
    fs.rmSync(world.path(link), { recursive: true });
    world.write(link, 'a file');
    const ran = await regsweep(['rm', 'app', '--yes'], { root: world.root });
    expect(ran.status).toBe(3);
    expect(ran.stdout).toContain('Finished with failures');
    expect(ran.stdout).toContain(link);
    expect(ran.stdout).not.toContain('Removed ');
  });
});

describe('hazard 19: after a run', () => {
  test('the registry is to be started again, and a redis of its configuration to be flushed', async () => {
    world.image('app', 'v1', { layers: ['own'] });
    world.image('app', 'v2', { layers: ['two'] });
    const config = path.join(world.root, 'config.yml');
    fs.writeFileSync(
      config,
      `redis: {addr: "127.0.0.1:6379", db: 3}\nstorage: {filesystem: {rootdirectory: ${world.root}}}`,
    );
    const ran = await regsweep(['rm', 'app:v1', '--yes', '--config', config]);
    expect(ran.status, ran.stderr).toBe(0);
    expect(ran.stdout).toContain('redis-cli -h 127.0.0.1 -p 6379 -n 3 --scan');
    expect(ran.stdout).toContain('Start the registry again');
    expect(pullableTags(world.v2)).toEqual(['app:v2']);
  });

  test('nothing to remove, nothing to flush', async () => {
    world.image('app', 'v1', { layers: ['own'] });
    await clean(world, ['gc']);
    const config = path.join(world.root, 'config.yml');
    fs.writeFileSync(config, `redis: {addr: "127.0.0.1:6379"}\nstorage: {filesystem: {rootdirectory: ${world.root}}}`);
    const ran = await regsweep(['gc', '--yes', '--config', config]);
    expect(ran.stdout).not.toContain('redis-cli');
  });
});
