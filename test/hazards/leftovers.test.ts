// Hazards 23 and 24 (docs/hazards.md): what crashed writes left behind and what registries of 2015 wrote: a registry's own, cleaned as
// such, and the folders that are empty without it.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { brokenTags } from '../support/pullable.js';
import { at } from '../support/tree-paths.js';
import { layerDigest, World } from '../support/world.js';
import { clean, going, settled, short, whole } from './clean.js';

let world: World;
beforeEach(() => {
  world = World.create();
});
afterEach(() => world.remove());

test('blob folders found empty go with the folder of their algorithm, in one run', async () => {
  world.manifest('app', 'v1', { schemaVersion: 2, manifests: [] });
  const [two] = world.list('blobs/sha256');
  world.mkdir(`blobs/sha512/ab`);
  world.mkdir(`blobs/sha256/${two === 'ab' ? 'cd' : 'ab'}`);
  await clean(world, ['gc']);
  expect([world.list('blobs'), world.list('blobs/sha256')]).toEqual([['sha256'], [two]]);
  await settled(world, ['gc']);
});

describe('hazard 24: what a crashed write left', () => {
  const TMP = '01234567-89ab-cdef-0123-456789abcdef.tmp';
  const long = new Date('2024-01-01T00:00:00Z');

  test('beside its target: kept for a day, then deleted by gc, the target stays', async () => {
    const app = world.image('app', 'v1', { layers: ['own'] });
    const old = [`${at.current('app', 'v1')}.${TMP}`, `${at.blob(app.digest)}.${TMP}`];
    for (const file of old) {
      world.write(file, 'half');
      world.touch(file, long);
    }
    world.write(`${at.revision('app', app.digest)}.${TMP}`, 'half');
    expect((await clean(world, ['gc', '--untagged'])).went).toEqual(old.map((file) => `leftover ${file}`).sort());
    await settled(world, ['gc', '--untagged']);
    expect(brokenTags(world.v2)).toEqual([]);
  });

  test('alone in its folder: the file and the folder that it leaves empty go in one run', async () => {
    world.image('app', 'v1', { layers: ['own'] });
    const digest = layerDigest('never finished');
    const files = [
      `${at.revision('app', digest)}.${TMP}`,
      `${at.layer('app', digest)}.${TMP}`,
      `${at.blob(digest)}.${TMP}`,
    ];
    for (const file of files) {
      world.write(file, 'half');
      world.touch(file, long);
    }
    const { outcome } = await clean(world, ['gc', '--untagged']);
    expect(outcome).toMatchObject({ status: 'done', foreign: [], trashKept: false });
    for (const file of files) expect(world.exists(file), file).toBe(false);
    await settled(world, ['gc', '--untagged']);
  });

  test('beside the data of a blob that goes: it goes too, and nothing is reported as foreign', async () => {
    world.image('app', 'v1', { layers: ['own'] });
    const file = `${at.blob(world.blob('stray'))}.${TMP}`;
    world.write(file, 'half');
    world.touch(file, long);
    const { outcome } = await clean(world, ['gc']);
    expect(outcome).toMatchObject({ status: 'done', foreign: [] });
    await settled(world, ['gc']);
  });

  test('all that there is of a repository: it goes whole', async () => {
    world.image('app', 'v1', { layers: ['own'] });
    const file = `${at.revision('begun', layerDigest('never finished'))}.${TMP}`;
    world.write(file, 'half');
    world.touch(file, long);
    await clean(world, ['gc']);
    expect(world.list('repositories')).toEqual(['app']);
  });

  test("right in one of a repository's own folders: told and deleted once", async () => {
    world.image('app', 'v1', { layers: ['own'] });
    for (const folder of [at.layers('app'), at.uploads('app'), at.manifests('app')]) {
      world.write(`${folder}/link.${TMP}`, 'half');
      world.touch(`${folder}/link.${TMP}`, long);
    }
    const { went } = await clean(world, ['gc']);
    expect(went).toEqual([...new Set(went)]);
    expect(went).toHaveLength(3);
  });

  test('folders that no registry writes are not opened for them', async () => {
    world.image('team/app', 'v1', { layers: ['own'] });
    for (const folder of ['repositories/team/.snapshot', 'repositories/team/a#b', `${at.tags('team/app')}/@eaDir`]) {
      const file = `${folder}/link.${TMP}`;
      world.write(file, 'half');
      world.touch(file, long);
    }
    expect((await clean(world, ['gc', '--leftovers'])).went).toEqual([]);
  });

  test('a file that only looks like one stays', async () => {
    world.image('app', 'v1', { layers: ['own'] });
    const file = `${at.tags('app')}/v1/notes.tmp`;
    world.write(file, 'mine');
    world.touch(file, long);
    expect((await clean(world, ['gc'])).went).toEqual([]);
  });

  test.each(['2', '2026-1', '2026-11-2', '20', 'Sat', ''])(
    "an upload's startedat cut short to '%s' is no date",
    async (text) => {
      world.image('app', 'v1', { layers: ['own'] });
      world.upload('app', 'aaaa', { startedAt: text });
      expect((await clean(world, ['gc'])).went).toEqual([]);
    },
  );
});

describe('hazard 23: trees of old registries', () => {
  test('schema 1: layers and signatures stay with a tagged image, and go with it', async () => {
    const signed = world.schema1('old', 'v1', { layers: ['base', 'a'], signatures: ['s1', 's2'] });
    world.schema1('old', 'v2', { layers: ['base', 'b'], signatures: ['s3'] });
    expect((await clean(world, ['gc', '--untagged'])).went).toEqual([]);
    const { went } = await clean(world, ['rm', 'old:v1']);
    const signatures = ['s1', 's2'].map(
      (name) => `blob ${short(layerDigest({ name: `signature ${name}`, bytes: 200 }))}`,
    );
    expect(went).toEqual(going('tag old:v1', whole('old', signed, ['base']), signatures));
  });

  test('a signature that two revisions share stays until the second goes', async () => {
    const one = world.schema1('old', 'v1', { layers: ['a'], signatures: ['s'] });
    world.schema1('old', 'v2', { layers: ['b'], signatures: ['s'] });
    expect((await clean(world, ['rm', 'old:v1'])).went).toEqual(going('tag old:v1', whole('old', one)));
    const shared = `blob ${short(layerDigest({ name: 'signature s', bytes: 200 }))}`;
    expect((await clean(world, ['rm', 'old:v2'])).went).toContain(shared);
  });

  test('a damaged schema 1 manifest keeps its signatures', async () => {
    const old = world.schema1('old', 'v1', { layers: ['a'], signatures: ['s'] });
    world.image('app', 'v1', { layers: ['own'] });
    world.write(at.blob(old.digest), old.content.subarray(0, 40));
    expect((await clean(world, ['gc', '--untagged'], { status: 3 })).went).toEqual([]);
  });
});
