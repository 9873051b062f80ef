// Trees to measure on, of any size: images of a config and a few layers of their own over a shared base, tags, and images that were
// overwritten. Content is as small as a registry accepts, since what is measured is names.

import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

export interface TreeSize {
  readonly repositories: number;
  /** Of each repository. */
  readonly tags: number;
  /** Of each repository: images that no tag refers to. */
  readonly untagged: number;
}

const LAYERS = 2;

/** Reads `2000x40+5`: repositories x tags + untagged of each. */
export function sizeOf(text: string): TreeSize {
  const [, repositories, tags, untagged] = /^(\d+)x(\d+)\+(\d+)$/.exec(text) ?? [];
  if (untagged === undefined) throw new Error(`'${text}' is no size: 2000x40+5 is one.`);
  return { repositories: Number(repositories), tags: Number(tags), untagged: Number(untagged) };
}

/** Builds a tree of `size` below `root`. Returns the number of its blobs. */
export function buildTree(root: string, { repositories, tags, untagged }: TreeSize): number {
  const v2 = path.join(root, 'docker/registry/v2');
  const made = new Set<string>();
  let blobs = 0;
  const write = (file: string, content: string): void => {
    const folder = path.dirname(file);
    if (!made.has(folder)) fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(file, content);
  };
  const blob = (content: string): string => {
    const hex = createHash('sha256').update(content).digest('hex');
    const file = `${v2}/blobs/sha256/${hex.slice(0, 2)}/${hex}/data`;
    if (!made.has(hex)) {
      write(file, content);
      made.add(hex);
      blobs += 1;
    }
    return hex;
  };
  const base = blob('base layer');
  for (let r = 0; r < repositories; r += 1) {
    const repository = `${v2}/repositories/team-${r % 20}/service-${r}`;
    for (let i = 0; i < tags + untagged; i += 1) {
      const config = blob(`{"architecture":"amd64","os":"linux","config":{"Labels":{"n":"${r}/${i}"}}}`);
      const layers = [base, ...Array.from({ length: LAYERS - 1 }, (_, n) => blob(`layer ${r}/${i}/${n}`))];
      const entry = (hex: string, mediaType: string) => ({ mediaType, size: 80, digest: `sha256:${hex}` });
      const manifest = blob(
        JSON.stringify({
          schemaVersion: 2,
          mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
          config: entry(config, 'application/vnd.docker.container.image.v1+json'),
          layers: layers.map((hex) => entry(hex, 'application/vnd.docker.image.rootfs.diff.tar.gzip')),
        }),
      );
      for (const hex of [config, ...layers]) {
        const link = `${repository}/_layers/sha256/${hex}/link`;
        if (hex !== base || i === 0) write(link, `sha256:${hex}`);
      }
      write(`${repository}/_manifests/revisions/sha256/${manifest}/link`, `sha256:${manifest}`);
      if (i >= tags) continue;
      const tag = `${repository}/_manifests/tags/v1.${i}`;
      write(`${tag}/index/sha256/${manifest}/link`, `sha256:${manifest}`);
      write(`${tag}/current/link`, `sha256:${manifest}`);
    }
    fs.mkdirSync(`${repository}/_uploads`, { recursive: true });
  }
  return blobs;
}

const MEBI = 1024 * 1024;

/** Builds a tree of one repository that links `blobs` layers of `mebibytes` each. Returns the paths of their data. */
export function buildLargeBlobs(root: string, blobs: number, mebibytes: number): readonly string[] {
  const v2 = path.join(root, 'docker/registry/v2');
  const content = randomBytes(mebibytes * MEBI);
  return Array.from({ length: blobs }, (_, n) => {
    content.writeUInt32LE(n, 0);
    const hex = createHash('sha256').update(content).digest('hex');
    const data = `${v2}/blobs/sha256/${hex.slice(0, 2)}/${hex}/data`;
    fs.mkdirSync(path.dirname(data), { recursive: true });
    fs.writeFileSync(data, content);
    const link = `${v2}/repositories/large/_layers/sha256/${hex}/link`;
    fs.mkdirSync(path.dirname(link), { recursive: true });
    fs.writeFileSync(link, `sha256:${hex}`);
    return data;
  });
}
