// Undo: what a run took comes back as it was, where it would be whole; never over something newer; the rest stays and is named.

import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { regsweep } from '../cli/run.js';
import { faultsOf } from '../report/schema.js';
import { brokenTags, pullableTags } from '../support/pullable.js';
import { differences, snapshot } from '../support/snapshot.js';
import { at } from '../support/tree-paths.js';
import { type Pushed, World } from '../support/world.js';

let world: World;
beforeEach(() => {
  world = World.create();
});
afterEach(() => world.remove());

const run = (...words: readonly string[]) => regsweep(words, { root: world.root });
async function kept(...words: readonly string[]): Promise<string> {
  const ran = await run(...words, '--yes', '--keep-trash', '--json');
  expect(ran.status, ran.stderr).toBe(0);
  return JSON.parse(ran.stdout).outcome.run;
}
async function undone(status: number, ...words: readonly string[]) {
  const ran = await run('undo', ...words, '--yes', '--json');
  expect(ran.status, ran.stderr + ran.stdout).toBe(status);
  const document = JSON.parse(ran.stdout);
  expect(faultsOf(document, 'undo')).toBeUndefined();
  return document;
}
/** The registry's own part of the tree. */
const tree = () => snapshot(path.join(world.root, 'docker'));

function lived(): { readonly app: Pushed; readonly web: Pushed } {
  const app = world.image('team/app', '1.0', { layers: ['base', 'app 1.0'] });
  world.image('team/app', '1.1', { layers: ['base', 'app 1.1'] });
  world.image('team/app', '1.1', { layers: ['base', 'app 1.1 again'] });
  const web = world.index('team/web', '2.0', [{ platform: 'linux/amd64' }, { layers: ['base', 'arm'] }]);
  world.signatureTag('team/web', web);
  world.schema1('old/one', 'v1', { layers: ['old'], signatures: ['by me'] });
  world.index('sparse/app', 'all', [app, { layers: ['sparse own'] }]);
  world.upload('team/app', 'b7a4a53e-6f11-4b0e-9e0f-3b8c3a3c1d1e', { startedAt: '2020-01-01T00:00:00Z' });
  world.blob('stray', 5000);
  return { app, web };
}

test('where a start command starts the registry, the user is not asked to', async () => {
  lived();
  await kept('rm', 'team/app:1.0');
  const service = ['--stop-command', 'true', '--start-command', 'true'];
  const started = await run('undo', '--yes', ...service);
  expect([started.status, started.stdout.includes('Start the registry')], started.stderr).toEqual([0, false]);
  await kept('rm', 'team/app:1.0');
  expect((await run('undo', '--yes')).stdout).toContain('Start the registry again');
});

describe('after any command the tree is as it was', () => {
  test.each([
    [['rm', 'team/app:1.0']],
    [['rm', 'team/web']],
    [['rm', 'sparse/app:all']],
    [['rm', 'old/one', 'team/web:*']],
    [['gc']],
    [['gc', '--untagged']],
    [['gc', '--untagged', '--tagless', '--uploads-older-than', '0']],
  ])('%j', async (words) => {
    lived();
    const before = tree();
    const tags = pullableTags(world.v2);
    await kept(...words);
    expect(differences(before, tree())).not.toEqual([]);
    const dry = await run('undo', '--dry-run', '--json');
    const { back, stays, outcome } = await undone(0);
    expect(JSON.parse(dry.stdout).back).toEqual(back);
    expect(stays).toEqual([]);
    expect(outcome.failures).toEqual([]);
    expect(differences(before, tree())).toEqual([]);
    expect(pullableTags(world.v2)).toEqual(tags);
    expect(fs.existsSync(path.join(world.root, '.regsweep'))).toBe(false);
  });
});

test('owner and mode of folders are as they were', async () => {
  lived();
  const folder = world.path('repositories/team/web');
  fs.chmodSync(folder, 0o2750);
  if (process.getuid?.() === 0) fs.chownSync(folder, 1234, 1235);
  const { uid, gid, mode } = fs.statSync(folder);
  await kept('rm', 'team/web');
  expect(fs.existsSync(folder)).toBe(false);
  await undone(0);
  expect(fs.statSync(folder)).toMatchObject({ uid, gid, mode });
});

test('owner and mode of folders that a later run took are as they were too', async () => {
  world.image('team/web', '1.0', { layers: ['web 1.0'] });
  world.image('team/web', '2.0', { layers: ['web 2.0'] });
  world.image('team/app', '1.0', { layers: ['app'] });
  const modes = { 'team/web': 0o2750, 'team/web/_layers': 0o700, 'team/web/_manifests/tags': 0o1777 };
  const folders = Object.entries(modes).map(([name, mode]) => ({ at: world.path(`repositories/${name}`), mode }));
  for (const [n, { at, mode }] of folders.entries()) {
    if (process.getuid?.() === 0) fs.chownSync(at, 1234 + n, n === 0 ? 3_000_000_000 : 1235);
    fs.chmodSync(at, mode);
  }
  const was = folders.map(({ at }) => fs.statSync(at)).map(({ uid, gid, mode }) => ({ uid, gid, mode }));
  const first = await kept('rm', 'team/web:1.0');
  await run('rm', 'team/web', '--yes');
  expect(fs.existsSync(world.path('repositories/team/web'))).toBe(false);
  await undone(0, first);
  expect(folders.map(({ at }) => fs.statSync(at)).map(({ uid, gid, mode }) => ({ uid, gid, mode }))).toEqual(was);
});

test('never over something newer: a tag pushed again stays, the older one is named and kept', async () => {
  lived();
  const id = await kept('rm', 'team/app:1.0');
  world.image('team/app', '1.0', { layers: ['base', 'app 1.0 mended'] });
  const mended = world.read(at.current('team/app', '1.0'));
  const { stays } = await undone(3);
  expect(stays).toMatchObject([{ kind: 'tag', why: 'newer', path: 'repositories/team/app/_manifests/tags/1.0' }]);
  expect(world.read(at.current('team/app', '1.0'))).toBe(mended);
  expect(brokenTags(world.v2)).toEqual([]);
  expect((await run('trash', 'ls')).stdout).toContain(id);
  // A later change must not throw away what could not come back.
  await run('gc', '--yes');
  expect((await run('trash', 'ls')).stdout).toContain(id);
});

test('a tag pushed again as it was is there, and nothing stays', async () => {
  const { app } = lived();
  await kept('rm', 'team/app:1.0');
  world.image('team/app', '1.0', { layers: ['base', 'app 1.0'] });
  const { stays, there } = await undone(0);
  expect(stays).toEqual([]);
  expect(there).toBeGreaterThan(0);
  expect(world.read(at.current('team/app', '1.0'))).toBe(app.digest);
  expect(brokenTags(world.v2)).toEqual([]);
});

test('an older run after a later one: what the later one took is named, and comes back once that is undone', async () => {
  lived();
  const before = tree();
  const first = await kept('rm', 'team/app:1.0');
  const second = await kept('rm', 'team/app:1.1', 'sparse/app:all');
  // The base layer went with the last image that named it.
  const third = await kept('rm', 'team/web', '--ignore-missing');
  const { stays } = await undone(3, first);
  expect(stays.length).toBeGreaterThan(0);
  const takers = stays.flatMap(({ needs }: { needs: { takenBy?: string }[] }) => needs.map(({ takenBy }) => takenBy));
  expect(takers).toContain(second);
  expect(brokenTags(world.v2)).toEqual([]);
  await undone(0, third);
  await undone(0, second);
  await undone(0, first);
  expect(differences(before, tree())).toEqual([]);
});

test('an index of which a child was deleted over the API since is not put back; a sparse one is as sparse as it was', async () => {
  const child = world.image('team/web', 'amd', { layers: ['amd'] });
  world.index('team/web', '2.0', [child, { layers: ['arm'] }]);
  await kept('rm', 'team/web:2.0');
  world.apiDeleteManifest('team/web', child);
  const { stays } = await undone(3);
  expect(stays.map(({ kind }: { kind: string }) => kind)).toEqual(['tag', 'revision']);
  expect(JSON.stringify(stays)).toContain(child.digest);
  expect(brokenTags(world.v2)).toEqual([]);
});

test('no run, no trash: exit 2; asked nobody: exit 2; a registry is never left half undone by a second undo', async () => {
  lived();
  expect((await run('undo', '--yes')).status).toBe(2);
  expect((await run('undo', 'no-such-run', '--yes')).status).toBe(2);
  await kept('rm', 'team/app:1.0');
  expect((await run('undo')).status).toBe(2);
  await undone(0);
  expect((await run('undo', '--yes')).status).toBe(2);
});

test('a run record edited to point elsewhere is refused, and nothing moves', async () => {
  lived();
  const id = await kept('rm', 'team/app:1.0');
  const file = path.join(world.root, '.regsweep/runs', id, 'plan.json');
  const text = fs.readFileSync(file, 'utf8');
  for (const edited of [
    text.replace('repositories/team/app/_manifests/tags/1.0', '../../../../etc'),
    text.replace('repositories/team/app/_manifests/tags/1.0', 'repositories/team/app/_manifests/tags/1.0/../../x'),
    text.replace('"trashes":[]', '"trashes":["/etc"]'),
    text.replace('"folders":[]', '"folders":[{"path":"blobs/../../etc","mode":511,"uid":0,"gid":0}]'),
  ]) {
    expect(edited).not.toBe(text);
    fs.writeFileSync(file, edited);
    const before = snapshot(world.root);
    expect((await run('undo', '--yes')).status).toBe(4);
    expect(differences(before, snapshot(world.root))).toEqual([]);
  }
});

test('pushed again and deleted over the API since: the folders it left empty are filled, no tag comes back without its link', async () => {
  const app = world.image('team/app', '1.0', { layers: ['base', 'app 1.0'] });
  world.image('team/app', '1.1', { layers: ['base', 'app 1.1'] });
  const before = tree();
  await kept('rm', 'team/app:1.0');
  world.image('team/app', '1.0', { layers: ['base', 'app 1.0'] });
  world.apiDeleteManifest('team/app', app);
  expect(fs.readdirSync(path.dirname(world.path(at.revision('team/app', app.digest))))).toEqual([]);
  const { stays, outcome } = await undone(0);
  expect(stays).toEqual([]);
  expect(outcome).toMatchObject({ inTheWay: [], failures: [] });
  expect(brokenTags(world.v2)).toEqual([]);
  expect(differences(before, tree())).toEqual([]);
});

test.each(['.regsweep', 'runs', 'run', 'trash'])(
  'a symlink in place of our own %s is refused by every command that changes, and nothing beyond it is touched',
  async (which) => {
    lived();
    const id = await kept('rm', 'team/app:1.0');
    const ours = path.join(world.root, '.regsweep');
    const folder = {
      '.regsweep': ours,
      runs: `${ours}/runs`,
      run: `${ours}/runs/${id}`,
      trash: `${ours}/runs/${id}/trash`,
    }[which]!;
    const outside = `${world.root}-outside`;
    try {
      fs.cpSync(folder, outside, { recursive: true });
      fs.writeFileSync(path.join(outside, 'precious'), 'not ours');
      fs.rmSync(folder, { recursive: true });
      fs.symlinkSync(outside, folder);
      const before = snapshot(outside);
      for (const words of [
        ['undo', '--yes'],
        ['trash', 'empty'],
        ['gc', '--yes'],
        ['rm', 'team/web', '--yes'],
      ]) {
        const ran = await run(...words);
        expect(ran.status, `${words} ${ran.stdout}${ran.stderr}`).toBe(4);
        expect(ran.stderr).toContain('is a symlink');
      }
      expect(differences(before, snapshot(outside))).toEqual([]);
    } finally {
      fs.rmSync(outside, { recursive: true, force: true });
    }
  },
);
