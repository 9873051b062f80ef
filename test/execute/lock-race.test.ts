// Many processes race for the lock of a dead holder, and die at any call themselves: never do two hold it, and it is never lost.

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { takeLock } from '../../src/execute/lock.js';
import { Writer } from '../../src/execute/writer.js';

const RACERS = 14;
const DIST = pathToFileURL(path.resolve(import.meta.dirname, '../../build/src/execute')).href;

/**
 * Takes the lock again and again. What only a holder may do is to make a folder that must not be there. Every call on the tree may
 * take its time, and may be the process's last; so may be the end of its turn, with the lock in its hand.
 */
const RACER = `
import fs from 'node:fs';
import { Writer } from '${DIST}/writer.js';
import { takeLock } from '${DIST}/lock.js';
const root = process.argv[1];
const tree = { root, home: root, v2: root };
const cell = new Int32Array(new SharedArrayBuffer(4));
const rest = (ms) => Atomics.wait(cell, 0, 0, Math.random() * ms);
const die = () => process.kill(process.pid, 'SIGKILL');
const mortal = process.argv[2] === 'mortal';
const writer = new Writer(() => {
  if (mortal && Math.random() < 0.005) die();
  rest(1.5);
});
while (!fs.existsSync(root + '/go')) rest(1);
for (let turns = 0; turns < 4; ) {
  let lock;
  try {
    lock = await takeLock(tree, writer, Date.now());
  } catch (error) {
    if (error.code !== 'locked') throw error;
    await new Promise((resolve) => setTimeout(resolve, 1));
    continue;
  }
  turns += 1;
  fs.appendFileSync(root + '/turns', 'x');
  try {
    fs.mkdirSync(root + '/held');
    rest(2);
    fs.rmdirSync(root + '/held');
  } catch (error) {
    fs.appendFileSync(root + '/two', error.message + '\\n');
  }
  if (turns === 4 || Math.random() < 0.3) die();
  await lock.release();
}
`;

let root: string;
beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'regsweep-race-'));
});
afterEach(() => fs.rmSync(root, { recursive: true, force: true }));

async function race(kind: 'mortal' | 'careful'): Promise<readonly string[]> {
  const errors: string[] = [];
  const racers = Array.from({ length: RACERS }, () => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', RACER, root, kind], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => errors.push(text));
    return new Promise((resolve) => child.on('close', resolve));
  });
  fs.writeFileSync(path.join(root, 'go'), '');
  await Promise.all(racers);
  return errors;
}

test.each(['careful', 'mortal'] as const)(
  '%s racers: one holder at a time, and the last dead one is followed',
  async (kind) => {
    expect(await race(kind)).toEqual([]);
    expect(fs.existsSync(path.join(root, 'two')) ? fs.readFileSync(path.join(root, 'two'), 'utf8') : '').toBe('');
    expect(fs.readFileSync(path.join(root, 'turns'), 'utf8').length).toBeGreaterThan(RACERS / 2);
    const last = await takeLock({ root, home: root, v2: root }, new Writer(), Date.now());
    await last.release();
    expect(fs.existsSync(path.join(root, '.regsweep'))).toBe(false);
  },
);
