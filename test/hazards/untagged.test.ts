// Hazards 14 to 16 (FIELD 1): untagged is not unused. Pinned digests, referrers, signatures, what is in use elsewhere, what is
// young, and registries that keep their tags in a database.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { brokenTags, pullableRevisions, pullableTags } from '../support/pullable.js';
import { at } from '../support/tree-paths.js';
import { type Pushed, signatureTagOf, World } from '../support/world.js';
import { clean, going, refused, settled, whole } from './clean.js';

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

describe('hazard 16: pinned digests', () => {
  test('gc without --untagged takes no revision, tagged or not', async () => {
    world.image('app', 'v1', { layers: ['one'] });
    world.image('app', undefined, { layers: ['pinned'] });
    expect((await clean(world, ['gc'])).went).toEqual([]);
  });

  test('rm of a tag leaves revisions that the tag never pointed to', async () => {
    const app = world.image('app', 'v1', { layers: ['base', 'one'] });
    const pinned = world.image('app', undefined, { layers: ['base', 'pinned'] });
    expect((await clean(world, ['rm', 'app:v1'])).went).toEqual(going('tag app:v1', whole('app', app, ['base'])));
    expect(pullableRevisions(world.v2)).toEqual([`app@${pinned.digest}`]);
  });

  test('rm --untagged sweeps in the repository named alone', async () => {
    const app = world.image('app', 'v1', { layers: ['one'] });
    world.image('app', 'v2', { layers: ['two'] });
    const loose = world.image('app', undefined, { layers: ['loose'] });
    world.image('web', 'v1', { layers: ['web'] });
    world.image('web', undefined, { layers: ['pinned'] });
    const { went } = await clean(world, ['rm', 'app:v1', '--untagged']);
    expect(went).toEqual(going('tag app:v1', whole('app', app), whole('app', loose)));
  });

  test('--keep-in-use: what a cluster runs stays whole, its tag too, and its children', async () => {
    const old = world.image('app', 'latest', { layers: ['old'] });
    world.image('app', 'latest', { layers: ['now'] });
    const index = world.index('app', undefined, [{ layers: ['x'] }]);
    const loose = world.image('app', undefined, { layers: ['loose'] });
    const input = `docker.io/app@${old.digest}\ncontainerd://${index.digest}\n`;
    const { went } = await clean(world, ['gc', '--untagged', '--keep-in-use', '-'], { input });
    expect(went).toEqual(going(whole('app', loose)));
    expect(pullableRevisions(world.v2)).toEqual(
      expect.arrayContaining([`app@${old.digest}`, `app@${index.children[0]}`]),
    );
  });

  test('--keep-in-use: a run-time names an image by its config', async () => {
    const old = world.image('app', undefined, { layers: ['old'] });
    world.image('app', 'v1', { layers: ['now'] });
    const { went } = await clean(world, ['gc', '--untagged', '--keep-in-use', '-'], { input: `${old.config}\n` });
    expect(went).toEqual([]);
  });

  test.each(['app', 'app:v1', 'DIGEST', 'CHILD'])('--keep-in-use: rm %s of what is in use is refused', async (what) => {
    const child = world.image('app', undefined, { layers: ['x'] });
    const index = world.index('app', 'v1', [child]);
    const named = what === 'DIGEST' ? `app@${index.digest}` : what === 'CHILD' ? `app@${child.digest}` : what;
    const { code } = await refused(world, ['rm', named, '--keep-in-use', '-'], 4, { input: `app@${child.digest}\n` });
    expect(['in-use', 'still-listed']).toContain(code);
  });
});

describe('hazard 16: what describes an image follows it', () => {
  test('referrers of a tagged image stay, referrers of referrers too', async () => {
    const app = world.image('app', 'v1', { layers: ['own'] });
    const sbom = world.referrer('app', undefined, app, { layers: ['sbom'] });
    world.referrer('app', undefined, sbom, { layers: ['signature of the sbom'] });
    world.artifact('app', undefined, { blobs: ['scan'], subject: app });
    world.artifact('app', undefined, { blobs: ['old scan'], subject: app, oras: true });
    expect((await clean(world, ['gc', '--untagged'])).went).toEqual([]);
  });

  test('referrers of a child of a tagged index stay', async () => {
    const child = world.image('app', undefined, { layers: ['x'] });
    world.index('app', 'v1', [child]);
    const sbom = world.referrer('app', undefined, child);
    expect((await clean(world, ['gc', '--untagged'])).went).toEqual([]);
    expect(pullableRevisions(world.v2)).toContain(`app@${sbom.digest}`);
  });

  test('a subject is not kept by its referrer', async () => {
    const app = world.image('app', undefined, { layers: ['own'] });
    const sbom = world.referrer('app', undefined, app);
    world.image('app', 'v2', { layers: ['two'] });
    expect((await clean(world, ['gc', '--untagged'])).went).toEqual(going(whole('app', app), whole('app', sbom)));
  });

  test('rm takes the referrers, signature tags and fallback index of an image along', async () => {
    const app = world.image('app', 'v1', { layers: ['own'] });
    world.image('app', 'v2', { layers: ['two'] });
    const sbom = world.referrer('app', undefined, app);
    const fallback = world.index('app', signatureTagOf(app.digest, ''), [sbom]);
    const signature = world.signatureTag('app', app);
    const { went } = await clean(world, ['rm', 'app:v1']);
    const tags = ['', '.sig'].map((suffix) => `tag app:${signatureTagOf(app.digest, suffix)}`);
    const images = [app, sbom, fallback, signature].flatMap((pushed) => whole('app', pushed));
    expect(went).toEqual(going('tag app:v1', tags, images));
    await settled(world, ['rm', 'app:v1', '--ignore-missing']);
  });

  test('a signature in another repository goes once its image is in none', async () => {
    const app = world.image('app', 'v1', { layers: ['own'] });
    world.copy('copy', 'v1', app);
    const signature = world.signatureTag('signatures', app);
    expect((await clean(world, ['rm', 'app'])).went.filter((word) => word.startsWith('tag'))).toEqual(['tag app:v1']);
    expect((await clean(world, ['rm', 'copy'])).went).toEqual(
      expect.arrayContaining([`tag signatures:${signatureTagOf(app.digest)}`, ...whole('signatures', signature)]),
    );
  });

  test('a signature of an image that was never here stays, unless asked', async () => {
    world.image('app', 'v1', { layers: ['own'] });
    const foreign = world.image('elsewhere', 'v1', { layers: ['foreign'] });
    const signature = world.signatureTag('signatures', foreign);
    await clean(world, ['rm', 'elsewhere', '--keep-trash'], {});
    // Its subject went, so it went; push it again as one whose subject never was.
    const again = world.signatureTag('signatures', foreign);
    expect(again.digest).toBe(signature.digest);
    expect((await clean(world, ['gc', '--untagged'])).went).toEqual([]);
    const { went } = await clean(world, ['gc', '--dangling-signatures']);
    expect(went).toContain(`tag signatures:${signatureTagOf(foreign.digest)}`);
  });
});

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
