// `du` on a tree that a real registry wrote: what it calls reclaimable is what `gc --untagged` then frees, and every byte of the blob
// store is in one class.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { faultsOf } from '../report/schema.js';
import { OCI_INDEX, Registry, registryAvailable } from '../support/registry.js';

const PROGRAM = path.resolve('bin/regsweep.js');
let registry: Registry;

beforeEach(() => {
  registry = new Registry(fs.mkdtempSync(path.join(os.tmpdir(), 'regsweep-real-')));
});
afterEach(async () => {
  await registry.remove();
  fs.rmSync(registry.root, { recursive: true, force: true });
});

function regsweep(...words: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [PROGRAM, ...words, '--root', registry.root], { encoding: 'utf8' });
}

/** Bytes of the blob store, and of all below v2. */
function stored(): { readonly blobs: number; readonly all: number } {
  const v2 = path.join(registry.root, 'docker/registry/v2');
  const entries = fs.readdirSync(v2, { recursive: true, withFileTypes: true, encoding: 'utf8' });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  const sum = (those: readonly string[]): number => those.reduce((total, file) => total + fs.statSync(file).size, 0);
  const uploads = files.filter((file) => file.includes('/_uploads/'));
  const blobs = sum(files.filter((file) => file.startsWith(`${v2}/blobs/`)));
  return { blobs, all: blobs + sum(uploads) };
}

describe.skipIf(!registryAvailable)('with a real registry', () => {
  test('overwritten tags, indexes, schema 1, deletes over the API and an aborted upload', async () => {
    await registry.start();
    await registry.push('app', 'latest', ['base', 'old']);
    await registry.push('app', 'latest', ['base', 'new']);
    await registry.push('copy/app', 'latest', ['base', 'old'], 'v2s2');
    const children = [
      await registry.push('multi', 'a', ['base', 'amd']),
      await registry.push('multi', 'b', ['base', 'arm']),
    ];
    const put = async (tag: string, digests: readonly string[]): Promise<string> => {
      const manifests = await Promise.all(
        digests.map(async (digest) => {
          const { mediaType, size } = await registry.manifest('multi', digest);
          return { mediaType, size, digest, platform: { os: 'linux', architecture: 'amd64' } };
        }),
      );
      return registry.putManifest('multi', tag, { schemaVersion: 2, mediaType: OCI_INDEX, manifests }, OCI_INDEX);
    };
    await put('all', children);
    await put('all', children.slice(0, 1));
    await registry.push('old/app', '1', ['base', 'schema1'], 'v2s1');
    await registry.push('old/app', '1', ['base', 'schema1 again'], 'v2s1');
    await registry.deleteManifest('app', await registry.push('app', 'drop', ['base', 'drop']));
    await registry.push('gone', '1', ['base', 'gone'], 'v2s2');
    await registry.deleteManifest('gone', (await registry.manifest('gone', '1')).digest);
    await registry.abandonUpload('app');
    await registry.stop();
    for (const file of fs.readdirSync(registry.root, { recursive: true, encoding: 'utf8' }))
      if (file.endsWith('/startedat')) fs.writeFileSync(path.join(registry.root, file), '2020-01-01T00:00:00Z');
    expect(regsweep('rm', 'multi:b', '--yes').status).toBe(0);

    const ran = regsweep('du', '--json', '--tags');
    expect(ran.status, ran.stderr).toBe(0);
    const usage = JSON.parse(ran.stdout);
    expect(faultsOf(usage, 'usage')).toBeUndefined();
    const before = stored();
    const { all, tagged, untagged, orphaned, unreferenced, uploads } = usage.totals;
    expect(all.bytes).toBe(before.blobs);
    expect(tagged.bytes + untagged.bytes + orphaned.bytes + unreferenced.bytes).toBe(before.blobs);
    for (const part of [untagged, orphaned, uploads])
      expect(part.reclaimableBytes, JSON.stringify(usage.totals)).toBeGreaterThan(0);

    const gone = JSON.parse(regsweep('gc', '--untagged', '--yes', '--json').stdout);
    expect(gone.outcome.bytesFreed).toBe(usage.reclaimableBytes);
    expect(before.all - stored().all).toBe(usage.reclaimableBytes);
    const after = JSON.parse(regsweep('du', '--json').stdout);
    expect(after.reclaimableBytes).toBe(0);
    expect(after.totals.all.bytes).toBe(tagged.bytes);
  });
});
