// A run from outside: what a dry run promises and the run keeps, what goes to which stream, exit statuses, interruption.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { faultsOf } from '../report/schema.js';
import { damageBlob } from '../support/damage.js';
import { brokenTags } from '../support/pullable.js';
import { differences, snapshot } from '../support/snapshot.js';
import { World } from '../support/world.js';
import { PROGRAM, regsweep, shell } from './run.js';

let world: World;
beforeEach(() => {
  world = World.create();
});
afterEach(() => fs.rmSync(world.root, { recursive: true, force: true }));

const run = (words: readonly string[], more: Parameters<typeof regsweep>[1] = {}) =>
  regsweep(words, { root: world.root, ...more });

/** Two repositories that share a layer, a tag pushed again, an index, a signature, and litter. */
function lived(): void {
  world.image('team/app', '1.0', { layers: ['base', 'app 1.0'] });
  world.image('team/app', '1.1', { layers: ['base', 'app 1.1'] });
  world.image('team/app', 'latest', { layers: ['base', 'app 1.0'] });
  world.image('team/app', 'latest', { layers: ['base', 'app 1.1'] });
  const web = world.index('team/web', '2.0', [
    { platform: 'linux/amd64' },
    { platform: 'linux/arm64', layers: ['base', 'arm'] },
  ]);
  world.signatureTag('team/web', web);
  world.image('team/web', undefined, { layers: ['untagged'] });
  world.blob('stray', 5000);
  world.upload('team/web', 'b7a4a53e-6f11-4b0e-9e0f-3b8c3a3c1d1e', { startedAt: '2020-01-01T00:00:00Z', bytes: 700 });
}

/** Bytes of all data files below v2, and of all that belongs to an upload. */
function bytesBelow(folder: string): number {
  const entries = fs.readdirSync(folder, { recursive: true, withFileTypes: true, encoding: 'utf8' });
  const files = entries.filter(
    (entry) => entry.isFile() && (entry.name === 'data' || entry.parentPath.includes('/_uploads/')),
  );
  return files.reduce((sum, entry) => sum + fs.statSync(path.join(entry.parentPath, entry.name)).size, 0);
}

/** An age grows between two runs. */
function withoutAges(removals: readonly { readonly reason: { readonly evidence: object } }[]): readonly object[] {
  return removals.map((removal) => ({
    ...removal,
    reason: { ...removal.reason, evidence: { ...removal.reason.evidence, ageMs: 0 } },
  }));
}

const COMMANDS: readonly (readonly string[])[] = [
  ['rm', 'team/app:1.0'],
  ['rm', 'team/web'],
  ['rm', 'team/*:*', '--untagged', '--allow-empty'],
  ['gc'],
  ['gc', '--untagged', '--dangling-signatures', '--broken'],
  ['gc', 'team/web', '--untagged'],
];

describe('a dry run', () => {
  test.each(COMMANDS)('%s %s %s %s changes nothing, not one mtime, and makes nothing', async (...words) => {
    lived();
    const before = snapshot(world.root, { mtime: true, inode: true });
    const ran = await run([...words, '--dry-run']);
    expect(ran.status, ran.stderr).toBe(0);
    expect(ran.stdout).toMatch(/Would free \S+ \S+$/m);
    expect(differences(before, snapshot(world.root, { mtime: true, inode: true }))).toEqual([]);
  });

  test.each(COMMANDS)('%s %s %s %s promises what the run then removes and the disk gets back', async (...words) => {
    lived();
    const before = bytesBelow(world.root);
    const promised = JSON.parse((await run([...words, '--dry-run', '--json'])).stdout);
    const ran = await run([...words, '--yes', '--json']);
    expect(ran.status, ran.stderr).toBe(0);
    const done = JSON.parse(ran.stdout);
    expect(faultsOf(promised, 'change')).toBeUndefined();
    expect(faultsOf(done, 'change')).toBeUndefined();
    expect(promised.removals.length).toBeGreaterThan(0);
    expect(withoutAges(done.removals)).toEqual(withoutAges(promised.removals));
    expect(done.totals).toEqual(promised.totals);
    expect(done.outcome).toMatchObject({
      status: 'done',
      stepsDone: promised.removals.length,
      bytesFreed: promised.totals.bytes,
    });
    expect(before - bytesBelow(world.root)).toBe(promised.totals.bytes);
    expect(brokenTags(world.v2)).toEqual([]);
    for (const { path: gone } of done.removals) expect(world.exists(gone), gone).toBe(false);
    const again = JSON.parse(
      (
        await run(
          [...words, '--dry-run', '--json', '--ignore-missing'].filter(
            (word) => words[0] === 'rm' || word !== '--ignore-missing',
          ),
        )
      ).stdout,
    );
    expect(again.removals).toEqual([]);
  });

  test('writes its plan where told, and nothing else', async () => {
    lived();
    const at = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'regsweep-plan-')), 'plan.json');
    const ran = await run(['gc', '--dry-run', '--plan-out', at, '--json']);
    const { seal, version, ...saved } = JSON.parse(fs.readFileSync(at, 'utf8'));
    expect(saved).toEqual(JSON.parse(ran.stdout));
    expect([seal, version]).toEqual([expect.stringMatching(/^sha256:[0-9a-f]{64}$/), expect.any(String)]);
    fs.rmSync(path.dirname(at), { recursive: true });
  });

  test('with --yes beside it stays a dry run', async () => {
    lived();
    const before = snapshot(world.root, { mtime: true });
    expect((await run(['gc', '--yes', '-n'])).status).toBe(0);
    expect(differences(before, snapshot(world.root, { mtime: true }))).toEqual([]);
  });
});

describe('without a terminal', () => {
  test.each([['rm', 'team/app'], ['gc']])('%s refuses to go on unasked', async (...words) => {
    lived();
    const before = snapshot(world.root, { mtime: true });
    const ran = await run(words);
    expect(ran).toMatchObject({ status: 2, stdout: '' });
    expect(ran.stderr).toContain('--yes');
    expect(differences(before, snapshot(world.root, { mtime: true }))).toEqual([]);
  });
});

describe('exit statuses', () => {
  test('0: done, and nothing to do', async () => {
    lived();
    expect((await run(['gc', '--yes'])).status).toBe(0);
    const again = await run(['gc', '--yes']);
    expect(again.status, again.stderr).toBe(0);
    expect(again.stdout).toContain('Nothing to remove.');
  });

  test('2: usage, and a name that does not exist', async () => {
    lived();
    expect((await run(['rm', 'nope', '--yes'])).status).toBe(2);
    expect((await run(['ls', 'nope'])).status).toBe(2);
    expect((await run(['ls', '--nope'])).status).toBe(2);
  });

  test('3: done, but a manifest somewhere cannot be read; the repository is named as frozen with the way out', async () => {
    lived();
    const damaged = world.image('old/thing', 'v1', { layers: ['old'] });
    world.image('old/thing', undefined, { layers: ['forgotten'] });
    damageBlob(world, damaged.digest, 'truncated');
    const ran = await run(['gc', '--untagged', '--yes']);
    expect(ran.status, ran.stderr).toBe(3);
    expect(ran.stdout).toContain('old/thing  frozen');
    expect(ran.stdout).toMatch(/regsweep rm old\/thing(:v1|@sha256)/);
    expect(world.list('repositories/old/thing/_manifests/revisions/sha256')).toHaveLength(2);
    const document = JSON.parse((await run(['gc', '--untagged', '--dry-run', '--json'])).stdout);
    expect(faultsOf(document, 'change')).toBeUndefined();
    expect(document).toMatchObject({ partial: true, frozen: [{ repository: 'old/thing' }] });
  });

  test('3: a repository without one tag is left alone and named', async () => {
    lived();
    world.image('by-digest', undefined, { layers: ['pinned'] });
    const ran = await run(['gc', '--untagged', '--yes']);
    expect(ran.status, ran.stderr).toBe(3);
    expect(ran.stdout).toMatch(/by-digest {2}left alone: 1 revision but no tag/);
  });

  test('4: no registry tree, nothing made', async () => {
    const empty = fs.mkdtempSync(path.join(world.root, 'empty-'));
    const ran = await regsweep(['gc', '--yes'], { root: empty });
    expect(ran.status, ran.stderr).toBe(4);
    expect(ran.stderr).toContain(empty);
    expect(fs.readdirSync(empty)).toEqual([]);
  });

  test('4: a metadata database owns the tree', async () => {
    lived();
    fs.mkdirSync(path.join(world.root, 'docker/registry/lockfiles'));
    fs.writeFileSync(path.join(world.root, 'docker/registry/lockfiles/database-in-use'), '{}');
    expect((await run(['gc', '--yes'])).status).toBe(4);
    expect((await run(['gc', '--dry-run'])).status).toBe(4);
  });

  test('10: changes found, where asked for', async () => {
    lived();
    expect((await run(['gc', '--dry-run', '--detailed-exitcode'])).status).toBe(10);
    expect((await run(['gc', '--yes'])).status).toBe(0);
    expect((await run(['gc', '--dry-run', '--detailed-exitcode'])).status).toBe(0);
  });

  test('the driver of another storage is refused by name', async () => {
    const config = path.join(world.root, 'config.yml');
    fs.writeFileSync(config, 'storage: {s3: {bucket: b}}');
    const ran = await regsweep(['ls', '--config', config]);
    expect(ran.status).toBe(2);
    expect(ran.stderr).toContain("'s3'");
  });

  test('errors are a document on stdout where JSON is asked for, and readable on stderr', async () => {
    lived();
    const ran = await run(['rm', 'nope', '--dry-run', '--json']);
    expect(ran.status).toBe(2);
    expect(ran.stderr).toContain("regsweep: 'nope': no such repository.");
    const document = JSON.parse(ran.stdout);
    expect(faultsOf(document, 'failure')).toBeUndefined();
    expect(document.error).toMatchObject({ code: 'no-such-name', exitStatus: 2 });
  });
});

describe('what goes to which stream', () => {
  test('the result alone to stdout; with --verbose a log, a JSON object a line, to stderr', async () => {
    lived();
    const ran = await run(['gc', '--dry-run', '--json', '--verbose']);
    expect(() => JSON.parse(ran.stdout)).not.toThrow();
    const lines = ran.stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ msg }) => msg)).toEqual(expect.arrayContaining(['tree found', 'scanned', 'planned']));
    expect(lines[0]).toMatchObject({ root: world.root });
  });

  test('a quiet run says its sum and nothing on stderr', async () => {
    lived();
    const ran = await run(['gc', '--dry-run', '--quiet']);
    expect(ran.stderr).toBe('');
    expect(ran.stdout.trim().split('\n')).toHaveLength(1);
  });

  test('a log file is appended to', async () => {
    lived();
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'regsweep-log-'));
    const log = path.join(folder, 'log');
    await run(['gc', '--dry-run', '--log-file', log]);
    const once = fs.readFileSync(log, 'utf8').trim().split('\n').length;
    await run(['gc', '--dry-run', '--log-file', log]);
    expect(fs.readFileSync(log, 'utf8').trim().split('\n')).toHaveLength(2 * once);
    fs.rmSync(folder, { recursive: true });
  });

  test('no colour in a pipe', async () => {
    lived();
    const ran = await run(['gc', '--dry-run'], { environment: { FORCE_COLOR: '1' } });
    expect(ran.stdout).not.toMatch(/\p{Cc}\[/u);
  });

  test('a reader that has had enough is no error', async () => {
    for (let n = 0; n < 300; n += 1) world.image('app', `tag-${n}`, { layers: ['one'] });
    const ran = await run(['ls'], { whileRunning: (child) => child.stdout?.destroy() });
    expect(ran).toMatchObject({ status: 0, stderr: '' });
  });

  test('a result that cannot be written is a failure', async () => {
    lived();
    const line = `'${process.execPath}' '${PROGRAM}' ls --root '${world.root}' > /dev/full`;
    const ran = await shell(line, { folder: fs.mkdtempSync(path.join(world.root, 'shell-')) });
    expect(ran.status).toBe(1);
    expect(ran.stderr).toContain('ENOSPC');
  });

  test('the root is named, however it was found; v2 itself may be given', async () => {
    lived();
    expect((await run(['gc', '--dry-run'])).stdout).toContain(world.root);
    const byVariable = await regsweep(['gc', '--dry-run', '--json'], {
      environment: { REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: world.v2 },
    });
    expect(JSON.parse(byVariable.stdout).root).toBe(world.root);
  });

  test('after a change: what is next, with the redis that the configuration names', async () => {
    lived();
    const config = path.join(world.root, '..', `${path.basename(world.root)}.yml`);
    fs.writeFileSync(config, `redis: {addr: "cache:6379"}\nstorage: {filesystem: {rootdirectory: ${world.root}}}`);
    const ran = await regsweep(['gc', '--yes', '--config', config]);
    fs.rmSync(config);
    expect(ran.status, ran.stderr).toBe(0);
    expect(ran.stdout).toContain('redis-cli -h cache -p 6379 --scan');
    expect(ran.stdout).toContain('Start the registry again');
  });
});
