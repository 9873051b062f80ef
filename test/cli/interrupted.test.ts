// A signal at a chosen call of a real process: it stops between two steps, with the status of that signal, and whatever comes next
// ends where it would have ended. Every phase: scan, removal, freeing, undo, putting back, finishing an undo.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { faultsOf } from '../report/schema.js';
import { brokenTags, tagsOfTree } from '../support/pullable.js';
import { differences, snapshot } from '../support/snapshot.js';
import { World } from '../support/world.js';
import { type Ran, regsweep } from './run.js';

/** Loaded before the program: sends it a signal, once, at the N-th call of one function of `fs` on v2. */
const PRELOAD = `
import fs from 'node:fs';
const [name, at, signal] = process.env.SIGNAL_AT.split(' ');
const sent = process.env.SIGNAL_SENT;
const real = fs[name];
let calls = 0;
fs[name] = (...words) => {
  if (words.slice(0, 2).some((word) => String(word).includes('/registry/v2/'))) calls += 1;
  if (calls === Number(at) && !fs.existsSync(sent)) {
    fs.writeFileSync(sent, '');
    process.kill(process.pid, signal);
  }
  return real(...words);
};
`;
const TAGS = 110;

let folder: string;
let full: string;
let root: string;
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'regsweep-signals-'));
  fs.writeFileSync(path.join(folder, 'preload.mjs'), PRELOAD);
  full = path.join(folder, 'full');
  root = path.join(folder, 'tree');
  const world = new World(full);
  for (let n = 0; n < TAGS; n += 1) world.image('app', `v${n}`, { layers: ['base', `own ${n}`] });
  world.image('kept', 'v1', { layers: ['base', 'kept'] });
});
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));
beforeEach(() => fs.cpSync(full, root, { recursive: true, preserveTimestamps: true }));
afterEach(() => fs.rmSync(root, { recursive: true, force: true }));

const run = (...words: readonly string[]): Promise<Ran> => regsweep(words, { root });
function signalled(at: string, ...words: readonly string[]): Promise<Ran> {
  const sent = path.join(folder, 'sent');
  fs.rmSync(sent, { force: true });
  const NODE_OPTIONS = `--import=file://${folder}/preload.mjs`;
  return regsweep(words, { root, environment: { NODE_OPTIONS, SIGNAL_AT: at, SIGNAL_SENT: sent } });
}
const v2 = () => path.join(root, 'docker/registry/v2');
const tree = () => snapshot(path.join(root, 'docker'));
const ours = () => path.join(root, '.regsweep');

async function keptRun(): Promise<string> {
  const ran = await run('rm', 'app', '--yes', '--keep-trash', '--json');
  expect(ran.status, ran.stderr).toBe(0);
  return JSON.parse(ran.stdout).outcome.run;
}

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s while it scans: exit %i, nothing was changed, nothing of ours stays', async (signal, status) => {
  const before = tree();
  const ran = await signalled(`readdirSync 5 ${signal}`, 'rm', 'app', '--yes', '--json');
  expect(ran.status, ran.stderr).toBe(status);
  expect(JSON.parse(ran.stdout).error).toMatchObject({ code: 'interrupted', exitStatus: status });
  expect(ran.stderr).toContain('interrupted; nothing was changed');
  expect(differences(before, tree())).toEqual([]);
  expect(fs.existsSync(ours())).toBe(false);
});

test('SIGTERM while it removes, SIGINT while that is put back, and once more: each goes on, and ends as undisturbed', async () => {
  const before = tree();
  const cut = await signalled('renameSync 520 SIGTERM', 'rm', 'app', '--yes', '--json');
  expect(cut.status, cut.stderr).toBe(143);
  expect(JSON.parse(cut.stdout).outcome.status).toBe('interrupted');
  expect(differences(before, tree())).not.toEqual([]);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    const half = tree();
    const back = await signalled(`renameSync 100 ${signal}`, 'gc', '--untagged', '--yes', '--json');
    expect(back.status, back.stderr).toBe(signal === 'SIGINT' ? 130 : 143);
    const { error } = JSON.parse(back.stdout);
    expect(error).toMatchObject({ code: 'interrupted', message: expect.stringContaining('was put back') });
    expect(differences(half, tree())).not.toEqual([]);
    expect(differences(before, tree())).not.toEqual([]);
    expect(brokenTags(v2())).toEqual([]);
  }
  const again = await run('rm', 'no-such', '--ignore-missing', '--yes');
  expect(again.stderr).toMatch(/was interrupted: [\d,]+ steps? put back/);
  expect(differences(before, tree())).toEqual([]);
  expect(fs.existsSync(ours())).toBe(false);
});

test('a gc that is cut off midway, then undo with stop and start commands: it says what it restored, exits 0', async () => {
  fs.rmSync(path.join(v2(), 'repositories/app/_manifests/tags'), { recursive: true });
  const before = tree();
  const cut = await signalled('renameSync 200 SIGTERM', 'gc', '--untagged', '--tagless', '--yes', '--json');
  expect(cut.status, cut.stderr).toBe(143);
  expect(differences(before, tree())).not.toEqual([]);
  const service = ['--stop-command', 'true', '--start-command', 'true'];
  const undone = await run('undo', '--yes', ...service);
  expect(undone.status, undone.stderr).toBe(0);
  expect(undone.stdout).toMatch(/Put back [\d,]+ (histories|revisions)/);
  expect(differences(before, tree())).toEqual([]);
});

describe('an undo cut off by a signal', () => {
  async function cutOff(id: string, signal: 'SIGINT' | 'SIGTERM'): Promise<void> {
    const ran = await signalled(`renameSync 100 ${signal}`, 'undo', id, '--yes', '--json');
    expect(ran.status, ran.stderr).toBe(signal === 'SIGINT' ? 130 : 143);
    const document = JSON.parse(ran.stdout);
    expect(faultsOf(document, 'undo')).toBeUndefined();
    expect(document.outcome).toMatchObject({ interrupted: true, failures: [] });
    expect(document.outcome.steps).toBeLessThan(document.back.length);
    expect(document.outcome.steps).toBeGreaterThan(0);
    expect(brokenTags(v2())).toEqual([]);
  }

  test('is finished by the next one, by name or not', async () => {
    const before = tree();
    for (const words of [[], ['the run']]) {
      const id = await keptRun();
      await cutOff(id, 'SIGINT');
      expect((await run('trash', 'ls')).stdout).toContain('half undone; the next change finishes it');
      const again = await run('undo', ...(words.length === 0 ? [] : [id]), '--yes', '--json');
      expect(again.status, again.stderr).toBe(0);
      expect(differences(before, tree())).toEqual([]);
      expect(fs.existsSync(ours())).toBe(false);
    }
  });

  test('is finished before a gc plans, which would else sweep what is back already; a signal stops that too', async () => {
    const before = tree();
    const id = await keptRun();
    await cutOff(id, 'SIGTERM');
    const dry = await run('gc', '--untagged', '--dry-run', '--json');
    expect(dry.status, dry.stderr).toBe(4);
    expect(JSON.parse(dry.stdout)).toMatchObject({ error: { code: 'interrupted-run' } });
    expect(dry.stderr).toContain(`the undo of run ${id} was interrupted, and a real run first finishes it`);
    expect(dry.stderr).toContain(`regsweep undo ${id} --root ${root}`);
    const cut = await signalled('renameSync 20 SIGINT', 'gc', '--untagged', '--yes');
    expect(cut.status, cut.stderr).toBe(130);
    expect(cut.stderr).toContain(`interrupted while the undo of run ${id} was finished`);
    expect(brokenTags(v2())).toEqual([]);
    const ran = await run('gc', '--untagged', '--yes', '--json');
    expect(ran.status, ran.stderr).toBe(0);
    expect(ran.stderr).toMatch(/the undo of run \S+ was cut off: [\d,]+ steps more put back/);
    expect(tagsOfTree(v2())).toHaveLength(TAGS + 1);
    await run('rm', 'no-such', '--ignore-missing', '--yes');
    expect(JSON.parse(ran.stdout).totals.tags).toBe(0);
    const swept = tree();
    fs.rmSync(root, { recursive: true });
    fs.cpSync(full, root, { recursive: true, preserveTimestamps: true });
    expect(differences(before, tree())).toEqual([]);
    await run('gc', '--untagged', '--yes');
    expect(differences(tree(), swept)).toEqual([]);
  });

  test('is given up by who empties that very trash; `trash empty` alone leaves it and says so', async () => {
    const id = await keptRun();
    await cutOff(id, 'SIGINT');
    const all = await run('trash', 'empty', '--json');
    expect(all.status).toBe(3);
    expect(JSON.parse(all.stdout)).toMatchObject({ runs: [], leftAlone: [{ run: id, why: 'undo-interrupted' }] });
    expect(faultsOf(JSON.parse(all.stdout), 'trash')).toBeUndefined();
    expect((await run('trash', 'empty', id)).status).toBe(0);
    expect(fs.existsSync(ours())).toBe(false);
    expect(brokenTags(v2())).toEqual([]);
    expect((await run('gc', '--yes')).stderr).not.toContain('undo');
  });
});
