// Rules 3.1 to 3.3: the tags that the request names, by name, by the digest they point at, or with their repository.

import type { DigestId } from '../../inventory/digest-table.js';
import type { Draft } from '../draft.js';
import { reason } from '../removal.js';

/** Tags that the request names, by name or by the digest they point at. */
export function removeNamedTags(draft: Draft): void {
  for (const part of draft.repositories) {
    const { named, repository } = part;
    repository.tags.names.forEach((_, tag) => {
      const current = repository.tags.current[tag] as DigestId;
      if (named.whole) part.tags.set(tag, reason('repository-named'));
      else if (named.tags.has(tag)) part.tags.set(tag, reason('named'));
      else if (named.digests.has(current)) {
        part.tags.set(tag, reason('tag-of-named', { digest: draft.inventory.digests.text(current) }));
      }
    });
  }
}
