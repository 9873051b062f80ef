// Rule 3.10: temporary files that a crashed write left behind.

import type { Leftover } from '../../inventory/inventory.js';
import { type Entity, entityAt, parentOf } from '../../model/layout.js';
import type { Draft } from '../draft.js';

const DAY_MS = 86_400_000;

/** Temporary files of crashed writes that are older than a day: in scope, with `gc`. */
export function deleteLeftovers(draft: Draft): void {
  draft.leftovers = expired(draft);
}

function expired(draft: Draft): readonly Leftover[] {
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
  for (let at = parentOf(path); at.includes('/'); at = parentOf(at)) {
    const entity = entityAt(at);
    if (entity === undefined || entity.kind === 'repository') continue;
    if (entity.kind === 'blob') return draft.blobs.has(inventory.digests.find(entity.digest)!);
    const part = draft.repositories.find(({ repository }) => repository.name === entity.repository);
    if (part === undefined) return false;
    const tag = 'tag' in entity ? part.repository.tags.names.indexOf(entity.tag) : -1;
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
export function foldersOfLeftovers(draft: Draft): ReadonlyMap<string, Entity> {
  const going = new Set(draft.leftovers);
  const folders = new Map<string, Entity>();
  for (const { path } of draft.leftovers.filter(({ alone }) => alone)) {
    const entity = entityAt(parentOf(path));
    if (entity !== undefined && FOLDERS_OF_ONE.has(entity.kind)) folders.set(parentOf(path), entity);
  }
  for (const leftover of draft.inventory.leftovers) if (!going.has(leftover)) folders.delete(parentOf(leftover.path));
  return folders;
}

const FOLDERS_OF_ONE: ReadonlySet<Entity['kind']> = new Set(['history', 'revision', 'layerLink', 'blob']);
