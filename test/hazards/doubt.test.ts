// Hazard 2 (docs/hazards.md): a manifest that cannot be read is never one without references. Its repository keeps what it holds, the
// others are cleaned, and making anything unreadable never makes more go.

import fs from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { regsweep } from '../cli/run.js';
import { damageBlob, MANIFEST_DAMAGES, type ManifestDamage, removeBlob } from '../support/damage.js';
import { brokenTags, pullableTags } from '../support/pullable.js';
import { at } from '../support/tree-paths.js';
import { layerDigest, type Pushed, World } from '../support/world.js';
import { clean, going, links, refused, short, whole } from './clean.js';

let world: World;
beforeEach(() => {
  world = World.create();
});
afterEach(() => world.remove());

const IN_DOUBT = MANIFEST_DAMAGES.filter((how) => how !== 'missing');
const CAUSES: Readonly<Record<Exclude<ManifestDamage, 'missing'>, string>> = {
  empty: 'manifest-truncated',
  truncated: 'manifest-truncated',
  garbled: 'manifest-truncated',
  'other-content': 'manifest-digest-mismatch',
  'unknown-shape': 'manifest-digest-mismatch',
  oversized: 'manifest-too-large',
};

/** Makes a read of the content fail for everybody, root too: a symlink to itself. */
function makeUnreadable(manifest: Pushed): void {
  const data = world.path(at.blob(manifest.digest));
  fs.rmSync(data);
  fs.symlinkSync('data', data);
}

describe('hazard 2: a sister tag whose manifest is damaged', () => {
  test.each(IN_DOUBT)(
    '%s: rm of the tag beside it takes the name alone; the way out is told and works',
    async (how) => {
      const bad = world.image('app', 't1', { layers: ['base', 'one'] });
      const good = world.image('app', 't2', { layers: ['base', 'two'] });
      const content = bad.content;
      damageBlob(world, bad.digest, how);
      const { went, frozen } = await clean(world, ['rm', 'app:t2'], { status: 3 });
      expect(went).toEqual(['tag app:t2']);
      const reference = `app@${bad.digest}`;
      expect(frozen).toMatchObject([{ repository: 'app', causes: [{ code: CAUSES[how as never], reference }] }]);
      fs.writeFileSync(world.path(at.blob(bad.digest)), content);
      expect(pullableTags(world.v2)).toEqual(['app:t1']);
      const cleared = await clean(world, ['gc', '--untagged']);
      expect(cleared.went).toEqual(going(whole('app', good, ['base'])));
    },
  );

  test('an input/output error: the repository is frozen, exit 3, the others are cleaned', async () => {
    const bad = world.image('app', 't1', { layers: ['one'] });
    world.image('app', undefined, { layers: ['maybe'] });
    world.image('web', 'v1', { layers: ['web'] });
    const loose = world.image('web', undefined, { layers: ['loose'] });
    makeUnreadable(bad);
    const { went, frozen, problems } = await clean(world, ['gc', '--untagged'], { status: 3 });
    // The manifest of `loose` was never linked as a layer, so an index in doubt might list it (decision 1).
    expect(went).toEqual(going(links('web', loose), `blob ${short(loose.config!)}`, `blob ${short(loose.layers[0]!)}`));
    expect(frozen).toMatchObject([{ repository: 'app', causes: [{ code: 'manifest-unreadable' }] }]);
    expect(problems).toMatchObject([{ code: 'manifest-unreadable', path: at.blob(bad.digest), detail: 'ELOOP' }]);
  });

  test('damage in a child of indexes: the command that is shown unfreezes the repository', async () => {
    const shared = { layers: ['shared child'] };
    const inner = world.index('app', 'inner', [shared, { layers: ['other child'] }]);
    world.index('app', 'outer', [inner]);
    world.image('app', 'fine', { layers: ['fine'] });
    world.image('app', undefined, { layers: ['loose'] });
    damageBlob(world, inner.children[0]!, 'truncated');
    const told = await regsweep(['gc', '--untagged', '-n'], { root: world.root });
    const words = /to unfreeze: .* or regsweep (rm .*) --root/.exec(told.stdout)?.[1]?.split(' ') ?? [];
    expect(words).toHaveLength(4);
    await clean(world, words);
    const { frozen } = await clean(world, ['gc', '--untagged']);
    expect(frozen).toEqual([]);
    expect(pullableTags(world.v2)).toEqual(['app:fine']);
  });

  test('a tag that alone leads to a damaged manifest: no folder is promised that its own folders keep', async () => {
    const bad = world.image('app', 't1', { layers: ['one'] });
    fs.rmSync(world.path('repositories/app/_manifests/revisions'), { recursive: true });
    damageBlob(world, bad.digest, 'truncated');
    const { went, outcome } = await clean(world, ['rm', 'app:t1'], { status: 3 });
    expect(went).toEqual(['tag app:t1']);
    expect(outcome).toMatchObject({ foreign: [] });
  });

  test('no permission to read the manifest', async () => {
    if (process.getuid?.() === 0) return; // root reads everything; the symlink in the file's place stands in for it above
    const bad = world.image('app', 't1', { layers: ['one'] });
    world.image('app', 't2', { layers: ['two'] });
    fs.chmodSync(world.path(at.blob(bad.digest)), 0);
    const { went } = await clean(world, ['rm', 'app:t2'], { status: 3 });
    expect(went).toEqual(['tag app:t2']);
  });

  test('a schema nobody knows: frozen, and named', async () => {
    const odd = world.manifest('app', 'odd', { schemaVersion: 7, things: ['sha256:abc'] });
    world.image('app', undefined, { layers: ['maybe'] });
    const { went, frozen } = await clean(world, ['gc', '--untagged'], { status: 3 });
    expect(went).toEqual([]);
    expect(frozen).toMatchObject([{ causes: [{ code: 'manifest-unknown-shape', reference: `app@${odd.digest}` }] }]);
  });

  test('hazard 21: a media type nobody knows, but descriptors: no doubt, every descriptor counts', async () => {
    world.linkLayer('app', world.blob('sbom'));
    const mediaType = 'application/vnd.example.bundle.v3+json';
    const sbom = layerDigest('sbom');
    const parts = { deep: [{ er: { digest: sbom, size: 1000, mediaType: 'text/x' } }] };
    world.manifest('app', 'bundle', { schemaVersion: 2, mediaType, parts });
    const loose = world.image('app', undefined, { layers: ['loose'] });
    expect((await clean(world, ['gc', '--untagged'])).went).toEqual(going(whole('app', loose)));
    expect(world.exists(at.blob(sbom))).toBe(true);
  });

  test('keys that a registry reads and this case does not: a manifest with Layers is in doubt', async () => {
    const app = world.image('app', undefined, { layers: ['own'] });
    const odd = world.manifest('app', 'odd', app.content.toString().replace('"layers"', '"Layers"'));
    const { went, frozen } = await clean(world, ['gc', '--untagged'], { status: 3 });
    expect(went).toEqual([]);
    expect(frozen).toMatchObject([{ causes: [{ reference: `app@${odd.digest}` }] }]);
  });
});

describe('hazard 2: what else may be in doubt', () => {
  test('a truncated referrer: its subject and the rest of the repository stay; it goes by its digest', async () => {
    const app = world.image('app', 'v1', { layers: ['own'] });
    const referrer = world.referrer('app', undefined, app);
    const loose = world.image('app', undefined, { layers: ['loose'] });
    damageBlob(world, referrer.digest, 'truncated');
    expect((await clean(world, ['gc', '--untagged'], { status: 3 })).went).toEqual([]);
    const named = await clean(world, ['rm', `app@${referrer.digest}`]);
    expect(named.went).toEqual(going(`revision app@${short(referrer.digest)}`, `blob ${short(referrer.digest)}`));
    const { went } = await clean(world, ['gc', '--untagged']);
    expect(went).toEqual(expect.arrayContaining(whole('app', loose)));
    expect(brokenTags(world.v2)).toEqual([]);
  });

  test('a damaged child of a tagged index', async () => {
    const index = world.index('app', 'multi', [{ layers: ['x'] }, { layers: ['y'] }]);
    world.image('app', undefined, { layers: ['maybe'] });
    damageBlob(world, index.children[0]!, 'truncated');
    expect((await clean(world, ['gc', '--untagged'], { status: 3 })).went).toEqual([]);
    expect(world.exists(at.blob(layerDigest('x')))).toBe(true);
  });

  test('a damaged index: children that nothing else leads to stay', async () => {
    const index = world.index('app', 'multi', [{ layers: ['x'] }, { layers: ['y'] }]);
    damageBlob(world, index.digest, 'empty');
    expect((await clean(world, ['gc', '--untagged'], { status: 3 })).went).toEqual([]);
    fs.writeFileSync(world.path(at.blob(index.digest)), index.content);
    expect(brokenTags(world.v2)).toEqual([]);
  });

  test('a damaged sparse index here: a manifest that another repository alone links is not freed there', async () => {
    const child = world.image('web', 'v1', { layers: ['x'] });
    const index = world.index('app', 'sparse', [child]);
    damageBlob(world, index.digest, 'empty');
    const { went, heldBackBlobs } = await clean(world, ['rm', 'web'], { status: 3 });
    const freed = whole('web', child).filter((word) => word !== `blob ${short(child.digest)}`);
    expect(went).toEqual(going('tag web:v1', freed));
    expect(heldBackBlobs).toBe(1);
  });

  test('rm R@digest of a damaged manifest takes nothing that its bytes merely mention', async () => {
    const pinned = world.image('app', undefined, { layers: ['pinned'] });
    world.image('app', 'v2', { layers: ['two'] });
    const body = {
      schemaVersion: 2,
      layers: [],
      annotations: { 'org.opencontainers.image.base.digest': pinned.digest },
    };
    const bad = world.manifest('app', 'v1', body);
    damageBlob(world, bad.digest, 'truncated');
    fs.appendFileSync(world.path(at.blob(bad.digest)), pinned.digest);
    const { went } = await clean(world, ['rm', `app@${bad.digest}`]);
    expect(went).toEqual(going('tag app:v1', `revision app@${short(bad.digest)}`, `blob ${short(bad.digest)}`));
    expect(world.exists(at.revision('app', pinned.digest))).toBe(true);
  });

  test('rm of the whole repository is the way out of any doubt: all of it goes, exit 0', async () => {
    const bad = world.image('app', 't1', { layers: ['base', 'one'] });
    const other = world.image('app', undefined, { layers: ['base', 'two'] });
    world.image('web', 'v1', { layers: ['base'] });
    damageBlob(world, bad.digest, 'garbled');
    const { went, frozen } = await clean(world, ['rm', 'app']);
    const base = `layerLink app@${short(layerDigest('base'))}`;
    const expected = going('tag app:t1', whole('app', bad, ['base']), whole('app', other, ['base']), base);
    expect(went).toEqual(expected);
    expect(frozen).toEqual([]);
  });
});

describe('hazard 2: a manifest blob that is missing', () => {
  /** Enough whole revisions that a missing one does not look like a half-mounted tree. */
  function many(): void {
    for (let n = 0; n < 20; n += 1) world.image('many', `t${n}`, { layers: ['base', `many ${n}`] });
  }

  test('gc takes no layer that may have been its; the tag stays listed as a problem', async () => {
    many();
    const gone = world.image('app', 'v1', { layers: ['one'] });
    removeBlob(world, gone.digest);
    const { went, problems } = await clean(world, ['gc', '--untagged']);
    expect(went).toEqual([]);
    expect(problems).toMatchObject([{ code: 'manifest-missing', digest: gone.digest }]);
  });

  test('it keeps nothing against rm', async () => {
    many();
    const gone = world.image('app', 'v1', { layers: ['one'] });
    const two = world.image('app', 'v2', { layers: ['two'] });
    removeBlob(world, gone.digest);
    expect((await clean(world, ['rm', 'app:v2'])).went).toEqual(going('tag app:v2', whole('app', two)));
    const { went } = await clean(world, ['rm', 'app:v1']);
    expect(went).toEqual(going('tag app:v1', `revision app@${short(gone.digest)}`));
  });

  test('--broken removes what cannot be pulled, and with it the layers that nothing explains', async () => {
    many();
    const gone = world.image('app', 'v1', { layers: ['one'] });
    world.image('app', 'v2', { layers: ['two'] });
    removeBlob(world, gone.digest);
    const { went } = await clean(world, ['gc', '--broken']);
    const left = whole('app', gone).filter((word) => word !== `blob ${short(gone.digest)}`);
    expect(went).toEqual(going('tag app:v1', left));
    expect(brokenTags(world.v2)).toEqual([]);
  });

  test('a tag whose revision link is gone: its manifest is there, so all of it stays', async () => {
    const app = world.image('app', 'v1', { layers: ['one'] });
    fs.rmSync(world.path(at.revision('app', app.digest).replace('/link', '')), { recursive: true });
    expect((await clean(world, ['gc', '--untagged'])).went).toEqual([]);
    const { went } = await clean(world, ['rm', 'app:v1']);
    expect(went).toEqual(
      going(
        'tag app:v1',
        whole('app', app).filter((word) => !word.startsWith('revision')),
      ),
    );
  });

  test('hazard 13: more than one in twenty: a half-mounted tree is refused, with the way on', async () => {
    for (let n = 0; n < 10; n += 1) world.image('app', `t${n}`, { layers: [`l${n}`] });
    removeBlob(world, world.read(at.current('app', 't0'))!);
    const { code, hint } = await refused(world, ['gc'], 4);
    expect(code).toBe('too-many-missing');
    expect(hint).toContain('--broken');
    expect((await clean(world, ['gc', '--broken'])).went).toContain('tag app:t0');
  });
});
