// What undo, apply and a dry run say of a run that was cut off: killed after its last rename, before its end mark.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { nextSteps } from '../../src/cli/next-steps.js';
import { takeLock } from '../../src/execute/lock.js';
import { Writer } from '../../src/execute/writer.js';
import { brokenTags, tagsOfTree } from '../support/pullable.js';
import { differences, snapshot } from '../support/snapshot.js';
import { World } from '../support/world.js';
import { regsweep, shell } from './run.js';

let folder: string;
let root: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'regsweep-cut-off-'));
  root = path.join(folder, 'root');
  const world = new World(root);
  for (const tag of ['v1', 'v2', 'v3']) world.image('app', tag, { layers: ['base', tag] });
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

const run = (...words: readonly string[]) => regsweep(words, { root });
const tree = () => snapshot(path.join(root, 'docker'));

async function cutOffRun(reference: string): Promise<string> {
  const ran = await run('rm', reference, '--yes', '--keep-trash', '--json');
  expect(ran.status, ran.stderr).toBe(0);
  const { run: id } = JSON.parse(ran.stdout).outcome;
  fs.unlinkSync(path.join(root, '.regsweep/runs', id, 'done'));
  return id;
}

test('undo after a cut-off run puts it back, says so, and exits 0; an older run that is kept stays undone by nothing', async () => {
  expect((await run('rm', 'app:v3', '--yes', '--keep-trash')).status).toBe(0);
  const before = tree();
  const id = await cutOffRun('app:v1');
  const undone = await run('undo', '--yes', '--json');
  expect(undone.status, undone.stderr).toBe(0);
  const document = JSON.parse(undone.stdout);
  expect(document).toMatchObject({ run: id, stays: [], outcome: { failures: [], inTheWay: [] } });
  expect(document.back.map(({ kind }: { kind: string }) => kind)).toContain('tag');
  expect(undone.stderr).not.toContain('nothing to undo');
  expect(differences(before, tree())).toEqual([]);
});

test('undo of a cut-off run by its name, as text', async () => {
  const before = tree();
  const id = await cutOffRun('app:v1');
  const undone = await run('undo', id, '--yes');
  expect(undone.status, undone.stderr).toBe(0);
  expect(undone.stdout).toContain('Put back 1 tag');
  expect(differences(before, tree())).toEqual([]);
});

test('apply after a kill says what it put back before it refused', async () => {
  expect((await run('rm', 'app:v1', '--yes', '--keep-trash')).status).toBe(0);
  const plan = path.join(folder, 'rm.json');
  expect((await run('rm', 'app', '--dry-run', '--plan-out', plan)).status).toBe(0);
  expect((await run('undo', '--yes')).status).toBe(0);
  const id = await cutOffRun('app:v1');
  const ran = await run('apply', plan, '--yes');
  expect(ran.status, ran.stderr).toBe(4);
  expect(ran.stderr).toContain(`Interrupted runs were put back first: ${id}. Nothing else was touched`);
  expect(ran.stderr).not.toContain('Nothing was touched');
  expect(brokenTags(path.join(root, 'docker/registry/v2'))).toEqual([]);
});

/** Runs the command that the hint of a refusal names, as it stands there. */
async function pasted(stderr: string, ...more: readonly string[]): Promise<void> {
  const line = stderr.split('\n').find((text) => text.trim().startsWith('regsweep undo '));
  const ran = await shell([line, ...more].join(' '), { folder });
  expect(ran.status, ran.stderr).toBe(0);
}

test.each([[['gc', '--untagged']], [['rm', 'app:v2']], [['retain', '--keep-last', '1']]])(
  'a dry run of %j over an interrupted run shows no plan; the command that it names puts the run back, then it shows what the run does',
  async (words) => {
    const before = tree();
    const id = await cutOffRun('app:v3');
    const cut = snapshot(root);
    const [plan, page] = [path.join(folder, 'plan.json'), path.join(folder, 'page.html')];
    const text = await run(...words, '--dry-run', '--detailed-exitcode', '--plan-out', plan, '--report', page);
    expect(text).toMatchObject({ status: 4, stdout: '' });
    expect(text.stderr).toContain('A dry run cannot show what would happen here');
    expect(text.stderr).toContain(`run ${id} was interrupted`);
    expect([fs.existsSync(plan), fs.existsSync(page)]).toEqual([false, false]);
    const json = await run(...words, '--dry-run', '--json');
    expect(json.status).toBe(4);
    expect(JSON.parse(json.stdout).error).toMatchObject({ code: 'interrupted-run', exitStatus: 4 });
    expect(differences(cut, snapshot(root))).toEqual([]);
    await pasted(text.stderr, '--yes');
    expect(differences(before, tree())).toEqual([]);
    const dry = await run(...words, '--dry-run', '--json');
    const real = await run(...words, '--yes', '--json');
    expect([dry.status, real.status], dry.stderr + real.stderr).toEqual([0, 0]);
    expect(JSON.parse(dry.stdout).removals).toEqual(JSON.parse(real.stdout).removals);
  },
);

test('a dry run over a run that was cut off while its record was written plans: nothing was taken', async () => {
  const id = await cutOffRun('app:v1');
  const left = path.join(root, '.regsweep/runs', id);
  fs.rmSync(path.join(left, 'trash'), { recursive: true });
  fs.mkdirSync(path.join(left, 'trash'));
  fs.writeFileSync(path.join(left, 'plan.json'), '{"format":1,');
  expect((await run('gc', '--dry-run')).status).toBe(0);
});

test('a dry run of undo shows what an interrupted run gives back; that of an older run is refused', async () => {
  const older = JSON.parse((await run('rm', 'app:v3', '--yes', '--keep-trash', '--json')).stdout).outcome.run;
  const id = await cutOffRun('app:v1');
  const dry = await run('undo', '--dry-run', '--json');
  expect(dry.status, dry.stderr).toBe(0);
  const refused = await run('undo', older, '--dry-run');
  expect(refused).toMatchObject({ status: 4, stdout: '' });
  expect(refused.stderr).toContain(`regsweep undo ${id} --root`);
  const real = JSON.parse((await run('undo', '--yes', '--json')).stdout);
  expect(JSON.parse(dry.stdout)).toEqual({ ...real, dryRun: true, outcome: null });
});

const started = () => path.join(folder, 'started');
const window = () => ['--stop-command', 'true', '--start-command', `touch ${started()}`];

test.each(['latest', 'named'])(
  'undo with stop and start commands after a cut-off run puts it back, says so, and exits 0: %s',
  async (which) => {
    const before = tree();
    const id = await cutOffRun('app:v1');
    const undone = await run('undo', ...(which === 'named' ? [id] : []), '--yes', ...window());
    expect(undone.status, undone.stderr).toBe(0);
    expect(undone.stdout).toContain('Put back 1 tag');
    expect(undone.stderr).toContain(`run ${id} was interrupted`);
    expect(undone.stdout + undone.stderr).not.toContain('nothing to undo');
    expect(fs.existsSync(started())).toBe(true);
    expect(differences(before, tree())).toEqual([]);
  },
);

test('so does a refusal of the plan, after a run or an undo that was cut off', async () => {
  const id = await cutOffRun('app:v1');
  const ran = await run('rm', '**', '--yes');
  expect(ran.status, ran.stderr).toBe(4);
  expect(ran.stderr).toContain(`Interrupted runs were put back first: ${id}. Nothing else was done`);
  const kept = JSON.parse((await run('rm', 'app:v1', '--yes', '--keep-trash', '--json')).stdout).outcome.run;
  fs.writeFileSync(path.join(root, '.regsweep/runs', kept, 'undoing'), '');
  const again = await run('rm', '**', '--yes');
  expect(again.status, again.stderr).toBe(4);
  expect(again.stderr).toContain(`Interrupted undos were finished first: ${kept}. Nothing else was done`);
});

test('a dry run while an undo was cut off: refused, and the command that it gives finishes the undo', async () => {
  const before = tree();
  const id = await cutOffRun('app:v1');
  fs.writeFileSync(path.join(root, '.regsweep/runs', id, 'done'), '');
  fs.writeFileSync(path.join(root, '.regsweep/runs', id, 'undoing'), '');
  const refused = await run('gc', '--dry-run');
  expect(refused).toMatchObject({ status: 4, stdout: '' });
  const undone = await shell(`${/regsweep undo .*/.exec(refused.stderr)![0]} --yes`, { folder });
  expect(undone.status, undone.stderr).toBe(0);
  expect(differences(before, tree())).toEqual([]);
});

test('a run with stop and start commands after a cut-off one: puts back, and takes what the same command alone would', async () => {
  await cutOffRun('app:v1');
  const ran = await run('rm', 'app:v[12]', '--yes', ...window());
  expect(ran.status, ran.stderr).toBe(0);
  expect(tagsOfTree(path.join(root, 'docker/registry/v2'))).toEqual(['app:v3']);
});

test('apply goes on where only an empty folder is new', async () => {
  const file = path.join(folder, 'plan.json');
  expect((await run('rm', 'app:v1', '--dry-run', '--plan-out', file)).status).toBe(0);
  expect((await run('gc', '--dry-run', '--plan-out', `${file}.gc`)).status).toBe(0);
  fs.mkdirSync(path.join(root, 'docker/registry/v2/repositories/empty/_layers/sha256'), { recursive: true });
  fs.mkdirSync(path.join(root, 'docker/registry/v2/blobs/sha256/00'), { recursive: true });
  const ran = await run('apply', `${file}.gc`, '--yes');
  expect(ran.status, ran.stderr).toBe(0);
  expect((await run('apply', file, '--yes')).status).toBe(0);
  expect(tagsOfTree(path.join(root, 'docker/registry/v2')).length).toBe(2);
});

test('Ctrl-C in mid-run does not advise `trash empty`, which would refuse', () => {
  const outcome = {
    run: 'x',
    stepsDone: 3,
    stepsSkipped: 0,
    bytesFreed: 0,
    deletedInPlace: false,
    failures: [],
    foreign: [],
  };
  const codes = (status: 'done' | 'interrupted') =>
    nextSteps('/srv', { ...outcome, status, trashKept: true }, undefined).map(({ code }) => code);
  expect(codes('interrupted')).toEqual(['start-registry']);
  expect(codes('done')).toEqual(['empty-trash', 'start-registry']);
});

test.each(['EPERM', 'EIO', 'ENOTSUP'])('the lock is taken where link fails with %s, and held', async (code) => {
  const writer = new Writer((call) => {
    if (call === 'link') throw Object.assign(new Error(code), { code });
  });
  const at = { root, home: root, v2: path.join(root, 'docker/registry/v2') };
  const lock = await takeLock(at, writer, Date.now());
  await expect(takeLock(at, writer, Date.now())).rejects.toMatchObject({ code: 'locked' });
  await lock.release();
});

test('a folder that vanished with its last file counts as removed', () => {
  expect(new Writer().rmdir(path.join(root, 'gone'))).toBe(false);
});

const mayMount = spawnSync('unshare', ['-m', 'true']).status === 0;
test.skipIf(!mayMount)('a full disk is called that, with the bytes that the record needs', () => {
  const disk = path.join(folder, 'disk');
  fs.mkdirSync(disk);
  const script = `mount -t tmpfs -o size=1m tmpfs ${disk} && cp -a ${root}/docker ${disk}/ &&
    { dd if=/dev/zero of=${disk}/fill bs=4k 2>/dev/null; truncate -s -4096 ${disk}/fill; } &&
    exec ${process.execPath} ${path.resolve('bin/regsweep.js')} rm app --yes --root ${disk}`;
  const ran = spawnSync('unshare', ['-m', 'sh', '-c', script], { encoding: 'utf8' });
  expect(ran.status, ran.stderr).toBe(4);
  expect(ran.stderr).toMatch(/The disk is full: .*(bytes|lock)/);
  expect(ran.stderr).not.toContain('read-only');
});
