// Rule 3.4: where `--untagged` sweeps, and where it leaves a repository or the whole registry alone.

import type { DigestId } from '../../inventory/digest-table.js';
import type { Question } from '../../inventory/questions.js';
import { refusal } from '../../model/errors.js';
import { type Draft, isBrokenTag, type RepositoryDraft } from '../draft.js';

/** True where every revision that no tag refers to goes. */
export function sweepsUntagged(draft: Draft, part: RepositoryDraft): boolean {
  return draft.request.untagged && part.inScope && !part.frozen && !isTagless(draft, part);
}

/** True where no tag shows which revisions are in use, and neither the name nor --tagless says to sweep anyway. */
export function isTagless(draft: Draft, part: RepositoryDraft): boolean {
  const { request, selection, inventory } = draft;
  if (request.tagless || selection.exact.has(part.position) || part.reach.revisions.size === 0) return false;
  return !part.repository.tags.names.some(
    (_, tag) => !(request.broken && isBrokenTag(inventory, part.repository, tag)),
  );
}

/** The registry as a whole: tags kept elsewhere (Harbor 2.15) make new images look untagged. */
export function* refuseTaglessRegistry(draft: Draft): Generator<Question, void, void> {
  const { request, inventory } = draft;
  if (!request.untagged || request.tagless) return;
  const asked = new Map<number, DigestId[]>();
  let total = 0;
  for (const part of draft.repositories) {
    const currents = [...part.repository.tags.current].filter((id) => id >= 0) as DigestId[];
    if (!sweepsUntagged(draft, part) || currents.length === 0) continue;
    const led = part.reach.closure(currents);
    const untagged = ([...part.repository.revisions] as DigestId[]).filter(
      (id) => !led.has(id) && part.revisions.has(id),
    );
    if (untagged.length === 0) continue;
    asked.set(part.position, untagged);
    total += untagged.length;
  }
  if (asked.size === 0) return;
  yield { ask: 'newer-than-tags', revisions: asked };
  let newer = 0;
  for (const position of asked.keys()) newer += inventory.facts.newerThanTags.get(position) ?? 0;
  if (newer * 2 <= total) return;
  throw refusal(
    'tagless-registry',
    `${newer} of ${total} untagged revisions are newer than the newest tag of their repository: tags seem to be kept elsewhere (Harbor 2.15 and newer keeps them in its database).`,
    'Nothing was done. If these revisions are really unused, use --tagless.',
  );
}
