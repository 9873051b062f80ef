// Hazard 16 (docs/hazards.md): untagged is not unused. Pinned digests, what is in use elsewhere, referrers and signatures.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { pullableRevisions } from '../support/pullable.js';
import { signatureTagOf, World } from '../support/world.js';
import { clean, going, refused, settled, whole } from './clean.js';

let world: World;
beforeEach(() => {
  world = World.create();
});
afterEach(() => world.remove());

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
