// The test support is held to its own promises: what the builder pushes pulls, what it damages does not, and a snapshot
// tells every change.

import fs from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { damageBlob, damageLink, LINK_DAMAGES, MANIFEST_DAMAGES, removeBlob } from './support/damage.js';
import { brokenTags, pullableRevisions, pullableTags } from './support/pullable.js';
import { differences, snapshot } from './support/snapshot.js';
import { at } from './support/tree-paths.js';
import { layerDigest, World } from './support/world.js';

let world: World;
beforeEach(() => {
  world = World.create();
});
afterEach(() => world.remove());

describe('the world builder', () => {
  it('pushes every kind of manifest so that its tag pulls', () => {
    const app = world.image('app', 'v1', { layers: ['a', 'b'] });
    world.image('app', 'docker', { layers: ['a', 'c'], format: 'schema2' });
    world.image('app', 'bare', { layers: ['d'], format: 'without-media-type' });
    world.image('app', 'foreign', { layers: ['d', { name: 'windows', foreign: true }] });
    world.image('app', 'alias', { layers: [{ name: 'e', alias: 'sha512' }] });
    world.index('app', 'multi', [{ layers: ['a', 'x'] }, { layers: ['a', 'y'], platform: 'linux/arm64/v8' }]);
    world.nestedIndex('app', 'nested', [[{ layers: ['m'] }], [{ layers: ['n'] }]]);
    world.schema1('old', 'v1', { layers: ['a'], signatures: ['s'] });
    world.artifact('app', 'report', { blobs: ['sbom'], subject: app });
    world.referrer('app', undefined, app);
    world.signatureTag('app', app);
    world.buildkitCache('app/cache', 'main', ['k1', 'k2']);
    world.copy('team/deep/app', 'v1', app);
    expect(brokenTags(world.v2)).toEqual([]);
    expect(pullableTags(world.v2)).toHaveLength(12);
    expect(pullableRevisions(world.v2)).toContain(`team/deep/app@${app.digest}`);
  });

  it('gives the same image one digest wherever it is pushed, and another where its config differs', () => {
    const one = world.image('one', 'v1', { layers: ['a'] });
    expect(world.image('two', 'v1', { layers: ['a'] }).digest).toBe(one.digest);
    expect(world.image('two', 'v2', { layers: ['a'], config: 'other' }).digest).not.toBe(one.digest);
  });

  it('keeps the history of a tag pushed again', () => {
    const first = world.image('app', 'v1', { layers: ['a'] });
    const second = world.image('app', 'v1', { layers: ['b'] });
    expect(world.read(at.current('app', 'v1'))).toBe(second.digest);
    expect(world.exists(at.history('app', 'v1', first.digest))).toBe(true);
  });

  it('deletes a manifest as the API does: folder left, its tags gone, others kept', () => {
    const image = world.image('app', 'v1', { layers: ['a'] });
    world.retag('app', 'same', image);
    world.image('app', 'other', { layers: ['b'] });
    world.apiDeleteManifest('app', image);
    expect(world.list(at.tags('app'))).toEqual(['other']);
    expect(world.list(`${at.revisions('app')}/sha256`)).toContain(image.digest.slice(7));
    expect(world.exists(at.revision('app', image.digest))).toBe(false);
    expect(world.exists(at.blob(image.digest))).toBe(true);
  });

  it('lists the children of a sparse index without having them', () => {
    const child = world.image('other', undefined, { layers: ['a'] });
    world.index('app', 'sparse', [child]);
    expect(world.exists(at.revision('app', child.digest))).toBe(false);
    expect(brokenTags(world.v2)).toEqual([]);
  });
});

describe('a tag does not pull', () => {
  it.each(LINK_DAMAGES)('when a link on its way is %s', (how) => {
    const image = world.image('app', 'v1', { layers: ['a'] });
    for (const link of [at.current('app', 'v1'), at.revision('app', image.digest), at.layer('app', layerDigest('a'))]) {
      const before = world.read(link)!;
      damageLink(world, link, how);
      expect(brokenTags(world.v2), link).toHaveLength(1);
      world.write(link, before);
      expect(brokenTags(world.v2)).toEqual([]);
    }
  });

  it.each(MANIFEST_DAMAGES)('when its manifest is %s', (how) => {
    const image = world.image('app', 'v1', { layers: ['a'] });
    damageBlob(world, image.digest, how);
    expect(brokenTags(world.v2)).toHaveLength(1);
  });

  it('when a layer is gone, or one of a child that is linked', () => {
    world.image('app', 'v1', { layers: ['a'] });
    world.index('app', 'multi', [{ layers: ['b'] }]);
    removeBlob(world, layerDigest('a'));
    expect(pullableTags(world.v2)).toEqual(['app:multi']);
    removeBlob(world, layerDigest('b'));
    expect(pullableTags(world.v2)).toEqual([]);
  });
});

describe('a snapshot', () => {
  it('tells content, mode, time and what came and went', () => {
    world.image('app', 'v1', { layers: ['a'] });
    const before = snapshot(world.root, { mtime: true });
    expect(differences(before, snapshot(world.root, { mtime: true }))).toEqual([]);
    const link = at.current('app', 'v1');
    world.touch(link, new Date(0));
    expect(differences(before, snapshot(world.root, { mtime: true }))).toHaveLength(1);
    expect(differences(snapshot(world.root), snapshot(world.root))).toEqual([]);
    const plain = snapshot(world.root);
    fs.chmodSync(world.path(link), 0o600);
    world.mkdir('repositories/new');
    world.removeFile(at.layer('app', layerDigest('a')));
    expect(differences(plain, snapshot(world.root)).map((line) => line.slice(0, 1))).toEqual(['+', '-', '~']);
  });
});
