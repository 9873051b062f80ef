// Rule 3.7, over all repositories at once: what any repository still names stays.

import type { DigestId } from '../../inventory/digest-table.js';
import { BLOB_PRESENT } from '../../inventory/inventory.js';
import { isDoubtful } from '../../inventory/manifest-table.js';
import { entityAt, parentOf } from '../../model/layout.js';
import type { Draft } from '../draft.js';
import { namedBy } from '../reach.js';
import { type Reason, reason } from '../removal.js';
import { linksOf, namedByRemoved } from './released.js';

export function deleteBlobs(draft: Draft): void {
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
    for (const [tag, suspects] of repository.possibleTargets) doubt ||= suspects.length === 0 && !part.tags.has(tag);
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
const RELEASED = new Map<string, Reason>();
function releasedBy(repository: string): Reason {
  let found = RELEASED.get(repository);
  if (found === undefined) {
    found = reason('blob-released', { repository });
    RELEASED.set(repository, found);
  }
  return found;
}

/** Blob folders in which a crash left a temporary file alone. */
function blobsNeverWritten({ inventory }: Draft): ReadonlySet<DigestId> {
  const found = new Set<DigestId>();
  for (const { path, alone } of inventory.leftovers) {
    const entity = alone ? entityAt(parentOf(path)) : undefined;
    const id = entity?.kind === 'blob' ? inventory.digests.find(entity.digest) : undefined;
    if (id !== undefined) found.add(id);
  }
  return found;
}

function* presentBlobs(draft: Draft): Generator<DigestId> {
  const { state } = draft.inventory.blobs;
  const { size } = draft.inventory.digests;
  for (let id = 0; id < size; id += 1) if (state[id] === BLOB_PRESENT) yield id as DigestId;
}
