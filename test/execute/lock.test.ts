// The lock: one holder at a time; taken over from a process that is surely gone here, or that has not been heard of for ten minutes.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WritingDoor } from '../../src/execute/door.js';
import { takeLock } from '../../src/execute/lock.js';

let root: string;
let file: string;
const door = new WritingDoor();
const now = () => Date.now();
beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'regsweep-lock-'));
  file = path.join(root, '.regsweep/lock');
});
afterEach(() => fs.rmSync(root, { recursive: true, force: true }));

const take = () => takeLock({ root, v2: path.join(root, 'docker/registry/v2') }, door, now());
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
  await lost.release();
  expect(fs.existsSync(file)).toBe(true);
  await winner.release();
});
