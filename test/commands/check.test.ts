// `check`: every kind of damage that can be made is found, named, and told with the pulls that it breaks; a whole tree has none.

import fs from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { FindingCode } from '../../src/commands/check/finding.js';
import { checkDocument } from '../../src/commands/check/view.js';
import { regsweep } from '../cli/run.js';
import { faultsOf } from '../report/schema.js';
import { damageBlob, damageLink, removeBlob, strayFile } from '../support/damage.js';
import { copyFixture, FIXTURE_NAMES } from '../support/fixture.js';
import { at } from '../support/tree-paths.js';
import { layerDigest, type Pushed, World } from '../support/world.js';
import { examined } from './examined.js';

let world: World;
let app: Pushed;
let web: Pushed;
beforeEach(() => {
  world = World.create();
  app = world.image('app', '1', { layers: ['base', 'one'] });
  world.image('app', '2', { layers: ['base', 'two'] });
  web = world.index('web', 'all', [{ layers: ['base', 'amd'] }, { layers: ['base', 'arm'] }]);
  world.schema1('old', 'v1', { layers: ['old'], signatures: ['mine'] });
  world.image('win', 'v', { layers: ['base', { name: 'windows', foreign: true }] });
});
afterEach(() => world.remove());

interface Found {
  readonly code: FindingCode;
  readonly severity: string;
  readonly path: string;
  readonly breaks: readonly string[];
  readonly todo: string;
  readonly meaning: string;
}
async function check(status: number, ...words: readonly string[]): Promise<readonly Found[]> {
  const ran = await regsweep(['check', ...words, '--json'], { root: world.root });
  expect(ran.status, ran.stderr + ran.stdout).toBe(status);
  const document = JSON.parse(ran.stdout);
  expect(faultsOf(document, 'check')).toBeUndefined();
  for (const each of document.findings) expect(each.meaning.length * each.todo.length).toBeGreaterThan(0);
  return document.findings;
}

/** The same without a process of its own. */
async function looked(status: number): Promise<readonly Found[]> {
  const { findings, ...result } = await examined(world);
  const document = JSON.parse([...checkDocument({ ...result, findings, root: world.root })].join(''));
  expect(faultsOf(document, 'check')).toBeUndefined();
  expect(document.damage > 0 ? 5 : 0).toBe(status);
  return document.findings;
}

test('a whole tree has no findings, foreign layers and all', async () => {
  expect(await check(0, '--content')).toEqual([]);
});
test.each(FIXTURE_NAMES)('the fixture %s is whole', async (name) => {
  const root = copyFixture(name);
  try {
    const ran = await regsweep(['check', '--content', '--json'], { root });
    expect(ran.status, ran.stdout).toBe(0);
    expect(JSON.parse(ran.stdout).damage).toBe(0);
  } finally {
    fs.rmSync(root, { recursive: true });
  }
});

const rev = (digest: string) => at.revision('app', digest);
const layer = layerDigest('one');

describe('every kind of damage is found and named', () => {
  const kinds: readonly (readonly [string, () => void, FindingCode, readonly string[]])[] = [
    ['an empty tag link', () => damageLink(world, at.current('app', '1'), 'empty'), 'tag-link-empty', ['app:1']],
    ['a garbled tag link', () => damageLink(world, at.current('app', '1'), 'garbled'), 'tag-link-garbled', ['app:1']],
    ['a missing tag link', () => damageLink(world, at.current('app', '1'), 'missing'), 'tag-link-missing', ['app:1']],
    ['a manifest blob that is gone', () => removeBlob(world, app.digest), 'manifest-missing', ['app:1']],
    ['a truncated manifest', () => damageBlob(world, app.digest, 'truncated'), 'manifest-truncated', ['app:1']],
    ['an empty manifest', () => damageBlob(world, app.digest, 'empty'), 'manifest-truncated', ['app:1']],
    [
      'a manifest of other content',
      () => damageBlob(world, app.digest, 'other-content'),
      'manifest-digest-mismatch',
      ['app:1'],
    ],
    ['an oversized manifest', () => damageBlob(world, app.digest, 'oversized'), 'manifest-too-large', ['app:1']],
    [
      'a manifest of no known shape',
      () => void world.manifest('app', 'odd', { schemaVersion: 2 }),
      'manifest-unknown-shape',
      ['app:odd'],
    ],
    ['a child of an index that is gone', () => removeBlob(world, web.children[0]!), 'manifest-missing', ['web:all']],
    ['a layer that is gone', () => removeBlob(world, layer), 'layer-missing', ['app:1']],
    [
      'a layer that is not linked',
      () => fs.rmSync(world.path(at.layer('app', layer)).replace(/\/link$/, ''), { recursive: true }),
      'layer-not-linked',
      ['app:1'],
    ],
    ['a config that is gone', () => removeBlob(world, app.config!), 'layer-missing', ['app:1']],
    ['a layer whose folder alone is left', () => damageBlob(world, layer, 'missing'), 'layer-missing', ['app:1']],
    [
      'a config whose folder alone is left',
      () => damageBlob(world, app.config!, 'missing'),
      'layer-missing',
      ['app:1'],
    ],
    [
      'a manifest whose folder alone is left',
      () => damageBlob(world, app.digest, 'missing'),
      'manifest-missing',
      ['app:1'],
    ],
    [
      'a tag whose revision link is gone',
      () => fs.rmSync(world.path(rev(app.digest)).replace(/\/link$/, ''), { recursive: true }),
      'tag-without-revision',
      ['app:1'],
    ],
    ['an empty revision link', () => damageLink(world, rev(app.digest), 'empty'), 'link-content', ['app:1']],
    [
      'a layer link to something else',
      () => world.write(at.layer('app', layer), app.digest),
      'link-content',
      ['app:1'],
    ],
  ];
  test.each(kinds)('%s', async (_, hurt, code, breaks) => {
    hurt();
    const found = await looked(5);
    const damage = found.find((each) => each.code === code);
    expect(found.map((each) => each.code)).toContain(code);
    expect(damage).toMatchObject({ severity: 'damage' });
    expect([...damage!.breaks].sort()).toEqual(breaks);
  });

  const litter: readonly (readonly [string, () => void, FindingCode])[] = [
    ['a foreign entry', () => strayFile(world, 'repositories/app/_layers/notes.txt'), 'foreign-entry'],
    [
      'a crashed write',
      () => world.write(`${rev(app.digest)}.b7a4a53e-6f11-4b0e-9e0f-3b8c3a3c1d1e.tmp`, 'x'),
      'leftover',
    ],
    [
      'an upload without a date',
      () => world.upload('app', 'b7a4a53e-6f11-4b0e-9e0f-3b8c3a3c1d1e', { startedAt: undefined }),
      'upload-undated',
    ],
    [
      'history of what is gone',
      () => world.write(at.history('app', '1', layerDigest('nowhere')), layerDigest('nowhere')),
      'history-dangling',
    ],
  ];
  test('a blob folder without data that nothing names, and a layer link to nothing, are litter that gc removes', async () => {
    world.removeFile(at.blob(world.blob('bare', 10)));
    world.linkLayer('app', layerDigest('nowhere'));
    expect((await check(0)).map((each) => [each.code, each.severity])).toEqual([
      ['blob-bare', 'litter'],
      ['layer-link-dangling', 'litter'],
    ]);
    expect((await regsweep(['gc', '--yes'], { root: world.root })).status).toBe(0);
    expect(await check(0, '--content')).toEqual([]);
  });

  test.each(litter)('%s is litter: exit 0', async (_, make, code) => {
    make();
    expect((await looked(0)).map((each) => [each.code, each.severity])).toEqual([[code, 'litter']]);
  });

  test('an index that lists what its repository does not hold is a note', async () => {
    world.index('sparse', 's', [app]);
    expect(await check(0)).toMatchObject([{ code: 'child-missing', severity: 'note', breaks: ['sparse:s'] }]);
  });
});

describe('--content', () => {
  test('a byte turned over in a layer is found, with the tags that it breaks; without --content nobody looks', async () => {
    const file = at.blob(layer);
    const bytes = Buffer.from(world.read(file)!);
    bytes[100]! ^= 1;
    world.write(file, bytes);
    expect(await check(0)).toEqual([]);
    expect(await check(5, '--content')).toMatchObject([{ code: 'blob-content', breaks: ['app:1'] }]);
    expect(await check(5, 'app', '--content')).toHaveLength(1);
    expect(await check(0, 'web', '--content')).toEqual([]);
  });

  test('--since looks at what was stored since, and says how much', async () => {
    const old = new Date(Date.now() - 10 * 86_400_000);
    world.touchAll('blobs', old);
    world.image('app', 'new', { layers: ['fresh'] });
    const ran = await regsweep(['check', '--content', '--since', '7d', '--json'], { root: world.root });
    expect(JSON.parse(ran.stdout).hashed.blobs).toBe(3);
    const all = await regsweep(['check', '--content', '--since', '2001-01-01', '--json'], { root: world.root });
    expect(JSON.parse(all.stdout).hashed.blobs).toBeGreaterThan(10);
    for (const words of [
      ['--since', '7d'],
      ['--content', '--since', 'soon'],
      ['--content', '--since', '2026-99-99'],
    ]) {
      expect((await regsweep(['check', ...words], { root: world.root })).status).toBe(2);
    }
  });
});

test('the screen says what it means and what to do; quiet says the sum; a name that is not there is exit 2', async () => {
  removeBlob(world, layer);
  const ran = await regsweep(['check'], { root: world.root });
  expect(ran.status).toBe(5);
  expect(ran.stdout).toMatch(
    /DAMAGE {2}a layer or config is not stored[\s\S]*breaks app:1[\s\S]*Push an image with this layer again\.[\s\S]*1 problem found\./,
  );
  expect((await regsweep(['check', '--quiet'], { root: world.root })).stdout).toMatch(
    /^1 problem found\.( 1 note\.)?\n$/,
  );
  expect((await regsweep(['check', 'nope'], { root: world.root })).status).toBe(2);
});
