// Files that are none: pipes, holes of many gigabytes, folders where files should be. A scan reads on, or stops with the path; it
// never waits and never reads more than a registry would have written.

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { regsweepHere } from '../hazards/here.js';
import { BELOW } from '../support/arbitrary.js';
import { damageLink } from '../support/damage.js';
import { at } from '../support/tree-paths.js';
import { World } from '../support/world.js';
import { planned, removalsOf } from './planned.js';

let world: World;
beforeEach(() => {
  world = World.create();
});
afterEach(() => world.remove());

const sweep = () => planned(world.root, { command: 'gc', untagged: true });
const blobsOf = (removals: readonly string[]) => removals.filter((removal) => removal.startsWith('blob'));

describe('files that are none', () => {
  test('a pipe in place of a tag link is an empty link; the scan does not wait for a writer', async () => {
    world.image('app', 'v1', { layers: ['own'] });
    world.image('app', undefined, { layers: ['maybe'] });
    world.removeFile(at.current('app', 'v1'));
    execFileSync('mkfifo', [world.path(at.current('app', 'v1'))]);
    const plan = await sweep();
    expect(blobsOf(removalsOf(plan))).toEqual([]);
    expect(plan.frozen).toMatchObject([{ causes: [{ code: 'tag-link-empty' }] }]);
  });

  test('a pipe in place of a manifest is one that cannot be read', async () => {
    const app = world.image('app', 'v1', { layers: ['own'] });
    world.image('app', undefined, { layers: ['maybe'] });
    world.removeFile(at.blob(app.digest));
    execFileSync('mkfifo', [world.path(at.blob(app.digest))]);
    const plan = await sweep();
    expect(blobsOf(removalsOf(plan))).toEqual([]);
    expect(plan.problems).toMatchObject([{ code: 'manifest-unreadable', detail: 'EINVAL' }]);
  });

  test.each([
    ['a thousand times further than any date', '@99999999999999'],
    ['as long before any date', '@-9999999999999'],
  ])('modified %s: told and compared like any other time', async (_, time) => {
    // Disks hold no such time; a file system in memory does.
    world.remove();
    world = World.create(BELOW === undefined ? {} : { below: BELOW });
    world.image('app', 'v1', { layers: ['own'] });
    world.upload('app', 'odd', { startedAt: undefined });
    const temporary = `${at.blob(world.blob('stray'))}.12345678-1234-1234-1234-123456789012.tmp`;
    world.write(temporary, 'half');
    for (const file of [at.current('app', 'v1'), temporary, `${at.upload('app', 'odd')}/data`])
      execFileSync('touch', ['-d', time, world.path(file)]);
    for (const words of [['ls'], ['ls', '--json'], ['du'], ['check'], ['gc', '-n'], ['gc', '-n', '--json']]) {
      const ran = await regsweepHere(words, world.root);
      expect(ran.status, words.join(' ') + ran.stderr).toBe(0);
    }
    const rules = ['--keep-daily', '1', '--keep-weekly', '1', '--keep-within', '1d', '--allow-empty', '-n', '-v'];
    expect((await regsweepHere(['retain', ...rules], world.root)).status).toBe(0);
  });

  test('a folder in place of a manifest is one that cannot be read', async () => {
    const app = world.image('app', 'v1', { layers: ['own'] });
    world.removeFile(at.blob(app.digest));
    world.mkdir(at.blob(app.digest));
    expect((await sweep()).frozen).toMatchObject([{ causes: [{ code: 'manifest-unreadable' }] }]);
  });

  test('a folder in place of a tag link stops the scan, with the path', async () => {
    world.image('app', 'v1', { layers: ['own'] });
    world.removeFile(at.current('app', 'v1'));
    world.mkdir(at.current('app', 'v1'));
    await expect(sweep()).rejects.toMatchObject({ path: world.path(at.current('app', 'v1')) });
  });

  test('a file in place of a tag, of a revision, of a layer and of a blob: nothing in use goes', async () => {
    world.image('app', 'v1', { layers: ['own'] });
    const hex = 'ab'.repeat(32);
    for (const file of [
      `${at.tags('app')}/v2`,
      `${at.revisions('app')}/sha256/${hex}`,
      `${at.uploads('app')}/x`,
      `blobs/sha256/ab/${hex}`,
    ])
      world.write(file, 'a file');
    const plan = await sweep();
    expect(removalsOf(plan)).toEqual([]);
    expect(plan.frozen).toMatchObject([{ repository: 'app' }]);
    expect(plan.problems.map(({ code }) => code).sort()).toEqual([
      'blob-unreadable',
      'foreign-entry',
      'manifest-unreadable',
      'revision-unreadable',
      'tag-unreadable',
    ]);
  });
});

describe('sizes', () => {
  test('a link of three gigabytes, a hole, is garbled; its first bytes are all that is read', async () => {
    world.image('app', 'v1', { layers: ['own'] });
    fs.truncateSync(world.path(at.current('app', 'v1')), 3 * 1024 ** 3);
    const plan = await sweep();
    expect(plan.frozen).toMatchObject([{ causes: [{ code: 'tag-link-garbled' }] }]);
  });

  test('a manifest of eight gigabytes, a hole, is too large to be one and is not read', async () => {
    const app = world.image('app', 'v1', { layers: ['own'] });
    fs.truncateSync(world.path(at.blob(app.digest)), 8 * 1024 ** 3);
    const plan = await sweep();
    expect(plan.frozen).toMatchObject([{ causes: [{ code: 'manifest-too-large' }] }]);
  });

  test('bytes are those of st_size: a layer that is a hole of eight gigabytes is reported as such', async () => {
    world.image('app', 'v1', { layers: ['own'] });
    const stray = world.blob('stray');
    fs.truncateSync(world.path(at.blob(stray)), 8 * 1024 ** 3);
    const plan = await sweep();
    expect([...plan.removals].find(({ kind }) => kind === 'blob')).toMatchObject({
      digest: stray,
      bytes: 8 * 1024 ** 3,
    });
  });

  test('a manifest of exactly 4 MiB is read, one byte more is not', async () => {
    const layers = (await import('../support/content.js')).MEDIA.layer;
    const own = world.blob('own');
    world.linkLayer('app', own);
    const json = {
      schemaVersion: 2,
      layers: [{ mediaType: layers, digest: own, size: 1000 }],
      annotations: { pad: '' },
    };
    const pad = 4 * 1024 * 1024 - Buffer.byteLength(JSON.stringify(json));
    const full = { ...json, annotations: { pad: 'x'.repeat(pad) } };
    world.manifest('app', 'v1', full);
    expect((await sweep()).frozen).toEqual([]);
    world.manifest('app', 'v2', { ...json, annotations: { pad: 'x'.repeat(pad + 1) } });
    expect((await sweep()).frozen).toMatchObject([{ causes: [{ code: 'manifest-too-large' }] }]);
  });

  test.each(['empty', 'missing'] as const)(
    "an upload's startedat that is %s: its age is the newest time inside",
    async (how) => {
      world.image('app', 'v1', { layers: ['own'] });
      for (const [id, modified] of [
        ['old', new Date(0)],
        ['new', new Date(Date.UTC(2029, 11, 31))],
      ] as const) {
        world.upload('app', id, { startedAt: '2020-01-01T00:00:00Z' });
        damageLink(world, `${at.upload('app', id)}/startedat`, how);
        world.touchAll(at.upload('app', id), modified);
      }
      expect(removalsOf(await sweep())).toEqual([`upload ${at.upload('app', 'old')}`]);
    },
  );
});
