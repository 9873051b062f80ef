// Hazard 3 (docs/hazards.md): a zero-byte `link`, as a crash or a full disk leaves it. Once one such file made a tool delete the whole
// blob store. A link that says nothing widens nothing: what it may have meant stays, and everything else is still cleaned.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { damageLink, LINK_DAMAGES } from '../support/damage.js';
import { brokenTags, pullableTags } from '../support/pullable.js';
import { at } from '../support/tree-paths.js';
import { layerDigest, World } from '../support/world.js';
import { clean, going, links, settled, short, whole } from './clean.js';

let world: World;
beforeEach(() => {
  world = World.create();
});
afterEach(() => world.remove());

describe('hazard 3: a zero-byte link', () => {
  test('of a sha256 layer: rm of its image frees that image, the other repository stays whole', async () => {
    const app = world.image('app', 'v1', { layers: ['base', 'own'] });
    world.image('web', 'v1', { layers: ['base', 'web'] });
    damageLink(world, at.layer('app', layerDigest('own')), 'empty');
    const { went } = await clean(world, ['rm', 'app:v1']);
    expect(went).toEqual(
      going(
        'tag app:v1',
        whole('app', app, ['base']),
        links('app', app).filter((w) => isBase(w)),
      ),
    );
    expect(brokenTags(world.v2)).toEqual([]);
  });

  test('of a sha256 layer: alive by its folder, so gc --untagged takes nothing of its image', async () => {
    world.image('app', 'v1', { layers: ['base', 'own'] });
    const loose = world.image('app', undefined, { layers: ['base', 'loose'] });
    damageLink(world, at.layer('app', layerDigest('own')), 'empty');
    const { went } = await clean(world, ['gc', '--untagged']);
    expect(went).toEqual(going(whole('app', loose, ['base'])));
  });

  test('of a sha512 layer: its sha256 twin still leads to the blob, which stays', async () => {
    const app = world.image('app', 'v1', { layers: [{ name: 'aliased', alias: 'sha512' }] });
    world.image('web', 'v1', { layers: ['web'] });
    world.write(at.layer('app', layerDigest({ name: 'aliased', alias: 'sha512' })), '');
    const { went, frozen } = await clean(world, ['gc', '--untagged'], { status: 3 });
    // Nothing says any more that the manifest's sha512 is that sha256: doubt keeps what it may be.
    expect(went).toEqual([]);
    expect(frozen).toMatchObject([{ causes: [{ code: 'layer-link-garbled', reference: `app@${app.digest}` }] }]);
    const layer = layerDigest('aliased');
    const named = await clean(world, ['rm', `app@${app.digest}`]);
    expect(named.went).not.toContain(`blob ${short(layer)}`);
    const rest = going(`layerLink app@${short(layer)}`, `blob ${short(layer)}`);
    expect((await clean(world, ['gc'])).went).toEqual(rest);
  });

  test('of a revision that a tag names: the tag and its parts stay', async () => {
    const app = world.image('app', 'v1', { layers: ['own'] });
    damageLink(world, at.revision('app', app.digest), 'empty');
    const { went } = await clean(world, ['gc', '--untagged']);
    expect(went).toEqual([]);
    world.write(at.revision('app', app.digest), app.digest);
    expect(brokenTags(world.v2)).toEqual([]);
  });

  test('of a child of a tagged index: alive by its folder, nothing of it goes', async () => {
    const index = world.index('app', 'multi', [{ layers: ['x'] }, { layers: ['y'] }]);
    const loose = world.image('app', undefined, { layers: ['loose'] });
    damageLink(world, at.revision('app', index.children[0]!), 'empty');
    expect((await clean(world, ['gc', '--untagged'])).went).toEqual(going(whole('app', loose)));
    world.write(at.revision('app', index.children[0]!), index.children[0]!);
    expect(brokenTags(world.v2)).toEqual([]);
  });

  test("of a tag's current: the repository is frozen, the others are cleaned, and the tag can be removed by name", async () => {
    world.image('app', 'v1', { layers: ['own'] });
    world.image('app', undefined, { layers: ['maybe'] });
    const loose = world.image('web', undefined, { layers: ['loose'] });
    world.image('web', 'v1', { layers: ['web'] });
    damageLink(world, at.current('app', 'v1'), 'empty');
    const { went, frozen } = await clean(world, ['gc', '--untagged'], { status: 3 });
    expect(went).toEqual(going(whole('web', loose)));
    expect(frozen).toMatchObject([{ repository: 'app', causes: [{ code: 'tag-link-empty', reference: 'app:v1' }] }]);
    const named = await clean(world, ['rm', 'app:v1'], { status: 3 });
    expect(named.went).toEqual(['tag app:v1']);
  });

  test("of a tag's history: its name is its folder's, so rm of the tag takes the older image along", async () => {
    const old = world.image('app', 'v1', { layers: ['old'] });
    const now = world.image('app', 'v1', { layers: ['now'] });
    world.image('app', 'other', { layers: ['other'] });
    damageLink(world, at.history('app', 'v1', old.digest), 'empty');
    const { went } = await clean(world, ['rm', 'app:v1']);
    expect(went).toEqual(going('tag app:v1', whole('app', old), whole('app', now)));
  });

  test('of a schema 1 signature: the signature stays with its revision, and goes with it', async () => {
    const old = world.schema1('app', 'v1', { layers: ['own'], signatures: ['s'] });
    world.image('app', 'v2', { layers: ['two'] });
    const folder = `${at.revision('app', old.digest).replace(/\/link$/, '')}/signatures/sha256`;
    const [hex] = world.list(folder);
    damageLink(world, `${folder}/${hex}/link`, 'empty');
    expect((await clean(world, ['gc', '--untagged'])).went).toEqual([]);
    const { went } = await clean(world, ['rm', 'app:v1']);
    expect(went).toEqual(going('tag app:v1', whole('app', old), `blob sha256:${hex!.slice(0, 12)}`));
  });

  test('of every link in one repository: no blob of another goes, whatever is asked', async () => {
    const app = world.image('app', 'v1', { layers: ['base', 'own'] });
    world.image('web', 'v1', { layers: ['base', 'web'] });
    for (const link of [
      at.current('app', 'v1'),
      at.history('app', 'v1', app.digest),
      at.revision('app', app.digest),
      ...[app.config!, ...app.layers].map((digest) => at.layer('app', digest)),
    ])
      damageLink(world, link, 'empty');
    expect((await clean(world, ['gc', '--untagged'], { status: 3 })).went).toEqual([]);
    const { went } = await clean(world, ['rm', 'app']);
    expect(went).toEqual(
      going(
        'tag app:v1',
        whole('app', app, ['base']),
        links('app', app).filter((w) => isBase(w)),
      ),
    );
    expect(pullableTags(world.v2)).toEqual(['web:v1']);
    await settled(world, ['gc', '--untagged']);
  });
});

describe('hazard 3: other damage to a link', () => {
  test.each(LINK_DAMAGES)(
    'a tag link that is %s freezes its repository: neither gc nor a sister rm takes more',
    async (how) => {
      world.image('app', 'bad', { layers: ['bad'] });
      world.image('app', 'good', { layers: ['good'] });
      world.image('app', undefined, { layers: ['loose'] });
      damageLink(world, at.current('app', 'bad'), how);
      expect((await clean(world, ['gc', '--untagged'], { status: 3 })).went).toEqual([]);
      const { went } = await clean(world, ['rm', 'app:good'], { status: 3 });
      expect(went).toEqual(['tag app:good']);
    },
  );

  test.each(LINK_DAMAGES)('a revision link that is %s: the tag that names it keeps all of it', async (how) => {
    const app = world.image('app', 'v1', { layers: ['own'] });
    const loose = world.image('app', undefined, { layers: ['loose'] });
    damageLink(world, at.revision('app', app.digest), how);
    expect((await clean(world, ['gc', '--untagged'])).went).toEqual(going(whole('app', loose)));
    const { went } = await clean(world, ['rm', 'app:v1']);
    expect(went).toEqual(going('tag app:v1', whole('app', app)));
  });

  test.each(LINK_DAMAGES)('a layer link that is %s: the manifest keeps the blob', async (how) => {
    world.image('app', 'v1', { layers: ['own'] });
    damageLink(world, at.layer('app', layerDigest('own')), how);
    expect((await clean(world, ['gc', '--untagged'])).went).toEqual([]);
    expect(world.exists(at.blob(layerDigest('own')))).toBe(true);
  });

  test('a link that says ../../.. is garbled', async () => {
    world.image('app', 'v1', { layers: ['own'] });
    world.image('app', 'v2', { layers: ['two'] });
    world.write(at.current('app', 'v1'), 'sha256:../../../../../../..');
    expect((await clean(world, ['rm', 'app:v1'], { status: 3 })).went).toEqual(['tag app:v1']);
  });
});

/** The link of the layer that both repositories hold. */
function isBase(word: string): boolean {
  return word.endsWith(`@${layerDigest('base').slice(0, 19)}`);
}
