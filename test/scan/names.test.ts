// Names that no registry gives and a disk can hold: newlines, bytes that are no text, depth, loops. A scan reads on, or stops with
// the path; it never hangs and never loses a reference.

import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Entry, TreeReader } from '../../src/scan/tree-reader.js';
import { at } from '../support/tree-paths.js';
import { layerDigest, World } from '../support/world.js';
import { planned, removalsOf } from './planned.js';

let world: World;
beforeEach(() => {
  world = World.create();
});
afterEach(() => world.remove());

const sweep = () => planned(world.root, { command: 'gc', untagged: true });
const blobsOf = (removals: readonly string[]) => removals.filter((removal) => removal.startsWith('blob'));

/** Makes a folder whose name is given in bytes. */
function makeRaw(parent: string, name: Buffer): void {
  fs.mkdirSync(Buffer.concat([Buffer.from(`${world.path(parent)}/`), name]));
}
describe('names', () => {
  const ODD = [
    'a\nb',
    'a b',
    'we[ird]',
    '*',
    '{x,y}',
    "it's",
    'ümläut',
    '$(id)',
    '-rf',
    '.snapshot',
    'lost+found',
    '#recycle',
  ];

  test('that no repository can have are foreign: named, left where they are, and block nothing', async () => {
    world.image('app', 'v1', { layers: ['own'] });
    for (const name of ODD) world.image(name, 'v1', { layers: [name] });
    const plan = await sweep();
    expect(removalsOf(plan).filter((removal) => removal.startsWith('blob'))).toHaveLength(3 * ODD.length);
    expect(removalsOf(plan).filter((removal) => ODD.some((name) => removal.includes(`/${name}/`)))).toEqual([]);
    expect(plan.frozen).toEqual([]);
    expect(plan.problems.map(({ code, path: at }) => `${code} ${at}`).sort()).toEqual(
      ODD.map((name) => `foreign-entry repositories/${name}`).sort(),
    );
    await expect(planned(world.root, { command: 'rm', references: ['we[ird]'] })).rejects.toMatchObject({
      exitStatus: 2,
    });
  });

  test('that no tag can have are foreign as well', async () => {
    const odd = ['t\nu', '*', ' ', '..x', '-rf', '@eaDir', '.snapshot', 'v1 (copy)'];
    world.image('app', 'v1', { layers: ['own'] });
    for (const tag of odd) world.mkdir(`${at.tags('app')}/${tag}`);
    const plan = await sweep();
    expect(removalsOf(plan).filter((removal) => removal.includes(at.tags('app')))).toEqual([]);
    expect(blobsOf(removalsOf(plan))).toEqual([]);
    expect(plan.frozen).toEqual([]);
    expect(plan.problems.map(({ code, path: found }) => `${code} ${found}`).sort()).toEqual(
      odd.map((tag) => `foreign-entry ${at.tags('app')}/${tag}`).sort(),
    );
  });

  test('an upper-case name and a host with its port are found as they lie on disk', async () => {
    world.image('localhost:5000/app', 'v1', { layers: ['one'] });
    world.image('Team/App', 'v1', { layers: ['two'] });
    const plan = await planned(world.root, {
      command: 'rm',
      references: ['localhost:5000/app:v1', 'Team/App'],
      allowEmpty: true,
    });
    expect([...plan.removals].filter(({ kind }) => kind === 'tag')).toHaveLength(2);
  });

  const BAD = Buffer.from([0x61, 0xff, 0xfe]);
  test.each([
    ['a repository', 'repositories'],
    ['a tag', at.tags('app')],
    ['a revision', `${at.revisions('app')}/sha256`],
    ['a layer link', `${at.layers('app')}/sha256`],
    ['a blob', 'blobs/sha256'],
  ])('bytes that are no UTF-8 for %s stop the scan, with the path', async (_, parent) => {
    world.image('app', 'v1', { layers: ['own'] });
    makeRaw(parent, BAD);
    await expect(sweep()).rejects.toMatchObject({ code: 'tree-unreadable', path: expect.stringContaining(parent) });
  });

  test('the longest names that a disk takes', async () => {
    const long = 'x'.repeat(255);
    world.image(`${long}/${long}/${long}`, long, { layers: ['long'] });
    expect(blobsOf(removalsOf(await sweep()))).toEqual([]);
  });

  test('the deepest name that a registry takes: 255 characters in 128 parts', async () => {
    const deepest = Array.from({ length: 128 }, () => 'd').join('/');
    world.image(deepest, 'v1', { layers: ['deep'] });
    expect(blobsOf(removalsOf(await sweep()))).toEqual([]);
    const plan = await planned(world.root, { command: 'rm', references: [deepest] });
    expect(blobsOf(removalsOf(plan))).toHaveLength(3);
  });

  test('deeper than any name is no place of a registry, and stops the scan', async () => {
    world.mkdir(`repositories/${'e/'.repeat(600)}e`);
    await expect(sweep()).rejects.toMatchObject({ code: 'tree-unreadable' });
  });
});

describe('numbers', () => {
  /** Tells of a quarter of a million stray files among the repositories. */
  class CrowdedReader extends TreeReader {
    override entries(folder: string): Entry[] | undefined {
      const found = super.entries(folder);
      if (!folder.endsWith('/repositories')) return found;
      const strays = Array.from({ length: 250_000 }, (_, n) => ({
        name: `.nfs${n}`,
        kind: 'file' as const,
        symlink: false,
      }));
      return [...(found ?? []), ...strays];
    }
  }

  test('a quarter of a million stray files are reported one by one', async () => {
    world.image('app', 'v1', { layers: ['own'] });
    const plan = await planned(world.root, { command: 'gc' }, new CrowdedReader());
    expect(plan.problems).toHaveLength(250_000);
  });
});

describe('symlinks', () => {
  test('a loop through two names ends, and every repository is still seen', async () => {
    world.image('a/app', 'v1', { layers: ['one'] });
    world.image('b/app', 'v1', { layers: ['two'] });
    fs.symlinkSync('../b', world.path('repositories/a/to-b'));
    fs.symlinkSync('../a', world.path('repositories/b/to-a'));
    const plan = await sweep();
    expect(blobsOf(removalsOf(plan))).toEqual([]);
  });

  test.each([
    ["a tag's current", () => at.current('app', 'v1')],
    ['a sha512 layer link', () => at.layer('app', layerDigest({ name: 'own', alias: 'sha512' }))],
    ["an upload's startedat", () => `${at.upload('app', 'u')}/startedat`],
  ])('%s that leads to itself stops the scan, with the path', async (_, link) => {
    world.image('app', 'v1', { layers: [{ name: 'own', alias: 'sha512' }] });
    world.upload('app', 'u');
    fs.rmSync(world.path(link()));
    fs.symlinkSync(path.basename(link()), world.path(link()));
    await expect(sweep()).rejects.toMatchObject({ code: 'tree-unreadable', path: world.path(link()) });
  });
});
