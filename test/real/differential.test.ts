// The registry's own collector (2.8.2) and ours on two copies of one tree: where it is right both leave the same blobs and the same
// revisions. Where it is not (docs/storage.md), each difference has its name, and it is the one that a pull can tell.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Ran } from '../cli/run.js';
import { regsweepHere } from '../hazards/here.js';
import { damageBlob } from '../support/damage.js';
import { copyFixture, FIXTURE_NAMES } from '../support/fixture.js';
import { pullability, pullableRevisions } from '../support/pullable.js';
import { registryAvailable } from '../support/registry.js';
import { at } from '../support/tree-paths.js';
import { layerDigest, type Pushed, World } from '../support/world.js';

/** What is left of a tree after a collector went over a copy of it. */
interface Left {
  readonly status: number | null;
  readonly said: string;
  /** Digests of the blobs. */
  readonly blobs: readonly string[];
  /** `repository@digest` of the revision links. */
  readonly revisions: readonly string[];
  /** Tags to why they do not pull, or undefined. */
  readonly tags: ReadonlyMap<string, string | undefined>;
  /** `repository@digest` of the revisions that pull. */
  readonly pulls: readonly string[];
}

let scratch: string;
let world: World;
beforeEach(() => {
  scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'regsweep-differential-'));
  world = World.create();
});
afterEach(() => {
  fs.rmSync(scratch, { recursive: true, force: true });
  world.remove();
});

/** Copies the tree at `root` and runs a collector on the copy. */
async function after(
  root: string,
  run: (copy: string) => Pick<Ran, 'status' | 'stdout' | 'stderr'> | Promise<Ran>,
): Promise<Left> {
  const copy = fs.mkdtempSync(path.join(scratch, 'copy-'));
  fs.cpSync(root, copy, { recursive: true, preserveTimestamps: true });
  const { status, stdout, stderr } = await run(copy);
  const v2 = path.join(copy, 'docker/registry/v2');
  const links = (folder: string, file: string): string[] =>
    fs.existsSync(path.join(v2, folder))
      ? fs
          .readdirSync(path.join(v2, folder), { recursive: true, encoding: 'utf8' })
          .filter((entry) => path.basename(entry) === file)
          .sort()
      : [];
  return {
    status,
    said: `${stdout}${stderr}`,
    blobs: links('blobs', 'data').map((entry) => `${entry.split('/')[0]}:${entry.split('/')[2]}`),
    revisions: links('repositories', 'link').flatMap((entry) => {
      const found = /^(.*)\/_manifests\/revisions\/([^/]+)\/([^/]+)\/link$/.exec(entry);
      return found === null ? [] : [`${found[1]}@${found[2]}:${found[3]}`];
    }),
    tags: pullability(v2),
    pulls: pullableRevisions(v2),
  };
}

function theirs(root: string, untagged: boolean): Promise<Left> {
  const config = path.join(scratch, 'config.yml');
  return after(root, (copy) => {
    fs.writeFileSync(config, `version: 0.1\nstorage:\n  filesystem: {rootdirectory: ${copy}}\n`);
    const words = ['garbage-collect', config, ...(untagged ? ['-m'] : [])];
    return spawnSync('docker-registry', words, { encoding: 'utf8' });
  });
}

function ours(root: string, untagged: boolean): Promise<Left> {
  const words = ['gc', ...(untagged ? ['--untagged'] : []), '--yes', '--json'];
  return after(root, (copy) => regsweepHere(words, copy));
}

/** Both leave the same; a tag that pulled before pulls after. */
async function expectAlike(root: string, untagged: boolean): Promise<void> {
  const before = pullability(path.join(root, 'docker/registry/v2'));
  const other = await theirs(root, untagged);
  const own = await ours(root, untagged);
  expect(other.status, other.said).toBe(0);
  expect(own.status, own.said).toBe(0);
  expect(own.blobs).toEqual(other.blobs);
  expect(own.revisions).toEqual(other.revisions);
  expect(own.tags).toEqual(before);
}

describe.skipIf(!registryAvailable)('where the collector of the registry is right', () => {
  test.each(FIXTURE_NAMES)('gc on the fixture %s', async (name) => {
    const root = copyFixture(name);
    await expectAlike(root, false);
    fs.rmSync(root, { recursive: true });
  });

  // Indexes apart: 2.8.2 takes their children for untagged.
  test.each([
    'schema1',
    'schema2',
    'oci',
    'nested-repository-names',
    'tag-pushed-again',
    'same-image-in-two-repositories',
  ])('gc --untagged on the fixture %s', async (name) => {
    const root = copyFixture(name);
    await expectAlike(root, true);
    fs.rmSync(root, { recursive: true });
  });

  test('a manifest that says Layers: Go reads its keys without regard to case, so it holds its layers', async () => {
    const app = world.image('app', undefined, { layers: ['own'] });
    world.manifest('app', 'odd', app.content.toString().replace('"layers"', '"Layers"'));
    world.apiDeleteManifest('app', app);
    expect((await theirs(world.root, false)).blobs).toContain(layerDigest('own'));
    const own = await ours(world.root, true);
    expect(own.status).toBe(3);
    expect(own.blobs).toContain(layerDigest('own'));
  });

  /** One thing that happens to a registry, by small numbers. */
  const event = fc.record({
    what: fc.constantFrom('push', 'push', 'push', 'by-digest', 'copy', 'delete', 'stray', 'half', 'untag'),
    repository: fc.constantFrom('a', 'b', 'b/c'),
    tag: fc.constantFrom('v1', 'v2', 'latest'),
    layers: fc.uniqueArray(fc.constantFrom('l1', 'l2', 'l3', 'l4', 'l5'), { minLength: 1, maxLength: 3 }),
    format: fc.constantFrom('oci' as const, 'schema2' as const),
  });
  type Event = typeof event extends fc.Arbitrary<infer T> ? T : never;

  /** A tree after these events, each repository with one tag at least, so that tags are known to be kept here. */
  function lived(events: readonly Event[]): World {
    const tree = World.create();
    let last: Pushed = tree.image('a', 'keep', { layers: ['l1'] });
    for (const repository of ['b', 'b/c']) tree.copy(repository, 'keep', last);
    for (const { what, repository, tag, layers, format } of events) {
      if (what === 'push') last = tree.image(repository, tag, { layers, format });
      else if (what === 'by-digest') last = tree.image(repository, undefined, { layers, format });
      else if (what === 'copy') tree.copy(repository, tag, last);
      else if (what === 'stray') tree.blob(layers.join('+'));
      else if (what === 'half') tree.linkLayer(repository, tree.blob(`half ${layers[0]}`));
      else if (what === 'untag' && tree.exists(at.tag(repository, tag))) tree.untag(repository, tag);
      else if (what === 'delete' && tree.exists(at.revision(repository, last.digest)))
        tree.apiDeleteManifest(repository, last);
    }
    for (const repository of ['a', 'b', 'b/c']) tree.image(repository, 'keep', { layers: ['l1'] });
    return tree;
  }

  test.each([
    ['gc', false],
    ['gc --untagged', true],
  ])('%s on registries that have lived, without indexes', async (_, untagged) => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 3, maxLength: 14 }), async (events) => {
        const tree = lived(events);
        try {
          await expectAlike(tree.root, untagged);
        } finally {
          tree.remove();
        }
      }),
      { numRuns: 8 },
    );
  });
});

describe.skipIf(!registryAvailable)('where it is not, by name', () => {
  test('an untagged child of a tagged index: its layers are lost there, and pull here', async () => {
    const index = world.index('app', 'multi', [{ layers: ['x'] }]);
    const child = `app@${index.children[0]}`;
    expect((await theirs(world.root, true)).pulls).not.toContain(child);
    expect((await ours(world.root, true)).pulls).toContain(child);
  });

  test('a nested index', async () => {
    const outer = world.nestedIndex('app', 'multi', [[{ layers: ['x'] }], [{ layers: ['y'] }]]);
    const before = pullableRevisions(world.v2);
    expect((await theirs(world.root, true)).pulls).toEqual([`app@${outer.digest}`]);
    expect((await ours(world.root, true)).pulls).toEqual(before);
  });

  test('an untagged referrer of a tagged image', async () => {
    const app = world.image('app', 'v1', { layers: ['own'] });
    const referrer = world.referrer('app', undefined, app);
    expect((await theirs(world.root, true)).pulls).not.toContain(`app@${referrer.digest}`);
    expect((await ours(world.root, true)).pulls).toContain(`app@${referrer.digest}`);
  });

  test('a repository without _layers is not seen, and its index is swept', async () => {
    const child = world.image('app', 'v1', { layers: ['x'] });
    const index = world.index('lists', 'v1', [child]);
    fs.rmSync(world.path(at.layers('lists')), { recursive: true });
    expect((await theirs(world.root, false)).blobs).not.toContain(index.digest);
    expect((await ours(world.root, false)).blobs).toContain(index.digest);
  });

  test('a layer that its manifest names by sha512 is swept', async () => {
    world.image('app', 'v1', { layers: [{ name: 'big', alias: 'sha512' }] });
    expect((await theirs(world.root, false)).tags.get('app:v1')).toContain('no blob');
    expect((await ours(world.root, false)).tags.get('app:v1')).toBeUndefined();
  });

  test('a tag whose revision link is gone: the layers are swept under it', async () => {
    const app = world.image('app', 'v1', { layers: ['own'] });
    world.image('app', 'v2', { layers: ['two'] });
    world.removeFile(at.revision('app', app.digest));
    expect((await theirs(world.root, false)).blobs).not.toContain(layerDigest('own'));
    expect((await ours(world.root, false)).blobs).toContain(layerDigest('own'));
  });

  test('an image of registry 2.1, linked under _layers alone, which 2.8.2 serves: swept', async () => {
    const app = world.image('app', 'v1', { layers: ['own'] });
    world.image('app', 'v2', { layers: ['two'] });
    world.linkLayer('app', app.digest);
    fs.rmSync(world.path(at.revision('app', app.digest).replace('/link', '')), { recursive: true });
    expect((await theirs(world.root, false)).blobs).not.toContain(app.digest);
    const left = await ours(world.root, false);
    expect(left.tags.get('app:v1')).toBeUndefined();
  });

  test('signatures of schema 1 are swept; a registry up to 2.4 needs them', async () => {
    world.schema1('old', 'v1', { layers: ['a'], signatures: ['s'] });
    const signature = layerDigest({ name: 'signature s', bytes: 200 });
    expect((await theirs(world.root, false)).blobs).not.toContain(signature);
    expect((await ours(world.root, false)).blobs).toContain(signature);
  });

  test.each([
    ['a zero-byte revision link', () => world.write(at.revision('bad', world.read(at.current('bad', 'v1'))!), '')],
    ['a manifest cut short', () => damageBlob(world, world.read(at.current('bad', 'v1'))!, 'truncated')],
    ["a stray file named 'data'", () => world.write('blobs/sha256/data', 'x')],
  ])('%s stops it: nothing is freed; here the rest is', async (_, damage) => {
    world.image('bad', 'v1', { layers: ['bad'] });
    world.image('app', 'v1', { layers: ['own'] });
    const half = world.blob('half');
    world.linkLayer('app', half);
    damage();
    const other = await theirs(world.root, false);
    expect(other.status).not.toBe(0);
    expect(other.blobs).toContain(half);
    const own = await ours(world.root, false);
    expect([0, 3]).toContain(own.status);
    expect(own.blobs).not.toContain(half);
    expect(own.blobs).toContain(layerDigest('bad'));
  });

  test('layer links, empty folders and expired uploads are left there, and removed here', async () => {
    world.image('app', 'v1', { layers: ['own'] });
    world.image('app', 'v2', { layers: ['two'] });
    world.apiDeleteManifest('app', world.read(at.current('app', 'v2'))! as never);
    world.upload('app', 'aaaa', { startedAt: '2020-01-01T00:00:00Z' });
    const entries = async (run: typeof ours) => {
      let count = 0;
      const left = await run(world.root, false);
      for (const copy of fs.readdirSync(scratch).filter((name) => name.startsWith('copy-'))) {
        const v2 = path.join(scratch, copy, 'docker/registry/v2/repositories/app');
        count = fs.readdirSync(v2, { recursive: true }).length;
        fs.rmSync(path.join(scratch, copy), { recursive: true });
      }
      return { count, blobs: left.blobs };
    };
    const other = await entries(theirs);
    const own = await entries(ours);
    expect(own.blobs).toEqual(other.blobs);
    expect(other.count - own.count).toBeGreaterThanOrEqual(8);
  });
});
