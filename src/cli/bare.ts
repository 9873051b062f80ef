// A blob whose folder alone is left is no blob. No scan looks into blob folders, so those who must not take one for the other
// have them looked at here.

import { BLOB_BARE, BLOB_PRESENT, type Inventory } from '../inventory/inventory.js';
import type { Digest } from '../model/digest.js';

/** Marks those of `digests` whose blob folder in the tree at `v2` holds no `data`. */
export async function markBare(v2: string, { blobs, digests }: Inventory, those: readonly Digest[]): Promise<void> {
  const [{ ReadingDoor }, { bareBlobs }] = await Promise.all([import('../scan/door.js'), import('../scan/content.js')]);
  const folders = those.filter((digest) => blobs.state[digests.find(digest)!] === BLOB_PRESENT);
  for (const digest of bareBlobs(v2, folders, new ReadingDoor())) blobs.state[digests.find(digest)!] = BLOB_BARE;
}
