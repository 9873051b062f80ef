// Registry 2.1.0 linked manifests as layers, and later ones serve them from there. A tag names such a manifest by its own link; here are
// those that only an index lists. The media type only decides whether to look: an entry that is not a manifest is a layer.

import type { DigestId } from './digest-table.js';
import type { Repository } from './inventory.js';
import type { ManifestTable } from './manifest-table.js';

/** What indexes of `held`, and of what is found, list as manifests and `repository` links as layers alone; in no order. */
export function linkedAsLayers(
  repository: Repository,
  manifests: ManifestTable,
  held: Iterable<DigestId>,
): ReadonlySet<DigestId> {
  const indexes: DigestId[] = [];
  for (const id of held) if (manifests.kind(id) === 'index') indexes.push(id);
  if (indexes.length === 0 || repository.layerLinks.length === 0) return NONE;
  const others = new Set<number>(repository.layerLinks);
  for (const id of held) others.delete(id);
  const found = new Set<DigestId>();
  for (const index of indexes) {
    for (let n = 0; n < manifests.count(index); n += 1) {
      const listed = manifests.reference(index, n);
      if (manifests.role(index, n) !== 'manifest' || !others.has(listed) || found.has(listed)) continue;
      found.add(listed);
      if (manifests.kind(listed) === 'index') indexes.push(listed);
    }
  }
  return found;
}

const NONE: ReadonlySet<DigestId> = new Set();
