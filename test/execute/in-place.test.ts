// --in-place on real full disks: what is deleted without a record, what keeps others away meanwhile, and what a death leaves.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makePlan } from '../../src/cli/make-plan.js';
import { execute } from '../../src/execute/execute.js';
import { takeLock } from '../../src/execute/lock.js';
import { lockByPointer, pointHere } from '../../src/execute/pointer.js';
import { Writer } from '../../src/execute/writer.js';
import { needsOf, requestOf } from '../../src/plan/request.js';
import { scan } from '../../src/scan/scan.js';
import { openTree } from '../../src/scan/tree.js';
import { regsweep } from '../cli/run.js';
import { brokenTags, tagsOfTree } from '../support/pullable.js';
import { differences, snapshot } from '../support/snapshot.js';
import { World } from '../support/world.js';

let folder: string;
let root: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'regsweep-in-place-'));
  root = path.join(folder, 'root');
  const world = new World(root);
  for (const tag of ['v1', 'v2', 'v3']) world.image('app', tag, { layers: ['base', tag] });
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

const v2 = () => path.join(root, 'docker/registry/v2');
const at = () => ({ root, home: root, v2: v2() });
const run = (...words: readonly string[]) => regsweep(words, { root });
const full = (...calls: readonly string[]) =>
  new Writer((call, file) => {
    if (calls.includes(call)) throw Object.assign(new Error('ENOSPC: no space'), { code: 'ENOSPC', path: file });
  });

const mayMount = spawnSync('unshare', ['-m', 'true']).status === 0;
const image = () => path.join(folder, 'image');
const mayFormat =
  mayMount &&
  spawnSync('unshare', [
    '-m',
    'sh',
    '-c',
    'd=$(mktemp -d) && truncate -s 4m $d/i && mkfs.ext4 -q -m0 $d/i && mkdir $d/m && mount -o loop $d/i $d/m; s=$?; umount $d/m; rm -rf $d; exit $s',
  ]).status === 0;

/** Runs `words` on a copy of the tree on a disk that is full to the last block; what `after` prints comes last. */
function onFullDisk(mount: string, words: string, after = 'true', before = 'true') {
  const disk = path.join(folder, 'disk');
  fs.mkdirSync(disk);
  const program = `${process.execPath} ${path.resolve('bin/regsweep.js')}`;
  const script = `${mount} ${disk} && { ${before.replaceAll('DISK', disk)}; } && cp -a ${root}/docker ${disk}/ || exit 99
    dd if=/dev/zero of=${disk}/fill bs=1k 2>/dev/null
    { for n in $(seq 200); do echo x > ${disk}/full-$n; done; } 2>/dev/null
    rm -f ${disk}/full-200
    ${program} ${words} --root ${disk}; status=$?
    ${after.replaceAll('DISK', disk).replaceAll('REGSWEEP', program)}
    exit $status`;
  return spawnSync('unshare', ['-m', 'sh', '-c', script], { encoding: 'utf8' });
}
const TMPFS = 'mount -t tmpfs -o size=1m tmpfs';
const EXT4 = () => `truncate -s 4m ${image()} && mkfs.ext4 -q -m0 ${image()} && mount -o loop ${image()}`;
const LOOK = 'REGSWEEP check --root DISK; ls -A DISK DISK/docker/registry/v2';

test.skipIf(!mayMount)('a full disk: the refusal gives the command with --in-place, and that command works', () => {
  const refused = onFullDisk(TMPFS, 'rm app:v1 --yes --keep-trash', 'REGSWEEP rm app:v1 --yes --in-place --root DISK');
  expect(refused.status, refused.stderr).toBe(4);
  const disk = path.join(folder, 'disk');
  expect(refused.stderr).toContain(`cannot be undone: regsweep rm app:v1 --yes --root ${disk} --in-place\n`);
  expect(refused.stdout).toMatch(/Removed 1 tag, .* Freed [\d.]+ kB\./);
  expect(refused.stdout).toContain('it was deleted in place (--in-place)');
});

test.skipIf(!mayFormat)(
  'a full ext4 disk without a block for .regsweep: deleted in place, nothing of ours stays',
  () => {
    const ran = onFullDisk(EXT4(), 'rm app:v1 --yes --in-place', LOOK);
    expect(ran.status, ran.stderr).toBe(0);
    expect(ran.stdout).toContain('No damage found');
    expect(ran.stdout).not.toContain('.regsweep');
  },
);

test.skipIf(!mayFormat)('a full ext4 disk with .regsweep: the lock is an empty file, and goes', () => {
  const ran = onFullDisk(EXT4(), 'gc --untagged --yes --in-place', LOOK, 'mkdir DISK/.regsweep');
  expect(ran.status, ran.stderr).toBe(0);
  expect(ran.stdout).toContain('No damage found');
});

test('--in-place with --keep-trash is a usage error', async () => {
  const before = snapshot(root);
  const ran = await run('rm', 'app:v1', '--yes', '--in-place', '--keep-trash');
  expect(ran.status).toBe(2);
  expect(ran.stderr).toContain('--in-place and --keep-trash contradict each other');
  expect(differences(before, snapshot(root))).toEqual([]);
});

test.each(['rm app:v1', 'gc --untagged', 'retain app --keep-last 1'])(
  '%s --in-place deletes what it deletes with a record, byte for byte, and a dry run says that it cannot be undone',
  async (line) => {
    new World(root).image('app', undefined, { layers: ['loose'] });
    const other = path.join(folder, 'other');
    fs.cpSync(root, other, { recursive: true, preserveTimestamps: true });
    const words = line.split(' ');
    const dry = await run(...words, '--in-place', '--dry-run');
    expect(dry.stdout).toContain('this cannot be undone');
    const ran = await run(...words, '--in-place', '--yes', '--json');
    expect(ran.status, ran.stderr).toBe(0);
    const usual = await regsweep([...words, '--yes', '--json'], { root: other });
    expect(differences(snapshot(other), snapshot(root))).toEqual([]);
    const document = JSON.parse(ran.stdout);
    const { run: id, bytesFreed } = document.outcome;
    expect({ id, bytesFreed, inPlace: document.inPlace }).toEqual({
      id: null,
      bytesFreed: JSON.parse(usual.stdout).outcome.bytesFreed,
      inPlace: true,
    });
    expect((await run('undo', '--yes')).status).toBe(2);
  },
);

test('apply --in-place carries a saved plan out', async () => {
  const plan = path.join(folder, 'plan.json');
  expect((await run('rm', 'app:v1', '--dry-run', '--plan-out', plan)).status).toBe(0);
  const ran = await run('apply', plan, '--yes', '--in-place');
  expect(ran.status, ran.stderr).toBe(0);
  expect(tagsOfTree(v2())).toHaveLength(2);
});

test('dead before any call: every tag that is left is whole, and the same command deletes the rest', async () => {
  const other = path.join(folder, 'other');
  for (let n = 1; ; n += 1) {
    fs.rmSync(other, { recursive: true, force: true });
    fs.cpSync(root, other, { recursive: true, preserveTimestamps: true });
    const tree = openTree(other);
    const request = requestOf({ command: 'rm', nowMs: Date.now(), references: ['app:v1', 'app:v2'] });
    const found = await scan(tree, needsOf(request), { concurrency: 0 });
    const plan = await makePlan(found, request);
    await found.close();
    let calls = 0;
    const writer = new Writer(() => {
      calls += 1;
      if (calls >= n) throw new Error('the process is dead');
    });
    const ended = await execute(tree, plan, { keepTrash: false, inPlace: true, id: 'run', writer }).catch(() => 'dead');
    expect(brokenTags(tree.v2), `dead at call ${n}`).toEqual([]);
    if (ended !== 'dead') {
      expect(n).toBeGreaterThan(20);
      break;
    }
    // Two processes each: after some of the calls only.
    if (n % 7 !== 1) continue;
    await regsweep(['rm', 'app:v1', 'app:v2', '--ignore-missing', '--yes'], { root: other });
    await regsweep(['gc', '--untagged', '--yes'], { root: other });
    expect(tagsOfTree(tree.v2), `dead at call ${n}`).toHaveLength(1);
    expect(fs.readdirSync(path.join(tree.v2, 'blobs/sha256')).length).toBeLessThan(5);
  }
}, 120_000);

test('an empty lock holds: another is refused, also one that may be empty itself; released it is gone', async () => {
  const lock = await takeLock(at(), full('write'), Date.now(), true);
  expect(fs.statSync(path.join(root, '.regsweep/lock')).size).toBe(0);
  expect(lock.isOurs()).toBe(true);
  await expect(takeLock(at(), new Writer(), Date.now())).rejects.toMatchObject({ code: 'locked' });
  await expect(takeLock(at(), full('write'), Date.now(), true)).rejects.toMatchObject({ code: 'locked' });
  await lock.release();
  expect(fs.existsSync(path.join(root, '.regsweep'))).toBe(false);
});

test('an empty lock that nobody touched for ten minutes is taken over, on a full disk too; its holder sees the loss', async () => {
  const old = await takeLock(at(), full('write'), Date.now(), true);
  const ago = new Date(Date.now() - 11 * 60_000);
  fs.utimesSync(path.join(root, '.regsweep/lock'), ago, ago);
  const next = await takeLock(at(), full('write'), Date.now(), true);
  expect([old.isOurs(), next.isOurs()]).toEqual([false, true]);
  await old.release();
  expect(next.isOurs()).toBe(true);
  await next.release();
  expect(fs.existsSync(path.join(root, '.regsweep'))).toBe(false);
});

test('without room for an empty file: refused, and only --in-place makes an empty lock', async () => {
  await expect(takeLock(at(), full('write'), Date.now())).rejects.toThrow('ENOSPC');
  await expect(takeLock(at(), full('write', 'create'), Date.now(), true)).rejects.toThrow('ENOSPC');
});

test('a lock that is a pointer alone keeps every other run away, by this path and by others, until it is released', async () => {
  const lock = lockByPointer(at(), new Writer());
  expect(lock.isOurs()).toBe(true);
  const ran = await run('gc', '--yes');
  expect(ran.status).toBe(4);
  expect(ran.stderr).toContain('with --in-place');
  expect(() => lockByPointer(at(), new Writer())).toThrow('with --in-place');
  lock.release();
  expect((await run('gc', '--yes')).status).toBe(0);
});

test('where the path is too long for the inode, the pointer is short, and ours', () => {
  fs.mkdirSync(path.join(root, '.regsweep'));
  let links = 0;
  const writer = new Writer((call, file) => {
    if (call !== 'link') return;
    links += 1;
    if (links === 1) throw Object.assign(new Error('ENOSPC: no space'), { code: 'ENOSPC', path: file });
  });
  pointHere(at(), writer, true);
  expect(fs.readlinkSync(path.join(v2(), '.regsweep'))).toMatch(/^\/\.regsweep\/tree-/);
});
