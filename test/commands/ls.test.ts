// `ls`: what it says of images, of what describes them, and of what is broken; sizes against the disk.

import fs from 'node:fs';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { listingOf } from '../../src/commands/ls/listing.js';
import { listingDocument } from '../../src/commands/ls/view.js';
import { scan } from '../../src/scan/scan.js';
import { openTree } from '../../src/scan/tree.js';
import { regsweep } from '../cli/run.js';
import { faultsOf } from '../report/schema.js';
import { history, NOW_MS, worldOf } from '../support/arbitrary.js';
import { damageBlob, damageLink } from '../support/damage.js';
import { tagsOfTree } from '../support/pullable.js';
import { at } from '../support/tree-paths.js';
import { type Pushed, World } from '../support/world.js';

let world: World;
beforeEach(() => {
  world = World.create();
});
afterEach(() => fs.rmSync(world.root, { recursive: true, force: true }));

const run = (...words: readonly string[]) => regsweep(['ls', ...words], { root: world.root });

async function listed(...words: readonly string[]) {
  const ran = await run(...words, '--json');
  const document = JSON.parse(ran.stdout);
  expect(faultsOf(document, 'listing')).toBeUndefined();
  return { ...document, status: ran.status };
}

const sizeOf = (...digests: readonly (string | undefined)[]): number =>
  [...new Set(digests)].reduce((sum, digest) => sum + fs.statSync(world.path(at.blob(digest!))).size, 0);

const partsOf = ({ digest, config, layers }: Pushed): readonly (string | undefined)[] => [digest, config, ...layers];

describe('ls', () => {
  test('a tag with digest, kind, platform, size, and both its dates', async () => {
    const pushed = world.image('team/app', '1.0', { layers: ['a', 'b'], created: '2024-02-03T04:05:06Z' });
    world.pushedAt('team/app', '1.0', new Date('2025-06-07T08:09:10Z'));
    const { repositories, status } = await listed();
    expect(status).toBe(0);
    expect(repositories).toMatchObject([
      {
        repository: 'team/app',
        revisions: 1,
        untagged: 0,
        images: [
          {
            tag: '1.0',
            digest: pushed.digest,
            state: 'ok',
            kind: 'image',
            platforms: ['linux/amd64'],
            bytes: sizeOf(...partsOf(pushed)),
            pushed: '2025-06-07T08:09:10.000Z',
            created: '2024-02-03T04:05:06.000Z',
          },
        ],
      },
    ]);
    const { stdout } = await run();
    expect(stdout).toMatch(
      /^team\/app:1\.0 +sha256:[0-9a-f]{12} +image +linux\/amd64 +\S+ kB +2025-06-07 08:09 +2024-02-03 04:05$/m,
    );
    expect(stdout).toContain('1 repository, 1 tag,');
  });

  test('an index counts all its platforms, what they share once', async () => {
    const amd = world.image('app', undefined, { layers: ['base', 'amd'], platform: 'linux/amd64' });
    const arm = world.image('app', undefined, { layers: ['base', 'arm'], platform: 'linux/arm64/v8' });
    const index = world.index('app', '1.0', [amd, arm]);
    const { repositories, bytes } = await listed();
    const all = sizeOf(index.digest, ...partsOf(amd), ...partsOf(arm));
    expect(repositories[0]).toMatchObject({ revisions: 3, untagged: 0 });
    expect(repositories[0].images).toMatchObject([
      { kind: 'index', platforms: ['linux/amd64', 'linux/arm64/v8'], bytes: all },
    ]);
    expect(bytes).toBe(all);
  });

  test('blobs that images share are counted once in the sum', async () => {
    const one = world.image('one', '1', { layers: ['base', 'one'] });
    const two = world.image('two', '1', { layers: ['base', 'two'] });
    expect((await listed()).bytes).toBe(sizeOf(...partsOf(one), ...partsOf(two)));
  });

  test('signatures and referrers stand under their image', async () => {
    const image = world.image('app', '1.0');
    const signature = world.signatureTag('app', image);
    const referrer = world.referrer('app', undefined, image);
    const { repositories } = await listed();
    expect(repositories[0].images).toHaveLength(1);
    expect(repositories[0].images[0].companions).toEqual([
      {
        how: 'signature',
        tag: expect.stringMatching(/^sha256-.*\.sig$/),
        digest: signature.digest,
        artifactType: null,
      },
      { how: 'referrer', tag: null, digest: referrer.digest, artifactType: 'application/vnd.example.signature' },
    ]);
    const { stdout } = await run();
    expect(stdout).toMatch(/^ {2}├ signature sha256-[0-9a-f]{12}….sig/m);
    expect(stdout).toMatch(/^ {2}└ referrer/m);
  });

  test('a signature of what is not here stands for itself', async () => {
    const image = world.image('app', '1.0');
    world.signatureTag('signatures', image);
    const { repositories } = await listed();
    expect(repositories.map(({ images }: { images: unknown[] }) => images.length)).toEqual([1, 1]);
  });

  test('untagged revisions are counted, a repository without tags is reported', async () => {
    world.image('app', '1.0', { layers: ['old'] });
    world.image('app', '1.0', { layers: ['new'] });
    world.image('by-digest', undefined);
    const { stdout } = await run();
    expect(stdout).toMatch(/^ {2}\+ 1 untagged revision$/m);
    expect(stdout).toMatch(/^by-digest +no tags$/m);
  });

  test('what is broken is listed as such, and what cannot be read costs exit 3', async () => {
    const missing = world.image('app', 'missing', { layers: ['m'] });
    world.image('app', 'no-link', { layers: ['l'] });
    damageLink(world, at.current('app', 'no-link'), 'empty');
    world.removeFile(at.blob(missing.digest));
    const before = await listed();
    expect(before.status).toBe(0);
    expect(before.repositories[0].images).toMatchObject([
      { tag: 'missing', state: 'missing' },
      { tag: 'no-link', state: 'broken-link', digest: null },
    ]);
    const damaged = world.image('other', 'cut', { layers: ['c'] });
    damageBlob(world, damaged.digest, 'truncated');
    const after = await listed();
    expect(after.status).toBe(3);
    expect(after.repositories[1].images).toMatchObject([{ tag: 'cut', state: 'unreadable' }]);
  });

  test('names, patterns, tags and digests select; a pattern that matches nothing is a warning', async () => {
    const image = world.image('team/app', '1.0', { layers: ['a'] });
    world.image('team/app', '2.0', { layers: ['b'] });
    world.image('other', '1.0', { layers: ['c'] });
    const names = async (...words: readonly string[]) =>
      (await listed(...words)).repositories.flatMap(
        ({ repository, images }: { repository: string; images: { tag: string }[] }) =>
          images.map(({ tag }) => `${repository}:${tag}`),
      );
    expect(await names('team/*')).toEqual(['team/app:1.0', 'team/app:2.0']);
    expect(await names('team/app:2.0', '*:1.*')).toEqual(['other:1.0', 'team/app:2.0']);
    expect(await names('**:1.*')).toEqual(['other:1.0', 'team/app:1.0']);
    expect(await names(`team/app@${image.digest}`)).toEqual(['team/app:null']);
    const none = await run('nothing-*');
    expect(none).toMatchObject({ status: 0, stderr: expect.stringContaining("'nothing-*' matches nothing") });
    expect((await run('team')).stderr).toContain('below it there are team/app');
  });

  test('an empty registry', async () => {
    world.mkdir('blobs');
    world.mkdir('repositories');
    const ran = await run();
    expect(ran).toMatchObject({
      status: 0,
      stderr: '',
      stdout: `0 repositories, 0 tags, 0 B (each blob once) in ${world.root}\n`,
    });
  });

  test('a thousand tags are listed in one document', async () => {
    for (let n = 0; n < 1000; n += 1) world.image('app', `t${n}`, { layers: ['one'] });
    expect((await listed()).repositories[0].images).toHaveLength(1000);
  });
});

test('on any tree, damaged or not: a document of the schema, with every tag, each once', async () => {
  await fc.assert(
    fc.asyncProperty(history, async (tree) => {
      const any = worldOf(tree);
      try {
        const found = await scan(openTree(any.root), { tagTimes: true }, { concurrency: 0 });
        const listing = await listingOf(found, any.root, [], NOW_MS);
        await found.close();
        const document = JSON.parse([...listingDocument(listing)].join(''));
        expect(faultsOf(document, 'listing')).toBeUndefined();
        const shown = listing.repositories.flatMap(({ repository, images }) =>
          images.flatMap(({ tag, companions }) =>
            [tag, ...companions.map((each) => each.tag)].map((name) => `${repository}:${name}`),
          ),
        );
        for (const tag of tagsOfTree(any.v2)) expect([tag, shown.includes(tag)]).toEqual([tag, true]);
      } finally {
        any.remove();
      }
    }),
    { numRuns: 60 },
  );
});
