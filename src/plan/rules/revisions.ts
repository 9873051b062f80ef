// Rules 3.1 to 3.4: the revisions that the request names, that removed tags release, and, with `--untagged`, that no tag refers to.

import type { DigestId } from '../../inventory/digest-table.js';
import type { Question } from '../../inventory/questions.js';
import { refusal } from '../../model/errors.js';
import type { Draft, RepositoryDraft } from '../draft.js';
import { reason } from '../removal.js';
import { sweepsUntagged } from './untagged.js';

/** The histories of tags that go, where they decide which revisions go with them. */
export function* readHistoriesOfRemovedTags(draft: Draft): Generator<Question, void, void> {
  const wanted = new Map<number, number[]>();
  for (const part of draft.repositories) {
    if (part.frozen || part.named.whole || sweepsUntagged(draft, part)) continue;
    const { histories } = draft.inventory.facts;
    const unread = [...part.tags.keys()].filter((tag) => !histories.isKnown(part.position, tag));
    if (unread.length > 0) wanted.set(part.position, unread);
  }
  if (wanted.size > 0) yield { ask: 'histories', tags: wanted, dangling: draft.request.broken };
}

/** For every repository that the request touches. May run again: more tags gone, more revisions gone. */
export function removeRevisions(draft: Draft): void {
  for (const part of draft.repositories) {
    if (part.named.whole) for (const id of part.reach.revisions) part.revisions.set(id, reason('repository-named'));
    else if (part.frozen) for (const id of part.named.digests) part.revisions.set(id, reason('named'));
    else if (sweepsUntagged(draft, part)) removeUntagged(draft, part);
    else if (part.tags.size > 0 || part.named.digests.size > 0) removeReleased(draft, part);
  }
}

function removeUntagged(draft: Draft, part: RepositoryDraft): void {
  const kept = keptBy(draft, part, [...part.remainingCurrents(), ...part.pinned]);
  for (const id of part.reach.revisions) {
    if (kept.has(id) || part.revisions.has(id)) continue;
    part.revisions.set(id, part.named.digests.has(id) ? reason('named') : reason('untagged'));
  }
}

function removeReleased(draft: Draft, part: RepositoryDraft): void {
  const { named, repository, reach } = part;
  const roots: DigestId[] = [...named.digests];
  for (const tag of part.tags.keys()) {
    if (repository.tags.current[tag]! >= 0) roots.push(repository.tags.current[tag] as DigestId);
    for (const id of draft.inventory.facts.histories.of(part.position, repository, tag)) roots.push(id);
  }
  const candidates = reach.candidates(roots);
  const others = [...reach.revisions].filter((id) => !candidates.has(id));
  const kept = keptBy(draft, part, [...part.remainingCurrents(), ...others, ...part.pinned]);
  const released = reason('released');
  for (const id of candidates) {
    if (kept.has(id) || part.revisions.has(id)) continue;
    part.revisions.set(id, named.digests.has(id) ? reason('named') : released);
  }
}

/** What the roots keep, without what is named by digest; an index that stays and lists such a digest refuses the request. */
function keptBy(draft: Draft, part: RepositoryDraft, roots: readonly DigestId[]): Set<DigestId> {
  const { named } = part;
  const staying = roots.filter((id) => !named.digests.has(id));
  let listed: DigestId | undefined;
  const kept = part.reach.closure(staying, named.digests, (id) => {
    listed ??= id;
  });
  if (listed !== undefined) refuseListed(draft, part, listed);
  return kept;
}

/** A frozen repository gives up a named digest too, but not one that an index which stays is known to list. */
export function refuseListedInFrozen(draft: Draft): void {
  for (const part of draft.repositories) {
    if (part.frozen && !part.named.whole && part.named.digests.size > 0) keptBy(draft, part, [...part.reach.revisions]);
  }
}

function refuseListed(draft: Draft, part: RepositoryDraft, listed: DigestId): never {
  const { digests, manifests } = draft.inventory;
  const { name, tags } = part.repository;
  const lead = tags.names.filter((_, tag) => {
    const current = tags.current[tag]!;
    return current >= 0 && !part.tags.has(tag) && part.reach.closure([current as DigestId]).has(listed);
  });
  const indexes = [...part.remainingRevisions()].filter(
    (id) => id !== listed && manifests.references(id).includes(listed),
  );
  const by = lead.length > 0 ? lead.map((tag) => `${name}:${tag}`) : indexes.map((id) => `${name}@${digests.text(id)}`);
  throw refusal(
    'still-listed',
    `${name}@${digests.text(listed)} is part of an index that stays: ${by.join(', ')}.`,
    `Nothing was done. Remove the index instead, or name it as well: regsweep rm ${by.join(' ')}`,
  );
}
