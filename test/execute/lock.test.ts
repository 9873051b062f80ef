// The lock: one holder at a time; taken over from a process that is surely gone here, or that has not been heard of for ten minutes.

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { takeLock } from '../../src/execute/lock.js';
import { Writer } from '../../src/execute/writer.js';

let root: string;
let file: string;
const writer = new Writer();
const now = () => Date.now();
beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'regsweep-lock-'));
  file = path.join(root, '.regsweep/lock');
});
afterEach(() => fs.rmSync(root, { recursive: true, force: true }));

const take = () => takeLock({ root, home: root, v2: path.join(root, 'docker/registry/v2') }, writer, now());
/** The lock that another process would have written. */
async function heldBy(change: (holder: Record<string, unknown>) => object): Promise<void> {
  const lock = await take();
  const holder = JSON.parse(fs.readFileSync(file, 'utf8'));
  await lock.release();
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, JSON.stringify(change(holder)));
}

test('held: refused, naming the holder; released: free, and nothing of ours stays', async () => {
  const lock = await take();
  await expect(take()).rejects.toMatchObject({ code: 'locked', exitStatus: 4 });
  await expect(take()).rejects.toThrow(`process ${process.pid}`);
  await lock.release();
  expect(fs.existsSync(path.join(root, '.regsweep'))).toBe(false);
  await (await take()).release();
});

test('a holder whose process is gone is followed, also where its pid is used again', async () => {
  await heldBy((holder) => ({ ...holder, pid: 4_000_000 }));
  await (await take()).release();
  await heldBy((holder) => ({ ...holder, startTime: '1' }));
  await (await take()).release();
});

test('a holder that has ended is gone, also while nobody has waited for it: a zombie holds nothing', async () => {
  // It ends once nobody is left who would wait for it: a shell waits, `sleep` does not.
  const parent = spawn('sh', ['-c', 'sleep 0.3 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    const pid = await new Promise<number>((resolve) => parent.stdout.once('data', (text) => resolve(Number(text))));
    const stat = () => fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    while (stat()[0] !== 'Z') await new Promise((resolve) => setTimeout(resolve, 10));
    await heldBy((holder) => ({ ...holder, pid, startTime: stat()[19] }));
    await (await take()).release();
  } finally {
    parent.kill();
  }
});

test('a lock is there whole or not at all: a disk that fills up leaves none behind', async () => {
  const full = new Writer((call, at) => {
    if (call !== 'write') return;
    fs.writeFileSync(at, '{"ho');
    throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
  });
  await expect(takeLock({ root, home: root, v2: root }, full, now())).rejects.toThrow('ENOSPC');
  await (await take()).release();
  expect(fs.existsSync(path.join(root, '.regsweep'))).toBe(false);
});

test('on a file system without hard links it is taken all the same, and held', async () => {
  const without = new Writer((call) => {
    if (call === 'link') throw Object.assign(new Error('EPERM: operation not permitted'), { code: 'EPERM' });
  });
  const lock = await takeLock({ root, home: root, v2: root }, without, now());
  await expect(takeLock({ root, home: root, v2: root }, without, now())).rejects.toMatchObject({ code: 'locked' });
  await lock.release();
  await heldBy((holder) => ({ ...holder, pid: 4_000_000 }));
  await (await takeLock({ root, home: root, v2: root }, without, now())).release();
  expect(fs.existsSync(path.join(root, '.regsweep'))).toBe(false);
});

test('who died on the way to the lock is followed, and what it left is removed', async () => {
  await heldBy((holder) => ({ ...holder, pid: 4_000_000 }));
  for (let n = 1; n < 8; n += 1) {
    let calls = 0;
    const writer = new Writer(() => {
      calls += 1;
      if (calls > n) throw new Error('the process is dead');
    });
    await expect(takeLock({ root, home: root, v2: root }, writer, now())).rejects.toThrow('dead');
    for (const name of fs.readdirSync(path.dirname(file))) {
      const at = path.join(path.dirname(file), name);
      fs.writeFileSync(at, fs.readFileSync(at, 'utf8').replace(`"pid":${process.pid}`, '"pid":4000001'));
    }
  }
  await (await take()).release();
  expect(fs.existsSync(path.join(root, '.regsweep'))).toBe(false);
});

test.each(['host', 'bootId', 'pidNamespace'])('a holder of another %s may be alive: refused', async (field) => {
  await heldBy((holder) => ({ ...holder, pid: 4_000_000, [field]: 'another' }));
  await expect(take()).rejects.toMatchObject({ code: 'locked' });
});

test('not touched for ten minutes: taken over, whoever held it; a garbled lock too, but not before', async () => {
  await heldBy((holder) => ({ ...holder, host: 'another' }));
  const ago = (minutes: number) => new Date(now() - minutes * 60_000);
  fs.utimesSync(file, ago(9), ago(9));
  await expect(take()).rejects.toMatchObject({ code: 'locked' });
  fs.utimesSync(file, ago(11), ago(11));
  await (await take()).release();
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, '{"host');
  await expect(take()).rejects.toMatchObject({ code: 'locked' });
  fs.utimesSync(file, ago(11), ago(11));
  await (await take()).release();
});

test('two that follow the same dead holder: one wins', async () => {
  for (let n = 0; n < 20; n += 1) {
    await heldBy((holder) => ({ ...holder, pid: 4_000_000 }));
    const taken = await Promise.allSettled([take(), take(), take()]);
    const winners = taken.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    expect(winners).toHaveLength(1);
    await winners[0]!.release();
  }
});

test('a lock that somebody took over is not released by who lost it', async () => {
  const lost = await take();
  const ago = new Date(now() - 11 * 60_000);
  fs.utimesSync(file, ago, ago);
  const winner = await take();
  expect(() => lost.check()).toThrow('The lock was lost');
  expect(lost.lost.aborted).toBe(true);
  expect(winner.lost.aborted).toBe(false);
  winner.check();
  await lost.release();
  expect(fs.existsSync(file)).toBe(true);
  await winner.release();
});
