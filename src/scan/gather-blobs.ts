// Every blob of a tree, as columns over digest ids that grow with the table of digests.

import { BLOB_PRESENT, type Blobs } from '../inventory/inventory.js';
import { addAll, batches } from './batches.js';
import { listPrefixes } from './blobs.js';
import { internAll } from './digest-list.js';
import type { Gathering } from './gathering.js';

/** Prefix folders in one task. */
const PREFIX_BATCH = 8;
/** In a tree of more digests than this, listing a prefix folder is work worth a thread's start. */
const FULL_PREFIXES = 5000;

export interface GatheredBlobs {
  readonly blobs: Blobs;
  /** Relative to v2, deepest first. */
  readonly emptyFolders: readonly string[];
  /** Every prefix folder, `<alg>/<xx>`. */
  readonly prefixes: readonly string[];
}

/** The blob store; empty where it is not to be `listed`. */
export async function gatherBlobs(gathering: Gathering, listed: boolean): Promise<GatheredBlobs> {
  const { v2, reader, needs, digests, young } = gathering;
  const { prefixes, emptyFolders, problems } = listed
    ? listPrefixes(v2, reader)
    : { prefixes: [], emptyFolders: [], problems: [] };
  addAll(gathering.problems, problems);
  let state = new Uint8Array(Math.max(1024, digests.size * 2));
  const sizes: [Uint32Array, Float64Array, Float64Array][] = [];
  let count = 0;
  const tasks = batches(prefixes, PREFIX_BATCH).map((batch) => ({ do: 'blobs' as const, prefixes: batch, needs }));
  await gathering.each('blobs', tasks, prefixes.length * (digests.size > FULL_PREFIXES ? 10 : 1), (raw) => {
    const ids = internAll(digests, raw.blobs);
    if (digests.size > state.length) {
      const grown = new Uint8Array(digests.size * 2);
      grown.set(state);
      state = grown;
    }
    for (const id of ids) state[id] = BLOB_PRESENT;
    count += ids.length;
    if (raw.sizes.length > 0) sizes.push([ids, raw.sizes, raw.diskBytes]);
    for (const digest of raw.young) young.blobs.add(digests.intern(digest));
    addAll(emptyFolders, raw.emptyFolders);
    addAll(gathering.problems, raw.problems);
  });
  const sizeBytes = new Float64Array(sizes.length === 0 ? 0 : digests.size);
  const diskBytes = new Float64Array(sizeBytes.length);
  for (const [ids, bytes, disk] of sizes) {
    ids.forEach((id, i) => {
      sizeBytes[id] = bytes[i]!;
      diskBytes[id] = disk[i]!;
    });
  }
  emptyFolders.sort((a, b) => b.split('/').length - a.split('/').length || (a < b ? -1 : 1));
  return { blobs: { state, count, sizeBytes, diskBytes }, emptyFolders, prefixes };
}
