// The real thing: a registry on loopback, images pushed and pulled by skopeo, cleaned by the built command between stop and start.
// Whatever stays must pull by tag and by digest, what was removed must be gone, and must be welcome again.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { mayHaveLeftovers } from '../../src/scan/leftovers.js';
import { TreeReader } from '../../src/scan/tree-reader.js';
import { OCI_INDEX, Registry, registryAvailable } from '../support/registry.js';

const PROGRAM = path.resolve('bin/regsweep.js');
let registry: Registry;

beforeEach(async () => {
  registry = new Registry(fs.mkdtempSync(path.join(os.tmpdir(), 'regsweep-real-')));
});
afterEach(async () => {
  await registry.remove();
  fs.rmSync(registry.root, { recursive: true, force: true });
});

function regsweep(...words: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...words, '--root', registry.root], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

/** Stops the registry, runs the command, starts it again. */
async function clean(...words: readonly string[]): Promise<void> {
  await registry.stop();
  const ran = regsweep(...words, '--yes');
  expect(ran.status, ran.stderr + ran.stdout).toBe(0);
  await registry.start();
}

async function pushIndex(repository: string, tag: string, children: readonly string[]): Promise<string> {
  const manifests = await Promise.all(
    children.map(async (digest) => {
      const { mediaType, size } = await registry.manifest(repository, digest);
      return { mediaType, size, digest, platform: { os: 'linux', architecture: 'amd64' } };
    }),
  );
  return registry.putManifest(repository, tag, { schemaVersion: 2, mediaType: OCI_INDEX, manifests }, OCI_INDEX);
}

async function pullsAll(repository: string): Promise<void> {
  for (const tag of (await registry.tags(repository)) ?? []) {
    await registry.pull(repository, tag);
    await registry.pull(repository, (await registry.manifest(repository, tag)).digest);
  }
}

describe.skipIf(!registryAvailable)('with a real registry', () => {
  test('rm of one tag: its sister, and what shares its layers, pull; it can be pushed and pulled again', async () => {
    await registry.start();
    await registry.push('team/app', '1', ['base', 'one']);
    await registry.push('team/app', '2', ['base', 'two'], 'v2s2');
    await registry.push('other/app', '1', ['base', 'one']);
    await clean('rm', 'team/app:1');
    expect(await registry.tags('team/app')).toEqual(['2']);
    await pullsAll('team/app');
    await pullsAll('other/app');
    await registry.push('team/app', '1', ['base', 'one']);
    await pullsAll('team/app');
  });

  test('this registry writes links in place: their two times are one, which tells that it leaves no temporary files', async () => {
    await registry.start();
    for (const tag of ['1', '2', '1']) await registry.push('app', tag, ['base', `${tag} ${Date.now()}`]);
    await registry.stop();
    const links = ['1', '2'].map((tag) => `repositories/app/_manifests/tags/${tag}/current/link`);
    expect(mayHaveLeftovers(path.join(registry.root, 'docker/registry/v2'), links, new TreeReader())).toBe(false);
  });

  test('rm of a repository: gone from the catalog, the one nested below it stays', async () => {
    await registry.start();
    await registry.push('team', '1', ['base', 'one']);
    await registry.push('team/app', '1', ['base', 'two']);
    await clean('rm', 'team');
    expect(await registry.catalog()).toEqual(['team/app']);
    expect(await registry.tags('team')).toBeUndefined();
    await pullsAll('team/app');
  });

  test('gc --untagged: pushed-over images go, index children, schema 1 and signatures stay', async () => {
    await registry.start();
    await registry.push('app', 'latest', ['base', 'old']);
    await registry.push('app', 'latest', ['base', 'new']);
    const child = await registry.push('app', 'child', ['base', 'child']);
    const other = await registry.push('app', 'other', ['base', 'other'], 'v2s2');
    await pushIndex('app', 'multi', [child, other]);
    await registry.push('old/app', '1', ['base', 'schema1'], 'v2s1');
    const signed = (await registry.manifest('app', 'latest')).digest;
    await registry.push('app', `${signed.replace(':', '-')}.sig`, ['signature']);
    await registry.stop();
    for (const tag of ['child', 'other']) expect(regsweep('rm', `app:${tag}`, '--yes').status).toBe(0);
    await registry.start();
    await clean('gc', '--untagged');
    expect(await registry.tags('app')).toEqual(['latest', 'multi', `${signed.replace(':', '-')}.sig`].sort());
    await pullsAll('app');
    await pullsAll('old/app');
    for (const digest of [child, other]) await registry.pull('app', digest);
    const again = JSON.parse(regsweep('gc', '--untagged', '--dry-run', '--json').stdout);
    expect(again.removals).toEqual([]);
  });

  test('what the API deleted is freed by gc', async () => {
    await registry.start();
    await registry.push('app', 'keep', ['base', 'keep']);
    await registry.deleteManifest('app', await registry.push('app', 'drop', ['base', 'drop']));
    await registry.stop();
    const plan = JSON.parse(regsweep('gc', '--dry-run', '--json').stdout);
    expect(plan.totals.bytes).toBeGreaterThan(0);
    await registry.start();
    await clean('gc');
    expect(await registry.tags('app')).toEqual(['keep']);
    await pullsAll('app');
  });

  test('a registry that serves the tree is noticed, refused, and overridden only by name', async () => {
    await registry.start();
    await registry.push('app', '1', ['base', 'one']);
    await registry.push('app', '2', ['base', 'two']);
    const refused = regsweep('rm', 'app:1', '--yes');
    expect(refused.status).toBe(4);
    expect(refused.stderr).toContain(`${registry.pid}`);
    expect(await registry.tags('app')).toEqual(['1', '2']);
    expect(regsweep('rm', 'app:1', '--yes', '--force-running').status).toBe(0);
    await registry.stop();
    expect(regsweep('rm', 'app:2', '--yes').status).toBe(0);
  });
});
