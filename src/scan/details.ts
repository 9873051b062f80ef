// What a listing shows of a manifest: platforms and creation from its config, its schema 1 history, or its children. A date
// before Docker existed (1970, 1980) is no date. What is broken is shown as unknown, for a listing must list.

import type { ManifestDetails } from '../inventory/questions.js';
import { MAX_MANIFEST_BYTES, type Manifest, parseManifest, platformOf } from '../manifest/parse.js';
import type { Digest } from '../model/digest.js';
import { blobDataPath } from '../model/layout.js';
import type { ReadingDoor } from './door.js';

const DOCKER_BEGAN_MS = Date.UTC(2013, 0, 1);
const MAX_NESTING = 4;

export function readDetails(
  v2: string,
  digests: readonly Digest[],
  door: ReadingDoor,
): readonly (ManifestDetails | undefined)[] {
  return digests.map((digest) => detailsOf(v2, digest, door, 0));
}

function detailsOf(v2: string, digest: Digest, door: ReadingDoor, depth: number): ManifestDetails | undefined {
  const text = textOf(v2, digest, door);
  const manifest = text === undefined ? undefined : parseManifest(text);
  if (text === undefined || manifest === undefined || typeof manifest === 'string') return undefined;
  const about = manifest.kind === 'index' ? aboutIndex(v2, manifest, door, depth) : aboutImage(v2, manifest, door);
  return {
    kind: manifest.kind,
    mediaType: manifest.mediaType,
    artifactType: manifest.artifactType,
    platforms: about.platforms.filter((platform) => platform !== 'unknown/unknown'),
    manifestBytes: Buffer.byteLength(text),
    createdMs: about.createdMs,
  };
}

interface About {
  readonly platforms: readonly string[];
  readonly createdMs: number;
}

function aboutIndex(v2: string, index: Manifest, door: ReadingDoor, depth: number): About {
  const children =
    depth < MAX_NESTING ? index.references.map(({ digest }) => detailsOf(v2, digest, door, depth + 1)) : [];
  const dates = children.flatMap((child) =>
    child === undefined || Number.isNaN(child.createdMs) ? [] : [child.createdMs],
  );
  const platforms = index.references.flatMap(({ platform }, i) => platform ?? children[i]?.platforms ?? []);
  return { platforms: [...new Set(platforms)], createdMs: dates.length === 0 ? Number.NaN : Math.max(...dates) };
}

function aboutImage(v2: string, manifest: Manifest, door: ReadingDoor): About {
  const config = manifest.references.find(({ role }) => role === 'config');
  const json = config === undefined ? undefined : jsonOf(textOf(v2, config.digest, door));
  const platform = manifest.platform ?? (json === undefined ? undefined : platformOf(json));
  const created = manifest.created ?? json?.['created'];
  return { platforms: platform === undefined ? [] : [platform], createdMs: dateOf(created) };
}

function dateOf(text: unknown): number {
  const ms = typeof text === 'string' ? Date.parse(text) : Number.NaN;
  return ms >= DOCKER_BEGAN_MS ? ms : Number.NaN;
}

function textOf(v2: string, digest: Digest, door: ReadingDoor): string | undefined {
  try {
    const bytes = door.content(`${v2}/${blobDataPath(digest)}`, MAX_MANIFEST_BYTES);
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
