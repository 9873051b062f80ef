// Manifests by digest: read once, capped, their digest verified, and what they name packed for the way between threads. What
// cannot be read or parsed gets a state that says so, and whatever digests its bytes still show.

import { hash } from 'node:crypto';
import {
  DIGEST_MISMATCH,
  KINDS,
  type ManifestState,
  MISSING,
  READ,
  ROLES,
  TOO_LARGE,
  TRUNCATED,
  UNKNOWN_SHAPE,
  UNREADABLE,
} from '../inventory/manifest-table.js';
import { MAX_MANIFEST_BYTES, type Manifest, parseManifest } from '../manifest/parse.js';
import { algorithmOf, type Digest, encodedOf, parseDigest } from '../model/digest.js';
import { blobDataPath } from '../model/layout.js';
import { DigestList, eachDigest, type PackedDigests } from './digest-list.js';
import type { TreeReader } from './tree-reader.js';

/** Manifests as a worker sends them: columns over the digests asked for. */
export interface RawManifests {
  readonly states: Uint8Array;
  readonly kinds: Uint8Array;
  /** Number of references of each; their digests and roles follow one another in `targets` and `roles`. */
  readonly counts: Uint32Array;
  readonly targets: PackedDigests;
  readonly roles: Uint8Array;
  readonly subjects: readonly (readonly [number, Digest])[];
  /** Errno of those that could not be read. */
  readonly errors: readonly (readonly [number, string])[];
}

const BLOB_ROLE = ROLES.indexOf('blob');

export function readManifests(v2: string, digests: PackedDigests, reader: TreeReader): RawManifests {
  const states = new Uint8Array(digests.count);
  const kinds = new Uint8Array(digests.count);
  const counts = new Uint32Array(digests.count);
  const targets = new DigestList();
  const roles: number[] = [];
  const subjects: [number, Digest][] = [];
  const errors: [number, string][] = [];
  eachDigest(digests, (digest, i) => {
    const found = readManifest(v2, digest, reader);
    states[i] = found.state;
    if (found.error !== undefined) errors.push([i, found.error]);
    if (found.manifest !== undefined) {
      kinds[i] = KINDS.indexOf(found.manifest.kind);
      counts[i] = found.manifest.references.length;
      for (const reference of found.manifest.references) {
        targets.push(reference.digest);
        roles.push(ROLES.indexOf(reference.role));
      }
      if (found.manifest.subject !== undefined) subjects.push([i, found.manifest.subject]);
    } else {
      counts[i] = found.salvaged.length;
      for (const salvaged of found.salvaged) {
        targets.push(salvaged);
        roles.push(BLOB_ROLE);
      }
    }
  });
  return { states, kinds, counts, targets: targets.packed(), roles: Uint8Array.from(roles), subjects, errors };
}

export interface Found {
  readonly state: ManifestState;
  readonly manifest?: Manifest;
  readonly salvaged: readonly Digest[];
  readonly error?: string;
}

export function readManifest(v2: string, digest: Digest, reader: TreeReader): Found {
  return readManifestAt(`${v2}/${blobDataPath(digest)}`, digest, reader);
}

/** The manifest `digest` whose bytes lie in `file`. */
export function readManifestAt(file: string, digest: Digest, reader: TreeReader): Found {
  let bytes: Buffer | 'too-large' | undefined;
  let verified = false;
  const isWhole = (read: Buffer): boolean => {
    verified = matches(digest, read);
    return verified;
  };
  try {
    bytes = reader.content(file, MAX_MANIFEST_BYTES, isWhole);
  } catch (error) {
    // Not ignored: the state freezes every repository that holds this manifest.
    return { state: UNREADABLE, salvaged: [], error: (error as NodeJS.ErrnoException).code ?? String(error) };
  }
  if (bytes === undefined) return { state: MISSING, salvaged: [] };
  if (bytes === 'too-large') return { state: TOO_LARGE, salvaged: [] };
  const text = bytes.toString('utf8');
  const parsed = parseManifest(text);
  if (!verified && !matches(digest, bytes))
    return { state: parsed === 'not-json' ? TRUNCATED : DIGEST_MISMATCH, salvaged: salvage(text) };
  if (typeof parsed === 'string')
    return { state: parsed === 'not-json' ? TRUNCATED : UNKNOWN_SHAPE, salvaged: salvage(text) };
  return { state: READ, manifest: parsed, salvaged: [] };
}

function matches(digest: Digest, bytes: Buffer): boolean {
  const algorithm = algorithmOf(digest);
  if (algorithm !== 'sha256' && algorithm !== 'sha384' && algorithm !== 'sha512') return false;
  return hash(algorithm, bytes) === encodedOf(digest);
}

const DIGEST_LIKE = /sha(?:256:[0-9a-f]{64}|384:[0-9a-f]{96}|512:[0-9a-f]{128})/g;

/** Every digest that damaged text still shows: what can be read of it counts. */
function salvage(text: string): readonly Digest[] {
  return (text.match(DIGEST_LIKE) ?? []).flatMap((found) => parseDigest(found) ?? []);
}
