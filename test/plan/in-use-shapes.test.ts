// --keep-in-use: whatever a cluster prints is understood, counted as here or not here, or refused by its line.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readInUse, readReferences } from '../../src/cli/input-file.js';
import { planned } from '../scan/planned.js';
import { World } from '../support/world.js';

let world: World;
let folder: string;
beforeEach(() => {
  world = World.create();
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'regsweep-in-use-'));
});
afterEach(() => {
  world.remove();
  fs.rmSync(folder, { recursive: true, force: true });
});

const list = (text: string): string => {
  const file = path.join(folder, 'list');
  fs.writeFileSync(file, text);
  return file;
};
const plan = (keepInUse: readonly string[], ignoreMissing = false) =>
  planned(world.root, { command: 'gc', untagged: true, tagless: true, keepInUse, ignoreMissing });
const revisionsOf = async (...keepInUse: readonly string[]) =>
  [...(await plan(keepInUse)).removals].flatMap(({ kind, digest }) => (kind === 'revision' ? [digest!] : []));
const hex = (digest: string): string => digest.slice('sha256:'.length);

describe('an id, by manifest or by config', () => {
  test.each<[string, (digest: string) => string]>([
    ['12 digits, as docker ps prints', (digest) => hex(digest).slice(0, 12)],
    ['12 digits with their algorithm', (digest) => `sha256:${hex(digest).slice(0, 12)}`],
    ['7 digits', (digest) => hex(digest).slice(0, 7)],
    ['bare hex', hex],
    ['docker-pullable://', (digest) => `docker-pullable://registry.example.com/app@${digest}`],
    ['containerd://', (digest) => `containerd://${digest}`],
  ])('%s', async (_, print) => {
    const used = world.image('app', undefined, { layers: ['used'] });
    const loose = world.image('app', undefined, { layers: ['loose'] });
    expect(await revisionsOf(print(used.digest))).toEqual([loose.digest]);
    expect(await revisionsOf(print(used.config!))).toEqual([loose.digest]);
  });
});

test.each(['nginx:1.0', 'docker.io/nginx:1.0', 'docker.io/library/nginx:1.0', 'library/nginx:1.0'])(
  '%s is library/nginx:1.0',
  async (line) => {
    world.image('library/nginx', '1.0', { layers: ['nginx'] });
    const asked = planned(world.root, { command: 'rm', references: ['library/nginx:1.0'], keepInUse: [line] });
    await expect(asked).rejects.toMatchObject({ code: 'in-use', exitStatus: 4 });
  },
);

test('how many entries are here and how many are not is always said', async () => {
  world.image('app', 'v1', { layers: ['app'] });
  expect((await plan(['app:v1', 'other:1', 'fff0000fff00'])).problems).toEqual([
    { code: 'in-use', path: '', detail: '--keep-in-use: 1 here, 2 not here: other:1, fff0000fff00' },
  ]);
  expect((await plan(['app:v1'])).problems).toMatchObject([{ detail: '--keep-in-use: 1 here, 0 not here' }]);
});

test('no entry here is refused, unless --ignore-missing', async () => {
  world.image('app', undefined, { layers: ['app'] });
  await expect(plan(['other:1', 'fff0000fff00'])).rejects.toMatchObject({ code: 'in-use', exitStatus: 4 });
  expect((await plan(['other:1'], true)).removals.length).toBeGreaterThan(0);
});

test.each(['Always!', 'CONTAINER ID   IMAGE', 'app:', 'app@sha256:12', '<none>', '../app', 'app:*'])(
  "'%s' in a list is refused with its line",
  async (line) => {
    await expect(readInUse(list(`app:v1\n# comment\n${line}\n`))).rejects.toMatchObject({
      exitStatus: 2,
      message: expect.stringContaining('list, line 3: '),
    });
  },
);

describe('rm --from-file', () => {
  test('a scheme in front is dropped', async () => {
    expect(await readReferences('from-file', list('docker://app:1\nhttps://r.example.com/app:2\n'))).toEqual([
      'app:1',
      'r.example.com/app:2',
    ]);
  });

  test.each(['app:', 'app:1 web:2', 'app@sha256:12', '/etc/passwd', '../x', 'what?!:'])(
    "'%s' is named by file and line",
    async (line) => {
      await expect(readReferences('from-file', list(`app:1\n\n${line}\n`))).rejects.toMatchObject({
        exitStatus: 2,
        message: expect.stringContaining('list, line 3: '),
      });
    },
  );
});
