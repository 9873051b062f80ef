// Hazard 24 (docs/hazards.md): other people's files. What is not understood is reported and never deleted, and nothing else is kept for it.

import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { strayFile } from '../support/damage.js';
import { at } from '../support/tree-paths.js';
import { layerDigest, World } from '../support/world.js';
import { clean, going, settled, whole } from './clean.js';

let world: World;
beforeEach(() => {
  world = World.create();
});
afterEach(() => world.remove());

const NFS = '.nfs000000000001';

describe('hazard 24: files that no registry wrote', () => {
  test.each([
    ['repositories', `repositories/${NFS}`],
    ['a repository', `repositories/app/${NFS}`],
    ['_manifests', `${at.manifests('app')}/${NFS}`],
    ['the tags', `${at.tags('app')}/${NFS}`],
    ['a tag that stays', `${at.tag('app', 'v2')}/${NFS}`],
    ['the revisions', `${at.revisions('app')}/${NFS}`],
    ['the revisions of an algorithm', `${at.revisions('app')}/sha256/${NFS}`],
    ['the layers', `${at.layers('app')}/${NFS}`],
    ['the layers of an algorithm', `${at.layers('app')}/sha256/${NFS}`],
    ['the uploads', `${at.uploads('app')}/${NFS}`],
    ['blobs', `blobs/${NFS}`],
    ['an algorithm of blobs', `blobs/sha256/${NFS}`],
    ['the prefix folder of a blob that goes', `${path.dirname(path.dirname(at.blob(layerDigest('one'))))}/${NFS}`],
  ])('in %s: left, and nothing else is kept for it', async (_, stray) => {
    const gone = world.image('app', 'v1', { layers: ['one'] });
    world.image('app', 'v2', { layers: ['two'] });
    strayFile(world, stray);
    const { went } = await clean(world, ['rm', 'app:v1']);
    expect(went).toEqual(going('tag app:v1', whole('app', gone)));
    expect(world.exists(stray)).toBe(true);
  });

  test('the folder around a blob that goes is not said to go where something else lies in it', async () => {
    world.image('app', 'v1', { layers: ['one'] });
    world.image('app', 'v2', { layers: ['two'] });
    const prefix = path.dirname(path.dirname(at.blob(layerDigest('one'))));
    strayFile(world, `${prefix}/${NFS}`);
    const { folders } = await clean(world, ['rm', 'app:v1']);
    expect(folders).not.toContain(prefix);
    expect(world.exists(prefix)).toBe(true);
  });

  test.each(['repositories/lost+found', 'repositories/@eaDir', 'blobs/lost+found'])(
    'an empty folder of a name that no registry writes, %s: told and left',
    async (folder) => {
      world.image('app', 'v1', { layers: ['one'] });
      world.mkdir(folder);
      world.mkdir('repositories/team/empty');
      world.mkdir('blobs/sha256/00');
      const { problems, folders } = await clean(world, ['gc']);
      expect(problems).toMatchObject([{ code: 'foreign-entry', path: folder }]);
      expect(folders).toEqual(
        expect.arrayContaining(['blobs/sha256/00', 'repositories/team', 'repositories/team/empty']),
      );
      expect(world.exists(folder)).toBe(true);
    },
  );

  test.each([
    ['a tag', at.tag('app', 'v1')],
    ['a layer link', at.layer('app', layerDigest('one')).replace('/link', '')],
  ])('in %s that goes: it travels along, the trash is kept, and it is told', async (_, folder) => {
    world.image('app', 'v1', { layers: ['one'] });
    world.image('app', 'v2', { layers: ['two'] });
    strayFile(world, `${folder}/notes.txt`);
    const { outcome } = await clean(world, ['rm', 'app:v1']);
    expect(outcome).toMatchObject({ status: 'done', trashKept: true, foreign: [`${folder}/notes.txt`] });
    const runs = fs.readdirSync(path.join(world.root, '.regsweep/runs'));
    const kept = fs.readdirSync(path.join(world.root, '.regsweep/runs', runs[0]!), { recursive: true });
    expect(kept.some((entry) => String(entry).endsWith('notes.txt'))).toBe(true);
  });

  test('in a blob folder that goes: only the data goes, and a second run finds nothing to do', async () => {
    world.image('app', 'v1', { layers: ['one'] });
    world.image('app', 'v2', { layers: ['two'] });
    const folder = at.blob(layerDigest('one')).replace('/data', '');
    strayFile(world, `${folder}/notes.txt`);
    await clean(world, ['rm', 'app:v1']);
    expect(world.list(folder)).toEqual(['notes.txt']);
    const again = await clean(world, ['gc']);
    expect(again.went).toEqual([]);
    expect(world.list(folder)).toEqual(['notes.txt']);
  });

  test('a repository that goes whole leaves what is not its own', async () => {
    world.image('app', 'v1', { layers: ['one'] });
    world.image('web', 'v1', { layers: ['web'] });
    strayFile(world, 'repositories/app/README');
    const { folders, outcome } = await clean(world, ['rm', 'app']);
    expect(folders, 'no folder is promised that stays').not.toContain('repositories/app');
    expect(outcome).toMatchObject({ status: 'done', foreign: [] });
    expect(world.list('repositories/app')).toEqual(['README']);
    expect((await clean(world, ['gc'])).went).toEqual([]);
  });
});

describe('hazard 24: folders that others keep', () => {
  test("another program's folder in a repository that goes, or in its name space: what holds it is not promised", async () => {
    world.image('team/app', 'v1', { layers: ['one'] });
    world.image('team/web', 'v1', { layers: ['web'] });
    world.write('repositories/team/app/_referrers/subjects/sha256/link', 'of a fork');
    world.write('repositories/team/README', 'ours');
    const { folders, outcome } = await clean(world, ['rm', 'team/**', '--allow-empty']);
    expect(folders.filter((folder) => !folder.includes('/_') && !folder.startsWith('blobs'))).toEqual([
      'repositories/team/web',
    ]);
    expect(outcome).toMatchObject({ status: 'done', foreign: [] });
    await settled(world, ['gc']);
  });

  test('rm of a repository takes its empty folders too, where a stray file keeps it from going whole', async () => {
    const deleted = world.image('app', 'v1', { layers: ['one'] });
    world.image('app', 'v2', { layers: ['two'] });
    world.image('web', 'v1', { layers: ['web'] });
    world.apiDeleteManifest('app', deleted);
    strayFile(world, `${at.layers('app')}/${NFS}`);
    const { outcome } = await clean(world, ['rm', 'app']);
    expect(outcome).toMatchObject({ status: 'done', foreign: [] });
    expect(world.list('repositories/app')).toEqual(['_layers']);
    await settled(world, ['rm', 'app']);
  });

  test('rm of a tag leaves folders that were empty before, and does not try those above them', async () => {
    const deleted = world.image('app', 'v1', { layers: ['one'] });
    world.image('app', 'v2', { layers: ['two'] });
    world.linkLayer('app', world.blob('half'));
    world.apiDeleteManifest('app', deleted);
    const { outcome } = await clean(world, ['rm', 'app:v2']);
    expect(outcome).toMatchObject({ status: 'done', foreign: [] });
    expect(world.list(`${at.revisions('app')}/sha256`)).toEqual([deleted.digest.slice(7)]);
    await settled(world, ['rm', 'app:v2', '--ignore-missing']);
  });
});
