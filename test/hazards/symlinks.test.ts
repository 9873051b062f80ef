// Hazard 24 (docs/hazards.md): symlinks. They are read through as the registry reads them, what lies behind them is cleaned in its place, and
// what they lead to by another name is never taken for something else.

import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { regsweep } from '../cli/run.js';
import { brokenTags, pullableTags } from '../support/pullable.js';
import { at } from '../support/tree-paths.js';
import { layerDigest, World } from '../support/world.js';
import { clean, going, refused, short, whole } from './clean.js';

let world: World;
let beside: string;
beforeEach(() => {
  world = World.create();
  beside = fs.mkdtempSync(`${world.root}-beside-`);
});
afterEach(() => {
  world.remove();
  fs.rmSync(beside, { recursive: true, force: true });
});

/** Moves a folder of the tree to another place and leaves a symlink. */
function moveAway(relative: string): string {
  const target = path.join(beside, path.basename(relative));
  fs.renameSync(world.path(relative), target);
  fs.symlinkSync(target, world.path(relative));
  return target;
}

describe('hazard 24: symlinks', () => {
  test.each(['blobs', 'repositories'])(
    '%s elsewhere: read, cleaned where it lies, and the symlink stays',
    async (which) => {
      const gone = world.image('app', 'v1', { layers: ['base', 'one'] });
      world.image('app', 'v2', { layers: ['base', 'two'] });
      const target = moveAway(which);
      const ran = await regsweep(['rm', 'app:v1', '--yes', '--json', '--own-blobs'], { root: world.root });
      expect(ran.status, ran.stderr).toBe(0);
      expect(JSON.parse(ran.stdout).problems).toMatchObject([{ code: 'symlinked', path: which, detail: target }]);
      expect(fs.lstatSync(world.path(which)).isSymbolicLink()).toBe(true);
      expect(fs.existsSync(target)).toBe(true);
      expect(world.exists(at.blob(gone.digest))).toBe(false);
      expect(pullableTags(world.v2)).toEqual(['app:v2']);
    },
  );

  test('v2 by a symlink: the tree is where it leads, its root too, so that there is one lock and one trash', async () => {
    world.image('app', 'v1', { layers: ['base', 'one'] });
    const link = path.join(beside, 'storage');
    fs.symlinkSync(world.v2, link);
    const ran = await regsweep(['rm', 'app:v1', '--yes', '--json', '--keep-trash'], { root: link });
    expect(ran.status, ran.stderr).toBe(0);
    expect(JSON.parse(ran.stdout).root).toBe(world.root);
    expect(fs.readdirSync(beside)).toEqual(['storage']);
    expect((await regsweep(['undo', '--yes'], { root: world.root })).status).toBe(0);
    expect(pullableTags(world.v2)).toEqual(['app:v1']);
  });

  test('a repository elsewhere: what it names keeps blobs; its items are removed where they lie', async () => {
    world.image('far/app', 'v1', { layers: ['base', 'one'] });
    const near = world.image('near', 'v1', { layers: ['base', 'near'] });
    moveAway('repositories/far');
    const { went, problems } = await clean(world, ['rm', 'near']);
    expect(went).toEqual(
      going('tag near:v1', whole('near', near, ['base']), `layerLink near@${short(layerDigest('base'))}`),
    );
    expect(problems).toMatchObject([{ code: 'symlinked', path: 'repositories/far' }]);
    expect(pullableTags(world.v2)).toEqual(['far/app:v1']);
  });

  test('another name of a repository is none: what is named by it is refused, and the repository stays', async () => {
    world.image('zebra/app', 'v1', { layers: ['own'] });
    fs.symlinkSync('zebra/app', world.path('repositories/alias'));
    fs.symlinkSync('zebra', world.path('repositories/team'));
    const { message } = await refused(world, ['rm', 'alias:v1'], 2);
    expect(message).toContain('no such repository');
    await refused(world, ['rm', 'team/app'], 2);
    const { problems } = await clean(world, ['gc', '--untagged']);
    expect(problems).toMatchObject([
      { code: 'symlinked', path: 'repositories/alias', detail: 'another name of zebra/app' },
      { code: 'symlinked', path: 'repositories/team', detail: 'another name of zebra' },
    ]);
    const ran = await regsweep(['rm', 'zebra/app', '--yes'], { root: world.root });
    expect(ran.status, ran.stderr).toBe(0);
    expect(world.list('blobs')).toEqual([]);
  });

  test('two names of a place outside: the first is the repository, blobs are freed with it', async () => {
    world.image('far/app', 'v1', { layers: ['one'] });
    world.image('near', 'v1', { layers: ['near'] });
    const target = moveAway('repositories/far');
    fs.symlinkSync(target, world.path('repositories/gone-far'));
    fs.symlinkSync(path.join(target, 'app'), world.path('repositories/far-app'));
    const listed = await regsweep(['ls', '--json'], { root: world.root });
    const names = JSON.parse(listed.stdout).repositories.map(({ repository }: { repository: string }) => repository);
    expect(names).toEqual(['far/app', 'near']);
    const ran = await regsweep(['rm', names[0], '--yes', '--json'], { root: world.root });
    expect(ran.status, ran.stderr).toBe(0);
    expect(JSON.parse(ran.stdout).totals.blobs).toBe(3);
    expect(world.list('repositories/near').length).toBe(3);
  });

  test('a symlink back up: a loop ends, the repositories are found, nothing is lost', async () => {
    world.image('app', 'v1', { layers: ['own'] });
    const loose = world.image('app', undefined, { layers: ['loose'] });
    fs.symlinkSync('..', world.path('repositories/app/loop'));
    const { went } = await clean(world, ['gc', '--untagged']);
    expect(went.filter((word) => word.startsWith('blob'))).toEqual(
      going(whole('app', loose).filter((word) => word.startsWith('blob'))),
    );
    expect(brokenTags(world.v2)).toEqual([]);
  });

  test('a symlink to itself stops everything before anything is touched, and is named', async () => {
    world.image('app', 'v1', { layers: ['own'] });
    fs.symlinkSync('self', world.path('repositories/self'));
    const { code, path: where } = await refused(world, ['gc', '--untagged'], 4);
    expect(code).toBe('tree-unreadable');
    expect(where).toContain('repositories/self');
  });

  test('a dangling symlink among the repositories, a disk that is not mounted, stops everything', async () => {
    world.image('app', 'v1', { layers: ['own'] });
    fs.symlinkSync('/nowhere', world.path('repositories/unmounted'));
    const { code, path: where } = await refused(world, ['gc'], 4);
    expect(code).toBe('tree-unreadable');
    expect(where).toContain('repositories/unmounted');
  });

  test('a symlink inside an item travels along; what it leads to is not touched', async () => {
    world.image('app', 'v1', { layers: ['own'] });
    world.image('app', 'v2', { layers: ['two'] });
    fs.writeFileSync(path.join(beside, 'precious'), 'precious');
    fs.symlinkSync(beside, world.path(`${at.tag('app', 'v1')}/precious`));
    const { outcome } = await clean(world, ['rm', 'app:v1']);
    expect(outcome).toMatchObject({ trashKept: true, foreign: [`${at.tag('app', 'v1')}/precious`] });
    expect(fs.readFileSync(path.join(beside, 'precious'), 'utf8')).toBe('precious');
    expect((await regsweep(['trash', 'empty'], { root: world.root })).status).toBe(0);
    expect(fs.readFileSync(path.join(beside, 'precious'), 'utf8')).toBe('precious');
  });

  test("an upload that is a symlink is nobody's upload: told, and left", async () => {
    world.image('app', 'v1', { layers: ['own'] });
    fs.writeFileSync(path.join(beside, 'startedat'), '2001-01-01T00:00:00Z');
    fs.symlinkSync(beside, world.path(`${at.uploads('app')}/linked`));
    const { went, problems } = await clean(world, ['gc']);
    expect(went).toEqual([]);
    expect(problems).toMatchObject([{ code: 'foreign-entry', path: `${at.uploads('app')}/linked` }]);
  });
});
