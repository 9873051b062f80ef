// Rule 3.5: a companion tag, such as a signature, goes with the revision that it describes.

import { companionSubject } from '../../inventory/companions.js';
import { type DigestId, ids } from '../../inventory/digest-table.js';
import { type Draft, mayGo, type RepositoryDraft } from '../draft.js';
import { reason } from '../removal.js';

export type CompanionTags = readonly {
  readonly part: RepositoryDraft;
  readonly tag: number;
  readonly subject: DigestId | undefined;
}[];

export function companionTags(draft: Draft): CompanionTags {
  return draft.repositories.flatMap((part) =>
    part.repository.tags.names.flatMap((_, tag) => {
      const { digests } = draft.inventory;
      const subject = companionSubject(digests, part.repository, tag);
      return subject === undefined ? [] : [{ part, tag, subject: digests.find(subject) }];
    }),
  );
}

/** Tags that only describe a revision which this plan takes from its last repository. Says whether any was added. */
export function removeCompanionTags(draft: Draft, signatures: CompanionTags): boolean {
  if (signatures.length === 0) return false;
  const gone = new Set<DigestId>();
  for (const part of draft.repositories) for (const revision of part.revisions.keys()) gone.add(revision);
  if (gone.size === 0) return false;
  for (const part of draft.repositories) for (const id of mayBeHeld(part)) if (!part.revisions.has(id)) gone.delete(id);
  let added = false;
  for (const { part, tag, subject } of signatures) {
    if (subject === undefined || !gone.has(subject) || part.tags.has(tag) || part.frozen || !mayGo(draft, part, tag))
      continue;
    part.tags.set(tag, reason('signature-of-removed', { subject: draft.inventory.digests.text(subject) }));
    added = true;
  }
  return added;
}

/** `gc --dangling-signatures`: tags that describe what is in no repository. */
export function removeDanglingCompanions(draft: Draft, signatures: CompanionTags): void {
  if (!draft.request.danglingSignatures) return;
  const here = new Set<DigestId>();
  for (const part of draft.repositories) for (const id of mayBeHeld(part)) here.add(id);
  for (const { part, tag, subject } of signatures) {
    if (!part.inScope || part.frozen || (subject !== undefined && here.has(subject)) || !mayGo(draft, part, tag))
      continue;
    part.tags.set(tag, reason('dangling-signature'));
  }
}

/** Manifests that a repository holds; of a frozen one also what it links as a layer, as registry 2.1 linked manifests. */
function* mayBeHeld(part: RepositoryDraft): Generator<DigestId> {
  yield* part.reach.revisions;
  if (part.frozen) yield* ids(part.repository.layerLinks);
}
