// Threads that end too soon: nobody waits for them for ever, and nothing that they took is told as done. The built crew, since only
// compiled code starts threads; it is given threads that really exit.

import { once } from 'node:events';
import fs from 'node:fs';
import os, { availableParallelism } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Found } from '../../src/execute/shift.js';

const built = (file: string): string => pathToFileURL(path.resolve('build/src/execute', file)).href;
const { Crew } = (await import(/* @vite-ignore */ built('crew.js'))) as typeof import('../../src/execute/crew.js');
const { WritingDoor } = (await import(
  /* @vite-ignore */ built('door.js')
)) as typeof import('../../src/execute/door.js');
const { shiftOf } = (await import(/* @vite-ignore */ built('shift.js'))) as typeof import('../../src/execute/shift.js');

/** A thread is worth its start from so many items on. */
const ITEMS = 4000;
/** As many as a thread takes at a time. */
const TAKEN = 32;
const FOREIGN = 'notes.txt';

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir(), 'regsweep-crew-'));
  for (let step = 1; step <= ITEMS; step += 1) {
    fs.mkdirSync(path.join(folder, String(step)));
    fs.writeFileSync(path.join(folder, String(step), step % 100 === 0 ? FOREIGN : 'data'), '');
  }
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

/** Set to 1 by a thread of {@link threads}. */
let flag: Int32Array<SharedArrayBuffer>;

/** Threads that do `code` with an order, then set the flag. */
function threads(code: string): () => Worker {
  flag = new Int32Array(new SharedArrayBuffer(4));
  return () =>
    new Worker(
      `const { parentPort, workerData } = require('node:worker_threads');
      const up = () => { Atomics.store(workerData, 0, 1); Atomics.notify(workerData, 0); };
      parentPort.on('message', ({ shift, begun }) => { ${code} });`,
      { eval: true, workerData: flag },
    );
}

/** Sleeps before each call until the flag is set: this thread leaves work to the others. */
class PatientDoor extends WritingDoor {
  override names(at: string): string[] {
    Atomics.wait(flag, 0, 0, 5);
    return super.names(at);
  }
  override unlink(file: string): void {
    Atomics.wait(flag, 0, 0, 5);
    super.unlink(file);
  }
}

const all = Array.from({ length: ITEMS }, (_, at) => at + 1);
const shift = (verb: 'look' | 'erase') => shiftOf(verb, folder, all, () => 'blob');
const left = (): number => fs.readdirSync(folder).length;

async function worked(crew: InstanceType<typeof Crew>, verb: 'look' | 'erase'): Promise<Found> {
  try {
    return await crew.work(shift(verb));
  } finally {
    await crew.close();
  }
}

describe.skipIf(availableParallelism() < 2)('a thread that exits', () => {
  const DIES_AT_WORK = `Atomics.store(begun, 0, 1); Atomics.add(shift.taken, 0, ${TAKEN}); up(); process.exit(7);`;

  test('in the midst of deleting: told, the others do the rest, and what it took is still there', async () => {
    const { failures } = await worked(new Crew(new PatientDoor(), threads(DIES_AT_WORK)), 'erase');
    expect(failures.length).toBeGreaterThan(0);
    // More than one may have joined: this thread sleeps, as if it waited for its disk.
    for (const failure of failures) {
      expect(failure).toEqual({
        code: 'ERR_WORKER_ENDED',
        path: folder,
        message: `a thread that worked on ${folder} ended before it was done, with exit status 7`,
      });
    }
    expect(left()).toBe(TAKEN * failures.length);
  });

  test('in the midst of looking: told, for nobody knows what it saw', async () => {
    const { failures, others } = await worked(new Crew(new PatientDoor(), threads(DIES_AT_WORK)), 'look');
    expect(failures.map(({ code }) => code)).toContain('ERR_WORKER_ENDED');
    expect(others.length).toBeGreaterThan(0);
  });

  test('before it has begun: the others do its part', async () => {
    const { failures } = await worked(new Crew(new PatientDoor(), threads('up(); process.exit(7);')), 'erase');
    expect({ failures, left: left() }).toEqual({ failures: [], left: 0 });
  });

  test('before it is asked: another takes its place', async () => {
    const ends: Promise<unknown>[] = [];
    const exits = threads(DIES_AT_WORK);
    const crew = new Crew(new PatientDoor(), () => {
      const thread = exits();
      ends.push(once(thread, 'exit'));
      return thread;
    });
    await crew.work(shift('look'));
    await Promise.all(ends);
    const first = ends.length;
    await worked(crew, 'erase');
    expect(ends.length).toBeGreaterThan(first);
    expect(left()).toBeLessThanOrEqual(TAKEN * (ends.length - first));
  });

  test('or that the system has none of: this thread does it all', async () => {
    let asked = 0;
    const { failures } = await worked(
      new Crew(new WritingDoor(), () => {
        asked += 1;
        throw Object.assign(new Error('no thread'), { code: 'ERR_WORKER_INIT_FAILED' });
      }),
      'erase',
    );
    expect({ asked, failures, left: left() }).toEqual({ asked: 1, failures: [], left: 0 });
  });

  test('a real one takes part, and finds what this thread would', async () => {
    let started = 0;
    const thread = () => {
      started += 1;
      return new Worker(new URL(built('free-worker.js')));
    };
    let own = 0;
    class SlowDoor extends WritingDoor {
      override names(at: string): string[] {
        own += 1;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
        return super.names(at);
      }
    }
    const { others, failures } = await worked(new Crew(new SlowDoor(), thread), 'look');
    expect(started).toBeGreaterThan(0);
    expect(own).toBeLessThan(ITEMS);
    expect(failures).toEqual([]);
    expect(others.map(({ step }) => step).sort((a, b) => a - b)).toEqual(all.filter((step) => step % 100 === 0));
  });
});
