// What a run took is looked over and freed, or by the next command where it was cut off before that: the data is gone, foreign files
// are where they were, and the report says so.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makePlan } from '../../src/cli/make-plan.js';
import { execute } from '../../src/execute/execute.js';
import { putBackUnfinished } from '../../src/execute/put-back.js';
import { Writer } from '../../src/execute/writer.js';
import { needsOf, requestOf } from '../../src/plan/request.js';
import { scan } from '../../src/scan/scan.js';
import { openTree } from '../../src/scan/tree.js';
import { regsweep } from '../cli/run.js';
import { brokenTags, tagsOfTree } from '../support/pullable.js';
import { differences, snapshot } from '../support/snapshot.js';
import { at } from '../support/tree-paths.js';
import { World } from '../support/world.js';
import { SlowWriter } from './slow-writer.js';

const ID = '20260101T000000.000Z-test';
/** Many more than are done before it shows that they wait. */
const STRAYS = 4100;
const BYTES = 50;

/** Thousands of files, in memory where the system has such a place. */
const quick = fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir();
let world: World;
beforeEach(() => {
  world = World.create({ below: quick });
  world.image('app', '1', { layers: ['base', 'one'] });
  world.image('app', '2', { layers: ['base', 'two'] });
});
afterEach(() => world.remove());

const blobFolder = (digest: string): string => path.dirname(at.blob(digest));
const tree = (): Map<string, string> => snapshot(path.join(world.root, 'docker'));
const runs = (): readonly string[] => fs.readdirSync(path.join(world.root, '.regsweep/runs'));

async function carriedOut(input: Parameters<typeof requestOf>[0], more: Partial<Parameters<typeof execute>[2]>) {
  const opened = openTree(world.root);
  const request = requestOf(input);
  const found = await scan(opened, needsOf(request), { concurrency: 0 });
  try {
    const plan = await makePlan(found, request);
    return await execute(opened, plan, { keepTrash: false, id: ID, ...more });
  } finally {
    await found.close();
  }
}

test('many at once: the data of thousands of blobs is gone, foreign files among them are where they were, and nothing else is left', async () => {
  const undisturbed = tree();
  const strays = Array.from({ length: STRAYS }, (_, n) => world.blob(`stray ${n}`, BYTES));
  const notes = strays.filter((_, n) => n % 100 === 0).map((digest) => `${blobFolder(digest)}/notes.txt`);
  for (const file of notes) world.write(file, `about ${file}`);

  const writer = new SlowWriter();
  const outcome = await carriedOut({ command: 'gc', nowMs: Date.now() }, { writer });

  expect(writer.overlapped, 'many at once').toBeGreaterThan(STRAYS);
  expect(writer.places.length, 'in private folders').toBeGreaterThan(0);
  expect(outcome).toMatchObject({
    status: 'done',
    bytesFreed: STRAYS * BYTES,
    trashKept: false,
    failures: [],
  });
  expect([...outcome.foreign].sort()).toEqual([...notes].sort());
  for (const file of notes) expect(world.read(file)).toBe(`about ${file}`);
  const stays = new Set(notes.flatMap((file) => [file, path.dirname(file), path.dirname(path.dirname(file))]));
  const changed = differences(undisturbed, tree()).filter((line) => !stays.has(line.replace('+ registry/v2/', '')));
  expect(changed, 'the one folder that was empty').toEqual(['- registry/v2/repositories/app/_uploads']);
  expect(runs()).toEqual([]);
  expect(brokenTags(world.v2)).toEqual([]);
});

/** A run that dies once everything has moved and its end is marked: what it took nobody has looked at yet. */
async function cutOffAfterMoves(): Promise<void> {
  const died = carriedOut(
    { command: 'rm', nowMs: Date.now(), references: ['app:1'] },
    { onMoved: () => Promise.reject(new Error('the process is dead')) },
  );
  await expect(died).rejects.toThrow('the process is dead');
  expect(fs.existsSync(path.join(world.root, '.regsweep/runs', ID, 'done'))).toBe(true);
  expect(tagsOfTree(world.v2)).toEqual(['app:2']);
}

test.each(['the next recovery', 'the next command'])(
  'cut off between the end mark and the look: %s gives foreign files back and frees the rest',
  async (who) => {
    const blob = world.read(at.current('app', '1'))!;
    const beside = `${blobFolder(blob)}/notes.txt`;
    world.write(beside, 'mine');
    await cutOffAfterMoves();
    expect(world.exists(beside), 'it went along').toBe(false);

    if (who === 'the next command') {
      const ran = await regsweep(['rm', 'no-such', '--ignore-missing', '--yes'], { root: world.root });
      expect(ran.status, ran.stderr).toBe(0);
      expect(ran.stderr).toContain(beside);
    } else {
      const { back, notFreed, foreign } = await putBackUnfinished(openTree(world.root), new Writer());
      expect({ back, notFreed }).toEqual({ back: [], notFreed: [] });
      expect(foreign).toEqual([{ run: ID, paths: [beside] }]);
    }
    expect(world.list(blobFolder(blob))).toEqual(['notes.txt']);
    expect(world.read(beside)).toBe('mine');
    expect(tagsOfTree(world.v2)).toEqual(['app:2']);
    expect(brokenTags(world.v2)).toEqual([]);
    expect([...snapshot(world.root).keys()].filter((name) => name.startsWith('.regsweep/runs/'))).toEqual([]);
  },
);

test('cut off there, with what only the operator may delete: it stays in the trash until told, and all else with it', async () => {
  const inTag = `${at.tag('app', '1')}/notes.txt`;
  world.write(inTag, 'mine');
  await cutOffAfterMoves();
  const { foreign } = await putBackUnfinished(openTree(world.root), new Writer());
  expect(foreign).toEqual([{ run: ID, paths: [inTag] }]);
  const kept = path.join(world.root, '.regsweep/runs', ID);
  expect(fs.readdirSync(kept).sort()).toEqual(['done', 'kept', 'plan.json', 'trash']);
  expect(fs.readdirSync(`${kept}/trash`, { recursive: true }).join(' ')).toContain('notes.txt');
  expect((await putBackUnfinished(openTree(world.root), new Writer())).foreign, 'told once').toEqual([]);
  expect((await regsweep(['undo', '--yes'], { root: world.root })).status).toBe(0);
  expect(world.read(inTag)).toBe('mine');
  expect(tagsOfTree(world.v2)).toEqual(['app:1', 'app:2']);
  expect(brokenTags(world.v2)).toEqual([]);
});
