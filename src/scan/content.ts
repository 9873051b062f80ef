// Blobs hashed, to tell whether each is what its digest says. Streamed in pieces, so a blob of any size needs little memory; one
// thread a processor does it, and no piece is read twice.

import { createHash } from 'node:crypto';
import { algorithmOf, type Digest, encodedOf } from '../model/digest.js';
import { blobDataPath } from '../model/layout.js';
import type { ReadingDoor } from './door.js';

/** What hashing some blobs found. */
export interface Hashed {
  readonly bytes: number;
  readonly blobs: number;
  /** Digests whose content is another's, or can not be read: with the system's word for why. */
  readonly faults: readonly { readonly digest: Digest; readonly error: string | undefined }[];
}

/** Of `digests`, those whose folder holds no `data` file: what a crash or a hand leaves of a blob. */
export function bareBlobs(v2: string, digests: Iterable<Digest>, door: ReadingDoor): readonly Digest[] {
  return [...digests].filter((digest) => door.stat(`${v2}/${blobDataPath(digest)}`)?.isFile() !== true);
}

const HASHES: ReadonlySet<string> = new Set(['sha256', 'sha384', 'sha512']);

/** Hashes `digests`; those whose `data` was not modified after `sinceMs` are left out. */
export function hashBlobs(
  v2: string,
  digests: readonly Digest[],
  sinceMs: number | undefined,
  door: ReadingDoor,
): Hashed {
  let [bytes, blobs] = [0, 0];
  const faults: { digest: Digest; error: string | undefined }[] = [];
  for (const digest of digests) {
    const file = `${v2}/${blobDataPath(digest)}`;
    if (!HASHES.has(algorithmOf(digest))) continue;
    try {
      const stats = door.stat(file);
      if (stats === undefined || (sinceMs !== undefined && stats.mtimeMs <= sinceMs)) continue;
      const hash = createHash(algorithmOf(digest));
      bytes += door.pieces(file, (piece) => hash.update(piece));
      blobs += 1;
      if (hash.digest('hex') !== encodedOf(digest)) faults.push({ digest, error: undefined });
    } catch (error) {
      // Not ignored: told as a fault, with its reason.
      faults.push({ digest, error: (error as NodeJS.ErrnoException).code ?? (error as Error).message });
    }
  }
  return { bytes, blobs, faults };
}
