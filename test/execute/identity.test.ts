// A tree is what its v2 is, whichever path reaches it: links and bind mounts at, above and below v2. Lock, unfinished runs, undos that
// were cut off and trash are found through each; where they cannot be reached from here, the change is refused with their path.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { PROGRAM, type Ran } from '../cli/run.js';
import { brokenTags, tagsOfTree } from '../support/pullable.js';
import { differences, snapshot } from '../support/snapshot.js';
import { World } from '../support/world.js';

/** Loaded before the program: sends it a signal at the N-th call of one function of `fs` on v2. */
const PRELOAD = `
import fs from 'node:fs';
const [name, at, signal] = process.env.SIGNAL_AT.split(' ');
const real = fs[name];
let calls = 0;
fs[name] = (...words) => {
  if (words.slice(0, 2).some((word) => /v2.*\\/(repositories|blobs)\\//.test(String(word)))) calls += 1;
  if (calls === Number(at)) process.kill(process.pid, signal);
  return real(...words);
};
`;

let folder: string;
let full: string;
/** Where the tree is. */
let a: string;
/** Another root, which reaches it. */
let b: string;
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'regsweep-identity-'));
  fs.writeFileSync(path.join(folder, 'preload.mjs'), PRELOAD);
  full = path.join(folder, 'full');
  a = path.join(folder, 'a');
  b = path.join(folder, 'b');
  const world = new World(full);
  for (let n = 0; n < 4; n += 1) world.image('app', `v${n}`, { layers: ['base', `own ${n}`] });
  world.image('kept', 'v1', { layers: ['base', 'kept'] });
  // Else `gc` would prune them, as it does every empty folder.
  for (const name of ['app', 'kept']) fs.rmSync(world.path(`repositories/${name}/_uploads`), { recursive: true });
});
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));
beforeEach(() => fs.cpSync(full, a, { recursive: true, preserveTimestamps: true }));
afterEach(() => {
  for (const root of [a, b]) fs.rmSync(root, { recursive: true, force: true });
});

const V2 = 'docker/registry/v2';
const v2 = () => path.join(a, V2);
const tree = () => snapshot(path.join(a, 'docker'), { without: (at) => at === 'registry/v2/.regsweep' });

/** A way to the tree at `a`. */
interface Way {
  readonly root: () => string;
  /** Makes it; what it returns is run in a mount name space of its own, first. */
  readonly make: () => string | undefined;
}
function link(below: string): Way {
  return {
    root: () => b,
    make: () => {
      fs.mkdirSync(path.dirname(path.join(b, below)), { recursive: true });
      fs.symlinkSync(path.join(a, below), path.join(b, below));
      return undefined;
    },
  };
}
function bind(below: string): Way {
  return {
    root: () => b,
    make: () => {
      fs.mkdirSync(path.join(b, below), { recursive: true });
      return `mount --bind '${path.join(a, below)}' '${path.join(b, below)}'`;
    },
  };
}
const LINKS: Readonly<Record<string, Way>> = {
  'a link in place of v2': link(V2),
  'a link above v2': link('docker/registry'),
  'a link two above v2': link('docker'),
  'a link to the root': {
    root: () => b,
    make: () => {
      fs.symlinkSync(a, b);
      return undefined;
    },
  },
  'a link to v2 by another name': {
    root: () => b,
    make: () => {
      fs.symlinkSync(v2(), b);
      return undefined;
    },
  },
};
const BINDS: Readonly<Record<string, Way>> = {
  'a bind mount of v2': bind(V2),
  'a bind mount above v2': bind('docker/registry'),
  'a bind mount two above v2': bind('docker'),
  'a bind mount of the root': bind('.'),
};
const mayMount = spawnSync('unshare', ['-m', 'true']).status === 0;
const WAYS = mayMount ? { ...LINKS, ...BINDS } : LINKS;

interface How {
  readonly first?: string | undefined;
  readonly signal?: string;
  readonly whileRunning?: (child: ChildProcess) => void;
}

/** Runs the program on `root`, after `first` in a mount name space of its own. */
function run(root: string, words: readonly string[], { first, signal, whileRunning }: How = {}): Promise<Ran> {
  const line = [PROGRAM, ...words, '--root', root];
  const shell = ['-m', 'sh', '-c', `${first} && exec "$0" "$@"`, process.execPath, ...line];
  const [program, all] = first === undefined ? [process.execPath, line] : ['unshare', shell];
  const more = signal === undefined ? {} : { NODE_OPTIONS: `--import=file://${folder}/preload.mjs`, SIGNAL_AT: signal };
  const child = spawn(program, all, {
    cwd: '/',
    env: { PATH: process.env['PATH'], ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  whileRunning?.(child);
  return new Promise((resolve) => child.on('close', (status) => resolve({ status, stdout, stderr })));
}
const nothing = ['rm', 'no-such', '--ignore-missing', '--yes'];

describe.each(Object.keys(WAYS))('%s', (name) => {
  const way = WAYS[name]!;
  const isBind = name in BINDS;
  let first: string | undefined;
  beforeEach(() => {
    first = way.make();
  });
  const other = (words: readonly string[], how: How = {}) => run(way.root(), words, { first, ...how });

  test('a run that was cut off is put back through it', async () => {
    const before = tree();
    expect((await run(a, ['rm', 'app', '--yes'], { signal: 'renameSync 12 SIGKILL' })).status).toBe(null);
    expect(differences(before, tree())).not.toEqual([]);
    const ran = await other(nothing);
    expect(ran.status, ran.stderr).toBe(0);
    expect(ran.stderr).toMatch(/was interrupted: \d+ steps put back/);
    expect(differences(before, tree())).toEqual([]);
    expect(fs.existsSync(path.join(v2(), '.regsweep'))).toBe(false);
  });

  test('an undo that was cut off is finished through it, before anything is swept', async () => {
    const before = tree();
    expect((await run(a, ['rm', 'app', '--yes', '--keep-trash'])).status).toBe(0);
    expect((await run(a, ['undo', '--yes'], { signal: 'renameSync 12 SIGKILL' })).status).toBe(null);
    const ran = await other(['gc', '--yes']);
    expect(ran.status, ran.stderr).toBe(0);
    expect(ran.stderr).toMatch(/the undo of run \S+ was cut off/);
    expect(differences(before, tree())).toEqual([]);
    expect((await run(a, ['check'])).status).toBe(0);
  });

  test('kept trash is listed and undone through it', async () => {
    const before = tree();
    expect((await run(a, ['rm', 'app', '--yes', '--keep-trash'])).status).toBe(0);
    expect((await other(['trash', 'ls'])).stdout).toContain('`undo` puts it back');
    expect((await other(['gc', '--dry-run'])).stderr).not.toContain('also reached as');
    expect((await other(['undo', '--yes'])).status).toBe(0);
    expect(differences(before, tree())).toEqual([]);
  });

  test('what was started through it is found from the tree itself: put back, or refused with its path', async () => {
    const before = tree();
    const inPlace = name === 'a bind mount of v2';
    const signal = inPlace ? 'unlinkSync 3 SIGKILL' : 'renameSync 12 SIGKILL';
    expect((await other(['rm', 'app', '--yes'], { signal })).status).toBe(null);
    const half = tree();
    expect(differences(before, half)).not.toEqual([]);
    const ran = await run(a, nothing);
    if (!isBind || name === 'a bind mount of the root') {
      expect(ran.status, ran.stderr).toBe(0);
      expect(ran.stderr).toContain('was interrupted');
      expect(differences(before, tree())).toEqual([]);
      return;
    }
    expect(ran.status, ran.stderr).toBe(4);
    expect(ran.stderr).toContain(`also reached as ${b}`);
    expect(ran.stderr).toContain(path.join(v2(), '.regsweep'));
    expect(differences(half, tree())).toEqual([]);
    expect((await run(a, ['gc', '--dry-run'])).stderr).toContain(`also reached as ${b}`);
    const finished = await other(nothing);
    expect(finished.status, finished.stderr).toBe(0);
    if (!inPlace) expect(differences(before, tree())).toEqual([]);
    expect((await run(a, ['gc', '--yes'])).status).toBe(0);
    expect(brokenTags(v2())).toEqual([]);
  });

  test('while a change is under way through one, the other is refused', async () => {
    for (const here of [true, false]) {
      const start = (words: readonly string[], how: How) => (here ? run(a, words, how) : other(words, how));
      const next = (words: readonly string[]) => (here ? other(words) : run(a, words));
      let stopped: ChildProcess | undefined;
      const call = name === 'a bind mount of v2' && !here ? 'unlinkSync' : 'renameSync';
      const ended = start(['rm', here ? 'app:v3' : 'app:v2', '--yes'], {
        signal: `${call} 1 SIGSTOP`,
        whileRunning: (child) => {
          stopped = child;
        },
      });
      await until(() => stateOf(stopped!.pid!) === 'T');
      const before = tree();
      const ran = await next(['gc', '--yes']);
      expect(ran.status, ran.stderr).toBe(4);
      expect(ran.stderr).toMatch(/is locked by process|also reached as/);
      expect(differences(before, tree())).toEqual([]);
      stopped!.kill('SIGCONT');
      expect((await ended).status).toBe(0);
      expect((await next(['gc', '--yes'])).status).toBe(0);
      for (const root of [a, v2(), b]) expect(fs.existsSync(path.join(root, '.regsweep'))).toBe(false);
    }
    expect(tagsOfTree(v2())).toEqual(['app:v0', 'app:v1', 'kept:v1']);
    expect(brokenTags(v2())).toEqual([]);
  });
});

describe.skipIf(!mayMount)('where the other root cannot be seen from here', () => {
  test('kept trash there refuses a change here, by its path, until it is emptied there', async () => {
    fs.mkdirSync(path.join(b, 'docker'), { recursive: true });
    const hidden = `mount --bind '${a}/docker' '${b}/docker' && mount -t tmpfs tmpfs '${a}'`;
    expect((await run(a, ['rm', 'app:v0', '--yes', '--keep-trash'])).status).toBe(0);
    const before = tree();
    for (const words of [
      ['gc', '--yes'],
      ['undo', '--yes'],
      ['trash', 'empty'],
    ]) {
      const ran = await run(b, words, { first: hidden });
      expect(ran.status, `${words} ${ran.stderr}`).toBe(4);
      expect(ran.stderr).toContain(`also reached as ${a}`);
    }
    expect(differences(before, tree())).toEqual([]);
    expect((await run(b, ['ls'], { first: hidden })).status).toBe(0);
    expect((await run(b, ['check'], { first: hidden })).status).toBe(0);
    expect((await run(a, ['trash', 'empty'])).status).toBe(0);
    expect((await run(b, ['gc', '--yes'], { first: hidden })).status).toBe(0);
  });

  test('the same root under another path is no other root', async () => {
    expect((await run(a, ['rm', 'app:v0', '--yes', '--keep-trash'])).status).toBe(0);
    fs.mkdirSync(b);
    const moved = `mount --bind '${a}' '${b}' && mount -t tmpfs tmpfs '${a}'`;
    expect((await run(b, ['undo', '--yes'], { first: moved })).status).toBe(0);
    expect(tagsOfTree(v2())).toHaveLength(5);
  });
});

test('a copy of the whole root is a tree of its own', async () => {
  expect((await run(a, ['rm', 'app:v0', '--yes', '--keep-trash'])).status).toBe(0);
  fs.cpSync(a, b, { recursive: true, verbatimSymlinks: true });
  expect((await run(b, ['undo', '--yes'])).status).toBe(0);
  expect(tagsOfTree(path.join(b, V2))).toHaveLength(5);
  expect(tagsOfTree(v2())).toHaveLength(4);
  expect((await run(a, ['undo', '--yes'])).status).toBe(0);
});

test('a copy of v2 alone, with the mark of the other: refused by its path, and the way out works', async () => {
  expect((await run(a, ['rm', 'app:v0', '--yes', '--keep-trash'])).status).toBe(0);
  fs.cpSync(path.join(a, 'docker'), path.join(b, 'docker'), { recursive: true, verbatimSymlinks: true });
  const ran = await run(b, ['gc', '--yes']);
  expect(ran.status, ran.stderr).toBe(4);
  expect(ran.stderr).toContain(`remove ${path.join(b, V2)}/.regsweep`);
  fs.rmSync(path.join(b, V2, '.regsweep'));
  expect((await run(b, ['gc', '--yes'])).status).toBe(0);
});

test.each(['a folder', 'a named pipe', 'a symlink elsewhere', 'a file'])(
  '%s in place of our mark in v2 is refused by its path',
  async (kind) => {
    const mark = path.join(v2(), '.regsweep');
    if (kind === 'a folder') fs.mkdirSync(mark);
    else if (kind === 'a named pipe') spawnSync('mkfifo', [mark]);
    else if (kind === 'a file') fs.writeFileSync(mark, 'mine');
    else fs.symlinkSync('/dev/zero', mark);
    const ran = await run(a, ['gc', '--yes']);
    expect(ran.status, ran.stderr).toBe(4);
    expect(ran.stderr).toContain(mark);
    expect((await run(a, ['ls'])).status).toBe(0);
  },
);

async function until(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error('it did not come');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
function stateOf(pid: number): string {
  return fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]![0]!;
}
