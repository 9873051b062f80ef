// Whatever goes wrong between stop and start, the registry is started again: signals that end a process, an error that no one
// catches, a full disk, a closed terminal.

import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os, { constants } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ENDING } from '../../src/cli/signals.js';
import { differences, snapshot } from '../support/snapshot.js';
import { World } from '../support/world.js';
import { PROGRAM } from './run.js';

let world: World;
let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'regsweep-faults-'));
  world = World.create();
  world.image('app', '1', { layers: ['own'] });
  world.image('app', '2', { layers: ['other'] });
});
afterEach(() => {
  world.remove();
  fs.rmSync(folder, { recursive: true, force: true });
});

const here = (name: string): string => path.join(folder, name);

/** Runs `rm app:1` in a window whose stop command runs `stop` in a shell; `line` is the command line around it. */
function inWindow(
  stop: string,
  { line = 'exec "$@"', environment = {}, words = [] as readonly string[] } = {},
): Promise<{ readonly status: number | null; readonly signal: NodeJS.Signals | null; readonly stderr: string }> {
  const window = ['--shell', '--stop-command', stop, '--start-command', `touch ${here('started')}`];
  const all = [process.execPath, PROGRAM, 'rm', 'app:1', '--yes', '--root', world.root, ...window, ...words];
  return new Promise((resolve, reject) => {
    const child = spawn('sh', ['-c', line, 'sh', ...all], {
      cwd: folder,
      env: { PATH: process.env['PATH'], ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stderr = '';
    child.stdout.resume();
    child.stderr.on('data', (text) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (status, signal) => resolve({ status, signal, stderr }));
  });
}

// The test after these looks at every signal; here are a closed terminal, Ctrl-\\, and one that no one expects.
test.each(['SIGHUP', 'SIGQUIT', 'SIGALRM'] as const)('%s while the registry is down', async (signal) => {
  const before = snapshot(world.v2);
  // The stop command's parent is regsweep: the command itself sends the signal, twice, and then takes its time.
  const number = constants.signals[signal];
  const ran = await inWindow(`kill -${number} $PPID; sleep 0.1; kill -${number} $PPID; sleep 0.1`);
  expect(ran.status, ran.stderr).toBe(128 + number);
  expect(fs.existsSync(here('started'))).toBe(true);
  expect(differences(before, snapshot(world.v2))).toEqual([]);
});

test('every signal that can end a process is listened for, however often it comes', () => {
  // Those that no process can listen for, those of a crash, and those that Node.js keeps for itself.
  const others = ['SIGKILL', 'SIGSTOP', 'SIGSEGV', 'SIGBUS', 'SIGFPE', 'SIGILL', 'SIGUSR1', 'SIGPROF', 'SIGPIPE'];
  const harmless = ['SIGCHLD', 'SIGCONT', 'SIGURG', 'SIGWINCH', 'SIGTSTP', 'SIGTTIN', 'SIGTTOU'];
  // Names of one number are one signal.
  const numbers = (names: readonly string[]) => new Set(names.map((name) => constants.signals[name as NodeJS.Signals]));
  const [known, left] = [numbers(Object.keys(constants.signals)), numbers([...others, ...harmless])];
  expect(numbers(ENDING)).toEqual(new Set([...known].filter((number) => !left.has(number))));
  const signals = [...numbers(ENDING)];
  const module = path.resolve(import.meta.dirname, '../../build/src/cli/signals.js');
  const code = `
    const interruption = (await import('${module}')).listenForSignals();
    interruption.exitLater(true);
    for (const signal of [...${JSON.stringify(signals)}, ${signals[0]}]) process.kill(process.pid, signal);
    while (!interruption.signal.aborted) await new Promise(setImmediate);
    interruption.stop();
    console.log('alive', interruption.status() > 128);
  `;
  const ran = spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' });
  expect(ran).toMatchObject({ status: 0, stdout: 'alive true\n', stderr: '' });
});

test.each([
  ['an unhandled rejection', "Promise.reject(new Error('a fault'))"],
  ['an uncaught error', "setImmediate(() => { throw new Error('a fault'); })"],
])('%s while the registry is down: exit 1', async (_, fault) => {
  const module = here('fault.mjs');
  fs.writeFileSync(
    module,
    `import fs from 'node:fs';
const timer = setInterval(() => {
  if (!fs.existsSync('${here('stopping')}')) return;
  clearInterval(timer);
  ${fault};
}, 5);
timer.unref();
`,
  );
  const ran = await inWindow(`touch ${here('stopping')}; sleep 0.5`, {
    environment: { NODE_OPTIONS: `--import ${module}` },
  });
  expect(ran.status, ran.stderr).toBe(1);
  expect(ran.stderr).toContain('a fault');
  expect(fs.existsSync(here('started'))).toBe(true);
});

test.each([
  ['stdout is a full disk, stderr is closed', '{ "$@" 2>&1 >/dev/full; } | true'],
  ['stdout is closed, stderr is a full disk', '"$@" 2>/dev/full | true'],
])('%s', async (_, line) => {
  await inWindow('true', { line, words: ['--verbose'] });
  expect(fs.existsSync(here('started'))).toBe(true);
  expect(world.exists('repositories/app/_manifests/tags/1')).toBe(false);
});

test('the log is on a full disk: the run goes on without, and says so once', async () => {
  const ran = await inWindow('true', { words: ['--log-file', '/dev/full'] });
  expect(ran.status, ran.stderr).toBe(0);
  expect(fs.existsSync(here('started'))).toBe(true);
  expect(world.exists('repositories/app/_manifests/tags/1')).toBe(false);
  expect(ran.stderr.match(/the log cannot be written to \/dev\/full: ENOSPC/g)).toHaveLength(1);
});

test('there is no room for the output of the commands: they run without', async () => {
  const ran = await inWindow('true', { environment: { TMPDIR: here('absent') } });
  expect(ran.status, ran.stderr).toBe(0);
  expect(fs.existsSync(here('started'))).toBe(true);
});
