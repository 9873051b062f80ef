// A reading thread that ends without an answer ends the scan with an error: it is not waited for. The built pool, since only
// compiled code starts threads; it is given threads that really exit.

import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import type { Task } from '../../src/scan/tasks.js';
import { TreeReader } from '../../src/scan/tree-reader.js';

const BUILT = pathToFileURL(path.resolve('build/src/scan/pool.js')).href;
const { Pool } = (await import(/* @vite-ignore */ BUILT)) as typeof import('../../src/scan/pool.js');

/** Wider than any machine has processors, so that threads do it all; and more units than are done in place. */
const WIDTH = { quick: 1024, waiting: 1024 };
const UNITS = 10_000;
const TASKS: readonly Task[] = [1, 2, 3].map(() => ({ do: 'strays', digests: [] }));

function poolOf(code: string): InstanceType<typeof Pool> {
  return new Pool('/nowhere', new TreeReader(), WIDTH, () => new Worker(code, { eval: true }));
}

test.each([
  ['when it is asked', "require('node:worker_threads').parentPort.on('message', () => process.exit(7))"],
  ['before it is asked', 'process.exit(7)'],
])('it exits %s: an error that says so', async (_, code) => {
  const pool = poolOf(code);
  const answers: unknown[] = [];
  const work = (): Promise<void> => pool.each(TASKS, UNITS, (answer) => answers.push(answer));
  await expect(work()).rejects.toThrow('a reading thread ended with exit status 7, before it had answered');
  await new Promise((resolve) => setTimeout(resolve, 200));
  await expect(work(), 'nor is a thread asked that has ended').rejects.toThrow(/a reading thread ended/);
  expect(answers).toEqual([]);
  await pool.close();
});
