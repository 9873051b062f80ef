// Rule 3.6: layer links that only removed revisions named; with `gc` also those that no revision names.

import type { DigestId } from '../../inventory/digest-table.js';
import type { Draft } from '../draft.js';
import { namedBy } from '../reach.js';
import { reason } from '../removal.js';
import { linksOf, namedByRemoved } from './released.js';

export function removeLayerLinks(draft: Draft): void {
  for (const part of draft.repositories) {
    if (part.named.whole) {
      for (const link of linksOf(part)) part.layerLinks.set(link, reason('repository-named'));
      continue;
    }
    const sweeps = draft.request.command === 'gc' && part.inScope;
    if (part.frozen || (part.revisions.size === 0 && !sweeps)) continue;
    const released = namedByRemoved(draft, part);
    const named = new Set<DigestId>();
    for (const revision of part.remainingRevisions())
      namedBy(draft.inventory, part.repository, revision, (id) => named.add(id));
    // What a missing manifest named is unknown.
    const explained = sweeps && (!part.missesManifest || (draft.request.broken && !part.stillMissesManifest()));
    const young = draft.inventory.withinGrace.layerLinks.get(part.position);
    for (const link of linksOf(part)) {
      if (named.has(link) || draft.withinGrace.has(link) || young?.has(link) === true) continue;
      if (released.has(link)) part.layerLinks.set(link, reason('link-released'));
      else if (explained) part.layerLinks.set(link, reason('link-unused'));
    }
  }
}
