// A part of the tree moved away with a dangling link left in its place, as an unmounted disk leaves it, and its siblings: the built
// program removes nothing for it. Structure stops the run; one tag, revision, link or blob freezes what it belongs to.

import fs from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { OTHER_KINDS, replaceBy } from '../support/damage.js';
import { at } from '../support/tree-paths.js';
import { layerDigest, type Pushed, World } from '../support/world.js';
import { clean, refused } from './clean.js';

let world: World;
let child: Pushed;
let web: Pushed;
beforeEach(() => {
  world = World.create();
  child = world.image('team/web', undefined, { layers: ['base', 'arm'] });
  web = world.image('team/web', 'v1', { layers: ['base', 'own'] });
  world.index('team/web', 'multi', [child, { layers: ['base', 'amd'] }]);
  world.image('other', 'v1', { layers: ['base'] });
});
afterEach(() => world.remove());

const folder = (link: string): string => link.replace(/\/link$/, '');
const COMMANDS = [
  ['gc'],
  ['gc', '--untagged'],
  ['rm', 'other:v1'],
  ['retain', '--keep-tag', 'none', '--untagged', '--allow-empty'],
];

describe.each(OTHER_KINDS)('%s', (kind) => {
  test.each([
    ['a name space', () => 'repositories/team'],
    ['a repository', () => 'repositories/team/web'],
    ['_manifests', () => at.manifests('team/web')],
    ['_layers', () => at.layers('team/web')],
    ['tags', () => at.tags('team/web')],
    ['revisions', () => at.revisions('team/web')],
    ['an algorithm of revisions', () => `${at.revisions('team/web')}/sha256`],
    ['an algorithm of layers', () => `${at.layers('team/web')}/sha256`],
    ['an algorithm of blobs', () => 'blobs/sha256'],
    ['a prefix of blobs', () => `blobs/sha256/${child.digest.slice(7, 9)}`],
  ])('in place of %s: every command stops before it touches anything', async (what, place) => {
    // A file beside repositories is foreign, whatever its name is.
    if (kind === 'a file' && (what === 'a name space' || what === 'a repository')) return;
    replaceBy(world, place(), kind);
    for (const command of COMMANDS) {
      const { code, path } = await refused(world, command, 4);
      expect(code).toBe('tree-unreadable');
      expect(path).toContain(world.path(place()));
    }
  });

  test.each([
    ['a tag', () => at.tag('team/web', 'v1'), 'tag-unreadable'],
    ['the revision of a child', () => folder(at.revision('team/web', child.digest)), 'revision-unreadable'],
    ['a layer link', () => folder(at.layer('team/web', layerDigest('own'))), 'layer-link-unreadable'],
    ['the blob of a manifest', () => at.blob(web.digest).replace(/\/data$/, ''), 'manifest-unreadable'],
    ['its data', () => at.blob(child.digest), 'manifest-unreadable'],
  ])('in place of %s: frozen, exit 3, nothing goes', async (what, place, code) => {
    if (kind === 'a file' && what === 'its data') return; // an ordinary damaged manifest
    replaceBy(world, place(), kind);
    for (const command of [['gc'], ['gc', '--untagged']]) {
      const { went, frozen } = await clean(world, command, { status: 3 });
      expect(went).toEqual([]);
      expect(frozen).toMatchObject([{ repository: 'team/web', causes: [{ code }] }]);
    }
  });

  test('beside repositories, under a name that none can have: foreign, and blocks nothing', async () => {
    for (const name of ['.DS_Store', 'lost+found', '.snapshot', '#recycle']) {
      fs.mkdirSync(world.path(`repositories/${name}`));
      replaceBy(world, `repositories/${name}`, kind);
      fs.rmSync(`${world.root}/away`, { recursive: true });
    }
    const { went, problems } = await clean(world, ['rm', 'other:v1']);
    expect(went).not.toEqual([]);
    expect(problems.map((problem) => problem.code)).toEqual(Array(4).fill('foreign-entry'));
  });
});

test('a readme.txt beside repositories blocks nothing', async () => {
  world.write('repositories/readme.txt', 'hello');
  const { went, problems } = await clean(world, ['rm', 'other:v1']);
  expect(went).not.toEqual([]);
  expect(problems).toMatchObject([{ code: 'foreign-entry', path: 'repositories/readme.txt' }]);
});

test('gc --broken leaves a tag that may be on a disk not mounted', async () => {
  replaceBy(world, at.tag('team/web', 'v1'), 'a dangling link');
  const { went } = await clean(world, ['gc', '--broken', '--untagged'], { status: 3 });
  expect(went).toEqual([]);
});
