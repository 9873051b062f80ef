// `check`: every damage that a test can make, on everything that it can be made to, is found and named at its place; and on any
// tree the tags that are said to be broken are those that a registry would fail to serve.

import fs from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Finding } from '../../src/commands/check/finding.js';
import { checkDocument } from '../../src/commands/check/view.js';
import type { Digest } from '../../src/model/digest.js';
import { faultsOf } from '../report/schema.js';
import { BELOW, history, worldOf } from '../support/arbitrary.js';
import { damageBlob, damageLink, LINK_DAMAGES, MANIFEST_DAMAGES, removeBlob, strayFile } from '../support/damage.js';
import { pullability } from '../support/pullable.js';
import { at } from '../support/tree-paths.js';
import { MANY } from '../support/trees.js';
import { layerDigest, type Pushed, World } from '../support/world.js';
import { examined } from './examined.js';

/** The findings of `check --content`, whose document is held to the schema. */
async function findings(world: World): Promise<readonly Finding[]> {
  const result = { root: world.root, ...(await examined(world, true)) };
  expect(faultsOf(JSON.parse([...checkDocument(result)].join('')), 'check')).toBeUndefined();
  return result.findings;
}

interface Tree {
  readonly world: World;
  readonly app: Pushed;
  readonly multi: Pushed;
  readonly old: Pushed;
  readonly signature: Digest;
  readonly alias: Digest;
  readonly stray: Digest;
}

/** A tree with one of everything; no finding in it. */
function whole(): Tree {
  const world = World.create(BELOW === undefined ? {} : { below: BELOW });
  const app = world.image('app', '1', { layers: ['base', 'one'] });
  world.image('app', '2', { layers: ['base', 'two'] });
  world.retag('app', '2', app);
  world.image('app', undefined, { layers: ['untagged'] });
  const multi = world.index('multi', 'all', [{ layers: ['amd'] }, { layers: ['arm'] }]);
  const aliased = world.image('alias', '1', { layers: [{ name: 'aliased', alias: 'sha512' }] });
  const old = world.schema1('old', 'v1', { layers: ['old'], signatures: ['mine'] });
  world.referrer('app', undefined, app);
  const signature = world.list(at.signature('old', old.digest, 'sha256:x' as Digest).replace(/\/x\/link$/, ''))[0]!;
  return {
    world,
    app,
    multi,
    old,
    signature: `sha256:${signature}` as Digest,
    alias: aliased.layers[0]!,
    stray: world.blob('stray', 50),
  };
}

async function on(look: (tree: Tree) => Promise<void>): Promise<void> {
  const tree = whole();
  try {
    await look(tree);
  } finally {
    tree.world.remove();
  }
}

/** Broken pulls are reported as damage with the tags that they are; returns the findings. */
async function told(world: World): Promise<readonly Finding[]> {
  const all = await findings(world);
  const broken = [...pullability(world.v2)].filter(([, why]) => why !== undefined).map(([tag]) => tag);
  const said = new Set(all.filter(({ severity }) => severity === 'damage').flatMap(({ breaks }) => breaks));
  for (const tag of broken) expect([tag, said.has(tag)]).toEqual([tag, true]);
  return all;
}

test('a whole tree has no finding', () => on(async ({ world }) => expect(await findings(world)).toEqual([])));

const LINKS: readonly (readonly [string, (tree: Tree) => string])[] = [
  ["a tag's current", () => at.current('app', '1')],
  ["a tag's history", ({ app }) => at.history('app', '2', app.digest)],
  ['a tagged revision', ({ app }) => at.revision('app', app.digest)],
  ['a child of an index', ({ multi }) => at.revision('multi', multi.children[0]!)],
  ['a layer', () => at.layer('app', layerDigest('one'))],
  ['a config', ({ app }) => at.layer('app', app.config!)],
  ['a sha512 layer', ({ alias }) => at.layer('alias', alias)],
  ['the sha256 of a sha512 layer', () => at.layer('alias', layerDigest('aliased'))],
];

describe.each(LINKS)('the link of %s', (_, linkOf) => {
  test.each(LINK_DAMAGES)('%s', (how) =>
    on(async (tree) => {
      const link = linkOf(tree);
      expect(tree.world.exists(link)).toBe(true);
      damageLink(tree.world, link, how);
      const all = await told(tree.world);
      const folder = link.replace(/\/link$/, '');
      expect(
        all.filter(({ path }) => path === link || path === folder || link.startsWith(`${path}/`)).length,
      ).toBeGreaterThan(0);
    }),
  );

  test('another digest', () =>
    on(async (tree) => {
      const link = linkOf(tree);
      tree.world.write(link, tree.stray);
      const all = await told(tree.world);
      expect(all.length).toBeGreaterThan(0);
      // A tag may name anything; that it names what its repository does not hold is reported.
      if (link.includes('/current/')) return;
      expect(all.find(({ path }) => path === link)?.detail).toBe(`holds ${tree.stray}`);
    }));
});

const BLOBS: readonly (readonly [string, (tree: Tree) => Digest])[] = [
  ['a tagged manifest', ({ app }) => app.digest],
  ['an index', ({ multi }) => multi.digest],
  ['a child of an index', ({ multi }) => multi.children[0]!],
  ['a schema 1 manifest', ({ old }) => old.digest],
  ['a config', ({ app }) => app.config!],
  ['a layer', () => layerDigest('one')],
  ['a layer named by sha512', () => layerDigest('aliased')],
  ['a schema 1 signature', ({ signature }) => signature],
  ['a blob that nothing names', ({ stray }) => stray],
];

describe.each(BLOBS)('the blob of %s', (_, digestOf) => {
  test.each([...MANIFEST_DAMAGES, 'removed', 'a folder in its place'] as const)('%s', (how) =>
    on(async (tree) => {
      const digest = digestOf(tree);
      const { world } = tree;
      const content = world.read(at.blob(digest))!;
      if (how === 'removed') removeBlob(world, digest);
      else if (how === 'a folder in its place') {
        world.removeFile(at.blob(digest));
        world.mkdir(at.blob(digest));
      } else if (how === 'garbled' && !/[{}[\]]/.test(content)) world.write(at.blob(digest), `\0${content.slice(1)}`);
      else damageBlob(world, digest, how);
      const all = await told(world);
      const named = all.filter(
        (each) =>
          each.digest === digest ||
          each.detail?.includes(digest) === true ||
          each.path.startsWith(at.blob(digest).replace(/\/data$/, '')),
      );
      // Of a blob that nothing names and that is gone whole nothing is left to tell.
      if (how === 'removed' && digest === tree.stray) expect(named).toEqual([]);
      else expect(named.length, JSON.stringify(all)).toBeGreaterThan(0);
    }),
  );
});

const STRAYS: readonly ((tree: Tree) => string)[] = [
  () => 'notes.txt',
  () => 'blobs/notes.txt',
  () => 'blobs/sha256/notes.txt',
  ({ app }) => `blobs/sha256/${app.digest.slice(7, 9)}/notes.txt`,
  ({ app }) => at.blob(app.digest).replace(/data$/, 'notes.txt'),
  () => 'repositories/notes.txt',
  () => 'repositories/app/notes.txt',
  () => 'repositories/app/_layers/notes.txt',
  () => 'repositories/app/_layers/sha256/notes.txt',
  () => at.layer('app', layerDigest('one')).replace(/link$/, 'notes.txt'),
  () => 'repositories/app/_manifests/notes.txt',
  () => 'repositories/app/_manifests/tags/notes.txt',
  () => 'repositories/app/_manifests/tags/1/notes.txt',
  () => 'repositories/app/_manifests/tags/1/current/notes.txt',
  () => 'repositories/app/_manifests/tags/1/index/notes.txt',
  () => 'repositories/app/_manifests/tags/1/index/sha256/notes.txt',
  ({ app }) => at.history('app', '2', app.digest).replace(/link$/, 'notes.txt'),
  () => 'repositories/app/_manifests/revisions/notes.txt',
  () => 'repositories/app/_manifests/revisions/sha256/notes.txt',
  ({ app }) => at.revision('app', app.digest).replace(/link$/, 'notes.txt'),
  () => 'repositories/app/_uploads/notes.txt',
];
test.each(STRAYS.map((of) => [of(SAMPLE()), of] as const))('a foreign entry at %s is reported once', (_, of) =>
  on(async (tree) => {
    strayFile(tree.world, of(tree));
    const all = await told(tree.world);
    // `notes.txt` is a legal tag: a file in its place may be anything.
    const what = of(tree).endsWith('tags/notes.txt') ? ['tag-unreadable', 'damage'] : ['foreign-entry', 'litter'];
    expect(all.map(({ code, severity, path }) => [code, severity, path])).toEqual([[...what, of(tree)]]);
  }),
);

/** The same for every tree: digests of content that is the same. */
function SAMPLE(): Tree {
  const tree = whole();
  tree.world.remove();
  return tree;
}

const TMP = 'b7a4a53e-6f11-4b0e-9e0f-3b8c3a3c1d1e.tmp';
const LITTER: readonly (readonly [string, (tree: Tree) => string, string])[] = [
  ['an empty prefix folder', () => 'blobs/sha256/00', 'empty-folder'],
  ['an empty algorithm folder', () => 'blobs/sha384', 'empty-folder'],
  ['an empty name space', () => 'repositories/empty', 'empty-folder'],
  ['a repository with nothing in it', () => 'repositories/none/_uploads', 'empty-folder'],
  [
    'a revision that the API deleted',
    () => at.revision('app', layerDigest('gone')).replace(/\/link$/, ''),
    'empty-folder',
  ],
  ['a layer that the API deleted', () => at.layer('app', layerDigest('gone')).replace(/\/link$/, ''), 'empty-folder'],
];
test.each(LITTER)('%s is litter', (_, of, code) =>
  on(async (tree) => {
    tree.world.mkdir(of(tree));
    const all = await told(tree.world);
    expect(all.map((each) => [each.code, each.severity, of(tree).startsWith(each.path)])).toEqual([
      [code, 'litter', true],
    ]);
  }),
);

test.each([
  ['a blob', ({ app }: Tree) => at.blob(app.digest)],
  ['a link', ({ app }: Tree) => at.revision('app', app.digest)],
  ['a tag', () => at.current('app', '1')],
])('the temporary file of a crashed write beside %s', (_, of) =>
  on(async (tree) => {
    tree.world.write(`${of(tree)}.${TMP}`, 'x');
    expect((await told(tree.world)).map(({ code, severity }) => [code, severity])).toEqual([['leftover', 'litter']]);
  }),
);

test.each([
  ['without a date', undefined],
  ['with a date cut short', '2026-11-2'],
  ['with an empty date', ''],
])('an upload %s', (_, startedAt) =>
  on(async ({ world }) => {
    world.upload('app', 'b7a4a53e-6f11-4b0e-9e0f-3b8c3a3c1d1e', { startedAt });
    expect((await told(world)).map(({ code }) => code)).toEqual(['upload-undated']);
  }),
);

test('a lost layer that one image says is kept elsewhere breaks the image that does not', () =>
  on(async ({ world }) => {
    world.image('win', 'foreign', { layers: [{ name: 'windows', foreign: true }] });
    world.image('win', 'whole', { layers: ['windows'] });
    removeBlob(world, layerDigest('windows'));
    const damage = (await told(world)).filter(({ severity }) => severity === 'damage');
    expect(damage.map(({ code, breaks }) => [code, breaks])).toEqual([['layer-missing', ['win:whole']]]);
  }));

test('a lost link of a layer that an image says is kept elsewhere does not break it', () =>
  on(async ({ world }) => {
    world.image('win', 'whole', { layers: ['windows'] });
    world.image('win', 'foreign', { layers: [{ name: 'windows', foreign: true }] });
    world.unlinkLayer('win', layerDigest('windows'));
    const damage = (await told(world)).filter(({ severity }) => severity === 'damage');
    expect(damage.map(({ code, breaks }) => [code, breaks])).toEqual([['link-missing', ['win:whole']]]);
  }));

test('a lost layer of a build cache is damage, though an index lists it', () =>
  on(async ({ world }) => {
    world.buildkitCache('app', 'cache', ['cached']);
    removeBlob(world, layerDigest('cached'));
    const damage = (await told(world)).filter(({ severity }) => severity === 'damage');
    expect(damage.map(({ code, breaks }) => [code, breaks])).toEqual([['layer-missing', ['app:cache']]]);
  }));

test('a blob that manifests name by its sha512 alone is served without the link of its sha256', () =>
  on(async ({ world }) => {
    world.image('app', 'alias', { layers: [{ name: 'twice named', alias: 'sha512' }] });
    world.unlinkLayer('app', layerDigest('twice named'));
    expect((await told(world)).map(({ code, breaks }) => [code, breaks])).toEqual([['empty-folder', []]]);
    world.image('app', 'plain', { layers: ['twice named'] });
    world.unlinkLayer('app', layerDigest('twice named'));
    expect((await told(world)).map(({ code, breaks }) => [code, breaks])).toEqual([['link-missing', ['app:plain']]]);
  }));

test("a garbled link breaks tags of its own repository, not another's that links the same blob", () =>
  on(async ({ world }) => {
    for (const name of ['one', 'two']) world.image(name, 'v', { layers: [{ name: 'both', alias: 'sha512' }] });
    const link = at.layer('one', layerDigest({ name: 'both', alias: 'sha512' }));
    damageLink(world, link, 'garbled');
    const damage = (await told(world)).filter(({ severity }) => severity === 'damage');
    expect(damage.map(({ code, breaks }) => [code, breaks])).toEqual([['layer-link-garbled', ['one:v']]]);
  }));

/** Without manifests of no known kind: what those need cannot be reported, and the naive look at them is no judge. */
const known = history.filter(({ events }) => events.every((event) => event.do !== 'odd'));

test('on any tree: the tags that are said to be broken are those that do not pull', async () => {
  await fc.assert(
    fc.asyncProperty(known, async (tree) => {
      const world = worldOf(tree);
      try {
        const all = await told(world);
        const pulls = pullability(world.v2);
        for (const { severity, breaks, code, path } of all) {
          if (severity !== 'damage') continue;
          for (const tag of breaks)
            expect([code, path, tag, pulls.get(tag) === undefined]).toEqual([code, path, tag, false]);
        }
        expect(fs.existsSync(world.v2)).toBe(true);
      } finally {
        world.remove();
      }
    }),
    { numRuns: 60 * MANY },
  );
});
