// Rule 3.12: `gc --broken` removes tags and revisions that cannot be pulled.

import { MISSING } from '../../inventory/manifest-table.js';
import { type Draft, isBrokenTag, mayGo } from '../draft.js';
import { reason } from '../removal.js';

/** `gc --broken`: tags that cannot be pulled. Those within the grace, and those in use, stay. */
export function removeBrokenTags(draft: Draft): void {
  for (const part of draft.repositories) {
    if (!draft.request.broken || !part.inScope || part.frozen) continue;
    part.repository.tags.names.forEach((_, tag) => {
      if (isBrokenTag(draft.inventory, part.repository, tag) && mayGo(draft, part, tag))
        part.tags.set(tag, reason('broken'));
    });
  }
}

/** `gc --broken`: revisions whose manifest is not there. */
export function removeBrokenRevisions(draft: Draft): void {
  for (const part of draft.repositories) {
    if (!draft.request.broken || !part.inScope || part.frozen) continue;
    // A tag that stays, in use or young, keeps what it names, there or not.
    const named = new Set(part.remainingCurrents());
    for (const id of part.reach.revisions) {
      if (draft.inventory.manifests.state(id) === MISSING && !part.pinned.has(id) && !named.has(id))
        part.revisions.set(id, reason('broken'));
    }
  }
}
