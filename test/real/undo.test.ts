// Undo with a real registry: afterwards it serves every tag that it served before, by tag and by digest.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { regsweep } from '../cli/run.js';
import { OCI_INDEX, Registry, registryAvailable } from '../support/registry.js';

let registry: Registry;
beforeEach(() => {
  registry = new Registry(fs.mkdtempSync(path.join(os.tmpdir(), 'regsweep-undo-')));
});
afterEach(async () => {
  await registry.remove();
  fs.rmSync(registry.root, { recursive: true, force: true });
});

const run = (...words: readonly string[]) => regsweep([...words, '--yes'], { root: registry.root });

async function served(): Promise<Record<string, string[] | undefined>> {
  const all: Record<string, string[] | undefined> = {};
  for (const repository of await registry.catalog()) {
    all[repository] = await registry.tags(repository);
    for (const tag of all[repository] ?? []) {
      await registry.pull(repository, tag);
      await registry.pull(repository, (await registry.manifest(repository, tag)).digest);
    }
  }
  return all;
}

describe.skipIf(!registryAvailable)('with a real registry', () => {
  test.each([
    [['rm', 'team/app:1']],
    [['rm', 'team/app', 'old/app']],
    [['rm', 'multi/app:all']],
    [['gc', '--untagged']],
  ])('undo of %j gives back what was served', async (words) => {
    await registry.start();
    await registry.push('team/app', '1', ['base', 'one']);
    await registry.push('team/app', '2', ['base', 'two'], 'v2s2');
    await registry.push('team/app', '2', ['base', 'two again']);
    await registry.push('old/app', '1', ['base', 'old'], 'v2s1');
    const children = [
      await registry.push('multi/app', 'amd64', ['base', 'amd']),
      await registry.push('multi/app', 'arm64', ['base', 'arm'], 'oci', 'arm64'),
    ];
    const manifests = await Promise.all(
      children.map(async (digest) => {
        const { mediaType, size } = await registry.manifest('multi/app', digest);
        return { mediaType, size, digest, platform: { os: 'linux', architecture: 'amd64' } };
      }),
    );
    await registry.putManifest('multi/app', 'all', { schemaVersion: 2, mediaType: OCI_INDEX, manifests }, OCI_INDEX);
    const before = await served();
    await registry.stop();
    const went = await run(...words, '--keep-trash');
    expect(went.status, went.stderr).toBe(0);
    await registry.start();
    if (words[0] === 'rm') expect(await served()).not.toEqual(before);
    const live = await run('undo');
    expect(live.status).toBe(4);
    await registry.stop();
    const undone = await run('undo');
    expect(undone.status, undone.stderr).toBe(0);
    await registry.start();
    expect(await served()).toEqual(before);
    await registry.push('team/app', '3', ['base', 'three']);
  });

  test('after the registry collected garbage itself: what is whole comes back, and everything served pulls', async () => {
    await registry.start();
    await registry.push('team/app', '1', ['base', 'one'], 'v2s2');
    await registry.push('team/app', '2', ['base', 'two'], 'v2s2');
    await registry.stop();
    expect((await run('rm', 'team/app:1', '--keep-trash')).status).toBe(0);
    const config = path.join(registry.root, '..', `${path.basename(registry.root)}.yml`);
    fs.writeFileSync(config, `version: 0.1\nstorage:\n  filesystem: {rootdirectory: ${registry.root}}\n`);
    const collected = spawnSync('docker-registry', ['garbage-collect', '-m', config], { encoding: 'utf8' });
    fs.rmSync(config);
    expect(collected.status, collected.stderr).toBe(0);
    expect((await run('undo')).status).toBe(0);
    await registry.start();
    expect(await served()).toEqual({ 'team/app': ['1', '2'] });
  });

  test('a run cut off, then the registry ran, took pushes and collected garbage: no tag comes back broken, all else does', async () => {
    await registry.start();
    await registry.push('team/app', '1', ['base', 'one'], 'v2s2');
    await registry.push('team/app', '2', ['base', 'two'], 'v2s2');
    await registry.push('old/app', '1', ['base', 'old'], 'v2s2');
    await registry.stop();
    // After the tags and the revisions, before anything else.
    const { FaultyRun } = await import('../execute/faulty-run.js');
    await new FaultyRun(registry.root).killedAt('rename', 6, ['team/app:1', 'old/app']);
    await registry.start();
    await registry.push('team/app', '3', ['base', 'three'], 'v2s2');
    await registry.push('old/app', '2', ['base', 'old', 'newer'], 'v2s2');
    await registry.stop();
    const config = path.join(registry.root, '..', `${path.basename(registry.root)}.yml`);
    fs.writeFileSync(config, `version: 0.1\nstorage:\n  filesystem: {rootdirectory: ${registry.root}}\n`);
    const collected = spawnSync('docker-registry', ['garbage-collect', '-m', config], { encoding: 'utf8' });
    fs.rmSync(config);
    expect(collected.status, collected.stderr).toBe(0);
    const ran = await run('rm', 'no-such', '--ignore-missing');
    expect(ran.status, ran.stderr).toBe(0);
    expect(ran.stderr).toMatch(/not put back, what it needs was deleted since: \S+tags\/1;/);
    await registry.start();
    expect(await served()).toMatchObject({ 'team/app': ['2', '3'], 'old/app': ['2'] });
    await registry.stop();
    expect((await regsweep(['trash', 'ls'], { root: registry.root })).stdout).toContain('-dead');
    expect((await regsweep(['trash', 'empty'], { root: registry.root })).status).toBe(0);
  });
});
