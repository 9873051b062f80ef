// Tags and revisions: rules 3.1 to 3.5, and the refusals that belong to them.

import { companionSubject } from '../inventory/companions.js';
import type { DigestId } from '../inventory/digest-table.js';
import { MISSING } from '../inventory/manifest-table.js';
import type { Question } from '../inventory/questions.js';
import { refusal } from '../model/errors.js';
import { type Draft, isBrokenTag, type RepositoryDraft } from './draft.js';
import type { Reason } from './removal.js';

/** Tags that the request names, by name or by the digest they point at. */
export function dropNamedTags(draft: Draft): void {
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

/** `gc --broken`: tags that cannot be served. Young and pinned ones stay. */
export function dropBrokenTags(draft: Draft): void {
  for (const part of draft.repositories) {
    if (!draft.request.broken || !part.inScope || part.frozen) continue;
    part.repository.tags.names.forEach((_, tag) => {
      if (isBrokenTag(draft.inventory, part.repository, tag) && mayGo(draft, part, tag))
        part.tags.set(tag, reason('broken'));
    });
  }
}

/** Rule 4: tags that only describe a revision which this plan takes from its last repository. Says whether any was added. */
export function dropSignatureTags(draft: Draft, signatures: SignatureTags): boolean {
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
export function dropDanglingSignatures(draft: Draft, signatures: SignatureTags): void {
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
  if (part.frozen) yield* part.repository.layerLinks as Iterable<number> as Iterable<DigestId>;
}

export type SignatureTags = readonly {
  readonly part: RepositoryDraft;
  readonly tag: number;
  readonly subject: DigestId | undefined;
}[];

export function signatureTags(draft: Draft): SignatureTags {
  return draft.repositories.flatMap((part) =>
    part.repository.tags.names.flatMap((_, tag) => {
      const { digests } = draft.inventory;
      const subject = companionSubject(digests, part.repository, tag);
      return subject === undefined ? [] : [{ part, tag, subject: digests.find(subject) }];
    }),
  );
}

/** True where neither a pin nor the grace holds the tag. */
function mayGo(draft: Draft, part: RepositoryDraft, tag: number): boolean {
  const young = draft.inventory.young.tags.get(part.position)?.has(part.repository.tags.names[tag]!) === true;
  return !young && !part.pinnedTags.has(tag);
}

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

/** True where every revision that no tag leads to goes. */
function sweepsUntagged(draft: Draft, part: RepositoryDraft): boolean {
  return draft.request.untagged && part.inScope && !part.frozen && !isTagless(draft, part);
}

/** True where revisions have not one tag to tell by, and nobody said to sweep all the same. */
export function isTagless(draft: Draft, part: RepositoryDraft): boolean {
  const { request, selection, inventory } = draft;
  if (request.tagless || selection.exact.has(part.position) || part.reach.revisions.size === 0) return false;
  return !part.repository.tags.names.some(
    (_, tag) => !(request.broken && isBrokenTag(inventory, part.repository, tag)),
  );
}

/** Rules 1 to 3 for every repository that the request touches. Idempotent: more tags gone, more revisions gone. */
export function dropRevisions(draft: Draft): void {
  for (const part of draft.repositories) {
    if (part.named.whole) for (const id of part.reach.revisions) part.revisions.set(id, reason('repository-named'));
    else if (part.frozen) for (const id of part.named.digests) part.revisions.set(id, reason('named'));
    else if (sweepsUntagged(draft, part)) dropUntagged(draft, part);
    else if (part.tags.size > 0 || part.named.digests.size > 0) dropReleased(draft, part);
    if (!draft.request.broken || !part.inScope || part.frozen) continue;
    // A tag that stays, in use or young, keeps what it names, there or not.
    const named = new Set(part.remainingCurrents());
    for (const id of part.reach.revisions) {
      if (draft.inventory.manifests.state(id) === MISSING && !part.pinned.has(id) && !named.has(id))
        part.revisions.set(id, reason('broken'));
    }
  }
}

function dropUntagged(draft: Draft, part: RepositoryDraft): void {
  const kept = keptBy(draft, part, [...part.remainingCurrents(), ...part.pinned]);
  for (const id of part.reach.revisions) {
    if (kept.has(id) || part.revisions.has(id)) continue;
    part.revisions.set(id, part.named.digests.has(id) ? reason('named') : reason('untagged'));
  }
}

function dropReleased(draft: Draft, part: RepositoryDraft): void {
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

/** Rule 3's look at the registry as a whole: tags kept elsewhere (Harbor 2.15) make new images look untagged. */
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
    'Nothing was done. If these revisions are really unused, give --tagless.',
  );
}

/** Without evidence the same object for a code, however often: millions of removals share it. */
export function reason(code: Reason['code'], evidence?: Reason['evidence']): Reason {
  if (evidence !== undefined) return { code, evidence };
  let bare = BARE.get(code);
  if (bare === undefined) {
    bare = { code, evidence: {} };
    BARE.set(code, bare);
  }
  return bare;
}

const BARE = new Map<Reason['code'], Reason>();
