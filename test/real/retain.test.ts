// Retention on a real registry: thirty tags of mixed kinds, three policies, exactly the tags that the manual says, and each pulls.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { regsweep } from '../cli/run.js';
import { OCI_INDEX, Registry, registryAvailable } from '../support/registry.js';

const DAY = 86_400_000;
const VERSIONS = [
  '1.2.9',
  '1.2.10',
  '1.3.0-rc.1',
  '1.3.0',
  '1.3.1',
  '1.10.0',
  '2.0.0',
  '2.0.1',
  'v2.1.0',
  '20240919.1',
  '20240919.2',
];
const DATES = Array.from({ length: 12 }, (_, n) => `nightly-${n}`);
let template: string;
let registry: Registry;

/** Pushes everything once; each policy works on a copy. */
beforeAll(async () => {
  if (!registryAvailable) return;
  template = fs.mkdtempSync(path.join(os.tmpdir(), 'regsweep-retain-'));
  registry = new Registry(template);
  await registry.start();
  for (const [n, tag] of VERSIONS.entries())
    await registry.push('app', tag, ['base', `version ${n}`], n % 3 === 0 ? 'v2s2' : 'oci');
  for (const [n, tag] of DATES.entries()) await registry.push('app', tag, ['base', `nightly ${n}`]);
  for (const tag of ['latest', 'stable']) await registry.push('app', tag, ['base', 'version 8']);
  const children = [
    await registry.push('app', 'main-amd64', ['base', 'main']),
    await registry.push('app', 'main-arm64', ['base', 'arm'], 'oci', 'arm64'),
  ];
  const manifests = await Promise.all(
    children.map(async (digest) => {
      const { mediaType, size } = await registry.manifest('app', digest);
      return { mediaType, size, digest, platform: { os: 'linux', architecture: 'amd64' } };
    }),
  );
  await registry.putManifest('app', 'main', { schemaVersion: 2, mediaType: OCI_INDEX, manifests }, OCI_INDEX);
  for (const tag of ['1.2.9', 'v2.1.0']) {
    const { digest } = await registry.manifest('app', tag);
    await registry.push('app', `${digest.replace(':', '-')}.sig`, [`signature of ${tag}`]);
  }
  await registry.stop();
  const tags = path.join(template, 'docker/registry/v2/repositories/app/_manifests/tags');
  const at = (tag: string, days: number): void => {
    const when = new Date(Date.now() - days * DAY);
    fs.utimesSync(path.join(tags, tag, 'current/link'), when, when);
  };
  for (const [n, tag] of VERSIONS.entries()) at(tag, 100 - n);
  for (const [n, tag] of DATES.entries()) at(tag, n + 0.01);
  for (const tag of ['latest', 'stable', 'main', 'main-amd64', 'main-arm64']) at(tag, 50);
  expect(fs.readdirSync(tags)).toHaveLength(30);
}, 120_000);
afterAll(async () => {
  if (!registryAvailable) return;
  await registry.remove();
  fs.rmSync(template, { recursive: true, force: true });
});

const OTHERS = ['latest', 'stable', 'main', 'main-amd64', 'main-arm64'];

describe.skipIf(!registryAvailable)('on a real registry', () => {
  test.each([
    ['keep: {semver-minor: 3}', ['20240919.2', '20240919.1', 'v2.1.0', ...DATES, ...OTHERS], 'v2.1.0'],
    ["tags: 'nightly-*'\n    keep: {daily: 7}", [...VERSIONS, ...DATES.slice(0, 7), ...OTHERS], '1.2.9 v2.1.0'],
    ['keep: {last: 3, tags: [latest, main]}', [...DATES.slice(0, 3), 'latest', 'main'], 'v2.1.0'],
  ])('%j', async (policy, expected, signed) => {
    const root = fs.mkdtempSync(path.join(os.tmpdir(), 'regsweep-retain-'));
    fs.cpSync(template, root, { recursive: true, preserveTimestamps: true });
    const file = path.join(root, '..', `${path.basename(root)}.yml`);
    fs.writeFileSync(file, `policies:\n  - repositories: app\n    ${policy}\n`);
    const cleaned = new Registry(root);
    try {
      const ran = await regsweep(['retain', '--policy', file, '--untagged', '--yes'], { root });
      expect(ran.status, ran.stderr + ran.stdout).toBe(0);
      await cleaned.start();
      const tags = (await cleaned.tags('app')) ?? [];
      expect(tags.filter((tag) => !tag.startsWith('sha256-'))).toEqual([...expected].sort());
      for (const tag of tags) {
        await cleaned.pull('app', tag);
        await cleaned.pull('app', (await cleaned.manifest('app', tag)).digest);
      }
      // A signature is there exactly where what it signs is; latest and stable share the digest of v2.1.0.
      expect(tags.filter((tag) => tag.startsWith('sha256-'))).toHaveLength(signed.split(' ').length);
    } finally {
      await cleaned.remove();
      fs.rmSync(root, { recursive: true, force: true });
      fs.rmSync(file);
    }
  });
});
