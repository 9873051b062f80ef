// Hazards 1, 11, 12, 21 and 22 (docs/hazards.md): children of an index are not untagged, whatever the index calls itself and however
// deep they lie; what a listed thing is the repository's links say, not a media type.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { brokenTags, pullableRevisions } from '../support/pullable.js';
import { at } from '../support/tree-paths.js';
import { layerDigest, type Pushed, World } from '../support/world.js';
import { clean, going, refused, settled, short, whole } from './clean.js';

let world: World;
beforeEach(() => {
  world = World.create();
});
afterEach(() => world.remove());

const X = { layers: ['base', 'x'], platform: 'linux/amd64' };
const Y = { layers: ['base', 'y'], platform: 'linux/arm64/v8' };

/** An untagged image that every sweep here must take, so that none passes by doing nothing. */
function loose(): Pushed {
  return world.image('app', undefined, { layers: ['loose'] });
}

describe('hazard 1: children of a tagged index are kept by gc --untagged', () => {
  const BUILD: Readonly<Record<string, () => unknown>> = {
    'a Docker manifest list': () => world.index('app', 'multi', [X, Y], { format: 'list' }),
    'an OCI index': () => world.index('app', 'multi', [X, Y]),
    'an index without a media type': () => world.index('app', 'multi', [X, Y], { format: 'without-media-type' }),
    'an index of indexes': () => world.nestedIndex('app', 'multi', [[X], [Y]]),
    'an index four deep': () => {
      let inner = world.index('app', undefined, [X, Y]);
      for (let depth = 0; depth < 3; depth += 1) inner = world.index('app', undefined, [inner], { name: `${depth}` });
      world.retag('app', 'multi', inner);
    },
    'an index of schema 2 images': () =>
      world.index('app', 'multi', [
        world.image('app', undefined, { ...X, format: 'schema2' }),
        world.image('app', undefined, { ...Y, format: 'schema2' }),
      ]),
    'an index of an unknown media type': () => {
      const children = [world.image('app', undefined, X), world.image('app', undefined, Y)];
      const manifests = children.map(({ digest, mediaType }) => ({ digest, mediaType, size: 1 }));
      world.manifest('app', 'multi', {
        schemaVersion: 2,
        mediaType: 'application/vnd.example.index.v9+json',
        manifests,
      });
    },
    'an index whose entries have a media type of their own': () => {
      const children = [world.image('app', undefined, X), world.image('app', undefined, Y)];
      const manifests = children.map(({ digest }) => ({ digest, mediaType: 'application/vnd.example.thing', size: 1 }));
      world.manifest('app', 'multi', { schemaVersion: 2, manifests });
    },
    'an index that calls itself an image': () => {
      const children = [world.image('app', undefined, X), world.image('app', undefined, Y)];
      const manifests = children.map(({ digest }) => ({ digest, mediaType: 'x', size: 1 }));
      const mediaType = 'application/vnd.oci.image.manifest.v1+json';
      world.manifest('app', 'multi', { schemaVersion: 2, mediaType, layers: [], manifests });
    },
    'an index with an attestation of unknown platform': () =>
      world.index('app', 'multi', [X, { ...Y, platform: 'unknown/unknown' }]),
  };

  test.each(Object.keys(BUILD))('%s', async (name) => {
    BUILD[name]!();
    const before = pullableRevisions(world.v2);
    const untagged = loose();
    expect((await clean(world, ['gc', '--untagged'])).went).toEqual(going(whole('app', untagged)));
    expect(pullableRevisions(world.v2)).toEqual(before);
    expect(brokenTags(world.v2)).toEqual([]);
  });

  test("buildkit's cache: an index that lists layers keeps them, and their links", async () => {
    world.buildkitCache('app', 'cache', ['k1', 'k2']);
    const untagged = loose();
    expect((await clean(world, ['gc', '--untagged'])).went).toEqual(going(whole('app', untagged)));
    expect(brokenTags(world.v2)).toEqual([]);
    await settled(world, ['gc', '--untagged']);
  });

  test('a sparse index whose children were never here keeps what is here', async () => {
    const elsewhere = world.image('other', 'v1', X);
    const child = world.image('app', undefined, Y);
    world.index('app', 'sparse', [elsewhere, child]);
    expect((await clean(world, ['gc', '--untagged'])).went).toEqual([]);
    expect(pullableRevisions(world.v2)).toContain(`app@${child.digest}`);
  });

  test('an index that lists one child twice, and indexes that share an inner one', async () => {
    const inner = world.index('app', undefined, [X]);
    world.index('app', 'a', [inner, inner], { name: 'a' });
    world.index('app', 'b', [inner, world.index('app', undefined, [inner], { name: 'c' })], { name: 'b' });
    expect((await clean(world, ['gc', '--untagged'])).went).toEqual([]);
  });

  test('hazard 22: thirty levels that each list the level below twice are walked once', async () => {
    let inner = world.index('app', undefined, [X]);
    for (let depth = 0; depth < 30; depth += 1)
      inner = world.index('app', undefined, [inner, world.index('app', undefined, [inner], { name: `${depth}` })]);
    world.retag('app', 'deep', inner);
    expect((await clean(world, ['gc', '--untagged'])).went).toEqual([]);
    const { went } = await clean(world, ['rm', 'app:deep']);
    expect(went.filter((word) => word.startsWith('revision'))).toHaveLength(62);
  });
});

describe('hazard 12: what is removed by name', () => {
  test('rm of an index takes its untagged children along, and leaves a child that has a tag of its own', async () => {
    const x = world.image('app', undefined, X);
    const y = world.image('app', 'arm', Y);
    const index = world.index('app', 'multi', [x, y]);
    const { went } = await clean(world, ['rm', 'app:multi']);
    expect(went).toEqual(going('tag app:multi', whole('app', index), whole('app', x, ['base'])));
    expect(brokenTags(world.v2)).toEqual([]);
  });

  test('rm of the tag of a child: only the tag goes, the index still pulls', async () => {
    const y = world.image('app', 'arm', Y);
    world.index('app', 'multi', [X, y]);
    expect((await clean(world, ['rm', 'app:arm'])).went).toEqual(['tag app:arm']);
    expect(pullableRevisions(world.v2)).toContain(`app@${y.digest}`);
  });

  test("rm R@digest of an index's child is refused, naming the tags", async () => {
    const index = world.index('app', 'multi', [X, Y]);
    world.retag('app', 'also', index);
    const { code, message } = await refused(world, ['rm', `app@${index.children[0]}`], 4);
    expect(code).toBe('still-listed');
    expect(message).toContain('app:also, app:multi');
  });

  test('rm R@digest of a child of an untagged index is refused too, naming the index', async () => {
    const index = world.index('app', undefined, [X, Y]);
    const { message } = await refused(world, ['rm', `app@${index.children[1]}`], 4);
    expect(message).toContain(`app@${index.digest}`);
  });

  test('rm R@digest of a child two indexes down is refused, naming the tag at the top', async () => {
    const outer = world.nestedIndex('app', 'multi', [[X], [Y]]);
    const inner = outer.children[0]!;
    const child = JSON.parse(world.read(at.blob(inner))!).manifests[0].digest;
    const { message } = await refused(world, ['rm', `app@${child}`], 4);
    expect(message).toContain('app:multi');
  });

  test('rm R@child together with its index goes', async () => {
    const index = world.index('app', 'multi', [X]);
    const { went } = await clean(world, ['rm', `app@${index.children[0]}`, 'app:multi']);
    expect(went).toContain(`revision app@${short(index.children[0]!)}`);
    expect(world.list('repositories')).toEqual([]);
  });

  test('rm R@child where another repository holds the index: that one stays whole', async () => {
    const index = world.index('web', 'multi', [X]);
    const child = world.image('app', 'v1', X);
    expect(child.digest).toBe(index.children[0]);
    const { went } = await clean(world, ['rm', `app@${child.digest}`]);
    expect(went.filter((word) => word.startsWith('blob'))).toEqual([]);
    expect(brokenTags(world.v2)).toEqual([]);
  });

  test('two indexes that share a child: rm of one leaves the child', async () => {
    const shared = world.image('app', undefined, X);
    const one = world.index('app', 'one', [shared, Y]);
    world.index('app', 'two', [shared]);
    const y = one.children[1]!;
    const { went } = await clean(world, ['rm', 'app:one']);
    expect(went).toContain(`revision app@${short(y)}`);
    expect(went).not.toContain(`revision app@${short(shared.digest)}`);
    expect(brokenTags(world.v2)).toEqual([]);
  });

  test('a child that the API deleted is not brought back to life: its layers are freed, the index stays', async () => {
    const index = world.index('app', 'multi', [X, Y]);
    world.apiDeleteManifest('app', index.children[1]!);
    const { went } = await clean(world, ['gc']);
    expect(went).toContain(`blob ${short(layerDigest('y'))}`);
    expect(went).not.toContain(`blob ${short(index.children[1]!)}`);
    expect(brokenTags(world.v2)).toEqual([]);
  });
});
