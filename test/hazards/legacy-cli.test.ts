// The thirteen bugs of delete_docker_registry_image (docs/hazards.md), each on the tree that showed it. There every one ended with exit 0; here
// each ends with what was meant, or with a refusal, and nothing else is lost.

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PROGRAM, regsweep } from '../cli/run.js';
import { brokenTags, pullableRevisions, pullableTags } from '../support/pullable.js';
import { differences, snapshot } from '../support/snapshot.js';
import { at } from '../support/tree-paths.js';
import { layerDigest, World } from '../support/world.js';
import { clean, going, links, refused, short, whole } from './clean.js';

let world: World;
beforeEach(() => {
  world = World.create();
});
afterEach(() => world.remove());

describe('delete_docker_registry_image', () => {
  test('1: a wrong tag deleted the whole repository; here it is refused, and the tags are reported', async () => {
    world.image('app', 'v1', { layers: ['own'] });
    const { message } = await refused(world, ['rm', 'app:v9'], 2);
    expect(message).toContain('app has v1');
  });

  test('2: an empty tag deleted the whole repository; here it is refused', async () => {
    world.image('app', 'v1', { layers: ['one'] });
    world.image('app', 'v2', { layers: ['two'] });
    expect((await refused(world, ['rm', 'app:'], 2)).message).toContain('empty tag');
  });

  test('3: one zero-byte link deleted the entire blob store; here only the image named goes', async () => {
    const app = world.image('app', 'v1', { layers: ['own'] });
    world.image('web', 'v1', { layers: ['web'] });
    world.write(at.layer('app', layerDigest('own')), '');
    expect((await clean(world, ['rm', 'app'])).went).toEqual(going('tag app:v1', whole('app', app)));
    expect(pullableTags(world.v2)).toEqual(['web:v1']);
  });

  test('4: deleting a deleted a/b as well, and a mere name space all that was below it', async () => {
    world.image('a', 'v1', { layers: ['a'] });
    world.image('a/b', 'v1', { layers: ['b'] });
    world.image('x/y/z', 'v1', { layers: ['z'] });
    await refused(world, ['rm', 'x/y'], 2);
    await clean(world, ['rm', 'a']);
    expect(pullableTags(world.v2)).toEqual(['a/b:v1', 'x/y/z:v1']);
  });

  test('5: --untagged destroyed every multi-arch image; here all seven blobs stay', async () => {
    world.index('app', 'multi', [{ layers: ['x'] }, { layers: ['y'] }]);
    const before = pullableRevisions(world.v2);
    expect(before).toHaveLength(3);
    expect((await clean(world, ['gc', '--untagged'])).went).toEqual([]);
    expect(pullableRevisions(world.v2)).toEqual(before);
  });

  test('6: --untagged deleted a manifest blob that another repository had tagged', async () => {
    const shared = world.image('app', undefined, { layers: ['own'] });
    world.image('app', 'v2', { layers: ['two'] });
    world.copy('web', 'v1', shared);
    expect((await clean(world, ['gc', '--untagged'])).went).toEqual(going(links('app', shared)));
    expect(pullableTags(world.v2)).toEqual(['app:v2', 'web:v1']);
  });

  test('7: an unreadable manifest protected nothing; here its layers are there when it can be read again', async () => {
    const one = world.image('app', 't1', { layers: ['base', 'one'] });
    world.image('app', 't2', { layers: ['base', 'two'] });
    const data = world.path(at.blob(one.digest));
    fs.rmSync(data);
    fs.symlinkSync('data', data);
    expect((await clean(world, ['rm', 'app:t2'], { status: 3 })).went).toEqual(['tag app:t2']);
    fs.rmSync(data);
    fs.writeFileSync(data, one.content);
    expect(pullableTags(world.v2)).toEqual(['app:t1']);
  });

  test('8: layers of untagged, digest-pinned revisions were deleted under their links', async () => {
    const app = world.image('app', 'v1', { layers: ['base', 'one'] });
    const pinned = world.image('app', undefined, { layers: ['base', 'pinned'] });
    expect((await clean(world, ['rm', 'app:v1'])).went).toEqual(going('tag app:v1', whole('app', app, ['base'])));
    expect(pullableRevisions(world.v2)).toEqual([`app@${pinned.digest}`]);
  });

  test('9: a dry run deleted empty folders; here it changes not one mtime', async () => {
    world.image('app', 'v1', { layers: ['own'] });
    world.mkdir('repositories/empty');
    const before = snapshot(world.root, { mtime: true, inode: true });
    const ran = await regsweep(['gc', '--dry-run'], { root: world.root });
    expect(ran.stdout).toContain('2 empty folders');
    expect(differences(before, snapshot(world.root, { mtime: true, inode: true }))).toEqual([]);
  });

  test.each(['..', '../..', '/', '', '.', 'app/../../blobs'])("10: '%s' led out of the repositories", async (name) => {
    world.image('app', 'v1', { layers: ['own'] });
    await refused(world, ['rm', name], 2);
  });

  test('10: an absolute path removed that folder', async () => {
    world.image('app', 'v1', { layers: ['own'] });
    const precious = fs.mkdtempSync(`${world.root}-precious-`);
    fs.writeFileSync(path.join(precious, 'file'), 'precious');
    await refused(world, ['rm', precious], 2);
    expect(fs.readdirSync(precious)).toEqual(['file']);
    fs.rmSync(precious, { recursive: true });
  });

  test('11: the blobs of a name of three parts were never freed', async () => {
    const deep = world.image('x/y/z', 'v1', { layers: ['deep'] });
    world.image('app', 'v1', { layers: ['own'] });
    expect((await clean(world, ['rm', 'x/y/z'])).went).toEqual(going('tag x/y/z:v1', whole('x/y/z', deep)));
    expect(world.list('repositories')).toEqual(['app']);
  });

  test('12: blobs went first, so a run cut off left tags without content; here no prefix of the steps does', async () => {
    for (let n = 0; n < 150; n += 1) world.image('app', `t${n}`, { layers: ['base', `layer ${n}`] });
    world.image('web', 'v1', { layers: ['base'] });
    const { removals } = JSON.parse((await regsweep(['rm', 'app', '-n', '--json'], { root: world.root })).stdout);
    const kinds = removals.map(({ kind }: { kind: string }) => kind);
    const order = ['tag', 'history', 'revision', 'layerLink', 'upload', 'blob', 'leftover', 'directory'];
    expect(kinds.map((kind: string) => order.indexOf(kind))).toEqual(
      kinds.map((kind: string) => order.indexOf(kind)).sort((a: number, b: number) => a - b),
    );
    await killedOnceItMoves();
    expect(brokenTags(world.v2)).toEqual([]);
    const again = await regsweep(['rm', 'app', '--yes', '--ignore-missing'], { root: world.root });
    expect(again.status, again.stderr).toBe(0);
    expect(pullableTags(world.v2)).toEqual(['web:v1']);
    expect(world.list('repositories')).toEqual(['web']);
  });

  test('13: an OCI index, a subject and a sha512 layer were unknown', async () => {
    const index = world.index('app', 'v1', [{ layers: [{ name: 'aliased', alias: 'sha512' }] }]);
    world.referrer('app', undefined, index);
    const before = pullableRevisions(world.v2);
    expect((await clean(world, ['gc', '--untagged'])).went).toEqual([]);
    expect(pullableRevisions(world.v2)).toEqual(before);
    const { went } = await clean(world, ['rm', 'app:v1']);
    expect(went).toContain(`layerLink app@${short(layerDigest({ name: 'aliased', alias: 'sha512' }))}`);
    expect(world.list('repositories')).toEqual([]);
  });
});

/** Starts `rm app` and kills it (SIGKILL) as soon as its trash holds something. */
async function killedOnceItMoves(): Promise<void> {
  const child = spawn(process.execPath, [PROGRAM, 'rm', 'app', '--yes', '--root', world.root], { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const runs = path.join(world.root, '.regsweep/runs');
  const moved = (): boolean =>
    fs.existsSync(runs) &&
    fs.readdirSync(runs).some((run) => {
      const trash = path.join(runs, run, 'trash');
      return fs.existsSync(trash) && fs.readdirSync(trash).length > 0;
    });
  while (child.exitCode === null && !moved()) await new Promise((resolve) => setImmediate(resolve));
  child.kill('SIGKILL');
  await ended;
}
