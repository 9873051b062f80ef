// Hazards 4, 5, 6 and 8 (docs/hazards.md): which repositories there are, at any depth and whatever folders they lack, and that one goes
// alone: never its neighbours, never what is nested below it.

import fs from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { damageBlob } from '../support/damage.js';
import { brokenTags, pullableTags, repositoriesOf } from '../support/pullable.js';
import { at } from '../support/tree-paths.js';
import { layerDigest, World } from '../support/world.js';
import { clean, going, links, refused, settled, short, whole } from './clean.js';

let world: World;
beforeEach(() => {
  world = World.create();
});
afterEach(() => world.remove());

describe('hazard 5: nested repositories', () => {
  test('rm of the parent leaves what is nested, two and three levels down', async () => {
    const a = world.image('a', 'v1', { layers: ['base', 'a'] });
    world.image('a/b', 'v1', { layers: ['base', 'b'] });
    world.image('a/b/c/d', 'v1', { layers: ['base', 'd'] });
    const base = `layerLink a@${short(layerDigest('base'))}`;
    expect((await clean(world, ['rm', 'a'])).went).toEqual(going('tag a:v1', whole('a', a, ['base']), base));
    expect(world.list('repositories/a')).toEqual(['b']);
    expect(pullableTags(world.v2)).toEqual(['a/b:v1', 'a/b/c/d:v1']);
  });

  test('rm of the one between leaves parent and child', async () => {
    world.image('a', 'v1', { layers: ['a'] });
    const b = world.image('a/b', 'v1', { layers: ['b'] });
    world.image('a/b/c', 'v1', { layers: ['c'] });
    expect((await clean(world, ['rm', 'a/b'])).went).toEqual(going('tag a/b:v1', whole('a/b', b)));
    expect(pullableTags(world.v2)).toEqual(['a:v1', 'a/b/c:v1']);
  });

  test('rm of the innermost takes the folders that it alone kept, and stops at what holds something else', async () => {
    world.image('a', 'v1', { layers: ['a'] });
    world.image('a/b/c/d', 'v1', { layers: ['d'] });
    await clean(world, ['rm', 'a/b/c/d']);
    expect(world.list('repositories/a')).toEqual(['_layers', '_manifests', '_uploads']);
    await clean(world, ['rm', 'a']);
    expect(fs.existsSync(world.path('repositories'))).toBe(true);
    expect(world.list('repositories')).toEqual([]);
  });

  test('a name that begins like another is another', async () => {
    world.image('app', 'v1', { layers: ['a'] });
    world.image('app2', 'v1', { layers: ['b'] });
    world.image('app-x', 'v1', { layers: ['c'] });
    world.image('my/app', 'v1', { layers: ['d'] });
    await clean(world, ['rm', 'app']);
    expect(pullableTags(world.v2)).toEqual(['app-x:v1', 'app2:v1', 'my/app:v1']);
  });

  test('a repository named like a folder of the tree, and tags named like its links', async () => {
    for (const name of ['blobs', 'repositories', 'tags', 'sha256', 'data'])
      world.image(name, 'current', { layers: [name] });
    world.image('tags', 'index', { layers: ['index'] });
    world.image('tags', 'link', { layers: ['link'] });
    await clean(world, ['rm', 'tags:index', 'blobs', 'sha256:current']);
    expect(pullableTags(world.v2)).toEqual(['data:current', 'repositories:current', 'tags:current', 'tags:link']);
  });
});

describe('hazard 6: repositories that others do not see', () => {
  test('three levels and more: freed whole', async () => {
    const deep = world.image('one/two/three/four', 'v1', { layers: ['deep'] });
    world.image('keep', 'v1', { layers: ['keep'] });
    const { went } = await clean(world, ['rm', 'one/two/three/four:v1']);
    expect(went).toEqual(going('tag one/two/three/four:v1', whole('one/two/three/four', deep)));
    expect(repositoriesOf(world.v2)).toEqual(['keep']);
  });

  test('without _layers: its manifests are not taken for garbage', async () => {
    const index = world.index('only/index', 'v1', [world.image('app', 'v1', { layers: ['x'] })]);
    fs.rmSync(world.path(at.layers('only/index')), { recursive: true });
    expect((await clean(world, ['gc', '--untagged'])).went).toEqual([]);
    const { went } = await clean(world, ['rm', 'only/index']);
    expect(went).toEqual(going('tag only/index:v1', whole('only/index', index)));
  });

  test('without _manifests: an unfinished push; its layers belong to no image, and gc frees them', async () => {
    world.image('app', 'v1', { layers: ['own'] });
    const half = world.blob('half');
    world.linkLayer('half/pushed', half);
    world.mkdir(at.uploads('half/pushed'));
    const { went } = await clean(world, ['gc']);
    expect(went).toEqual(going(`layerLink half/pushed@${short(half)}`, `blob ${short(half)}`));
    expect(repositoriesOf(world.v2)).toEqual(['app']);
    await settled(world, ['gc']);
  });

  test('without _manifests: what it links is kept from the rm of another', async () => {
    world.image('app', 'v1', { layers: ['shared'] });
    world.linkLayer('half/pushed', layerDigest('shared'));
    const { went } = await clean(world, ['rm', 'app']);
    expect(went).not.toContain(`blob ${short(layerDigest('shared'))}`);
  });

  test('nothing but an upload: listed, kept while young, removed whole when old', async () => {
    world.image('app', 'v1', { layers: ['own'] });
    world.upload('begun/only', 'aaaa', { startedAt: new Date() });
    world.upload('old/only', 'bbbb', { startedAt: '2020-01-01T00:00:00Z' });
    expect((await clean(world, ['gc'])).went).toEqual(['upload old/only/bbbb']);
    expect(repositoriesOf(world.v2)).toEqual(['app', 'begun/only']);
    expect(world.list('repositories')).toEqual(['app', 'begun']);
    expect((await clean(world, ['rm', 'begun/only'])).went).toEqual(['upload begun/only/aaaa']);
    expect(world.list('repositories')).toEqual(['app']);
  });

  test('without tags: its folder of tags was deleted by hand, its images are left alone and it is named', async () => {
    world.image('app', 'v1', { layers: ['own'] });
    world.image('other', 'v1', { layers: ['other'] });
    fs.rmSync(world.path(at.tags('app')), { recursive: true });
    const { went, leftAlone } = await clean(world, ['gc', '--untagged'], { status: 3 });
    expect(went).toEqual([]);
    expect(leftAlone).toEqual([{ repository: 'app', code: 'tagless', count: 1 }]);
  });

  test('a repository that keeps a revision keeps _layers, tags and revisions, empty or not', async () => {
    world.manifest('app', 'v1', { schemaVersion: 2, manifests: [] });
    const { folders } = await clean(world, ['gc', '--untagged']);
    expect(folders).toEqual([at.uploads('app')]);
    expect(world.exists(at.layers('app'))).toBe(true);
  });

  test('an image of registry 2.1, which linked manifests under _layers: the tag keeps all, and takes all along', async () => {
    const old = world.image('app', 'v1', { layers: ['own'] });
    world.image('app', 'v2', { layers: ['two'] });
    world.linkLayer('app', old.digest);
    fs.rmSync(world.path(at.revision('app', old.digest).replace('/link', '')), { recursive: true });
    expect((await clean(world, ['gc', '--untagged'])).went).toEqual([]);
    const { went } = await clean(world, ['rm', 'app:v1']);
    const expected = whole('app', old).map((word) => word.replace(/^revision/, 'layerLink'));
    expect(went).toEqual(going('tag app:v1', expected));
  });

  test('such an image that an index lists: the index keeps all, whatever is shared, and takes all along', async () => {
    const old = world.image('app', undefined, { layers: ['shared', 'own'] });
    world.linkLayer('app', old.digest);
    const index = world.index('app', 'multi', [old.digest]);
    fs.rmSync(world.path(at.revision('app', old.digest).replace('/link', '')), { recursive: true });
    const other = world.image('app', 'v2', { layers: ['shared', 'two'] });
    expect((await clean(world, ['gc', '--untagged'])).went).toEqual([]);
    expect((await clean(world, ['rm', 'app:v2'])).went).toEqual(going('tag app:v2', whole('app', other, ['shared'])));
    expect(brokenTags(world.v2)).toEqual([]);
    const { went } = await clean(world, ['rm', 'app:multi']);
    const expected = whole('app', old).map((word) => word.replace(/^revision/, 'layerLink'));
    expect(went).toEqual(going('tag app:multi', whole('app', index), expected));
  });
});

describe('hazard 8: one damaged repository stops no other', () => {
  test('frozen: the rest of the registry is cleaned in the same run', async () => {
    const bad = world.image('bad', 'v1', { layers: ['base', 'bad'] });
    world.image('bad', undefined, { layers: ['base', 'maybe'] });
    damageBlob(world, bad.digest, 'truncated');
    const expected: string[] = [];
    for (const name of ['a', 'z/deep']) {
      world.image(name, 'v1', { layers: ['base', name] });
      const loose = world.image(name, undefined, { layers: ['base', `loose ${name}`] });
      expected.push(...links(name, loose, ['base']), `blob ${short(loose.config!)}`);
      expected.push(`blob ${short(layerDigest(`loose ${name}`))}`);
    }
    world.image('a', 'drop', { layers: ['base', 'drop'] });
    const { went, frozen } = await clean(world, ['gc', '--untagged'], { status: 3 });
    expect(went).toEqual(going(expected));
    expect(frozen.map(({ repository }) => repository)).toEqual(['bad']);
    expect((await clean(world, ['rm', 'a:drop'], { status: 3 })).went).toContain('tag a:drop');
  });

  test('no folder of ours is among the repositories after a run', async () => {
    world.image('app', 'v1', { layers: ['own'] });
    world.image('app', 'v2', { layers: ['two'] });
    await clean(world, ['rm', 'app:v1']);
    expect(world.list('')).toEqual(['blobs', 'repositories']);
    expect(brokenTags(world.v2)).toEqual([]);
  });
});

describe('hazard 4: a mere namespace', () => {
  test('is no repository, though folders of it are empty', async () => {
    world.image('team/web', 'v1', { layers: ['w'] });
    world.mkdir('repositories/team/empty');
    expect((await refused(world, ['rm', 'team'], 2)).message).toContain('below it there are team/web');
    expect((await refused(world, ['rm', 'team/empty'], 2)).message).toContain('no such repository');
  });

  test('hazard 20: a pattern stays within its slash, and counts what it matched', async () => {
    world.image('team/web', 'v1', { layers: ['w'] });
    world.image('team/web/debug', 'v1', { layers: ['d'] });
    world.image('steam/web', 'v1', { layers: ['s'] });
    await clean(world, ['rm', 'team/*']);
    expect(pullableTags(world.v2)).toEqual(['steam/web:v1', 'team/web/debug:v1']);
  });

  test('gc of folders that are empty and bear no repository: they go, deepest first', async () => {
    world.image('team/web', 'v1', { layers: ['w'] });
    world.mkdir('repositories/team/empty');
    world.mkdir('repositories/gone/long/ago');
    const { folders } = await clean(world, ['gc']);
    expect(folders).toEqual([
      'repositories/gone',
      'repositories/gone/long',
      'repositories/gone/long/ago',
      'repositories/team/empty',
      'repositories/team/web/_uploads',
    ]);
    expect(world.list('repositories')).toEqual(['team']);
    await settled(world, ['gc']);
  });
});
