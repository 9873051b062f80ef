// The drop-in for delete_docker_registry_image.py: its options do what they did at most, and the arguments that made the old
// script lose data are refused, with a status that is not 0.

import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LEGACY_TREE, translate } from '../../src/cli/legacy.js';
import { pullableRevisions, pullableTags } from '../support/pullable.js';
import { differences, snapshot } from '../support/snapshot.js';
import { at } from '../support/tree-paths.js';
import { layerDigest, World } from '../support/world.js';
import { legacyCli, type Ran } from './run.js';

const TREE = { REGISTRY_DATA_DIR: '/r' };
const YES = ['--yes', '--root', '/r'];
const NO_UPLOADS = ['--uploads-older-than', '100y'];
const FOLDERS = ['gc', '--grace', '100y', ...NO_UPLOADS];

describe('what the old words mean', () => {
  test.each([
    [['-i', 'app:v1'], [['rm', 'app:v1', ...YES]]],
    [['--image', 'app'], [['rm', 'app', ...YES]]],
    [['--image=team/app', '-n'], [['rm', 'team/app', '--dry-run', '--root', '/r']]],
    [['-nvi', 'app'], [['rm', 'app', '--dry-run', '--verbose', '--root', '/r']]],
    [['-i', 'app', '-u'], [['gc', 'app', '--untagged', ...NO_UPLOADS, ...YES]]],
    [['-i', 'host:5000/app', '--untagged'], [['gc', 'host:5000/app', '--untagged', ...NO_UPLOADS, ...YES]]],
    [
      ['-i', 'app', '-f', '-p'],
      [
        ['rm', 'app', ...YES],
        [...FOLDERS, ...YES],
      ],
    ],
    [
      ['-i', 'app', '-u', '--prune', '--dry-run'],
      [
        ['gc', 'app', '--untagged', ...NO_UPLOADS, '--dry-run', '--root', '/r'],
        [...FOLDERS, '--dry-run', '--root', '/r'],
      ],
    ],
  ])('%j', (words, runs) => {
    expect(translate(words, TREE).runs).toEqual(runs);
  });

  test('the tree is where the old script looked, and no other variable says else', () => {
    expect(translate(['-i', 'app'], { REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: '/else' }).runs).toEqual([
      ['rm', 'app', '--yes', '--root', LEGACY_TREE],
    ]);
  });

  test.each([
    [[], /--image is missing/],
    [['-p'], /--image is missing/],
    [['-i'], /--image/],
    [['-i', ''], /empty/],
    [['-i', 'a', '-i', 'b'], /twice/],
    [['-i', '-n'], /ambiguous/],
    [['--image=--force-running'], /is not an image/],
    [['app'], /app/],
    [['-i', 'app', '--keep-last', '3'], /--keep-last/],
    [['-i', 'team/*'], /must be an exact name/],
    [['-i', 'app:v?'], /must be an exact name/],
    [['-i', 'app:v1', '-u'], /works on a repository/],
    [['-i', 'app:', '-u'], /works on a repository/],
  ])('%j is refused', (words, message) => {
    expect(() => translate(words, TREE)).toThrow(message);
  });

  test('an empty REGISTRY_DATA_DIR is refused', () => {
    expect(() => translate(['-i', 'app'], { REGISTRY_DATA_DIR: '' })).toThrow(/empty/);
  });
});

describe('on a tree', () => {
  let world: World;
  beforeEach(() => {
    world = World.create();
  });
  afterEach(() => world.remove());

  const mtimes = () => snapshot(world.v2, { mtime: true });

  async function refused(words: readonly string[], status = 2): Promise<Ran> {
    const before = mtimes();
    const ran = await legacyCli(words, world.v2);
    expect(ran.status, ran.stdout + ran.stderr).toBe(status);
    expect(differences(before, mtimes())).toEqual([]);
    return ran;
  }

  async function done(words: readonly string[]): Promise<Ran> {
    const ran = await legacyCli(words, world.v2);
    expect(ran.status, ran.stdout + ran.stderr).toBe(0);
    return ran;
  }

  test('a tag goes, then a repository', async () => {
    world.image('app', 'v1', { layers: ['base', 'one'] });
    world.image('app', 'v2', { layers: ['base', 'two'] });
    world.image('app/web', 'v1', { layers: ['web'] });
    await done(['-i', 'app:v1']);
    expect(pullableTags(world.v2)).toEqual(['app:v2', 'app/web:v1']);
    expect(world.exists(at.blob(layerDigest('one')))).toBe(false);
    expect(world.exists(at.blob(layerDigest('base')))).toBe(true);
    await done(['-i', 'app', '--force']);
    expect(pullableTags(world.v2)).toEqual(['app/web:v1']);
  });

  test('the root of the registry is taken as well as v2', async () => {
    world.image('app', 'v1', { layers: ['own'] });
    const ran = await legacyCli(['-i', 'app'], world.root);
    expect(ran.status, ran.stderr).toBe(0);
    expect(pullableTags(world.v2)).toEqual([]);
  });

  test('bugs 1 and 2: a wrong tag and an empty tag remove nothing', async () => {
    world.image('app', 'v1', { layers: ['own'] });
    expect((await refused(['-i', 'app:v9'])).stderr).toContain('app has v1');
    expect((await refused(['-i', 'app:'])).stderr).toContain('empty tag');
  });

  test('bug 3: an empty link does not take the other images along', async () => {
    world.image('app', 'v1', { layers: ['own'] });
    world.image('web', 'v1', { layers: ['web'] });
    world.write(at.layer('app', layerDigest('own')), '');
    await done(['-i', 'app', '-p']);
    expect(pullableTags(world.v2)).toEqual(['web:v1']);
  });

  test('bugs 4 and 11: neither what is nested below a repository nor what is below a mere folder goes', async () => {
    world.image('a', 'v1', { layers: ['a'] });
    world.image('a/b', 'v1', { layers: ['b'] });
    const deep = world.image('x/y/z', 'v1', { layers: ['z'] });
    await refused(['-i', 'x/y']);
    await done(['-i', 'a']);
    expect(pullableTags(world.v2)).toEqual(['a/b:v1', 'x/y/z:v1']);
    await done(['-i', 'x/y/z']);
    expect(world.exists(at.blob(deep.digest))).toBe(false);
  });

  test('bugs 5, 6, 8: --untagged takes what no tag of this repository leads to, and no other', async () => {
    world.index('app', 'multi', [{ layers: ['x'] }, { layers: ['y'] }]);
    const shared = world.image('app', undefined, { layers: ['own'] });
    world.copy('web', 'v1', shared);
    const pinned = world.image('web', undefined, { layers: ['pinned'] });
    const before = pullableRevisions(world.v2);
    await done(['-i', 'app', '-u']);
    const after = pullableRevisions(world.v2);
    expect(before.filter((each) => !after.includes(each))).toEqual([`app@${shared.digest}`]);
    expect(after).toContain(`web@${pinned.digest}`);
    expect(pullableTags(world.v2)).toEqual(['app:multi', 'web:v1']);
  });

  test('--untagged sweeps a repository without a single tag, as the old script did: it was named', async () => {
    const swept = world.image('app', undefined, { layers: ['own'] });
    world.image('web', undefined, { layers: ['web'] });
    const kept = pullableRevisions(world.v2).filter((each) => each !== `app@${swept.digest}`);
    await done(['-i', 'app', '-u']);
    expect(pullableRevisions(world.v2)).toEqual(kept);
    expect(world.exists(at.blob(layerDigest('own')))).toBe(false);
  });

  test('--untagged is refused where what it would take is newer than every tag: those may be kept elsewhere', async () => {
    const tagged = world.image('app', 'v1', { layers: ['old'] });
    world.touch(at.current('app', 'v1'), new Date('2024-01-01T00:00:00Z'));
    world.touch(at.revision('app', tagged.digest), new Date('2024-01-01T00:00:00Z'));
    world.image('app', undefined, { layers: ['new'] });
    const ran = await refused(['-i', 'app', '-u'], 4);
    expect(ran.stderr).toContain('tags seem to be kept elsewhere');
  });

  test('bug 7: a manifest that cannot be read protects its layers, and the status tells', async () => {
    const one = world.image('app', 't1', { layers: ['base', 'one'] });
    world.image('app', 't2', { layers: ['base', 'two'] });
    const data = world.path(at.blob(one.digest));
    fs.rmSync(data);
    fs.symlinkSync('data', data);
    expect((await legacyCli(['-i', 'app:t2'], world.v2)).status).toBe(3);
    fs.rmSync(data);
    fs.writeFileSync(data, one.content);
    expect(pullableTags(world.v2)).toEqual(['app:t1']);
  });

  test('bug 9: --dry-run with --prune changes not one mtime', async () => {
    world.image('app', 'v1', { layers: ['own'] });
    world.mkdir('repositories/empty');
    const ran = await refused(['-i', 'app', '-p', '-n', '-v'], 0);
    expect(ran.stdout).toContain('empty folder');
  });

  test.each(['..', '../..', '/', '', '.', 'app/../../blobs', 'app/..'])(
    "bug 10: '%s' stays below its folder",
    async (name) => {
      world.image('app', 'v1', { layers: ['own'] });
      await refused(['-i', name]);
    },
  );

  test('bug 10: an absolute path is no image', async () => {
    world.image('app', 'v1', { layers: ['own'] });
    const precious = fs.mkdtempSync(`${world.root}-precious-`);
    fs.writeFileSync(path.join(precious, 'file'), 'precious');
    await refused(['-i', precious]);
    expect(fs.readdirSync(precious)).toEqual(['file']);
    fs.rmSync(precious, { recursive: true });
  });

  test('--prune removes empty folders, and neither blobs nor uploads nor links that nothing uses', async () => {
    world.image('app', 'v1', { layers: ['own'] });
    world.image('web', 'v1', { layers: ['web'] });
    const loose = world.blob('loose');
    world.upload('web', 'old', { startedAt: new Date(Date.now() - 400 * 86_400_000) });
    const upload = () => world.exists(at.upload('web', 'old'));
    world.mkdir('repositories/empty/below');
    const before = snapshot(world.v2);
    await done(['-i', 'app', '-p']);
    const gone = differences(before, snapshot(world.v2)).filter(
      (line) => !/^- (?:repositories\/app|blobs)\b/.test(line),
    );
    expect(gone).toEqual(['- repositories/empty', '- repositories/empty/below']);
    expect([world.exists(at.blob(loose)), upload()]).toEqual([true, true]);
    await done(['-i', 'web', '-u']);
    expect([world.exists(at.blob(loose)), upload()]).toEqual([true, true]);
  });

  test('what is not there is an error, not a success', async () => {
    await refused(['-i', 'app']);
    const ran = await legacyCli(['-i', 'app'], path.join(world.root, 'nowhere'));
    expect(ran.status).toBe(4);
  });

  test('--help names every option', async () => {
    const ran = await done(['--help']);
    for (const option of ['--image', '--dry-run', '--untagged', '--prune', '--verbose', '--force']) {
      expect(ran.stdout).toContain(option);
    }
  });
});
