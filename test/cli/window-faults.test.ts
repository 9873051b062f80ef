// Whatever goes wrong between stop and start, the registry is started again: signals that end a process, an error that no one
// catches, a full disk, a closed terminal.

import { spawn } from 'node:child_process';
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

test.each(ENDING)('%s while the registry is down', async (signal) => {
  const before = snapshot(world.v2);
  // The stop command's parent is regsweep: the command itself sends the signal, twice, and then takes its time.
  const number = constants.signals[signal];
  const ran = await inWindow(`kill -${number} $PPID; sleep 0.1; kill -${number} $PPID; sleep 0.1`);
  expect(ran.status, ran.stderr).toBe(128 + number);
  expect(fs.existsSync(here('started'))).toBe(true);
  expect(differences(before, snapshot(world.v2))).toEqual([]);
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
  ['stdout is closed', '{ "$@"; echo $? >status; } | true'],
  ['stdout is a full disk', '"$@" >/dev/full; echo $? >status'],
  ['stderr is a full disk', '"$@" 2>/dev/full; echo $? >status'],
  ['stderr is closed', '{ "$@" 2>&1 >/dev/null; echo $? >status; } | true'],
])('%s', async (_, line) => {
  await inWindow('true', { line });
  expect(fs.existsSync(here('started'))).toBe(true);
  expect(world.exists('repositories/app/_manifests/tags/1')).toBe(false);
});

test('the log is on a full disk: a registry that is stopped is started', async () => {
  await inWindow(`touch ${here('stopped')}`, { words: ['--log-file', '/dev/full'] });
  expect(fs.existsSync(here('started'))).toBe(fs.existsSync(here('stopped')));
});

test('there is no room for the output of the commands: they run without', async () => {
  const ran = await inWindow('true', { environment: { TMPDIR: here('absent') } });
  expect(ran.status, ran.stderr).toBe(0);
  expect(fs.existsSync(here('started'))).toBe(true);
});
