// Whether a big tree is searched for leftovers: only where a link tells that it was renamed into its place, as registry 3.1
// and newer do, or was touched since.

import fs from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RepositoryName } from '../../src/model/names.js';
import { gatherLeftovers } from '../../src/scan/gather-leftovers.js';
import { gatherRepositories } from '../../src/scan/gather-repositories.js';
import { Gathering } from '../../src/scan/gathering.js';
import { leftoversStillAt, mayHaveLeftovers } from '../../src/scan/leftovers.js';
import { Pool } from '../../src/scan/pool.js';
import { TreeReader } from '../../src/scan/tree-reader.js';
import { sha256 } from '../support/content.js';
import { at } from '../support/tree-paths.js';
import { World } from '../support/world.js';

const TMP = '01234567-89ab-cdef-0123-456789abcdef.tmp';
const TAGS = ['a', 'b', 'c'];
let world: World;
beforeEach(() => {
  world = World.create();
  for (const tag of TAGS) world.image('app', tag, { layers: [tag] });
});
afterEach(() => world.remove());

const links = TAGS.map((tag) => at.current('app', tag));
const may = (): boolean => mayHaveLeftovers(world.v2, links, new TreeReader());

test('links written in place: no search', () => {
  expect(may()).toBe(false);
});

test('where no tag has a link nothing tells either way: that is as if there were some', () => {
  expect(mayHaveLeftovers(world.v2, [], new TreeReader())).toBe(true);
  expect(mayHaveLeftovers(world.v2, [at.current('app', 'gone since')], new TreeReader())).toBe(true);
});

test('a big tree without a tag is searched', async () => {
  const path = `${at.upload('app', 'cut-off')}/startedat.${TMP}`;
  world.write(path, 'half');
  const reader = new TreeReader();
  const pool = new Pool(world.v2, reader, { quick: 0, waiting: 0 });
  const means = { reuse: undefined, onProgress: undefined, signal: undefined };
  const gathering = new Gathering({ v2: world.v2, needs: { leftovers: 'likely' }, reader, pool, ...means });
  for (let n = 0; n <= 20_000; n += 1) gathering.digests.intern(sha256(`${n}`));
  const [repository] = await gatherRepositories(
    gathering,
    [{ name: 'app' as RepositoryName, reserved: [] }],
    new Set(),
  );
  const found = await gatherLeftovers(gathering, [repository!], []);
  expect(found.map((each) => each.path)).toEqual([path]);
});

test('one link renamed into its place: a search', async () => {
  const file = `${world.v2}/${links[1]}`;
  fs.writeFileSync(`${file}.${TMP}`, fs.readFileSync(file));
  await new Promise((resolve) => setTimeout(resolve, 30));
  fs.renameSync(`${file}.${TMP}`, file);
  expect(may()).toBe(true);
});

test('so do links whose times are those of a copy', () => {
  world.touch(links[2]!, new Date('2024-01-01T00:00:00Z'));
  expect(may()).toBe(true);
});

test('what an earlier scan found is looked at again: what is gone, or is no file any more, is none', () => {
  const paths = links.map((link) => `${link}.${TMP}`);
  world.write(paths[0]!, 'half');
  world.mkdir(paths[1]!);
  expect(leftoversStillAt(world.v2, paths, new TreeReader())).toMatchObject([
    { path: paths[0], repository: 'app', bytes: 4, alone: false },
  ]);
});
