// Writes the fixtures by a real registry: `npm run fixtures`. Each situation is one folder; what is empty in it is listed in
// empty-folders.txt, since version control keeps files only.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { OCI_INDEX, Registry } from '../test/support/registry.js';

const LIST = 'application/vnd.docker.distribution.manifest.list.v2+json';

const index = async (
  registry: Registry,
  repository: string,
  tag: string,
  children: readonly [string, string][],
  mediaType = OCI_INDEX,
): Promise<string> => {
  const manifests = [];
  for (const [digest, architecture] of children) {
    const child = await registry.manifest(repository, digest);
    manifests.push({ mediaType: child.mediaType, size: child.size, digest, platform: { os: 'linux', architecture } });
  }
  return registry.putManifest(repository, tag, { schemaVersion: 2, mediaType, manifests }, mediaType);
};

/** An index of two platforms whose children have no tags of their own. */
const platforms = async (
  registry: Registry,
  repository: string,
  tag: string,
  name: string,
  list = false,
): Promise<string> => {
  const format = list ? 'v2s2' : 'oci';
  const amd64 = await registry.push(repository, `${tag}-amd64`, ['base', `${name}-amd64`], format);
  const arm64 = await registry.push(repository, `${tag}-arm64`, ['base', `${name}-arm64`], format, 'arm64');
  const digest = await index(
    registry,
    repository,
    tag,
    [
      [amd64, 'amd64'],
      [arm64, 'arm64'],
    ],
    list ? LIST : OCI_INDEX,
  );
  for (const extra of [`${tag}-amd64`, `${tag}-arm64`]) {
    fs.rmSync(path.join(registry.root, 'docker/registry/v2/repositories', repository, '_manifests/tags', extra), {
      recursive: true,
    });
  }
  return digest;
};

const SITUATIONS: Readonly<Record<string, (registry: Registry) => Promise<unknown>>> = {
  schema1: (registry) => registry.push('app', '1', ['base', 'one'], 'v2s1'),
  schema2: (registry) => registry.push('app', '1', ['base', 'one'], 'v2s2'),
  oci: (registry) => registry.push('app', '1', ['base', 'one'], 'oci'),
  'manifest-list': (registry) => platforms(registry, 'app', '1', 'one', true),
  'tagged-index-untagged-child': (registry) => platforms(registry, 'app', '1', 'one'),
  'nested-repository-names': async (registry) => {
    await registry.push('team', '1', ['base', 'team']);
    await registry.push('team/app', '1', ['base', 'app']);
    await registry.push('team/app/debug', '1', ['base', 'app', 'debug']);
  },
  'tag-pushed-again': async (registry) => {
    await registry.push('app', 'latest', ['base', 'one']);
    await registry.push('app', 'latest', ['base', 'two']);
  },
  'same-image-in-two-repositories': async (registry) => {
    await registry.push('one/app', '1', ['base', 'same']);
    await registry.push('two/app', '1', ['base', 'same']);
  },
  demo: async (registry) => {
    for (const version of ['1.0', '1.1', '1.2'])
      await registry.push('shop/web', version, ['base', 'runtime', `web-${version}`], 'v2s2');
    for (const build of ['a', 'b', 'c'])
      await registry.push('shop/web', 'latest', ['base', 'runtime', `nightly-${build}`]);
    await platforms(registry, 'shop/api', '2.0', 'api');
    await registry.push('shop/api', '1.0', ['base', 'api-old'], 'v2s2');
    await registry.push('shop/api/debug', '2.0', ['base', 'debug']);
    const signed = (await registry.manifest('shop/web', '1.0')).digest;
    await registry.push('shop/web', `${signed.replace(':', '-')}.sig`, ['signature-of-1.0']);
    await registry.push('legacy/cron', '7', ['base', 'cron'], 'v2s1');
    const dropped = await registry.push('legacy/cron', 'tmp', ['base', 'mistake']);
    await registry.deleteManifest('legacy/cron', dropped);
    await registry.abandonUpload('legacy/cron');
  },
};

for (const [name, write] of Object.entries(SITUATIONS)) {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'regsweep-capture-'));
  const registry = new Registry(root);
  await registry.start();
  try {
    await write(registry);
  } finally {
    await registry.remove();
  }
  const entries = fs.readdirSync(root, { recursive: true, withFileTypes: true, encoding: 'utf8' });
  const empty = entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((folder) => fs.readdirSync(folder).length === 0)
    .map((folder) => path.relative(root, folder))
    .sort();
  fs.writeFileSync(path.join(root, 'empty-folders.txt'), `${empty.join('\n')}\n`);
  const target = path.resolve('fixtures', name);
  fs.rmSync(target, { recursive: true, force: true });
  fs.cpSync(root, target, { recursive: true });
  fs.rmSync(root, { recursive: true });
  process.stdout.write(`${name}\n`);
}
