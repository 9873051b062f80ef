// What a repository gives up: its layer links, and what its removed revisions named.

import { type DigestId, ids } from '../../inventory/digest-table.js';
import { isDoubtful } from '../../inventory/manifest-table.js';
import type { Draft, RepositoryDraft } from '../draft.js';
import { namedBy } from '../reach.js';

export function linksOf(part: RepositoryDraft): Iterable<DigestId> {
  return ids(part.repository.layerLinks);
}

/** What the removed revisions named. One that could not be read names no more than itself: doubt adds no removal. */
export function namedByRemoved(draft: Draft, part: RepositoryDraft): Set<DigestId> {
  const released = new Set<DigestId>();
  for (const revision of part.revisions.keys()) {
    if (isDoubtful(draft.inventory.manifests.state(revision))) released.add(revision);
    else namedBy(draft.inventory, part.repository, revision, (id) => released.add(id));
  }
  return released;
}
