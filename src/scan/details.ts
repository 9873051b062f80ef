// What a listing shows of a manifest: platforms and creation from its config, its schema 1 history, or its children. A date
// before Docker existed (1970, 1980) is no date. What is broken is shown as unknown, for a listing must list.

import { DOCKER_BEGAN_MS, type ManifestDetails } from '../inventory/questions.js';
import { MAX_MANIFEST_BYTES, type Manifest, parseManifest, platformOf } from '../manifest/parse.js';
import type { Digest } from '../model/digest.js';
import { blobDataPath } from '../model/layout.js';
import type { TreeReader } from './tree-reader.js';

const MAX_NESTING = 4;

export function readDetails(
  v2: string,
  digests: readonly Digest[],
  reader: TreeReader,
): readonly (ManifestDetails | undefined)[] {
  const details = new DetailsReader(v2, reader);
  return digests.map((digest) => details.detailsOf(digest, 0));
}

/** Reads each manifest once a level: indexes that list one another many times over would be a tree without end. */
class DetailsReader {
  readonly #v2: string;
  readonly #reader: TreeReader;
  /** By depth, since what lies deeper than {@link MAX_NESTING} is not looked at. */
  readonly #known = Array.from({ length: MAX_NESTING + 1 }, () => new Map<Digest, ManifestDetails | undefined>());

  constructor(v2: string, reader: TreeReader) {
    this.#v2 = v2;
    this.#reader = reader;
  }

  detailsOf(digest: Digest, depth: number): ManifestDetails | undefined {
    const known = this.#known[depth]!;
    if (!known.has(digest)) known.set(digest, this.#read(digest, depth));
    return known.get(digest);
  }

  #read(digest: Digest, depth: number): ManifestDetails | undefined {
    const text = textOf(this.#v2, digest, this.#reader);
    const manifest = text === undefined ? undefined : parseManifest(text);
    if (text === undefined || manifest === undefined || typeof manifest === 'string') return undefined;
    const about =
      manifest.kind === 'index' ? this.#aboutIndex(manifest, depth) : aboutImage(this.#v2, manifest, this.#reader);
    return {
      kind: manifest.kind,
      mediaType: manifest.mediaType,
      artifactType: manifest.artifactType,
      platforms: about.platforms.filter((platform) => platform !== 'unknown/unknown'),
      manifestBytes: Buffer.byteLength(text),
      createdMs: about.createdMs,
    };
  }

  #aboutIndex(index: Manifest, depth: number): About {
    const platforms = new Set<string>();
    let newestMs = Number.NEGATIVE_INFINITY;
    for (const { digest, platform } of index.references) {
      const child = depth < MAX_NESTING ? this.detailsOf(digest, depth + 1) : undefined;
      for (const each of platform === undefined ? (child?.platforms ?? []) : [platform]) platforms.add(each);
      if (child !== undefined && child.createdMs > newestMs) newestMs = child.createdMs;
    }
    return { platforms: [...platforms], createdMs: Number.isFinite(newestMs) ? newestMs : Number.NaN };
  }
}

interface About {
  readonly platforms: readonly string[];
  readonly createdMs: number;
}

function aboutImage(v2: string, manifest: Manifest, reader: TreeReader): About {
  const config = manifest.references.find(({ role }) => role === 'config');
  const json = config === undefined ? undefined : jsonOf(textOf(v2, config.digest, reader));
  const platform = manifest.platform ?? (json === undefined ? undefined : platformOf(json));
  const created = manifest.created ?? json?.['created'];
  return { platforms: platform === undefined ? [] : [platform], createdMs: dateOf(created) };
}

function dateOf(text: unknown): number {
  const ms = typeof text === 'string' ? Date.parse(text) : Number.NaN;
  return ms >= DOCKER_BEGAN_MS ? ms : Number.NaN;
}

function textOf(v2: string, digest: Digest, reader: TreeReader): string | undefined {
  try {
    const bytes = reader.content(`${v2}/${blobDataPath(digest)}`, MAX_MANIFEST_BYTES);
    return bytes === undefined || bytes === 'too-large' ? undefined : bytes.toString('utf8');
  } catch {
    return undefined; // ignored error: what is shown decides nothing, and unknown is shown as unknown
  }
}

function jsonOf(text: string | undefined): Record<string, unknown> | undefined {
  try {
    const json: unknown = text === undefined ? undefined : JSON.parse(text);
    return typeof json === 'object' && json !== null && !Array.isArray(json)
      ? (json as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined; // ignored error: a config need not be JSON (ORAS), then there is nothing to show
  }
}
