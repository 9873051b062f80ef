// Whatever state a run's folder is in, the next change finishes it, sets it aside or refuses it by name; it never fails otherwise, and
// never deletes what was not to be deleted. A state that kills alone can leave is never refused, however often they come.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { putBackUnfinished } from '../../src/execute/put-back.js';
import { listRuns } from '../../src/execute/runs.js';
import { Writer } from '../../src/execute/writer.js';
import { RegsweepError } from '../../src/model/errors.js';
import { openTree } from '../../src/scan/tree.js';
import { World } from '../support/world.js';
import { FaultyRun } from './faulty-run.js';

const ID = '20260101T000000.000Z-dead';
const RECORDS = ['whole', 'truncated', 'empty', 'absent', 'folder', 'pipe', 'symlink'] as const;
const TRASHES = ['items', 'empty', 'absent', 'file', 'pipe'] as const;
const LEAVING = ['absent', 'empty', 'items'] as const;
const MARKS: readonly (readonly string[])[] = [[], ['done'], ['done', 'kept'], ['done', 'undoing'], ['kept']];

interface State {
  readonly record: (typeof RECORDS)[number];
  readonly trash: (typeof TRASHES)[number];
  readonly leaving: (typeof LEAVING)[number];
  readonly marks: readonly string[];
}

let folder: string;
let root: string;
/** A run that was cut off, with whole tags, revisions and links in its trash. */
let cut: string;
beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'regsweep-states-'));
  root = path.join(folder, 'tree');
  cut = path.join(folder, 'cut');
  const world = new World(cut);
  world.image('app', '1', { layers: ['one'] });
  world.image('app', '2', { layers: ['two'] });
  await new FaultyRun(cut).killedAt('rename', 5, ['app:1']);
});
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

const run = () => path.join(root, '.regsweep/runs', ID);

function pipe(file: string): void {
  expect(spawnSync('mkfifo', [file]).status).toBe(0);
}

function make({ record, trash, leaving, marks }: State): void {
  fs.rmSync(root, { recursive: true, force: true });
  fs.cpSync(cut, root, { recursive: true });
  const plan = path.join(run(), 'plan.json');
  const items = path.join(run(), 'trash');
  const text = fs.readFileSync(plan, 'utf8');
  if (leaving === 'items') fs.cpSync(items, `${items}-leaving`, { recursive: true });
  else if (leaving === 'empty') fs.mkdirSync(`${items}-leaving`);
  if (record !== 'whole') fs.rmSync(plan);
  if (record === 'truncated') fs.writeFileSync(plan, text.slice(0, text.length - 40));
  else if (record === 'empty') fs.writeFileSync(plan, '');
  else if (record === 'folder') fs.mkdirSync(plan);
  else if (record === 'pipe') pipe(plan);
  else if (record === 'symlink') fs.symlinkSync('/dev/zero', plan);
  if (trash !== 'items') fs.rmSync(items, { recursive: true });
  if (trash === 'empty') fs.mkdirSync(items);
  else if (trash === 'file') fs.writeFileSync(items, '');
  else if (trash === 'pipe') pipe(items);
  for (const mark of marks) fs.writeFileSync(path.join(run(), mark), '');
}

/** Nothing is taken before the record is written in full, and the record goes after the trash. */
function comesOfKills({ record, trash, leaving }: State): boolean {
  if (record === 'folder' || record === 'pipe' || record === 'symlink' || trash === 'file' || trash === 'pipe')
    return false;
  return record === 'whole' || (trash !== 'items' && leaving !== 'items');
}

const names = (below: string): readonly string[] =>
  fs.existsSync(below) && fs.statSync(below).isDirectory() ? fs.readdirSync(below) : [];
/** Links and data, wherever in the tree or in the trash they lie. */
const files = (): number =>
  ['docker', `.regsweep/runs/${ID}/trash`]
    .flatMap((below) => {
      const at = path.join(root, below);
      return names(at).length === 0 ? [] : (fs.readdirSync(at, { recursive: true }) as string[]);
    })
    .filter((name) => /(?:^|\/)(?:link|data)$/.test(name)).length;

async function next(): Promise<RegsweepError | undefined> {
  try {
    const tree = openTree(root);
    await putBackUnfinished(tree, new Writer());
    listRuns(tree, new Writer());
    return undefined;
  } catch (error) {
    if (!(error instanceof RegsweepError)) throw error;
    return error;
  }
}

test.each(RECORDS)(
  'the record is %s: each state of the rest is finished, set aside or refused by name',
  async (record) => {
    for (const trash of TRASHES) {
      for (const leaving of LEAVING) {
        for (const marks of MARKS) {
          const state = { record, trash, leaving, marks };
          const what = JSON.stringify(state);
          make(state);
          const before = files();
          const refused = await next();
          const mayGo = marks.includes('done') && (leaving !== 'absent' || !marks.includes('kept'));
          if (!mayGo || record !== 'whole') expect(files(), what).toBe(before);
          if (refused !== undefined) {
            expect(comesOfKills(state), `${what}: ${refused.message}`).toBe(false);
            expect(refused, what).toMatchObject({ code: 'run-record', exitStatus: 4, hint: expect.any(String) });
            expect(refused.path, what).toContain('.regsweep');
            continue;
          }
          expect(await next(), what).toBeUndefined();
          if (comesOfKills(state) && !marks.includes('kept')) expect(names(path.dirname(run())), what).toEqual([]);
        }
      }
    }
  },
);

test('`runs` as a file or a pipe, and a file in it: refused by name, and ignored', async () => {
  const runs = path.join(root, '.regsweep/runs');
  for (const kind of ['file', 'pipe'] as const) {
    fs.rmSync(root, { recursive: true, force: true });
    fs.cpSync(cut, root, { recursive: true });
    fs.rmSync(runs, { recursive: true });
    if (kind === 'file') fs.writeFileSync(runs, '');
    else pipe(runs);
    expect(await next()).toMatchObject({ code: 'run-record', exitStatus: 4, path: runs });
  }
  fs.rmSync(runs);
  fs.mkdirSync(runs);
  fs.writeFileSync(path.join(runs, '.DS_Store'), '');
  expect(await next()).toBeUndefined();
});
