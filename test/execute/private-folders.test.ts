// Where deletions wait for the disk, each of many goes on in a private folder: those folders go too, and what cannot be deleted, or was
// being deleted when the process died, is reported and freed the next time that the trash is emptied.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { eraseItem } from '../../src/execute/erase.js';
import { putBackUnfinished } from '../../src/execute/put-back.js';
import { eachItem, type TrashItem } from '../../src/execute/trash-items.js';
import { Writer } from '../../src/execute/writer.js';
import { openTree } from '../../src/scan/tree.js';
import { regsweep } from '../cli/run.js';
import { World } from '../support/world.js';
import { SlowWriter, STUCK } from './slow-writer.js';

const ITEMS = 1000;

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir(), 'regsweep-private-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

/** Items that each hold a file of that name. */
function filled(name: string): readonly TrashItem[] {
  const items: readonly TrashItem[] = Array.from({ length: ITEMS }, (_, at) => ({ step: at + 1, kind: 'blob' }));
  for (const { step } of items) {
    fs.mkdirSync(path.join(folder, String(step)));
    fs.writeFileSync(path.join(folder, String(step), name), '');
  }
  return items;
}

function erased(writer: SlowWriter, items: readonly TrashItem[]) {
  return eachItem(folder, items, writer, ({ kind }, at, calls) => eraseItem(kind, at, calls), { moved: true });
}

test('once items wait they are deleted in private folders, each of which goes with its last item', async () => {
  const writer = new SlowWriter();
  expect(await erased(writer, filled('data'))).toEqual([]);
  expect(writer.places.length, 'some were moved').toBeGreaterThan(0);
  expect(writer.places.length, 'and others deleted before that').toBeLessThan(ITEMS);
  const folders = new Set(writer.places.map((place) => path.dirname(place)));
  expect(folders.size).toBe(16);
  for (const each of folders) expect(path.dirname(each)).toBe(folder);
  expect(fs.readdirSync(folder)).toEqual([]);
});

test('what cannot be deleted is reported, and stays for the next attempt', async () => {
  const failures = await erased(new SlowWriter(), filled(STUCK));
  expect(failures.length).toBe(ITEMS);
  for (const failure of failures) expect(failure).toMatchObject({ code: 'EACCES', message: 'EACCES: stuck' });
  const left = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith(STUCK));
  expect(left.length, 'one each, and nothing else').toBe(failures.length);
});

test.each([
  ['no folder', 'mkdir'],
  ['not even an entry in one', 'rename'],
] as const)('a full disk has room for %s: everything is deleted where it lies', async (_, call) => {
  let refusals = 0;
  class FullWriter extends SlowWriter {
    override mkdir(at: string): void {
      if (call === 'mkdir') throw full(at);
      super.mkdir(at);
    }
    override rename(from: string, to: string): void {
      if (call === 'rename') throw full(from);
      super.rename(from, to);
    }
  }
  const full = (at: string): Error => {
    refusals += 1;
    return Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC', path: at });
  };
  const failures = await erased(new FullWriter(), filled('data'));
  expect(refusals, 'something was to be moved').toBeGreaterThan(0);
  expect(failures).toEqual([]);
  expect(fs.readdirSync(folder)).toEqual([]);
});

test.each(['the next recovery', 'the next command'])(
  'the process died while items lay in private folders: %s frees them',
  async (who) => {
    const world = World.create();
    try {
      world.image('app', '1', { layers: ['one'] });
      world.image('app', '2', { layers: ['two'] });
      const kept = await regsweep(['rm', 'app:1', '--keep-trash', '--yes'], { root: world.root });
      expect(kept.status, kept.stderr).toBe(0);
      const runs = path.join(world.root, '.regsweep/runs');
      const run = path.join(runs, fs.readdirSync(runs)[0]!);
      fs.renameSync(`${run}/trash`, `${run}/trash-leaving`);
      const [first, second] = fs.readdirSync(`${run}/trash-leaving`);
      for (const [at, step] of [first!, second!].entries()) {
        fs.mkdirSync(`${run}/trash-leaving/private-${at}`);
        fs.renameSync(`${run}/trash-leaving/${step}`, `${run}/trash-leaving/private-${at}/${step}`);
      }
      if (who === 'the next command') {
        const ran = await regsweep(['rm', 'no-such', '--ignore-missing', '--yes'], { root: world.root });
        expect(ran.status, ran.stderr).toBe(0);
      } else {
        const { back, notFreed } = await putBackUnfinished(openTree(world.root), new Writer());
        expect({ back, notFreed }).toEqual({ back: [], notFreed: [] });
      }
      expect(fs.existsSync(run)).toBe(false);
    } finally {
      world.remove();
    }
  },
);
