// Something else in the place of our own files, and files that a user names: nothing hangs, and nothing is read without
// a limit, and what is wrong is said with its path. A hang fails by the test's own time limit, and the process is ended.

import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FaultyRun } from '../execute/faulty-run.js';
import { brokenTags, tagsOfTree } from '../support/pullable.js';
import { differences, snapshot } from '../support/snapshot.js';
import { World } from '../support/world.js';
import { PROGRAM, type Ran, regsweep } from './run.js';

let world: World;
beforeEach(() => {
  world = World.create();
  world.image('app', '1', { layers: ['one'] });
  world.image('app', '2', { layers: ['two'] });
});
afterEach(() => world.remove());

const ID = '20260101T000000.000Z-dead';
const ours = (...below: readonly string[]) => path.join(world.root, '.regsweep', ...below);
const tree = () => snapshot(path.join(world.root, 'docker'));
const LONG_MS = 20_000;

/** Runs the program, and kills it where it hangs: then its status is null. */
function run(words: readonly string[], more: { readonly folder?: string; readonly input?: string } = {}): Promise<Ran> {
  return regsweep(words, {
    root: world.root,
    ...more,
    whileRunning: (child) => {
      const timer = setTimeout(() => child.kill('SIGKILL'), LONG_MS);
      child.on('close', () => clearTimeout(timer));
    },
  });
}
function pipe(file: string): void {
  expect(spawnSync('mkfifo', [file]).status).toBe(0);
}
const NO_STACK = /\n +at .*:\d+:\d+/;

const KINDS: Readonly<Record<string, (file: string) => void>> = {
  'a symlink to /dev/zero': (file) => fs.symlinkSync('/dev/zero', file),
  'a named pipe': pipe,
  'a folder': (file) => fs.mkdirSync(file),
  'a file of a gigabyte': (file) => {
    fs.writeFileSync(file, '');
    fs.truncateSync(file, 1024 ** 3);
  },
};

describe.each(Object.keys(KINDS))('%s in the place of', (kind) => {
  test.each([
    ['gc', '--yes'],
    ['trash', 'empty'],
    ['undo', '--yes'],
  ])('our lock: `%s %s` is refused, by its path', async (...words) => {
    fs.mkdirSync(ours());
    KINDS[kind]!(ours('lock'));
    const before = tree();
    const ran = await run(words);
    expect(ran.status, ran.stderr).toBe(4);
    expect(ran.stderr).toContain(ours('lock'));
    expect(ran.stderr).toContain('remove it');
    expect(ran.stderr).not.toMatch(NO_STACK);
    expect(differences(before, tree())).toEqual([]);
  });

  test.each([
    ['gc', '--yes'],
    ['gc', '--dry-run'],
    ['trash', 'ls'],
    ['undo', '--yes'],
  ])('the record of a run that was cut off: `%s %s` is refused, by its path', async (...words) => {
    await new FaultyRun(world.root).killedAt('rename', 4, ['app:1']);
    const record = ours('runs', ID, 'plan.json');
    fs.rmSync(record);
    KINDS[kind]!(record);
    const before = snapshot(world.root, { besideOurs: true });
    const ran = await run(words);
    expect(ran.status, ran.stderr).toBe(4);
    expect(ran.stderr).toContain(record);
    expect(ran.stderr).not.toMatch(NO_STACK);
    expect(differences(before, snapshot(world.root, { besideOurs: true }))).toEqual([]);
  });
});

test.each(['a file', 'a named pipe'])(
  '`.regsweep/runs` is %s: refused by its path, without a stack trace',
  async (kind) => {
    fs.mkdirSync(ours());
    if (kind === 'a file') fs.writeFileSync(ours('runs'), '');
    else pipe(ours('runs'));
    for (const words of [
      ['gc', '--yes'],
      ['gc', '--dry-run'],
      ['undo', '--yes'],
      ['undo', '--dry-run'],
      ['trash', 'ls'],
      ['trash', 'empty'],
    ]) {
      const ran = await run(words);
      expect(ran.status, `${words} ${ran.stderr}`).toBe(4);
      expect(ran.stderr).toContain(`${ours('runs')} is ${kind}, not a folder`);
      expect(ran.stderr).not.toMatch(NO_STACK);
    }
  },
);

test('killed while plan.json is written, then while the next run clears that away: the third works', async () => {
  const run_ = ours('runs', ID);
  fs.mkdirSync(run_, { recursive: true });
  fs.writeFileSync(path.join(run_, 'plan.json'), '{"format":1,"kind":"run",');
  const ran = await run(['rm', 'app:1', '--yes']);
  expect(ran.status, ran.stderr).toBe(0);
  expect(tagsOfTree(world.v2)).toEqual(['app:2']);
  expect(brokenTags(world.v2)).toEqual([]);
  expect(fs.existsSync(ours())).toBe(false);
});

describe('a file that the user names', () => {
  const POLICY = 'policies:\n  - repositories: ["**"]\n    keep:\n      last: 1\n';
  const uses: Readonly<Record<string, { readonly words: (file: string) => string[]; readonly text: string }>> = {
    '--from-file': { words: (file) => ['rm', '--from-file', file, '--dry-run'], text: 'app:1\n' },
    '--keep-in-use': { words: (file) => ['gc', '--keep-in-use', file, '--dry-run'], text: 'app:1\n' },
    '--policy': { words: (file) => ['retain', '--policy', file, '--dry-run'], text: POLICY },
    '--config-file': { words: (file) => ['gc', '--config-file', file, '--dry-run'], text: 'keep-trash: true\n' },
    apply: { words: (file) => ['apply', file, '--dry-run'], text: '' },
  };
  const place = (name: string) => path.join(world.root, '..', `${path.basename(world.root)}-${name}`);
  afterEach(() => {
    for (const name of ['list', 'pipe']) fs.rmSync(place(name), { force: true });
  });
  async function text(use: string): Promise<string> {
    if (use !== 'apply') return uses[use]!.text;
    await run(['rm', 'app:1', '--dry-run', '--plan-out', place('list')]);
    return fs.readFileSync(place('list'), 'utf8');
  }

  test.each(Object.keys(uses))('%s: a folder and a device are refused by name, at once', async (use) => {
    for (const [file, what] of [
      ['/', 'it is a folder'],
      ['/dev/zero', 'it is a device'],
      ['/dev/random', 'it is a device'],
    ] as const) {
      const ran = await run(uses[use]!.words(file));
      expect(ran.status, ran.stderr).toBe(2);
      expect(ran.stderr).toContain(what);
      expect(ran.stderr).toContain(file);
    }
  });

  test.each(Object.keys(uses))('%s: process substitution works', async (use) => {
    fs.writeFileSync(place('list'), await text(use));
    const words = uses[use]!.words('X').map((word) => (word === 'X' ? `<(sleep 0.3; cat '${place('list')}')` : word));
    const line = `'${process.execPath}' '${PROGRAM}' ${words.join(' ')} --root '${world.root}'`;
    const ran = spawnSync('bash', ['-c', line], { encoding: 'utf8', timeout: LONG_MS });
    expect(ran.status, ran.stderr).toBe(0);
  });

  test('--keep-in-use: a substituted command that writes nothing is an empty list, which is refused', () => {
    const line = `'${process.execPath}' '${PROGRAM}' gc --keep-in-use <(true) --dry-run --root '${world.root}'`;
    const ran = spawnSync('bash', ['-c', line], { encoding: 'utf8', timeout: LONG_MS });
    expect(ran.status, ran.stderr).toBe(2);
    expect(ran.stderr).toContain('names nothing');
  });

  test.each(Object.keys(uses))('%s: a named pipe is read once somebody writes to it', async (use) => {
    const content = await text(use);
    pipe(place('pipe'));
    const writer = spawn('sh', ['-c', `sleep 0.7; cat > '${place('pipe')}'`], { stdio: ['pipe', 'ignore', 'ignore'] });
    writer.stdin.end(content);
    const ran = await run(uses[use]!.words(place('pipe')));
    expect(ran.status, ran.stderr).toBe(0);
  });

  test('a named pipe that nobody writes to: SIGTERM ends it', async () => {
    pipe(place('pipe'));
    const ran = await regsweep(['rm', '--from-file', place('pipe'), '--dry-run'], {
      root: world.root,
      whileRunning: (child) => {
        const timers = [
          setTimeout(() => child.kill('SIGTERM'), 1500),
          setTimeout(() => child.kill('SIGKILL'), LONG_MS),
        ];
        child.on('close', () => timers.forEach(clearTimeout));
      },
    });
    expect(ran.status, ran.stderr).toBe(143);
  });

  test('- is stdin, and /dev/stdin is the pipe that it is', async () => {
    for (const file of ['-', '/dev/stdin']) {
      const line = `echo app:1 | '${process.execPath}' '${PROGRAM}' rm --from-file ${file} --dry-run --root '${world.root}'`;
      const ran = spawnSync('bash', ['-c', line], { encoding: 'utf8', timeout: LONG_MS });
      expect(ran.status, ran.stderr).toBe(0);
    }
  });
});
