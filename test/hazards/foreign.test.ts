// Hazards 23 and 24 (FIELD 1): symlinks, other people's files, what crashed writes left, and what registries of 2015 wrote.
// Links are read through as the registry reads them; what is not understood is told and never deleted.

import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { regsweep } from '../cli/run.js';
import { strayFile } from '../support/damage.js';
import { brokenTags, pullableTags } from '../support/pullable.js';
import { at } from '../support/tree-paths.js';
import { layerDigest, World } from '../support/world.js';
import { clean, going, refused, settled, short, whole } from './clean.js';

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

const NFS = '.nfs000000000001';

describe('hazard 24: symlinks', () => {
  test.each(['blobs', 'repositories'])(
    '%s elsewhere: read, cleaned where it lies, and the symlink stays',
    async (which) => {
      const gone = world.image('app', 'v1', { layers: ['base', 'one'] });
      world.image('app', 'v2', { layers: ['base', 'two'] });
      const target = moveAway(which);
      const ran = await regsweep(['rm', 'app:v1', '--yes', '--json'], { root: world.root });
      expect(ran.status, ran.stderr).toBe(0);
      expect(fs.lstatSync(world.path(which)).isSymbolicLink()).toBe(true);
      expect(fs.existsSync(target)).toBe(true);
      expect(world.exists(at.blob(gone.digest))).toBe(false);
      expect(pullableTags(world.v2)).toEqual(['app:v2']);
    },
  );

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

  test('a symlink that leads to itself stops everything before anything is touched, and is named', async () => {
    world.image('app', 'v1', { layers: ['own'] });
    fs.symlinkSync('self', world.path('repositories/self'));
    const { code, path: where } = await refused(world, ['gc', '--untagged'], 4);
    expect(code).toBe('tree-unreadable');
    expect(where).toContain('repositories/self');
  });

  test('a dangling symlink among the repositories is told and left', async () => {
    world.image('app', 'v1', { layers: ['own'] });
    fs.symlinkSync('/nowhere', world.path('repositories/unmounted'));
    const { problems } = await clean(world, ['gc']);
    expect(problems).toMatchObject([{ code: 'foreign-entry', path: 'repositories/unmounted' }]);
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
    ['the prefix folder of a blob that goes', `${at.blob(layerDigest('one')).slice(0, 14)}/${NFS}`],
  ])('in %s: left, and nothing else is kept for it', async (_, stray) => {
    const gone = world.image('app', 'v1', { layers: ['one'] });
    world.image('app', 'v2', { layers: ['two'] });
    strayFile(world, stray);
    const { went } = await clean(world, ['rm', 'app:v1']);
    expect(went).toEqual(going('tag app:v1', whole('app', gone)));
    expect(world.exists(stray)).toBe(true);
  });

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
    await clean(world, ['rm', 'app']);
    expect(world.list('repositories/app')).toEqual(['README']);
    expect((await clean(world, ['gc'])).went).toEqual([]);
  });
});

describe('hazard 24: folders that others keep', () => {
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

test('blob folders found empty go with the folder of their algorithm, in one run', async () => {
  world.manifest('app', 'v1', { schemaVersion: 2, manifests: [] });
  const [two] = world.list('blobs/sha256');
  world.mkdir(`blobs/sha512/ab`);
  world.mkdir(`blobs/sha256/${two === 'ab' ? 'cd' : 'ab'}`);
  await clean(world, ['gc']);
  expect([world.list('blobs'), world.list('blobs/sha256')]).toEqual([['sha256'], [two]]);
  await settled(world, ['gc']);
});

describe('hazard 24: what a crashed write left', () => {
  const TMP = '01234567-89ab-cdef-0123-456789abcdef.tmp';
  const long = new Date('2024-01-01T00:00:00Z');

  test('beside its target: kept for a day, then deleted by gc, the target stays', async () => {
    const app = world.image('app', 'v1', { layers: ['own'] });
    const old = [`${at.current('app', 'v1')}.${TMP}`, `${at.blob(app.digest)}.${TMP}`];
    for (const file of old) {
      world.write(file, 'half');
      world.touch(file, long);
    }
    world.write(`${at.revision('app', app.digest)}.${TMP}`, 'half');
    expect((await clean(world, ['gc', '--untagged'])).went).toEqual(old.map((file) => `leftover ${file}`).sort());
    await settled(world, ['gc', '--untagged']);
    expect(brokenTags(world.v2)).toEqual([]);
  });

  test('alone in its folder: the file and the folder that it leaves empty go in one run', async () => {
    world.image('app', 'v1', { layers: ['own'] });
    const digest = layerDigest('never finished');
    const files = [
      `${at.revision('app', digest)}.${TMP}`,
      `${at.layer('app', digest)}.${TMP}`,
      `${at.blob(digest)}.${TMP}`,
    ];
    for (const file of files) {
      world.write(file, 'half');
      world.touch(file, long);
    }
    const { outcome } = await clean(world, ['gc', '--untagged']);
    expect(outcome).toMatchObject({ status: 'done', foreign: [], trashKept: false });
    for (const file of files) expect(world.exists(file), file).toBe(false);
    await settled(world, ['gc', '--untagged']);
  });

  test('beside the data of a blob that goes: it goes along, nothing is told to be foreign', async () => {
    world.image('app', 'v1', { layers: ['own'] });
    const file = `${at.blob(world.blob('stray'))}.${TMP}`;
    world.write(file, 'half');
    world.touch(file, long);
    const { outcome } = await clean(world, ['gc']);
    expect(outcome).toMatchObject({ status: 'done', foreign: [] });
    await settled(world, ['gc']);
  });

  test('all that there is of a repository: it goes whole', async () => {
    world.image('app', 'v1', { layers: ['own'] });
    const file = `${at.revision('begun', layerDigest('never finished'))}.${TMP}`;
    world.write(file, 'half');
    world.touch(file, long);
    await clean(world, ['gc']);
    expect(world.list('repositories')).toEqual(['app']);
  });

  test('a file that only looks like one stays', async () => {
    world.image('app', 'v1', { layers: ['own'] });
    const file = `${at.tags('app')}/v1/notes.tmp`;
    world.write(file, 'mine');
    world.touch(file, long);
    expect((await clean(world, ['gc'])).went).toEqual([]);
  });

  test.each(['2', '2026-1', '2026-11-2', '20', 'Sat', ''])(
    "an upload's startedat cut short to '%s' is no date",
    async (text) => {
      world.image('app', 'v1', { layers: ['own'] });
      world.upload('app', 'aaaa', { startedAt: text });
      expect((await clean(world, ['gc'])).went).toEqual([]);
    },
  );
});

describe('hazard 23: trees of old registries', () => {
  test('schema 1: layers and signatures stay with a tagged image, and go with it', async () => {
    const signed = world.schema1('old', 'v1', { layers: ['base', 'a'], signatures: ['s1', 's2'] });
    world.schema1('old', 'v2', { layers: ['base', 'b'], signatures: ['s3'] });
    expect((await clean(world, ['gc', '--untagged'])).went).toEqual([]);
    const { went } = await clean(world, ['rm', 'old:v1']);
    const signatures = ['s1', 's2'].map(
      (name) => `blob ${short(layerDigest({ name: `signature ${name}`, bytes: 200 }))}`,
    );
    expect(went).toEqual(going('tag old:v1', whole('old', signed, ['base']), signatures));
  });

  test('a signature that two revisions share stays until the second goes', async () => {
    const one = world.schema1('old', 'v1', { layers: ['a'], signatures: ['s'] });
    world.schema1('old', 'v2', { layers: ['b'], signatures: ['s'] });
    expect((await clean(world, ['rm', 'old:v1'])).went).toEqual(going('tag old:v1', whole('old', one)));
    const shared = `blob ${short(layerDigest({ name: 'signature s', bytes: 200 }))}`;
    expect((await clean(world, ['rm', 'old:v2'])).went).toContain(shared);
  });

  test('a damaged schema 1 manifest keeps its signatures', async () => {
    const old = world.schema1('old', 'v1', { layers: ['a'], signatures: ['s'] });
    world.image('app', 'v1', { layers: ['own'] });
    world.write(at.blob(old.digest), old.content.subarray(0, 40));
    expect((await clean(world, ['gc', '--untagged'], { status: 3 })).went).toEqual([]);
  });
});
