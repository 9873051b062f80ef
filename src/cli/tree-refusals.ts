// What a tree itself may make a change unsafe by, and the options that say that it is not.

import type { LookingDoor } from '../execute/looking-door.js';
import { refuseObjectStore } from '../execute/object-store.js';
import { refuseSharedBlobs } from '../execute/shared-blobs.js';
import type { Tree } from '../model/tree.js';

/** Throws the refusals `shared-blobs` and `object-store`, each unless its option is given. */
export function refuseUnsafeTree(
  tree: Tree,
  options: { readonly 'own-blobs': boolean; readonly 'force-mount': boolean },
  door: LookingDoor,
): void {
  if (!options['own-blobs']) refuseSharedBlobs(tree, door);
  if (!options['force-mount']) refuseObjectStore(tree, door);
}
