// Absent is only what no listing shows. Every entry of a tree is replaced, one at a time, by what is listed and cannot be followed: a
// dangling or looping symlink, a pipe, a socket, a file. Each request then removes no more than before, or is refused with the path.

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RegsweepError } from '../../src/model/errors.js';
import type { Request } from '../../src/plan/request.js';
import { TreeReader } from '../../src/scan/tree-reader.js';
import { planned, plannedTogether, removalsOf } from '../scan/planned.js';
import { World } from '../support/world.js';

const REQUESTS: Readonly<Record<string, Partial<Request> & Pick<Request, 'command'>>> = {
  rm: { command: 'rm', references: ['team/web:old'] },
  'rm --untagged': { command: 'rm', references: ['team/web:old'], untagged: true },
  gc: { command: 'gc' },
  'gc --untagged': { command: 'gc', untagged: true, tagless: true },
  retain: {
    command: 'retain',
    policies: [{ repositories: [], keep: { tags: ['keep'] }, tags: [], exclude: [], allowEmpty: false, by: 'pushed' }],
    untagged: true,
  } as never,
};

/** What takes the place of an entry. */
const KINDS: Readonly<Record<string, (file: string) => void>> = {
  'a dangling link': (file) => fs.symlinkSync('/nowhere/at/all', file),
  'a link loop': (file) => fs.symlinkSync(file, file),
  'a pipe': (file) => execFileSync('mkfifo', [file]),
  'a socket': (file) => fs.linkSync(`${world.root}/socket`, file),
  'a device': (file) => fs.symlinkSync('/dev/null', file),
  'a file': (file) => fs.writeFileSync(file, 'not a folder'),
};

const server = net.createServer();
let world: World;
beforeAll(async () => {
  world = World.create();
  await new Promise<void>((resolve) => server.listen(`${world.root}/socket`, resolve));
  world.index('team/web', 'keep', [{ layers: ['base', 'x'] }, { layers: ['base', 'y'] }]);
  world.image('team/web', 'old', { layers: ['base', { name: 'z', alias: 'sha512' }] });
  world.image('team/web', 'both', { layers: ['one'] });
  world.image('team/web', 'both', { layers: ['two'] });
  world.image('team/web', undefined, { layers: ['loose'] });
  world.schema1('v1', 'keep', { layers: ['a'], signatures: ['s'] });
  world.upload('team/web', 'u', { startedAt: '2020-01-01T00:00:00Z' });
  world.blob('stray');
});
afterAll(() => {
  server.close();
  world.remove();
});

/** Places where a regular file is not taken for a repository. */
const BESIDE = /^repositories\/[^_]*$/;

/** Every entry of the tree, relative to v2. */
function everything(): string[] {
  return fs.readdirSync(world.v2, { recursive: true, encoding: 'utf8' }).sort();
}

async function removals(): Promise<ReadonlyMap<string, readonly string[]>> {
  try {
    const plans = await plannedTogether(world.root, Object.values(REQUESTS));
    return new Map(Object.keys(REQUESTS).map((name, i) => [name, plans[i] === undefined ? [] : removalsOf(plans[i])]));
  } catch (error) {
    if (!(error instanceof RegsweepError)) throw error;
    expect(error.exitStatus).toBe(4);
    return new Map();
  }
}

describe.each(Object.keys(KINDS))('%s', (kind) => {
  test('in place of anything adds no removal', async () => {
    const before = await removals();
    for (const [name, all] of before) expect(all.length, name).toBeGreaterThan(0);
    const more: string[] = [];
    for (const path of everything()) {
      // An upload names nothing, and without a readable `startedat` its times tell how old it is.
      if (path.includes('/_uploads/')) continue;
      const [file, away] = [world.path(path), `${world.root}/away`];
      // A file in a file's place is other damage, and one beside repositories is foreign.
      if (kind === 'a file' && (fs.lstatSync(file).isFile() || BESIDE.test(path))) continue;
      fs.renameSync(file, away);
      KINDS[kind]!(file);
      for (const [name, now] of await removals()) {
        const was = new Set(before.get(name));
        // The history of a tag that stays goes by itself; before, it went with the tag.
        const tags = [...was].flatMap((removal) => (removal.startsWith('tag ') ? [`${removal.slice(4)}/`] : []));
        const isNew = (removal: string): boolean => !was.has(removal) && !tags.some((tag) => removal.includes(tag));
        more.push(...now.filter(isNew).map((removal) => `${path}: ${name}: ${removal}`));
      }
      fs.rmSync(file);
      fs.renameSync(away, file);
    }
    expect(more).toEqual([]);
  });
});

describe('what a listing shows and cannot be followed', () => {
  test('an entry that vanishes between listing and reading adds no removal', async () => {
    const before = new Set(removalsOf(await planned(world.root, { command: 'gc', untagged: true })));
    /** Makes the entry below a folder vanish when the folder has been listed. */
    const places = everything().filter(
      (path) => fs.lstatSync(world.path(path)).isDirectory() && !path.includes('_uploads/'),
    );
    const more: string[] = [];
    for (const path of places) {
      const [file, away] = [world.path(path), `${world.root}/away`];
      let listed = false;
      const reader = new TreeReader((call, asked) => {
        if (listed && fs.existsSync(file)) fs.renameSync(file, away);
        if (call === 'list' && asked === file.slice(0, file.lastIndexOf('/'))) listed = true;
      });
      try {
        const plan = await planned(world.root, { command: 'gc', untagged: true }, reader);
        more.push(...removalsOf(plan).flatMap((removal) => (before.has(removal) ? [] : [`${path}: ${removal}`])));
      } catch (error) {
        if (!(error instanceof RegsweepError)) throw error;
        expect(error.exitStatus).toBe(4);
      } finally {
        if (fs.existsSync(away)) fs.renameSync(away, file);
      }
    }
    expect(more).toEqual([]);
  });
});

describe('beside repositories', () => {
  test.each(['.DS_Store', 'readme.txt', 'lost+found', '.snapshot', '#recycle'])(
    '%s is named, freezes nothing and blocks nothing, whatever it is',
    async (name) => {
      const before = removalsOf(await planned(world.root, { command: 'gc', untagged: true }));
      for (const place of [`repositories/${name}`, `repositories/team/${name}`]) {
        const kinds = name === 'readme.txt' ? ['a file'] : Object.keys(KINDS);
        for (const kind of kinds) {
          KINDS[kind]!(world.path(place));
          const plan = await planned(world.root, { command: 'gc', untagged: true });
          expect(removalsOf(plan), kind).toEqual(before);
          expect(plan.frozen).toEqual([]);
          expect(plan.problems).toMatchObject([{ code: 'foreign-entry', path: place }]);
          fs.rmSync(world.path(place));
        }
      }
    },
  );

  test('nor does an unreadable folder of such a name', async () => {
    const place = 'repositories/team/lost+found';
    world.mkdir(`${place}/inner`);
    const reader = new TreeReader((_, file) => {
      if (file === world.path(place)) throw Object.assign(new Error('EACCES'), { code: 'EACCES' });
    });
    const plan = await planned(world.root, { command: 'gc' }, reader);
    expect(plan.problems).toMatchObject([{ code: 'foreign-entry', path: place }]);
    fs.rmSync(world.path(place), { recursive: true });
  });
});
