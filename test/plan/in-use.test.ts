// --keep-in-use: every way in which a cluster prints an image finds what it runs, and what refers to that stays.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { planned } from '../scan/planned.js';
import { removeBlob } from '../support/damage.js';
import { at } from '../support/tree-paths.js';
import { signatureTagOf, World } from '../support/world.js';

let world: World;
beforeEach(() => {
  world = World.create();
});
afterEach(() => world.remove());

/** Revisions that a sweep of everything untagged would take with these lines in use. */
async function swept(...keepInUse: readonly string[]): Promise<readonly string[]> {
  const plan = await planned(world.root, { command: 'gc', untagged: true, tagless: true, keepInUse });
  return [...plan.removals].flatMap(({ kind, digest }) => (kind === 'revision' ? [digest!] : []));
}

const rm = (references: readonly string[], keepInUse: readonly string[]) =>
  planned(world.root, { command: 'rm', references, keepInUse });

describe('what a line means', () => {
  test.each([
    (digest: string) => digest,
    (digest: string) => `app@${digest}`,
    (digest: string) => `docker.io/app@${digest}`,
    (digest: string) => `registry.example.com:5000/app@${digest}`,
    (digest: string) => `docker-pullable://registry.example.com/app@${digest}`,
    (digest: string) => `containerd://${digest}`,
    (digest: string) => `  cri-o://${digest}  `,
    (digest: string) => `app:gone@${digest}`,
    (digest: string) => `not/here@${digest}`,
  ])('a digest, however it is dressed: %s', async (dress) => {
    const old = world.image('app', undefined, { layers: ['old'] });
    const loose = world.image('app', undefined, { layers: ['loose'] });
    expect(await swept(dress(old.digest))).toEqual([loose.digest]);
  });

  test('a tag, and latest where none is given', async () => {
    world.image('app', 'latest', { layers: ['now'] });
    for (const line of ['app', 'app:latest', 'example.com/app', 'example.com:5000/app:latest'])
      await expect(rm(['app:latest'], [line]), line).rejects.toMatchObject({ code: 'in-use', exitStatus: 4 });
  });

  test('what is not here is not here', async () => {
    const app = world.image('app', 'v1', { layers: ['app'] });
    const loose = world.image('app', undefined, { layers: ['loose'] });
    expect(app.digest).not.toBe(loose.digest);
    expect(await swept('app:v1', 'other/app:1', 'app:9', `sha256:${'0'.repeat(64)}`)).toEqual([loose.digest]);
  });

  test.each(['', ' ', 'app:', 'app@sha256:12', 'two words', 'app:*', '../app', 'Always!'])(
    "'%s' is a usage error",
    async (line) => {
      world.image('app', 'v1', { layers: ['own'] });
      await expect(swept(line)).rejects.toMatchObject({ exitStatus: 2 });
    },
  );
});

describe('what stays with it', () => {
  test('it, its children and its referrers, in every repository that holds it', async () => {
    const index = world.index('app', undefined, [{ layers: ['x'] }]);
    world.referrer('app', undefined, index);
    world.manifest('copy', undefined, index.content);
    const loose = world.image('app', undefined, { layers: ['loose'] });
    expect(await swept(index.digest)).toEqual([loose.digest]);
  });

  test.each(['app:v1', 'app', 'app:*', 'DIGEST', 'CHILD'])('rm %s of what names it is refused', async (what) => {
    const child = world.image('app', undefined, { layers: ['x'] });
    const index = world.index('app', 'v1', [child]);
    const named = what === 'DIGEST' ? `app@${index.digest}` : what === 'CHILD' ? `app@${child.digest}` : what;
    await expect(rm([named], [child.digest])).rejects.toMatchObject({ code: 'in-use' });
  });

  test('a tag in use whose link cannot be read: rm of it, or of its repository, is refused all the same', async () => {
    world.image('app', 'v1', { layers: ['own'] });
    world.image('app', 'v2', { layers: ['two'] });
    world.write(at.current('app', 'v1'), '');
    for (const named of ['app:v1', 'app', 'app:v*'])
      await expect(rm([named], ['app:v1']), named).rejects.toMatchObject({ code: 'in-use' });
    expect((await rm(['app:v2'], ['app:v1'])).removals.length).toBe(1);
  });

  test('what it does not lead to goes', async () => {
    const app = world.image('app', 'v1', { layers: ['base', 'own'] });
    world.image('app', 'v2', { layers: ['base', 'two'] });
    expect((await rm(['app:v2'], [app.digest])).removals.length).toBeGreaterThan(4);
  });
});

test('a signature of an image of registry 2.1 whose tag cannot be read is not dangling', async () => {
  const old = world.image('app', 'v1', { layers: ['own'] });
  world.linkLayer('app', old.digest);
  world.removeFile(at.revision('app', old.digest));
  world.signatureTag('signatures', old);
  world.image('web', 'v1', { layers: ['web'] });
  const tags = async () => {
    const plan = await planned(world.root, { command: 'gc', danglingSignatures: true });
    return [...plan.removals].flatMap(({ tag }) => tag ?? []);
  };
  expect(await tags()).toEqual([]);
  world.write(at.current('app', 'v1'), '');
  expect(await tags()).toEqual([]);
  world.untag('app', 'v1');
  expect(await tags()).toEqual([signatureTagOf(old.digest)]);
});

test('a tag that refers to what is in use stays with all it names under --broken, even where its manifest is lost', async () => {
  const lost = world.image('app', 'v1', { layers: ['own'] });
  const signature = world.artifact('app', 'v2', { blobs: ['signed'], subject: lost });
  world.image('app', 'v3', { layers: ['other'] });
  removeBlob(world, lost.digest);
  const gone = async (...keepInUse: readonly string[]) =>
    [...(await planned(world.root, { command: 'gc', broken: true, keepInUse })).removals]
      .filter(({ kind }) => kind !== 'directory')
      .map(({ kind }) => kind);
  expect(await gone()).toEqual(expect.arrayContaining(['tag', 'revision', 'layerLink', 'blob']));
  expect(await gone(signature.digest)).toEqual([]);
});
