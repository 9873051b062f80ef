// The blob store by prefix folder: which blobs are there, packed; sizes and times only where they were asked for.

import type { Problem } from '../inventory/inventory.js';
import type { ScanNeeds } from '../inventory/questions.js';
import { type Digest, digestOf } from '../model/digest.js';
import { BLOBS, blobDataPath, isAlgorithmFolder } from '../model/layout.js';
import { DigestList, type PackedDigests } from './digest-list.js';
import { notFollowable, type TreeReader } from './tree-reader.js';

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
  reader: TreeReader,
): { prefixes: string[]; emptyFolders: string[]; problems: Problem[] } {
  const prefixes: string[] = [];
  const emptyFolders: string[] = [];
  const problems: Problem[] = [];
  for (const { name: algorithm, kind } of reader.entries(`${v2}/${BLOBS}`) ?? []) {
    const path = `${BLOBS}/${algorithm}`;
    // Not written by a registry: `lost+found` where this is a file system of its own, `.DS_Store`.
    if (!isAlgorithmFolder(algorithm)) {
      problems.push({ code: 'foreign-entry', path });
      continue;
    }
    if (kind !== 'folder') notFollowable(`${v2}/${path}`);
    const entries = reader.listed(`${v2}/${path}`);
    if (entries.length === 0) emptyFolders.push(path);
    for (const prefix of entries) {
      if (!/^[0-9a-f]{2}$/.test(prefix.name)) problems.push({ code: 'foreign-entry', path: `${path}/${prefix.name}` });
      else if (prefix.kind !== 'folder') notFollowable(`${v2}/${path}/${prefix.name}`);
      else prefixes.push(`${algorithm}/${prefix.name}`);
    }
  }
  return { prefixes, emptyFolders, problems };
}

export function readBlobs(v2: string, prefixes: readonly string[], needs: ScanNeeds, reader: TreeReader): RawBlobs {
  const blobs = new DigestList();
  const sizes: number[] = [];
  const diskBytes: number[] = [];
  const young: Digest[] = [];
  const emptyFolders: string[] = [];
  const problems: Problem[] = [];
  const stats = needs.blobSizes === true || needs.graceSinceMs !== undefined;
  for (const prefix of prefixes) {
    const [algorithm = '', two = ''] = prefix.split('/');
    const folder = `${BLOBS}/${prefix}`;
    const entries = reader.listed(`${v2}/${folder}`);
    if (entries.length === 0) emptyFolders.push(folder);
    for (const { name: encoded, kind } of entries) {
      if (kind !== 'folder' || !encoded.startsWith(two) || !blobs.pushFolder(algorithm, encoded)) {
        const blob = encoded.startsWith(two) && digestOf(algorithm, encoded) !== undefined;
        problems.push({ code: blob ? 'blob-unreadable' : 'foreign-entry', path: `${folder}/${encoded}` });
        continue;
      }
      if (!stats) continue;
      const digest = digestOf(algorithm, encoded)!;
      const path = blobDataPath(digest);
      const own = reader.lstat(`${v2}/${path}`);
      const data = own?.isSymbolicLink() === true ? reader.target(`${v2}/${path}`) : own;
      if (own !== undefined && data === undefined) problems.push({ code: 'blob-unreadable', path });
      sizes.push(data?.size ?? 0);
      diskBytes.push((data?.blocks ?? 0) * 512);
      // One whose time cannot be read may be young.
      if (
        needs.graceSinceMs !== undefined &&
        own !== undefined &&
        !(data !== undefined && data.mtimeMs <= needs.graceSinceMs)
      )
        young.push(digest);
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
