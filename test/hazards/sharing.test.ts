// Hazards 10, 11 and 18 (docs/hazards.md): what another repository, another tag or another manifest still needs. Blobs are decided once
// for the whole registry, links for each repository alone.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { brokenTags, pullableRevisions, pullableTags } from '../support/pullable.js';
import { at } from '../support/tree-paths.js';
import { layerDigest, World } from '../support/world.js';
import { clean, going, links, short, whole } from './clean.js';

let world: World;
beforeEach(() => {
  world = World.create();
});
afterEach(() => world.remove());

describe('hazard 10: shared with another repository', () => {
  test('a manifest: rm in one repository takes its own links, no blob', async () => {
    const app = world.image('app', 'v1', { layers: ['base', 'own'] });
    world.copy('copy/of/app', 'v1', app);
    const { went } = await clean(world, ['rm', 'app:v1']);
    expect(went).toEqual(going('tag app:v1', links('app', app)));
    expect(pullableTags(world.v2)).toEqual(['copy/of/app:v1']);
  });

  test('a manifest, untagged here and tagged there: gc --untagged takes the links here', async () => {
    const app = world.image('app', undefined, { layers: ['own'] });
    world.image('app', 'v2', { layers: ['two'] });
    world.copy('web', 'v1', app);
    expect((await clean(world, ['gc', '--untagged'])).went).toEqual(going(links('app', app)));
    expect(brokenTags(world.v2)).toEqual([]);
  });

  test('a manifest, untagged in both: the blobs go with the last of them, not with the first', async () => {
    const app = world.image('app', undefined, { layers: ['own'] });
    world.image('app', 'v2', { layers: ['two'] });
    world.copy('web', undefined, app);
    world.image('web', 'v2', { layers: ['two'] });
    expect((await clean(world, ['gc', 'app', '--untagged'])).went).toEqual(going(links('app', app)));
    expect((await clean(world, ['gc', 'web', '--untagged'])).went).toEqual(going(whole('web', app)));
  });

  test.each(['a', 'z'])('a layer, wherever its repository stands in the order: rm of %s', async (gone) => {
    const image = world.image(gone, 'v1', { layers: ['base', 'own'] });
    world.image('m', 'v1', { layers: ['base', 'other'] });
    const { went } = await clean(world, ['rm', gone]);
    const base = short(layerDigest('base'));
    expect(went).toEqual(going(`tag ${gone}:v1`, whole(gone, image, ['base']), `layerLink ${gone}@${base}`));
    expect(brokenTags(world.v2)).toEqual([]);
  });

  test('a config of one repository that is a layer of another', async () => {
    const app = world.image('app', 'v1', { layers: ['own'] });
    const config = app.config!;
    world.linkLayer('odd', config);
    const size = Buffer.byteLength(world.read(at.blob(config))!);
    const layer = { mediaType: 'application/octet-stream', digest: config, size };
    const manifest = world.manifest('odd', 'v1', { schemaVersion: 2, layers: [layer] }, { layers: [config] });
    const { went } = await clean(world, ['rm', 'app']);
    expect(went).not.toContain(`blob ${short(config)}`);
    expect(went).toContain(`blob ${short(app.digest)}`);
    expect(pullableRevisions(world.v2)).toEqual([`odd@${manifest.digest}`]);
  });

  test('a layer that another repository links and no manifest of it names: only gc there frees it', async () => {
    const app = world.image('app', 'v1', { layers: ['own'] });
    world.image('web', 'v1', { layers: ['web'] });
    world.linkLayer('web', layerDigest('own'));
    const own = short(layerDigest('own'));
    expect((await clean(world, ['rm', 'app'])).went).toEqual(
      going('tag app:v1', whole('app', app, ['own']), `layerLink app@${own}`),
    );
    expect((await clean(world, ['gc'])).went).toEqual(going(`layerLink web@${own}`, `blob ${own}`));
  });
});

describe('hazard 11: a sparse index here, the whole one there', () => {
  const X = { layers: ['base', 'x'] };

  // Registry 3.0.0 loses the child's layers where the sparse repository comes first in its walk.
  test.each([
    ['a', 'b'],
    ['b', 'a'],
  ])('sparse in %s, whole in %s: the whole one pulls after gc --untagged', async (sparse, whole) => {
    const index = world.index(whole, 'multi', [X]);
    world.manifest(sparse, 'multi', index.content);
    expect((await clean(world, ['gc', '--untagged'])).went).toEqual([]);
    expect(pullableRevisions(world.v2)).toContain(`${whole}@${index.children[0]}`);
  });

  test('rm of the whole one: the manifest of the child stays for the sparse one, its layers go', async () => {
    const index = world.index('b', 'multi', [X]);
    world.manifest('a', 'multi', index.content);
    const { went } = await clean(world, ['rm', 'b']);
    expect(went.filter((word) => word.startsWith('blob'))).toEqual(
      going(
        `blob ${short(layerDigest('base'))}`,
        `blob ${short(layerDigest('x'))}`,
        `blob ${short(JSON.parse(world.read(at.blob(index.children[0]!))!).config.digest)}`,
      ),
    );
    expect(world.exists(at.blob(index.children[0]!))).toBe(true);
    expect((await clean(world, ['gc', '--untagged'])).went).toEqual([]);
  });
});

describe('hazard 18: shared within a repository', () => {
  test('a layer named twice by one manifest, and by a sister', async () => {
    const twice = world.image('app', 'v1', { layers: ['base', 'base', 'one'] });
    world.image('app', 'v2', { layers: ['base', 'two'] });
    expect((await clean(world, ['rm', 'app:v1'])).went).toEqual(going('tag app:v1', whole('app', twice, ['base'])));
    expect(brokenTags(world.v2)).toEqual([]);
  });

  test('hazard 12: sister tags of one digest: rm of one takes the name alone', async () => {
    const app = world.image('app', 'v1', { layers: ['own'] });
    world.retag('app', 'latest', app);
    expect((await clean(world, ['rm', 'app:v1'])).went).toEqual(['tag app:v1']);
    expect(pullableTags(world.v2)).toEqual(['app:latest']);
  });

  test('hazard 12: rm by the digest takes all sister tags, and says so', async () => {
    const app = world.image('app', 'v1', { layers: ['own'] });
    world.retag('app', 'latest', app);
    const { went } = await clean(world, ['rm', `app@${app.digest}`]);
    expect(went).toEqual(going('tag app:v1', 'tag app:latest', whole('app', app)));
  });

  test('an older image of a tag that another tag now names stays', async () => {
    const old = world.image('app', 'latest', { layers: ['old'] });
    const now = world.image('app', 'latest', { layers: ['now'] });
    world.retag('app', 'stable', old);
    expect((await clean(world, ['rm', 'app:latest'])).went).toEqual(going('tag app:latest', whole('app', now)));
    expect(pullableTags(world.v2)).toEqual(['app:stable']);
  });

  test('history entries of what goes leave every tag that stays', async () => {
    const old = world.image('app', 'latest', { layers: ['old'] });
    world.image('app', 'latest', { layers: ['now'] });
    world.retag('app', 'stable', old);
    world.image('app', 'stable', { layers: ['stable'] });
    const { went } = await clean(world, ['gc', '--untagged']);
    const entries = ['latest', 'stable'].map((tag) => `history app:${tag}@${short(old.digest)}`);
    expect(went).toEqual(going(entries, whole('app', old)));
  });

  test('an alias: one manifest says sha512, its sister sha256, of one layer', async () => {
    const aliased = world.image('app', 'alias', { layers: [{ name: 'big', alias: 'sha512' }, 'one'] });
    const plain = world.image('app', 'plain', { layers: ['big', 'two'] });
    const big = layerDigest('big');
    const other = layerDigest({ name: 'big', alias: 'sha512' });
    expect((await clean(world, ['gc', '--untagged'])).went).toEqual([]);
    expect((await clean(world, ['rm', 'app:plain'])).went).toEqual(
      going('tag app:plain', whole('app', plain, ['big'])),
    );
    expect(brokenTags(world.v2)).toEqual([]);
    const { went } = await clean(world, ['rm', 'app:alias']);
    expect(went).toContain(`blob ${short(big)}`);
    expect(went).toEqual(expect.arrayContaining([`layerLink app@${short(big)}`, `layerLink app@${short(other)}`]));
    expect(went).toContain(`blob ${short(aliased.digest)}`);
    expect(world.list('repositories')).toEqual([]);
  });

  test('a tarsum link keeps the layer that it names while a manifest names it', async () => {
    world.image('app', 'v1', { layers: ['own'] });
    const tarsum = world.linkTarsum('app', layerDigest('own'));
    const fsLayers = [{ blobSum: tarsum }];
    world.manifest('app', 'old', { schemaVersion: 1, name: 'app', tag: 'old', fsLayers, history: [] });
    await clean(world, ['rm', 'app:v1']);
    expect(world.exists(at.blob(layerDigest('own')))).toBe(true);
    expect(world.read(at.layer('app', tarsum))).toBe(layerDigest('own'));
  });
});
