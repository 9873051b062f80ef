// Blob folders looked into for `check`: what lies there beside `data` was written by no registry, and stays when the blob goes.

import type { Digest } from '../model/digest.js';
import { blobPath, DATA, isLeftoverName } from '../model/layout.js';
import type { TreeReader } from './tree-reader.js';

/** Paths, relative to v2, of foreign entries in the folders of `digests`. */
export function findForeignBesideBlobs(v2: string, digests: readonly Digest[], reader: TreeReader): readonly string[] {
  return digests.flatMap((digest) => {
    const folder = blobPath(digest);
    const names = reader.names(`${v2}/${folder}`) ?? [];
    return names.filter((name) => name !== DATA && !isLeftoverName(name)).map((name) => `${folder}/${name}`);
  });
}
