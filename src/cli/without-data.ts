// A blob folder without data is not a blob. No scan looks into blob folders, so code that must not
// take one for the other asks here.

import { BLOB_PRESENT, BLOB_WITHOUT_DATA, type Inventory } from '../inventory/inventory.js';
import type { Digest } from '../model/digest.js';

/** Marks those of `digests` whose blob folder in the tree at `v2` holds no `data`. */
export async function markWithoutData(
  v2: string,
  { blobs, digests }: Inventory,
  those: readonly Digest[],
): Promise<void> {
  const [{ TreeReader }, { blobsWithoutData }] = await Promise.all([
    import('../scan/tree-reader.js'),
    import('../scan/content.js'),
  ]);
  const folders = those.filter((digest) => blobs.state[digests.find(digest)!] === BLOB_PRESENT);
  for (const digest of blobsWithoutData(v2, folders, new TreeReader()))
    blobs.state[digests.find(digest)!] = BLOB_WITHOUT_DATA;
}
