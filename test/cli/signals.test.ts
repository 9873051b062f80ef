// Interruption from outside, and the question on a terminal: both end with nothing half done.

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { brokenTags } from '../support/pullable.js';
import { differences, snapshot } from '../support/snapshot.js';
import { World } from '../support/world.js';
import { PROGRAM, regsweep } from './run.js';

let world: World;
beforeEach(() => {
  world = World.create();
});
afterEach(() => fs.rmSync(world.root, { recursive: true, force: true }));

describe('a signal', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s before anything was done: exit %i, nothing changed', async (signal, status) => {
    world.image('app', 'v1');
    const before = snapshot(world.root, { mtime: true });
    const ran = await regsweep(['rm', '--from-file', '-', '--yes'], {
      root: world.root,
      inputStaysOpen: true,
      // More than a pipe holds: once it is written somebody reads, and is ready for signals.
      whileRunning: (child) => child.stdin!.write('# a comment\n'.repeat(100_000), () => child.kill(signal)),
    });
    expect(ran).toMatchObject({ status, stdout: '' });
    expect(ran.stderr).toContain('interrupted; nothing was changed');
    expect(differences(before, snapshot(world.root, { mtime: true }))).toEqual([]);
  });

  test('SIGTERM in the midst of a change: exit 143, every tag left is whole, and the same command again finishes', async () => {
    for (let n = 0; n < 1200; n += 1) world.image('app', `v${n}`, { layers: ['base', `own ${n}`] });
    world.image('kept', 'v1', { layers: ['base', 'kept'] });
    const ran = await regsweep(['rm', 'app:*', '--yes', '--json'], {
      root: world.root,
      whileRunning: (child) => {
        const timer = setInterval(() => {
          if (!hasTrash()) return;
          child.kill('SIGTERM');
          clearInterval(timer);
        }, 1);
      },
    });
    expect(ran.status, ran.stderr).toBe(143);
    expect(JSON.parse(ran.stdout).outcome).toMatchObject({ status: 'interrupted' });
    expect(brokenTags(world.v2)).toEqual([]);
    const dry = await regsweep(['gc', '--dry-run'], { root: world.root });
    expect(dry.status, dry.stderr).toBe(4);
    expect(dry.stderr).toMatch(/run \S+ was interrupted, and a real run first puts back/);
    const again = await regsweep(['rm', 'app:*', '--yes', '--json'], { root: world.root });
    expect(again.status, again.stderr).toBe(0);
    expect(again.stderr).toMatch(/run \S+ was interrupted: [\d,]+ steps put back/);
    const document = JSON.parse(again.stdout);
    expect(document.totals.tags).toBe(1200);
    expect(world.list('repositories/app/_manifests/tags')).toEqual([]);
    expect(brokenTags(world.v2)).toEqual([]);
  });

  test.each([
    ['a change', ['rm', 'app:*', '--yes', '--json']],
    ['an undo', ['undo', '--yes', '--json']],
  ] as const)('ends %s of few steps soon, on a slow disk too', async (_, words) => {
    for (const tag of ['v1', 'v2', 'v3', 'v4', 'v5', 'v6']) world.image('app', tag, { layers: ['base', tag] });
    world.image('kept', 'v1', { layers: ['base', 'kept'] });
    if (words[0] === 'undo') await regsweep(['rm', 'app:*', '--yes', '--keep-trash'], { root: world.root });
    const slow = path.join(world.root, 'slow.cjs');
    fs.writeFileSync(
      slow,
      `const fs = require('fs');
      const { renameSync } = fs;
      let calls = 0;
      fs.renameSync = (...names) => {
        calls += 1;
        if (calls === 5) process.kill(process.pid, 'SIGINT');
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60);
        return renameSync(...names);
      };`,
    );
    const ran = await regsweep(words, { root: world.root, environment: { NODE_OPTIONS: `--require ${slow}` } });
    expect(ran.status, ran.stderr).toBe(130);
    const { outcome } = JSON.parse(ran.stdout);
    expect(outcome).toMatchObject(words[0] === 'undo' ? { interrupted: true } : { status: 'interrupted' });
    expect(brokenTags(world.v2)).toEqual([]);
  });

  function hasTrash(): boolean {
    const runs = path.join(world.root, '.regsweep/runs');
    const ids = fs.existsSync(runs) ? fs.readdirSync(runs) : [];
    return ids.some((id) => {
      const trash = path.join(runs, id, 'trash');
      return fs.existsSync(trash) && fs.readdirSync(trash).length > 0;
    });
  }
});

const SCRIPT = '/usr/bin/script';

describe.skipIf(!fs.existsSync(SCRIPT))('on a terminal', () => {
  /** Runs in a pseudo-terminal of 80 columns; types `typed` when the question is there. */
  function onTerminal(
    words: string,
    typed: string,
  ): Promise<{ readonly status: number | null; readonly shown: string }> {
    const line = `stty cols 80; exec '${process.execPath}' '${PROGRAM}' ${words} --root '${world.root}'`;
    const environment = { PATH: process.env['PATH'], TERM: 'xterm', SHELL: '/bin/sh' };
    const child = spawn(SCRIPT, ['-qefc', line, '/dev/null'], { env: environment, stdio: ['pipe', 'pipe', 'inherit'] });
    let shown = '';
    let asked = false;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      shown += text.replaceAll('\r\n', '\n');
      if (asked || !shown.includes('[y/N]')) return;
      asked = true;
      child.stdin.write(typed);
    });
    return new Promise((resolve) => child.on('close', (status) => resolve({ status, shown })));
  }

  test('what the stop window finds beyond the plan that was confirmed is refused, and what was put back is said', async () => {
    for (const tag of ['v1', 'v2', 'v3']) world.image('app', tag, { layers: ['base', tag] });
    const cut = await regsweep(['rm', 'app:v1', '--yes', '--keep-trash', '--json'], { root: world.root });
    const id = JSON.parse(cut.stdout).outcome.run;
    fs.unlinkSync(path.join(world.root, '.regsweep/runs', id, 'done'));
    const { status, shown } = await onTerminal(
      'rm app:v1 app:v2 --ignore-missing --stop-command true --start-command true',
      'y\n',
    );
    expect(status, shown).toBe(4);
    expect(shown).toContain(`run ${id} was interrupted: the plan shown is without what it took`);
    expect(shown).toContain('came up that the plan shown did not hold');
    expect(shown).toContain(`Interrupted runs were put back first: ${id}. Nothing else was touched`);
    expect(shown).not.toContain('Nothing was touched');
    expect(world.list('repositories/app/_manifests/tags')).toEqual(['v1', 'v2', 'v3']);
  });

  test('shows the plan, asks, and does it on a yes', async () => {
    world.image('app', 'v1');
    world.image('app', 'v2');
    const { status, shown } = await onTerminal('rm app:v1', 'y\n');
    expect(shown).toMatch(/Tags that go: app:v1[\s\S]*Frees[\s\S]*Remove 1 tag, .*\? \[y\/N\][\s\S]*Removed 1 tag/);
    expect(status).toBe(0);
    expect(world.list('repositories/app/_manifests/tags')).toEqual(['v2']);
  });

  test.each(['\n', 'n\n', 'what?\n'])('changes nothing on %j', async (typed) => {
    world.image('app', 'v1');
    const before = snapshot(world.v2, { mtime: true });
    const { status, shown } = await onTerminal('rm app:v1', typed);
    expect(shown).toContain('Nothing was changed.');
    expect(status).toBe(0);
    expect(differences(before, snapshot(world.v2, { mtime: true }))).toEqual([]);
  });

  test('Ctrl-C at the question: exit 130, nothing changed', async () => {
    world.image('app', 'v1');
    const before = snapshot(world.v2, { mtime: true });
    const { status, shown } = await onTerminal('rm app:v1', '\x03');
    expect(shown).toContain('interrupted; nothing was changed');
    expect(status).toBe(130);
    expect(differences(before, snapshot(world.v2, { mtime: true }))).toEqual([]);
  });

  test('Ctrl-D at the question: nothing changed, and said on a line of its own', async () => {
    world.image('app', 'v1');
    const before = snapshot(world.v2, { mtime: true });
    const { shown } = await onTerminal('rm app:v1', '\x04');
    expect(shown).toMatch(/\[y\/N\] [^\n]*\n(?:.*\n)?.*Nothing was changed\.\n/);
    expect(differences(before, snapshot(world.v2, { mtime: true }))).toEqual([]);
  });

  test.skipIf(!fs.existsSync('/bin/bash'))('Ctrl-Z at the question and fg: the answer counts', async () => {
    world.image('app', 'v1');
    world.image('app', 'v2');
    const child = spawn(SCRIPT, ['-qfc', '/bin/bash --norc --noprofile -i', '/dev/null'], {
      env: { PATH: process.env['PATH'], TERM: 'xterm', SHELL: '/bin/sh', PS1: 'ready> ' },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let shown = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      shown += text;
    });
    /** Types `text` once what was shown since the last time matches `after`. */
    const type = (after: RegExp, text: string): Promise<void> =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!after.test(shown)) return;
          child.stdout.off('data', look);
          shown = '';
          child.stdin.write(text);
          resolve();
        };
        child.stdout.on('data', look);
        look();
      });
    await type(/ready> /, `'${process.execPath}' '${PROGRAM}' rm app:v1 --root '${world.root}'; echo "st""atus $?"\n`);
    await type(/\[y\/N\]/, '\x1a');
    await type(/Stopped[\s\S]*ready> /, 'fg; echo "st""atus $?"\n');
    await type(/\[y\/N\]/, 'y\n');
    await type(/status 0/, 'exit\n');
    await new Promise((resolve) => child.on('close', resolve));
    expect(world.list('repositories/app/_manifests/tags')).toEqual(['v2']);
  });

  test('has colour, but not with NO_COLOR or --no-color, and fits 80 columns', async () => {
    world.image('a-team-with-a-long-name/an-application-with-a-longer-one/and-its-component', 'v1');
    const colour = /\p{Cc}\[\d+m/u;
    expect((await onTerminal("rm '**' -n --allow-empty", '')).shown).toMatch(colour);
    const { shown: plain } = await onTerminal("rm '**' -n --allow-empty --no-color", '');
    expect(plain).not.toMatch(colour);
    // The tree's own path may be as long as it likes.
    expect(
      Math.max(
        ...plain
          .replaceAll(world.root, '')
          .split('\n')
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(80);
  });
});
