// Items of a trash folder: looked at and deleted in place, or many at once where they wait for the disk, with the same result.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eraseItem } from '../../src/execute/erase.js';
import { findForeignEntries } from '../../src/execute/foreign.js';
import { eachItem, type ItemWork, type TrashItem } from '../../src/execute/trash-items.js';
import { Writer } from '../../src/execute/writer.js';
import { SlowWriter } from './slow-writer.js';

const ITEMS = 1000;
const FOREIGN = 'notes.txt';

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir(), 'regsweep-items-'));
  for (let step = 1; step <= ITEMS; step += 1) {
    fs.mkdirSync(path.join(folder, String(step)));
    fs.writeFileSync(path.join(folder, String(step), step % 100 === 0 ? FOREIGN : 'data'), '');
  }
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

const items: readonly TrashItem[] = Array.from({ length: ITEMS }, (_, at) => ({ step: at + 1, kind: 'blob' }));
const erase: ItemWork = ({ kind }, at, calls) => eraseItem(kind, at, calls);
const left = (): number => fs.readdirSync(folder).length;

const writers = {
  'in an instant': () => new Writer(),
  'while each waits for the disk': () => new SlowWriter(),
  'one after the other, where each call is watched': () => new SlowWriter(() => undefined),
};

describe.each(Object.entries(writers))('%s', (name, make) => {
  test('everything is deleted, whatever the items hold', async () => {
    const writer = make();
    const failures = await eachItem(folder, items, writer, erase, { moved: true });
    expect({ failures, left: left() }).toEqual({ failures: [], left: 0 });
    if (writer instanceof SlowWriter) expect(writer.overlapped > 0).toBe(name.includes('disk'));
  });

  test('every foreign name is found', async () => {
    const writer = make();
    const found: number[] = [];
    const look: ItemWork = async ({ step }, at, calls) => {
      const names = await findForeignEntries('blob', at, calls);
      if (names.length > 0) found.push(step);
      for (const each of names) expect(each).toBe(FOREIGN);
    };
    expect(await eachItem(folder, items, writer, look)).toEqual([]);
    expect(found.sort((a, b) => a - b)).toEqual(items.map(({ step }) => step).filter((step) => step % 100 === 0));
    expect(left()).toBe(ITEMS);
  });

  test('a signal stops it before the next item, with no call in progress any more', async () => {
    const stop = new AbortController();
    const writer = make();
    let done = 0;
    const work: ItemWork = async (item, at, calls) => {
      await erase(item, at, calls);
      done += 1;
      if (done === 100) stop.abort(new Error('interrupted'));
    };
    await expect(eachItem(folder, items, writer, work, { moved: true, signal: stop.signal })).rejects.toThrow(
      'interrupted',
    );
    expect(done, 'those that were being deleted are').toBeLessThan(100 + 16);
    expect(left()).toBe(ITEMS - done);
  });

  test('an error that is not the system’s is thrown', async () => {
    const work: ItemWork = async ({ step }) => {
      if (step === 500) throw new Error('a mistake');
    };
    await expect(eachItem(folder, items, make(), work)).rejects.toThrow('a mistake');
  });
});
