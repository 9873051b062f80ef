// What a tree itself may make a change unsafe by, and the options that say that it is not.

import { refuseObjectStore, storedPart } from '../execute/object-store.js';
import type { Reader } from '../execute/reader.js';
import { refuseSharedBlobs } from '../execute/shared-blobs.js';
import type { Tree } from '../model/tree.js';
import type { Log } from './logger.js';

/** Throws the refusals `shared-blobs` and `object-store`, each unless its option is given. */
export function refuseUnsafeTree(
  tree: Tree,
  options: { readonly 'own-blobs': boolean; readonly 'force-mount': boolean },
  reader: Reader,
): void {
  if (!options['own-blobs']) refuseSharedBlobs(tree, reader);
  if (!options['force-mount']) refuseObjectStore(tree, reader);
}

/** Warns where folders that came back lie on an object store: its mount writes a key for each, and regsweep cannot remove that. */
export function warnAboutFolderKeys(log: Log, tree: Tree, reader: Reader): void {
  const stored = storedPart(tree, reader);
  if (stored === undefined) return;
  log.warn(
    `${stored.program} can leave a key that ends in '/' for each folder that came back, and a registry with the s3 driver lists one as an empty tag. If yours has that driver, delete these keys before it starts: aws s3 rm --recursive --exclude '*' --include '*/' s3://BUCKET/docker/registry/v2/`,
  );
}
