// Blobs hashed, to tell whether each is what its digest says. Streamed in pieces, so a blob of any size needs little memory; one
// thread a processor does it, and no piece is read twice.

import { createHash } from 'node:crypto';
import type { ContentFault } from '../inventory/faults.js';
import { algorithmOf, type Digest, encodedOf } from '../model/digest.js';
import { blobDataPath } from '../model/layout.js';
import type { TreeReader } from './tree-reader.js';

/** Bytes looked at so far by all threads together, in one shared cell. */
export type Meter = BigInt64Array;

/** What hashing some blobs found. */
export interface Hashed {
  readonly bytes: number;
  readonly blobs: number;
  /** Digests whose content is another's, or cannot be read: with the system's word for why. */
  readonly faults: readonly ContentFault[];
}

/** Of `digests`, those whose folder holds no `data` file: what a crash or a hand leaves of a blob. */
export function blobsWithoutData(v2: string, digests: Iterable<Digest>, reader: TreeReader): readonly Digest[] {
  return [...digests].filter((digest) => reader.lstat(`${v2}/${blobDataPath(digest)}`) === undefined);
}

const HASHES: ReadonlySet<string> = new Set(['sha256', 'sha384', 'sha512']);

/** A digest to be verified, and the blob that is to have it where that lies under another one (a sha512 layer's sha256). */
export interface Claim {
  readonly digest: Digest;
  readonly stored: Digest;
}

/** Verifies `claims`; those whose `data` was not modified after `sinceMs` are left out. Moves `meter` on as it goes. */
export function hashBlobs(
  v2: string,
  claims: readonly Claim[],
  sinceMs: number | undefined,
  reader: TreeReader,
  meter: Meter,
): Hashed {
  let [bytes, blobs] = [0, 0];
  const faults: ContentFault[] = [];
  for (const { digest, stored } of claims) {
    const file = `${v2}/${blobDataPath(stored)}`;
    if (!HASHES.has(algorithmOf(digest))) continue;
    try {
      const stats = reader.stat(file);
      if (stats === undefined) continue;
      if (sinceMs !== undefined && stats.mtimeMs <= sinceMs) {
        Atomics.add(meter, 0, BigInt(stats.size));
        continue;
      }
      const hash = createHash(algorithmOf(digest));
      bytes += reader.pieces(file, (piece) => {
        hash.update(piece);
        Atomics.add(meter, 0, BigInt(piece.length));
      });
      blobs += 1;
      if (hash.digest('hex') !== encodedOf(digest)) faults.push({ digest, error: undefined });
    } catch (error) {
      // Not ignored: told as a fault, with its reason.
      faults.push({ digest, error: (error as NodeJS.ErrnoException).code ?? (error as Error).message });
    }
  }
  return { bytes, blobs, faults };
}
