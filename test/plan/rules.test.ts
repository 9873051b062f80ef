// The rules at their edges: the boundaries of refusals, the order of steps, what a scope holds, and reasons with their proof.

import fs from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Plan } from '../../src/plan/types.js';
import { NOW_MS, planned, removalsOf } from '../scan/planned.js';
import { removeBlob } from '../support/damage.js';
import { at } from '../support/tree-paths.js';
import { layerDigest, World } from '../support/world.js';

let world: World;
beforeEach(() => {
  world = World.create();
});
afterEach(() => world.remove());

const gc = (more = {}) => planned(world.root, { command: 'gc', ...more });
const rm = (...references: readonly string[]) => planned(world.root, { command: 'rm', references });
const kinds = (plan: Plan, kind: string) => [...plan.removals].filter((removal) => removal.kind === kind);

describe('the boundaries of refusals', () => {
  test.each([
    [20, false],
    [19, true],
  ])('one missing manifest of %i revisions', async (all, refuses) => {
    for (let n = 0; n < all; n += 1) world.image('app', `t${n}`, { layers: [`l${n}`] });
    removeBlob(world, world.read(at.current('app', 't0'))!);
    const done = gc();
    if (refuses) await expect(done).rejects.toMatchObject({ code: 'too-many-missing' });
    else expect((await done).problems).toMatchObject([{ code: 'manifest-missing' }]);
  });

  test('a missing manifest that two repositories link counts in both', async () => {
    for (let n = 0; n < 30; n += 1) world.image('app', `t${n}`, { layers: [`l${n}`] });
    const gone = world.image('app', 'gone', { layers: ['gone'] });
    world.copy('copy', 'gone', gone);
    removeBlob(world, gone.digest);
    await expect(gc()).rejects.toMatchObject({ code: 'too-many-missing' });
    expect((await rm('app:gone')).removals.length).toBeGreaterThan(0);
  });

  test.each([
    [24.9, true],
    [25, false],
    [0, true],
    [100, false],
  ])('--max-delete %d of a quarter', async (maxDeletePercent, refuses) => {
    world.image('app', 'v1', { layers: ['own'] });
    world.blob('stray');
    const done = gc({ maxDeletePercent });
    if (refuses) await expect(done).rejects.toMatchObject({ code: 'max-delete' });
    else expect(kinds(await done, 'blob')).toHaveLength(1);
  });

  test('--max-delete 0 with nothing to delete', async () => {
    world.image('app', 'v1', { layers: ['own'] });
    expect(kinds(await gc({ maxDeletePercent: 0 }), 'blob')).toEqual([]);
  });

  test.each([
    [2, 2, false],
    [3, 2, true],
  ])('%i of %i and one untagged revisions newer than the newest tag', async (newer, other, refuses) => {
    for (let n = 0; n < newer; n += 1) world.image(`new-${n}`, 'v1', { layers: ['tag'] });
    for (let n = 0; n < other; n += 1) world.image(`old-${n}`, undefined, { layers: [`old ${n}`] });
    world.touchAll('repositories', new Date(0));
    for (let n = 0; n < newer; n += 1) world.image(`new-${n}`, undefined, { layers: [`new ${n}`] });
    for (let n = 0; n < other; n += 1) world.image(`old-${n}`, 'v1', { layers: ['tag'] });
    const done = gc({ untagged: true });
    if (refuses) await expect(done).rejects.toMatchObject({ code: 'tagless-registry' });
    else expect(kinds(await done, 'revision')).toHaveLength(newer + other);
  });

  test('one push writes its links within a moment: that is not newer', async () => {
    world.image('app', 'latest', { layers: ['now'] });
    world.image('app', undefined, { layers: ['untagged'] });
    world.touchAll('repositories', new Date(1_000_000_000_000));
    for (const hex of world.list(`${at.revisions('app')}/sha256`))
      world.touch(at.revision('app', `sha256:${hex}`), new Date(1_000_000_001_000));
    expect(kinds(await gc({ untagged: true }), 'revision')).toHaveLength(1);
  });
});

describe('the order of steps', () => {
  test('kinds in their order, an index before its children at any depth', async () => {
    const nested = world.nestedIndex('app', 'multi', [[{ layers: ['m'] }], [{ layers: ['n'] }]]);
    world.referrer('app', undefined, nested);
    world.image('app', 'keep', { layers: ['keep'] });
    const plan = await rm('app:multi');
    const order = ['tag', 'history', 'revision', 'layerLink', 'upload', 'blob', 'leftover', 'directory'];
    const ranks = [...plan.removals].map(({ kind }) => order.indexOf(kind));
    expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
    const revisions = kinds(plan, 'revision').map(({ digest }) => digest!);
    for (const [place, digest] of revisions.entries()) {
      const { manifests = [] } = JSON.parse(world.read(at.blob(digest))!);
      for (const child of manifests) expect(revisions.indexOf(child.digest)).toBeGreaterThan(place);
    }
    expect(revisions).toHaveLength(6);
  });

  test('steps are numbered from 1, folders deepest first', async () => {
    world.image('a/b', 'v1', { layers: ['own'] });
    const plan = await rm('a/b');
    expect([...plan.removals].map(({ step }) => step)).toEqual([...plan.removals].map((_, i) => i + 1));
    const depths = kinds(plan, 'directory').map(({ path }) => path.split('/').length);
    expect(depths).toEqual([...depths].sort((a, b) => b - a));
  });
});

describe('what a scope holds', () => {
  beforeEach(() => {
    world.image('team/app', 'v1', { layers: ['own'] });
    world.image('team/app', undefined, { layers: ['loose'] });
    world.image('web', 'v1', { layers: ['web'] });
    world.linkLayer('team/app', world.blob('half'));
    world.linkLayer('web', world.blob('other half'));
    world.upload('web', 'aaaa', { startedAt: '2020-01-01T00:00:00Z' });
    world.blob('stray');
    world.mkdir('repositories/nobody');
  });

  test('only what this plan released, only links, uploads and folders of it', async () => {
    const plan = await gc({ patterns: ['team/*'] });
    expect(kinds(plan, 'blob').map(({ digest }) => digest)).toEqual([layerDigest('half')]);
    expect(kinds(plan, 'upload')).toEqual([]);
    expect(removalsOf(plan).some((line) => line.includes('nobody') || line.includes('web'))).toBe(false);
  });

  test('the whole registry: what nothing references, and what is empty', async () => {
    const plan = await gc();
    expect(kinds(plan, 'blob')).toHaveLength(3);
    expect(kinds(plan, 'upload')).toHaveLength(1);
    expect(removalsOf(plan)).toContain('directory repositories/nobody');
    expect(kinds(plan, 'revision')).toEqual([]);
  });

  test('rm frees what it released, and not what was litter before', async () => {
    const plan = await rm('web');
    expect(kinds(plan, 'blob').map(({ digest }) => digest)).toContain(layerDigest('other half'));
    expect(kinds(plan, 'blob').map(({ digest }) => digest)).not.toContain(layerDigest('stray'));
    expect(kinds(plan, 'upload')).toHaveLength(1);
  });

  test('a pattern that matches nothing is a problem, an exact name that is not there an error', async () => {
    expect((await gc({ patterns: ['none-*'] })).problems).toMatchObject([{ code: 'pattern-matched-nothing' }]);
    await expect(gc({ patterns: ['none'] })).rejects.toMatchObject({ code: 'no-such-name', exitStatus: 2 });
  });
});

describe('names', () => {
  test('named twice, whole and in part, by tag and by digest: each thing goes once', async () => {
    const app = world.image('app', 'v1', { layers: ['own'] });
    const names = ['app', 'app:v1', 'app', `app@${app.digest}`, 'app:*', '**', `app:v1@${app.digest}`];
    const plan = await planned(world.root, { command: 'rm', references: names, allowEmpty: true });
    expect(new Set(removalsOf(plan)).size).toBe(plan.removals.length);
    expect(kinds(plan, 'tag')).toHaveLength(1);
  });

  test('the host in front of a pattern is dropped as of a name', async () => {
    world.image('team/app', 'v1', { layers: ['own'] });
    world.image('team/web', 'v1', { layers: ['web'] });
    world.image('other', 'v1');
    expect(kinds(await rm('example.com:5000/team/*:v1'), 'tag')).toHaveLength(2);
  });

  test.each(['my.team/app', 'my.team/app:v1', 'my.team/*', 'my.*/app', '*.team/a*:v1'])(
    'hazard 4: %s, where my.team is a name space here, never means app',
    async (reference) => {
      world.image('my.team/web', 'v2', { layers: ['web'] });
      world.image('app', 'v1', { layers: ['own'] });
      const plan = await planned(world.root, { command: 'rm', references: [reference], ignoreMissing: true });
      expect([...plan.removals].filter(({ repository }) => repository === 'app')).toEqual([]);
    },
  );

  test('one reference that misses refuses all; with ignoreMissing the rest goes', async () => {
    world.image('app', 'v1', { layers: ['own'] });
    await expect(rm('app:v1', 'app:v2')).rejects.toMatchObject({ code: 'no-such-name' });
    const plan = await planned(world.root, { command: 'rm', references: ['app:v1', 'app:v2'], ignoreMissing: true });
    expect(kinds(plan, 'tag')).toHaveLength(1);
    expect(plan.problems).toMatchObject([{ code: 'pattern-matched-nothing', detail: 'app:v2' }]);
  });
});

describe('reasons', () => {
  test('each removal carries its own', async () => {
    const old = world.image('app', 'latest', { layers: ['base', 'old'] });
    const now = world.image('app', 'latest', { layers: ['base', 'now'] });
    world.signatureTag('app', old);
    world.image('app', 'keep', { layers: ['base', 'keep'] });
    world.image('app', undefined, { layers: ['base', 'loose'] });
    const plan = await planned(world.root, { command: 'rm', references: [`app@${now.digest}`], untagged: true });
    const codes = (kind: string) => [...new Set(kinds(plan, kind).map(({ reason }) => reason.code))].sort();
    expect(codes('tag')).toEqual(['signature-of-removed', 'tag-of-named']);
    expect(codes('revision')).toEqual(['named', 'untagged']);
    expect(codes('layerLink')).toEqual(['link-released']);
    expect(codes('blob')).toEqual(['blob-released']);
    const signature = kinds(plan, 'tag').find(({ reason }) => reason.code === 'signature-of-removed');
    expect(signature?.reason.evidence).toEqual({ subject: old.digest });
  });
});

describe('uploads', () => {
  test.each([
    ['by startedat, a moment past its time', NOW_MS - 3_600_001, NOW_MS, true],
    ['by startedat, a moment before', NOW_MS - 3_599_000, 0, false],
  ])('%s', async (_, startedMs, modifiedMs, goes) => {
    world.image('app', 'v1', { layers: ['own'] });
    world.upload('app', 'aaaa', { startedAt: new Date(startedMs).toISOString(), modified: new Date(modifiedMs) });
    expect(kinds(await gc({ uploadsOlderThanMs: 3_600_000 }), 'upload')).toHaveLength(goes ? 1 : 0);
  });

  test('one with no startedat and a file of today inside stays, whatever the folder says', async () => {
    world.image('app', 'v1', { layers: ['own'] });
    world.upload('app', 'aaaa', { startedAt: undefined });
    world.touchAll(at.upload('app', 'aaaa'), new Date(0));
    world.touch(`${at.upload('app', 'aaaa')}/hashstates/sha256/0`, new Date(NOW_MS - 1000));
    expect(kinds(await gc(), 'upload')).toEqual([]);
  });

  test('its bytes are those of all its files', async () => {
    world.image('app', 'v1', { layers: ['own'] });
    world.upload('app', 'aaaa', { startedAt: '2020-01-01T00:00:00Z', bytes: 700 });
    const folder = world.path(at.upload('app', 'aaaa'));
    const files = fs.readdirSync(folder, { recursive: true, withFileTypes: true, encoding: 'utf8' });
    const bytes = files
      .filter((entry) => entry.isFile())
      .reduce((sum, entry) => sum + fs.statSync(`${entry.parentPath}/${entry.name}`).size, 0);
    expect(kinds(await gc(), 'upload')).toMatchObject([{ bytes }]);
  });
});
