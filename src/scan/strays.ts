// Blob folders looked into for `check`: what lies there beside `data` was written by no registry, and stays when the blob goes.

import type { Digest } from '../model/digest.js';
import { blobPath, DATA, isLeftoverName } from '../model/layout.js';
import type { ReadingDoor } from './door.js';

/** Paths, relative to v2, of foreign entries in the folders of `digests`. */
export function findStrays(v2: string, digests: readonly Digest[], door: ReadingDoor): readonly string[] {
  return digests.flatMap((digest) => {
    const folder = blobPath(digest);
    const names = door.names(`${v2}/${folder}`) ?? [];
    return names.filter((name) => name !== DATA && !isLeftoverName(name)).map((name) => `${folder}/${name}`);
  });
}
