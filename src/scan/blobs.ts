// The blob store by prefix folder: which blobs are there, packed; sizes and times only where they were asked for.

import type { Problem } from '../inventory/inventory.js';
import type { ScanNeeds } from '../inventory/questions.js';
import { type Digest, digestOf } from '../model/digest.js';
import { BLOBS, blobDataPath } from '../model/layout.js';
import { DigestList, type PackedDigests } from './digest-list.js';
import type { ReadingDoor } from './door.js';

/** Blobs of some prefix folders, as a worker sends them. */
export interface RawBlobs {
  readonly blobs: PackedDigests;
  /** One per blob, or empty where sizes were not asked for; bytes. */
  readonly sizes: Float64Array;
  readonly diskBytes: Float64Array;
  readonly young: readonly Digest[];
  readonly emptyFolders: readonly string[];
  readonly problems: readonly Problem[];
}

/** Every prefix folder `<alg>/<xx>`, and what lies beside them. */
export function listPrefixes(
  v2: string,
  door: ReadingDoor,
): { prefixes: string[]; emptyFolders: string[]; problems: Problem[] } {
  const prefixes: string[] = [];
  const emptyFolders: string[] = [];
  const problems: Problem[] = [];
  for (const { name: algorithm, folder } of door.entries(`${v2}/${BLOBS}`) ?? []) {
    const names = folder ? (door.names(`${v2}/${BLOBS}/${algorithm}`) ?? []) : undefined;
    // An empty folder of another name is no registry's making: `lost+found` where this is a file system of its own.
    if (names === undefined || (names.length === 0 && !ALGORITHM.test(algorithm))) {
      problems.push({ code: 'foreign-entry', path: `${BLOBS}/${algorithm}` });
      continue;
    }
    if (names.length === 0) emptyFolders.push(`${BLOBS}/${algorithm}`);
    for (const prefix of names) {
      if (/^[0-9a-f]{2}$/.test(prefix)) prefixes.push(`${algorithm}/${prefix}`);
      else problems.push({ code: 'foreign-entry', path: `${BLOBS}/${algorithm}/${prefix}` });
    }
  }
  return { prefixes, emptyFolders, problems };
}

const ALGORITHM = /^[a-z0-9]+$/;

export function readBlobs(v2: string, prefixes: readonly string[], needs: ScanNeeds, door: ReadingDoor): RawBlobs {
  const blobs = new DigestList();
  const sizes: number[] = [];
  const diskBytes: number[] = [];
  const young: Digest[] = [];
  const emptyFolders: string[] = [];
  const problems: Problem[] = [];
  const stats = needs.blobSizes === true || needs.youngSinceMs !== undefined;
  for (const prefix of prefixes) {
    const [algorithm = '', two = ''] = prefix.split('/');
    const folder = `${BLOBS}/${prefix}`;
    const names = door.names(`${v2}/${folder}`);
    if (names === undefined) problems.push({ code: 'foreign-entry', path: folder });
    if (names?.length === 0) emptyFolders.push(folder);
    for (const encoded of names ?? []) {
      if (!encoded.startsWith(two) || !blobs.pushFolder(algorithm, encoded)) {
        problems.push({ code: 'foreign-entry', path: `${folder}/${encoded}` });
        continue;
      }
      if (!stats) continue;
      const digest = digestOf(algorithm, encoded)!;
      const data = door.stat(`${v2}/${blobDataPath(digest)}`);
      sizes.push(data?.size ?? 0);
      diskBytes.push((data?.blocks ?? 0) * 512);
      if (needs.youngSinceMs !== undefined && (data?.mtimeMs ?? 0) > needs.youngSinceMs) young.push(digest);
    }
  }
  return {
    blobs: blobs.packed(),
    sizes: Float64Array.from(sizes),
    diskBytes: Float64Array.from(diskBytes),
    young,
    emptyFolders,
    problems,
  };
}
