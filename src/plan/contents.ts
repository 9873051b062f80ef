// What follows from the references that go: layer links, history, uploads, leftovers and blobs: rules 3.6 to 3.10.

import type { DigestId } from '../inventory/digest-table.js';
import { BLOB_PRESENT, type Leftover } from '../inventory/inventory.js';
import { isDoubtful } from '../inventory/manifest-table.js';
import type { Question } from '../inventory/questions.js';
import * as layout from '../model/layout.js';
import type { Draft, RepositoryDraft } from './draft.js';
import { namedBy } from './reach.js';
import { reason } from './references.js';

const DAY_MS = 86_400_000;

/** Rule 5: links that only removed revisions named; with `gc` also those that no revision names. */
export function dropLayerLinks(draft: Draft): void {
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
    // What a missing manifest named nobody can tell.
    const explained = sweeps && (!part.missesManifest || (draft.request.broken && !part.stillMissesManifest()));
    const young = draft.inventory.young.layerLinks.get(part.position);
    for (const link of linksOf(part)) {
      if (named.has(link) || draft.withinGrace.has(link) || young?.has(link) === true) continue;
      if (released.has(link)) part.layerLinks.set(link, reason('link-released'));
      else if (explained) part.layerLinks.set(link, reason('link-unused'));
    }
  }
}

/** Rule 6, over all repositories at once: what any repository still names stays. */
export function dropBlobs(draft: Draft): void {
  const { inventory, request } = draft;
  const size = inventory.digests.size;
  const named = new Uint8Array(size);
  const linkedAsLayer = new Uint8Array(size);
  // Position of a repository that gave up a reference.
  const released = new Int32Array(size).fill(NOBODY);
  let doubt = false;
  const unread = new Set<DigestId>();
  for (const part of draft.repositories) {
    const { repository } = part;
    const mark = (id: DigestId): void => {
      named[id] = 1;
    };
    for (const revision of part.remainingRevisions()) {
      if (isDoubtful(inventory.manifests.state(revision))) unread.add(revision);
      namedBy(inventory, repository, revision, mark);
    }
    for (const current of part.remainingCurrents()) mark(current);
    // A tag that cannot be read and has no history may name anything; a revision that cannot may have signatures.
    for (const [tag, suspects] of repository.suspects) doubt ||= suspects.length === 0 && !part.tags.has(tag);
    for (const { code, digest } of repository.doubtfulLinks)
      doubt ||= code === 'revision-unreadable' && !part.revisions.has(digest);
    for (const link of linksOf(part)) {
      const content = repository.aliases.get(link) ?? link;
      linkedAsLayer[link] = 1;
      linkedAsLayer[content] = 1;
      if (part.layerLinks.has(link)) {
        released[link] = part.position;
        released[content] = part.position;
      } else {
        mark(link);
        mark(content);
      }
    }
    for (const id of namedByRemoved(draft, part)) released[id] = part.position;
  }
  for (const id of draft.withinGrace) named[id] = 1;
  for (const { repository } of draft.withinGrace.size === 0 ? [] : draft.repositories)
    for (const [link, content] of repository.aliases) if (draft.withinGrace.has(link)) named[content] = 1;
  doubt ||= unread.size > 0;
  // Wherever a manifest was pushed to, its layers are linked: what it names is among these, though it cannot be read now.
  for (const part of draft.repositories) {
    if (unread.size === 0 || ![...part.reach.revisions].some((id) => unread.has(id))) continue;
    for (const link of linksOf(part)) {
      named[link] = 1;
      named[part.repository.aliases.get(link) ?? link] = 1;
    }
  }
  const all = request.command === 'gc' && draft.selection.unscoped;
  const neverWritten = blobsNeverWritten(draft);
  for (const id of presentBlobs(draft)) {
    const by = released[id]!;
    if ((!all && by === NOBODY) || named[id] === 1) continue;
    if (neverWritten.has(id)) continue;
    // An index may list what its repository does not link: while one cannot be read, only known layers are free to go.
    if (doubt && linkedAsLayer[id] === 0) {
      draft.heldBackBlobs += 1;
      continue;
    }
    draft.blobs.set(id, by === NOBODY ? UNREFERENCED : releasedBy(inventory.repositories[by]!.name));
  }
}

const NOBODY = -1;
const UNREFERENCED = reason('blob-unreferenced');
const RELEASED = new Map<string, ReturnType<typeof reason>>();
function releasedBy(repository: string): ReturnType<typeof reason> {
  let found = RELEASED.get(repository);
  if (found === undefined) {
    found = reason('blob-released', { repository });
    RELEASED.set(repository, found);
  }
  return found;
}

/** Rule 7: entries of removed revisions in the tags that stay; with `gc --broken` entries that are dangling. */
export function* dropHistory(draft: Draft): Generator<Question, void, void> {
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
      for (const digest of digests as Iterable<number> as Iterable<DigestId>) {
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

/** Rule 8, and the uploads of a repository that goes whole. */
export function dropUploads(draft: Draft): void {
  const { request } = draft;
  for (const part of draft.repositories) {
    for (const upload of part.repository.uploads) {
      if (part.named.whole) part.uploads.set(upload.id, reason('repository-named'));
      if (request.command !== 'gc' || !part.inScope) continue;
      const ageMs = request.nowMs - (upload.startedMs ?? upload.newestMs);
      const young = request.graceMs > 0 && request.nowMs - upload.newestMs < request.graceMs;
      if (ageMs > request.uploadsOlderThanMs && !young)
        part.uploads.set(
          upload.id,
          reason('upload-expired', { begun: new Date(upload.startedMs ?? upload.newestMs).toISOString() }),
        );
    }
  }
}

/** Temporary files of crashed writes that are older than a day: in scope, with `gc`. */
export function expiredLeftovers(draft: Draft): readonly Leftover[] {
  const { inventory, request, selection } = draft;
  if (request.command !== 'gc') return [];
  const inScope = new Set([...selection.scope].map((position) => inventory.repositories[position]!.name));
  return inventory.leftovers.filter((leftover) => {
    if (isInGoingItem(draft, leftover.path)) return false;
    if (request.nowMs - leftover.modifiedMs < Math.max(DAY_MS, request.graceMs)) return false;
    return selection.unscoped || (leftover.repository !== undefined && inScope.has(leftover.repository));
  });
}

/** True for a file in the folder of an item that goes: it goes with the item, and counts with it. */
function isInGoingItem(draft: Draft, path: string): boolean {
  const { inventory } = draft;
  for (let at = folderOf(path); at.includes('/'); at = folderOf(at)) {
    const entity = layout.entityAt(at);
    if (entity === undefined || entity.kind === 'repository') continue;
    if (entity.kind === 'blob') return draft.blobs.has(inventory.digests.find(entity.digest)!);
    const part = draft.repositories.find(({ repository }) => repository.name === entity.repository);
    if (part === undefined) return false;
    const tag = 'tag' in entity ? part.repository.tags.names.indexOf(entity.tag) : NOBODY;
    if (entity.kind === 'upload') return part.uploads.has(entity.upload);
    if (entity.kind === 'tag') return part.tags.has(tag);
    const id = inventory.digests.find(entity.digest);
    if (id === undefined) return false;
    if (entity.kind === 'revision') return part.revisions.has(id);
    if (entity.kind === 'layerLink') return part.layerLinks.has(id);
    if (part.history.some((entry) => entry.tag === tag && entry.digest === id)) return true;
  }
  return false;
}

/** Where an entity's folder holds nothing but leftovers that go: the folder that goes after them, by its path. */
export function foldersOfLeftovers(draft: Draft): ReadonlyMap<string, layout.Entity> {
  const expired = new Set(expiredLeftovers(draft));
  const folders = new Map<string, layout.Entity>();
  for (const { path } of [...expired].filter(({ alone }) => alone)) {
    const entity = layout.entityAt(folderOf(path));
    if (entity !== undefined && FOLDERS_OF_ONE.has(entity.kind)) folders.set(folderOf(path), entity);
  }
  for (const leftover of draft.inventory.leftovers) if (!expired.has(leftover)) folders.delete(folderOf(leftover.path));
  return folders;
}

const FOLDERS_OF_ONE: ReadonlySet<layout.Entity['kind']> = new Set(['history', 'revision', 'layerLink', 'blob']);

/** Blob folders in which a crash left a temporary file alone. */
function blobsNeverWritten({ inventory }: Draft): ReadonlySet<DigestId> {
  const found = new Set<DigestId>();
  for (const { path, alone } of inventory.leftovers) {
    const entity = alone ? layout.entityAt(folderOf(path)) : undefined;
    const id = entity?.kind === 'blob' ? inventory.digests.find(entity.digest) : undefined;
    if (id !== undefined) found.add(id);
  }
  return found;
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

function linksOf(part: RepositoryDraft): Iterable<DigestId> {
  return part.repository.layerLinks as Iterable<number> as Iterable<DigestId>;
}

/** What the removed revisions named. One that could not be read names no more than itself: doubt adds no removal. */
function namedByRemoved(draft: Draft, part: RepositoryDraft): Set<DigestId> {
  const released = new Set<DigestId>();
  for (const revision of part.revisions.keys()) {
    if (isDoubtful(draft.inventory.manifests.state(revision))) released.add(revision);
    else namedBy(draft.inventory, part.repository, revision, (id) => released.add(id));
  }
  return released;
}

function* presentBlobs(draft: Draft): Generator<DigestId> {
  const { state } = draft.inventory.blobs;
  const { size } = draft.inventory.digests;
  for (let id = 0; id < size; id += 1) if (state[id] === BLOB_PRESENT) yield id as DigestId;
}
