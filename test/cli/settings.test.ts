// Settings from a file: told where wrong, by line and name, and never taken from a file that others may write.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { settingsSchema } from '../../scripts/settings-schema.js';
import { COMMANDS } from '../../src/cli/program.js';
import { SETTINGS, withSettings } from '../../src/cli/settings.js';
import { World } from '../support/world.js';
import { regsweep } from './run.js';

let folder: string;
let world: World;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'regsweep-settings-'));
  world = World.create();
  world.image('app', '1');
  world.image('app', '2');
});
afterEach(() => {
  fs.rmSync(folder, { recursive: true, force: true });
  world.remove();
});

function write(text: string, name = 'settings.yml'): string {
  const file = path.join(folder, name);
  fs.writeFileSync(file, text, { mode: 0o644 });
  return file;
}

test('what the file says holds where the command line says nothing', async () => {
  const file = write('stop-command: systemctl stop registry\nshell: true\nconcurrency: 4\nkeep-trash: false\n');
  const merged = await withSettings({ 'config-file': file, 'stop-command': 'mine', shell: false, root: '/r' });
  expect(merged).toMatchObject({ 'stop-command': 'mine', shell: true, concurrency: '4', root: '/r' });
  expect(await withSettings({ 'config-file': write('') })).toEqual({ 'config-file': expect.any(String) });
});

test.each([
  ['stop-command: a\nstart_command: b\n', /settings\.yml:2: 'start_command' cannot be set here/],
  ['yes: true\n', /settings\.yml:1: 'yes' cannot be set here/],
  ['root: /\n', /settings\.yml:1: 'root' cannot be set here/],
  ['__proto__: x\n', /'__proto__' cannot be set here/],
  ['shell: maybe\n', /settings\.yml:1: shell must be true or false/],
  ['stop-command: [systemctl, stop]\n', /settings\.yml:1: stop-command must be one text/],
  ['stop-command:\n', /stop-command must be one text/],
  ['- stop\n', /holds no settings/],
  ['stop-command: "a\n', /settings\.yml:\d/],
])('%j is told by line and name', async (text, message) => {
  await expect(withSettings({ 'config-file': write(text) })).rejects.toThrow(message);
});

test('a file that is not there is an error where it was named, and none where it was not', async () => {
  await expect(withSettings({ 'config-file': path.join(folder, 'none.yml') })).rejects.toThrow(/cannot be read/);
  const ran = await regsweep(['ls'], { root: world.root, folder });
  expect(ran.status, ran.stderr).toBe(0);
});

test('.regsweep.yml of the folder is used, unless others may write it', async () => {
  const log = path.join(folder, 'log');
  const file = write(`log-file: ${log}\n`, '.regsweep.yml');
  expect((await regsweep(['ls'], { root: world.root, folder })).status).toBe(0);
  expect(fs.readFileSync(log, 'utf8')).toContain('scanned');
  fs.chmodSync(file, 0o666);
  const ran = await regsweep(['ls'], { root: world.root, folder });
  expect(ran.status).toBe(2);
  expect(ran.stderr).toContain('can be written by others');
});

test('stop and start commands come from it; half a pair is refused', async () => {
  const stopped = path.join(folder, 'stopped');
  const file = write(`stop-command: touch ${stopped}\nstart-command: touch '${folder}/started once'\n`);
  const ran = await regsweep(['rm', 'app:1', '--yes', '--config-file', file], { root: world.root });
  expect(ran.status, ran.stderr).toBe(0);
  expect(fs.existsSync(stopped)).toBe(true);
  expect(fs.existsSync(path.join(folder, 'started once'))).toBe(true);
  for (const words of [
    ['--stop-command', 'true'],
    ['--start-command', 'true'],
    ['--wait-url', 'http://localhost/v2/'],
    ['--stop-command', 'true', '--start-command', 'true', '--wait-url', 'localhost'],
    ['--stop-command', '  ', '--start-command', 'true'],
  ]) {
    expect((await regsweep(['gc', '--yes', ...words], { root: world.root })).status, words.join(' ')).toBe(2);
  }
});

test('a dry run stops nothing; so does a run that has nothing to do', async () => {
  const stopped = path.join(folder, 'stopped');
  const window = ['--stop-command', `touch ${stopped}`, '--start-command', 'true'];
  await regsweep(['rm', 'app:1', '--dry-run', ...window], { root: world.root });
  await regsweep(['gc', '--yes'], { root: world.root });
  await regsweep(['gc', '--yes', ...window], { root: world.root });
  expect(fs.existsSync(stopped)).toBe(false);
});

test('a start that fails is shouted even when quiet: exit 3, and the change is done', async () => {
  const window = ['--stop-command', 'true', '--start-command', "sh -c 'echo no such unit; exit 7'"];
  const ran = await regsweep(['rm', 'app:1', '--yes', '--quiet', '--json', ...window], { root: world.root });
  expect(ran.status).toBe(3);
  expect(ran.stderr).toContain('the registry is not running: the start command failed');
  const { outcome, window: told, next } = JSON.parse(ran.stdout);
  expect(outcome.status).toBe('done');
  expect(told.startFailure).toBe('it ended with 7; no such unit');
  expect(next).toEqual([{ code: 'start-registry' }]);
});

test('without --shell the words are words: nothing is expanded, nothing chained', async () => {
  const made = path.join(folder, 'made');
  const window = ['--stop-command', `echo x ; touch ${made}`, '--start-command', 'true'];
  expect((await regsweep(['rm', 'app:1', '--yes', ...window], { root: world.root })).status).toBe(0);
  expect(fs.existsSync(made)).toBe(false);
  expect((await regsweep(['rm', 'app:2', '--yes', '--shell', ...window], { root: world.root })).status).toBe(0);
  expect(fs.existsSync(made)).toBe(true);
});

test('a registry that does not answer in time is reported: exit 3', async () => {
  const window = ['--stop-command', 'true', '--start-command', 'true'];
  const wait = ['--wait-url', 'http://127.0.0.1:9/v2/', '--wait-timeout', '300ms'];
  const ran = await regsweep(['rm', 'app:1', '--yes', ...window, ...wait], { root: world.root });
  expect(ran.status).toBe(3);
  expect(ran.stderr).toContain('http://127.0.0.1:9/v2/ does not answer');
});

describe('the schema', () => {
  test('that is published is made from the options', async () => {
    await expect(settingsSchema()).toMatchFileSnapshot('../../schema/regsweep-settings-1.schema.json');
  });

  const fits = new Ajv2020().compile(JSON.parse(settingsSchema()));
  test.each([
    '',
    'stop-command: systemctl stop registry\nshell: true\nconcurrency: 4\n',
    'log-file: regsweep.log\nkeep-trash: false\n',
    'stop-command: a\nstart_command: b\n',
    'yes: true\n',
    'shell: maybe\n',
    'shell: "true"\n',
    'stop-command: [systemctl, stop]\n',
    'stop-command: ""\n',
    'stop-command:\n',
    'stop-command: true\n',
    '- stop\n',
  ])('accepts %j if the reader does', async (text) => {
    const read = await withSettings({ 'config-file': write(text) }).then(
      () => true,
      () => false,
    );
    expect(fits(parse(text))).toBe(read);
  });
});

test('the settings are the options that say so, whichever command has them', () => {
  const marked = COMMANDS.flatMap(({ options }) => Object.entries(options).filter(([, { setting }]) => setting));
  expect(Object.entries(SETTINGS)).toEqual(expect.arrayContaining(marked));
});
