// Rule 3.8: history entries of removed revisions in the tags that stay; with `gc --broken` entries that are dangling.

import { ids } from '../../inventory/digest-table.js';
import type { Question } from '../../inventory/questions.js';
import type { Draft } from '../draft.js';
import { reason } from '../removal.js';

export function* removeHistory(draft: Draft): Generator<Question, void, void> {
  const { inventory, request } = draft;
  const { histories } = inventory.facts;
  const parts = draft.repositories.filter(
    (part) =>
      !part.frozen &&
      !part.named.whole &&
      part.tags.size < part.repository.tags.names.length &&
      (part.revisions.size > 0 || (request.broken && part.inScope)),
  );
  const wanted = new Map<number, number[]>();
  for (const part of parts) {
    const unread = [...part.repository.tags.names.keys()].filter(
      (tag) => !part.tags.has(tag) && !histories.isKnown(part.position, tag),
    );
    if (unread.length > 0) wanted.set(part.position, unread);
  }
  if (wanted.size > 0) yield { ask: 'histories', tags: wanted, dangling: request.broken };
  for (const part of parts) {
    const { repository } = part;
    // A history of nothing but the current of a tag that stays holds nothing that goes.
    for (const [tag, digests] of histories.others(part.position)) {
      if (part.tags.has(tag)) continue;
      for (const digest of ids(digests)) {
        if (part.revisions.has(digest)) part.history.push({ tag, digest, reason: HISTORY_OF_REMOVED });
        else if (
          request.broken &&
          part.inScope &&
          !part.reach.revisions.has(digest) &&
          !part.pinned.has(digest) &&
          repository.tags.current[tag] !== digest
        ) {
          part.history.push({ tag, digest, reason: HISTORY_DANGLING });
        }
      }
    }
  }
}

const HISTORY_OF_REMOVED = reason('history-of-removed');
const HISTORY_DANGLING = reason('history-dangling');
