// Hazards 7 and 16 (docs/hazards.md): what was pushed a moment ago, and registries that keep their tags in a database, where all that is new
// looks untagged.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { brokenTags, pullableRevisions, pullableTags } from '../support/pullable.js';
import { at } from '../support/tree-paths.js';
import { type Pushed, World } from '../support/world.js';
import { clean, going, refused, whole } from './clean.js';

let world: World;
beforeEach(() => {
  world = World.create();
});
afterEach(() => world.remove());

const DAY_MS = 86_400_000;
const ago = (days: number): Date => new Date(Date.now() - days * DAY_MS);

/** Sets the times of all of a repository and of every blob. */
function age(repository: string, days: number): void {
  world.touchAll(at.repository(repository), ago(days));
  world.touchAll('blobs', ago(days));
}

describe('hazard 16: tags that are kept elsewhere, as Harbor 2.15 keeps them', () => {
  test('a registry without one tag is left alone, every repository named', async () => {
    world.image('p/app', undefined, { layers: ['a'] });
    world.image('p/web', undefined, { layers: ['b'] });
    const { went, leftAlone } = await clean(world, ['gc', '--untagged'], { status: 3 });
    expect(went).toEqual([]);
    expect(leftAlone.map(({ repository, code }) => `${repository} ${code}`)).toEqual([
      'p/app tagless',
      'p/web tagless',
    ]);
  });

  test('a repository without tags goes by its exact name, not by a pattern', async () => {
    const app = world.image('p/app', undefined, { layers: ['a'] });
    world.image('p/web', 'v1', { layers: ['b'] });
    expect((await clean(world, ['gc', 'p/*', '--untagged'], { status: 3 })).went).toEqual([]);
    expect((await clean(world, ['gc', 'p/app', '--untagged'])).went).toEqual(going(whole('p/app', app)));
  });

  test('--tagless sweeps it by pattern as well', async () => {
    const app = world.image('p/app', undefined, { layers: ['a'] });
    world.image('p/web', 'v1', { layers: ['b'] });
    expect((await clean(world, ['gc', '--untagged', '--tagless'])).went).toEqual(going(whole('p/app', app)));
  });

  test('refused where most untagged images are newer than the newest tag of their repository', async () => {
    const pushed: Pushed[] = [];
    for (const name of ['a', 'b', 'c']) {
      world.image(name, 'old', { layers: [`${name} old`] });
      age(name, 30);
      pushed.push(world.image(name, undefined, { layers: [`${name} new`] }));
    }
    const { code, hint } = await refused(world, ['gc', '--untagged'], 4);
    expect(code).toBe('tagless-registry');
    expect(hint).toContain('--tagless');
    const { went } = await clean(world, ['gc', '--untagged', '--tagless']);
    expect(went).toEqual(going(['a', 'b', 'c'].flatMap((name, i) => whole(name, pushed[i]!))));
  });

  test('not refused where most untagged images are older: they were pushed over', async () => {
    for (const name of ['a', 'b', 'c']) {
      world.image(name, 'latest', { layers: [`${name} old`] });
      age(name, 30);
      world.image(name, 'latest', { layers: [`${name} new`] });
    }
    expect((await clean(world, ['gc', '--untagged'])).went.filter((word) => word.startsWith('rev'))).toHaveLength(3);
  });
});

describe('hazard 7: what is young stays with --grace', () => {
  test('an untagged image pushed a moment ago, with its layers and children', async () => {
    world.image('app', 'v1', { layers: ['base', 'one'] });
    const old = world.image('app', undefined, { layers: ['base', 'old'] });
    age('app', 30);
    const young = world.index('app', undefined, [{ layers: ['base', 'new'] }]);
    const { went } = await clean(world, ['gc', '--untagged', '--tagless', '--grace', '1d']);
    expect(went).toEqual(going(whole('app', old, ['base'])));
    expect(pullableRevisions(world.v2)).toContain(`app@${young.children[0]}`);
  });

  test('a layer pushed a moment ago, linked and not, and an old upload that still grows', async () => {
    world.image('app', 'v1', { layers: ['one'] });
    world.linkLayer('app', world.blob('old half'));
    world.blob('old stray');
    world.upload('app', 'cccc', { startedAt: ago(30) });
    age('app', 30);
    const half = world.blob('half');
    world.linkLayer('app', half);
    const stray = world.blob('stray');
    world.upload('app', 'aaaa', { startedAt: ago(30) });
    world.upload('app', 'bbbb', { startedAt: ago(30), modified: ago(30) });
    const { went } = await clean(world, ['gc', '--grace', '1d']);
    expect(went.filter((word) => word.startsWith('upload'))).toEqual(['upload app/bbbb', 'upload app/cccc']);
    expect(went.filter((word) => word.startsWith('blob'))).toHaveLength(2);
    for (const kept of [half, stray]) expect(world.exists(at.blob(kept))).toBe(true);
  });

  test('what a young manifest names stays, though its links are old', async () => {
    world.image('app', 'v1', { layers: ['one'] });
    const pushed = world.image('app', undefined, { layers: ['again'] });
    age('app', 30);
    world.touch(at.blob(pushed.digest), new Date());
    world.apiDeleteManifest('app', pushed);
    expect((await clean(world, ['gc', '--grace', '1d'])).went).toEqual([]);
    expect((await clean(world, ['gc'])).went).toHaveLength(5);
  });

  test('a young tag whose link is cut short keeps its repository frozen, --broken or not', async () => {
    const old = world.image('app', 'latest', { layers: ['old'] });
    world.image('app', 'v2', { layers: ['two'] });
    world.image('app', 'latest', { layers: ['now'] });
    age('app', 30);
    world.write(at.current('app', 'latest'), '');
    const { went } = await clean(world, ['gc', '--untagged', '--broken', '--grace', '1d'], { status: 3 });
    expect(went).toEqual([]);
    expect(world.exists(at.revision('app', old.digest))).toBe(true);
    expect(pullableTags(world.v2)).toEqual(['app:v2']);
    expect(brokenTags(world.v2)).toHaveLength(1);
  });
});
