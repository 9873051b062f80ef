// Rule 3.13: what a blob within the grace refers to, transitively, whether a link names it yet or not. A push writes its layers
// first and its links last, so a young index may keep images that are old and that no tag names.

import type { DigestId } from '../../inventory/digest-table.js';
import type { Inventory } from '../../inventory/inventory.js';

/** Young blobs and everything that they refer to; empty where no grace was asked for. */
export function withinGrace({ withinGrace: young, manifests }: Inventory): ReadonlySet<DigestId> {
  const kept = new Set(young.blobs);
  // Grows while it is iterated.
  for (const id of kept) for (const named of manifests.references(id)) kept.add(named as DigestId);
  return kept;
}
