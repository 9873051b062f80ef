// Where many threads wait for the disk, each deletes in a folder of its own: nothing of that is left, and what cannot be deleted, or was
// being deleted when the process died, is told and freed by whoever empties the trash the next time. The built crew, with real threads.

import fs from 'node:fs';
import os, { availableParallelism } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openTree } from '../../src/scan/tree.js';
import { regsweep } from '../cli/run.js';
import { World } from '../support/world.js';

const built = (file: string): string => pathToFileURL(path.resolve('build/src/execute', file)).href;
const { Crew } = (await import(/* @vite-ignore */ built('crew.js'))) as typeof import('../../src/execute/crew.js');
const { WritingDoor } = (await import(
  /* @vite-ignore */ built('door.js')
)) as typeof import('../../src/execute/door.js');
const { shiftOf } = (await import(/* @vite-ignore */ built('shift.js'))) as typeof import('../../src/execute/shift.js');
const { putBackUnfinished } = (await import(
  /* @vite-ignore */ built('put-back.js')
)) as typeof import('../../src/execute/put-back.js');

const ITEMS = 1000;
const STUCK = 'stuck';

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir(), 'regsweep-aside-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

function fill(name: (step: number) => string): readonly number[] {
  const steps = Array.from({ length: ITEMS }, (_, at) => at + 1);
  for (const step of steps) {
    fs.mkdirSync(path.join(folder, String(step)));
    fs.writeFileSync(path.join(folder, String(step), name(step)), '');
  }
  return steps;
}

/** Waits at each deletion as a disk makes it wait, and keeps what is called so. */
class WaitingDoor extends WritingDoor {
  readonly aside: string[] = [];
  override unlink(file: string): void {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    if (path.basename(file) === STUCK) throw Object.assign(new Error('EACCES: stuck'), { code: 'EACCES', path: file });
    super.unlink(file);
  }
  override rename(from: string, to: string): void {
    this.aside.push(to);
    super.rename(from, to);
  }
}

async function erased(door: WaitingDoor, steps: readonly number[]) {
  const crew = new Crew(door);
  try {
    return await crew.work(shiftOf('erase', folder, steps, () => 'blob'));
  } finally {
    await crew.close();
  }
}

test.skipIf(availableParallelism() < 2)(
  'a thread deletes in a folder of its own, which goes with the last item',
  async () => {
    const door = new WaitingDoor();
    const { failures } = await erased(
      door,
      fill(() => 'data'),
    );
    expect(failures).toEqual([]);
    expect(door.aside.length, 'this thread took items aside').toBeGreaterThan(0);
    expect(door.aside.length, 'and others did the rest').toBeLessThan(ITEMS);
    expect(new Set(door.aside.map((place) => path.dirname(place))).size, 'in one folder').toBe(1);
    expect(path.dirname(path.dirname(door.aside[0]!))).toBe(folder);
    expect(fs.readdirSync(folder)).toEqual([]);
  },
);

test.skipIf(availableParallelism() < 2)('what cannot be deleted is named, and stays for the next try', async () => {
  const door = new WaitingDoor();
  // Only this thread's door keeps them; in the others they go as any file does.
  const { failures } = await erased(
    door,
    fill(() => STUCK),
  );
  expect(failures.length).toBeGreaterThan(0);
  for (const failure of failures) expect(failure).toMatchObject({ code: 'EACCES', message: 'EACCES: stuck' });
  const left = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith(STUCK));
  expect(left.length, 'one each, and nothing else').toBe(failures.length);
});

test.skipIf(availableParallelism() < 2).each([
  ['no folder', 'mkdir'],
  ['not even an entry in one', 'rename'],
] as const)('a full disk has room for %s: everything is deleted where it lies', async (_, call) => {
  let refusals = 0;
  class FullDoor extends WaitingDoor {
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
  const { failures } = await erased(
    new FullDoor(),
    fill(() => 'data'),
  );
  expect(refusals, 'this thread wanted to take something aside').toBeGreaterThan(0);
  expect(failures).toEqual([]);
  expect(fs.readdirSync(folder)).toEqual([]);
});

test.each(['the next recovery', 'the next command'])(
  'the process died while threads had items aside: %s frees them',
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
      for (const [thread, step] of [first!, second!].entries()) {
        fs.mkdirSync(`${run}/trash-leaving/aside-${thread}`);
        fs.renameSync(`${run}/trash-leaving/${step}`, `${run}/trash-leaving/aside-${thread}/${step}`);
      }
      if (who === 'the next command') {
        const ran = await regsweep(['rm', 'no-such', '--ignore-missing', '--yes'], { root: world.root });
        expect(ran.status, ran.stderr).toBe(0);
      } else {
        const { back, notFreed } = await putBackUnfinished(openTree(world.root), new WritingDoor());
        expect({ back, notFreed }).toEqual({ back: [], notFreed: [] });
      }
      expect(fs.existsSync(run)).toBe(false);
    } finally {
      world.remove();
    }
  },
);
