// What a removal frees: the size of the data files that go with it. Only what goes is looked at.

import type { Problem } from '../inventory/inventory.js';
import type { Digest } from '../model/digest.js';
import { blobDataPath, blobPath } from '../model/layout.js';
import { eachDigest, type PackedDigests } from './digest-list.js';
import type { TreeReader } from './tree-reader.js';
import { weighFolder } from './uploads.js';

export interface Weighed {
  /** Of the blobs, then of the others. */
  readonly bytes: Float64Array;
  readonly problems: readonly Problem[];
  /** Positions of blobs whose folder holds other people's files and no `data`. */
  readonly bare: readonly number[];
}

/** Weighs blobs, and `others`: uploads' folders and leftovers' files, relative to v2. */
export function weighItems(v2: string, blobs: PackedDigests, others: readonly string[], reader: TreeReader): Weighed {
  const bytes = new Float64Array(blobs.count + others.length);
  const problems: Problem[] = [];
  const bare: number[] = [];
  const weighFile = (path: string): number | undefined => {
    const stats = reader.lstat(`${v2}/${path}`);
    if (stats === undefined) return undefined;
    if (!stats.isFile()) return 0;
    if (stats.nlink > 1) problems.push({ code: 'hard-linked', path, detail: String(stats.nlink) });
    return stats.size;
  };
  const weighBlob = (digest: Digest, i: number): void => {
    const size = weighFile(blobDataPath(digest));
    if (size === undefined && (reader.names(`${v2}/${blobPath(digest)}`)?.length ?? 0) > 0) bare.push(i);
    bytes[i] = size ?? 0;
  };
  eachDigest(blobs, weighBlob);
  others.forEach((path, i) => {
    const folder = reader.lstat(`${v2}/${path}`)?.isDirectory() === true;
    bytes[blobs.count + i] = folder ? weighFolder(`${v2}/${path}`, reader).bytes : (weighFile(path) ?? 0);
  });
  return { bytes, problems, bare };
}
