// Blobs that lie outside the root may be another registry's too: every change is refused until the operator says that they are not.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { brokenTags, tagsOfTree } from '../support/pullable.js';
import { differences, snapshot } from '../support/snapshot.js';
import { World } from '../support/world.js';
import { PROGRAM, regsweep } from './run.js';

/** The registry whose blobs they are. */
let a: World;
/** One that uses them too. */
let b: World;
let beside: string;
beforeEach(() => {
  a = World.create();
  b = World.create();
  beside = fs.mkdtempSync(`${a.root}-beside-`);
  a.image('theirs', 'v1', { layers: ['base', 'theirs'] });
  b.image('ours', 'v1', { layers: ['base', 'ours'] });
  b.image('ours', 'v2', { layers: ['base', 'ours too'] });
});
afterEach(() => {
  a.remove();
  b.remove();
  fs.rmSync(beside, { recursive: true, force: true });
});

/** Puts the blobs of both into `target`, and links in their places. */
function share(below: string, target: string, ...worlds: readonly World[]): void {
  for (const world of worlds) {
    fs.cpSync(world.path(below), target, { recursive: true });
    fs.rmSync(world.path(below), { recursive: true });
    fs.symlinkSync(target, world.path(below));
  }
}
const run = (...words: readonly string[]) => regsweep(words, { root: b.root });
const all = () => [...snapshot(a.root), ...snapshot(beside)].map(([at, is]) => `${at} ${is}`);

describe.each(['blobs', 'blobs/sha256'])('%s of two registries lead to one folder', (below) => {
  test('each change of either is refused by its path, and touches nothing', async () => {
    const target = path.join(beside, 'shared');
    share(below, target, a, b);
    const before = all();
    for (const words of [
      ['gc', '--yes'],
      ['gc', '--untagged', '--yes'],
      ['rm', 'ours:v1', '--yes'],
      ['retain', '--keep-last', '1', '--yes'],
      ['undo', '--yes'],
      ['trash', 'empty'],
    ]) {
      const ran = await run(...words);
      expect(ran.status, `${words} ${ran.stderr}`).toBe(4);
      expect(ran.stderr).toContain(b.path(below));
      expect(ran.stderr).toContain(target);
      expect(ran.stderr).toContain('--own-blobs');
    }
    expect(all()).toEqual(before);
    const ran = await run('gc', '--yes', '--json');
    expect(JSON.parse(ran.stdout).error.code).toBe('shared-blobs');
    for (const words of [['ls'], ['du'], ['check'], ['trash', 'ls']]) expect((await run(...words)).status).not.toBe(4);
    const dry = await run('gc', '--dry-run');
    expect(dry.status).toBe(0);
    expect(dry.stderr).toContain('a real run refuses without --own-blobs');
    expect((await regsweep(['gc', '--yes'], { root: a.root })).status).toBe(4);
    expect(brokenTags(a.v2)).toEqual([]);
  });
});

test('`gc` of the one deletes none of the blobs of the other, which links to them', async () => {
  fs.cpSync(b.path('blobs'), a.path('blobs'), { recursive: true });
  fs.rmSync(b.path('blobs'), { recursive: true });
  fs.symlinkSync(a.path('blobs'), b.path('blobs'));
  const ran = await run('gc', '--yes');
  expect(ran.status, ran.stderr).toBe(4);
  expect(brokenTags(a.v2)).toEqual([]);
});

test('--own-blobs says that they are its own, and so does the settings file, for every command', async () => {
  share('blobs', path.join(beside, 'blobs'), b);
  expect((await run('rm', 'ours:v1', '--yes', '--own-blobs', '--keep-trash')).status).toBe(0);
  fs.writeFileSync(path.join(beside, '.regsweep.yml'), 'own-blobs: true\n', { mode: 0o600 });
  for (const words of [
    ['undo', '--yes'],
    ['rm', 'ours:v1', '--yes', '--keep-trash'],
    ['trash', 'empty'],
    ['gc', '--yes'],
  ]) {
    const ran = await regsweep(words, { root: b.root, folder: beside });
    expect(ran.status, `${words} ${ran.stderr}`).toBe(0);
  }
  expect(tagsOfTree(b.v2)).toEqual(['ours:v2']);
  expect(brokenTags(b.v2)).toEqual([]);
});

test('a link that stays inside the root, and a root that is a link, need no word', async () => {
  const store = path.join(b.root, 'store');
  share('blobs', store, b);
  expect((await run('rm', 'ours:v1', '--yes')).status).toBe(0);
  const link = path.join(beside, 'registry');
  fs.symlinkSync(b.root, link);
  expect((await regsweep(['gc', '--yes'], { root: link })).status).toBe(0);
});

const mayMount = spawnSync('unshare', ['-m', 'true']).status === 0;
describe.skipIf(!mayMount)('a bind mount of blobs', () => {
  function bound(root: string, words: readonly string[]) {
    const mount = `mount --bind '${a.path('blobs')}' '${b.path('blobs')}' && exec "$0" "$@"`;
    return spawnSync('unshare', ['-m', 'sh', '-c', mount, process.execPath, PROGRAM, ...words, '--root', root], {
      encoding: 'utf8',
    });
  }
  test('is refused from either side', () => {
    fs.cpSync(b.path('blobs'), a.path('blobs'), { recursive: true });
    for (const world of [a, b]) {
      const before = snapshot(a.root);
      const ran = bound(world.root, ['gc', '--yes']);
      expect(ran.status, ran.stderr).toBe(4);
      expect(ran.stderr).toContain(world.path('blobs'));
      expect(differences(before, snapshot(a.root))).toEqual([]);
    }
    expect(bound(b.root, ['gc', '--yes', '--own-blobs']).status).toBe(0);
  });
});

const AS_NOBODY = ['--reuid', '65534', '--regid', '65534', '--clear-groups', '--'];
const othersMayRun = spawnSync('setpriv', [...AS_NOBODY, process.execPath, PROGRAM, '--version']).status === 0;

test.skipIf(!othersMayRun).each([0o000, 0o111, 0o444])(
  'blobs that may not be read (mode %i): refused by their path, in a dry run too',
  async (mode) => {
    const before = all();
    fs.chmodSync(b.root, 0o777);
    fs.chmodSync(b.path('blobs'), mode);
    for (const words of [
      ['gc', '-n'],
      ['gc', '--yes'],
      ['undo', '--yes'],
      ['trash', 'empty'],
    ]) {
      const arguments_ = [...AS_NOBODY, process.execPath, PROGRAM, ...words, '--root', b.root];
      const ran = spawnSync('setpriv', arguments_, { encoding: 'utf8' });
      expect(ran.status, `${words} ${ran.stderr}`).toBe(4);
      expect(ran.stderr).toContain(`${b.path('blobs')}`);
      expect(ran.stderr).toContain('cannot be read: EACCES');
      expect(ran.stderr).not.toContain('should not happen');
    }
    fs.chmodSync(b.path('blobs'), 0o755);
    expect(all()).toEqual(before);
  },
);
