// The draft as a plan: steps in the order in which they are safe (rule 7.1). References go before what they refer to, an index
// before its children, so that after any prefix of the steps every tag that is still there is whole.

import { type DigestId, ids } from '../inventory/digest-table.js';
import { BLOB_PRESENT, type Inventory, type Problem } from '../inventory/inventory.js';
import { isDoubtful } from '../inventory/manifest-table.js';
import type { Draft, RepositoryDraft } from './draft.js';
import { RemovalList, reason } from './removal.js';
import { emptyFolders } from './rules/empty-folders.js';
import { finalVerdicts } from './rules/retention.js';
import { isTagless } from './rules/untagged.js';
import type { Frozen, LeftAlone, Plan } from './types.js';

export function sequence(draft: Draft): Plan {
  const { inventory, request } = draft;
  const { digests } = inventory;
  const removals = new RemovalList(digests);
  const parts = draft.repositories;
  const sorted = (those: Iterable<DigestId>): Iterable<DigestId> => ids(digests.sorted(those));

  for (const { repository, tags } of parts) {
    const linked = tags.size === 0 ? NONE : new Set(repository.revisions);
    for (const [tag, why] of [...tags].sort(([a], [b]) => a - b)) {
      const current = repository.tags.current[tag]!;
      const id = current < 0 ? undefined : (current as DigestId);
      const lacks = id === undefined || linked.has(id) ? [] : [digests.text(id)];
      removals.tag(repository.name, repository.tags.names[tag]!, id, why, lacks);
    }
  }
  for (const { repository, history } of parts) {
    for (const entry of history)
      removals.history(repository.name, repository.tags.names[entry.tag]!, entry.digest, entry.reason);
  }
  for (const part of parts) {
    if (part.revisions.size === 0) continue;
    const linked = new Set(ids(part.repository.revisions));
    const layers = new Set<number>(part.repository.layerLinks);
    const held = (id: DigestId): boolean =>
      (linked.has(id) || layers.has(id)) && isStored(inventory, part.repository.aliases.get(id) ?? id);
    for (const id of parentsFirst(draft, part)) {
      if (!linked.has(id)) continue;
      const lacks = [...inventory.manifests.references(id)].filter((named) => !held(named as DigestId));
      const texts = lacks.map((named) => digests.text(named as DigestId));
      removals.revision(part.repository.name, id, part.revisions.get(id)!, texts);
    }
  }
  for (const { repository, layerLinks } of parts) {
    for (const id of sorted(layerLinks.keys())) removals.layerLink(repository.name, id, layerLinks.get(id)!);
  }
  for (const { repository, uploads } of parts) {
    for (const [id, why] of [...uploads].sort(([a], [b]) => (a < b ? -1 : 1)))
      removals.upload(repository.name, id, why);
  }
  for (const id of sorted(draft.blobs.ids())) removals.blob(id, draft.blobs.get(id)!);
  for (const { repository, path, modifiedMs } of draft.leftovers) {
    removals.leftover(repository, path, reason('leftover-expired', { modified: new Date(modifiedMs).toISOString() }));
  }
  for (const folder of emptyFolders(draft)) removals.directory(folder.repository, folder.path, folder.reason);

  // Of a repository that goes whole nothing is held back.
  const frozen = parts.filter((part) => part.frozen && !part.named.whole);
  const leftAlone = [...taglessOnes(draft), ...draft.leftAlone];
  const unreadable = parts.some((part) =>
    [...part.remainingRevisions()].some((id) => isDoubtful(inventory.manifests.state(id))),
  );
  return {
    request,
    removals,
    frozen: frozen.map((part): Frozen => ({ repository: part.repository.name, causes: part.frozenBy })),
    leftAlone,
    problems: [...inventory.problems, ...draft.selection.problems, ...draft.problems].sort(byPath),
    verdicts: finalVerdicts(draft),
    heldBackBlobs: draft.heldBackBlobs,
    partial: unreadable || leftAlone.length > 0 || frozen.some((part) => part.inScope),
  };
}

const NONE: ReadonlySet<number> = new Set();

function isStored({ blobs }: Inventory, id: DigestId): boolean {
  return blobs.state[id] === BLOB_PRESENT;
}

/** The revisions that go, each before what it lists; otherwise by digest. */
function parentsFirst(draft: Draft, part: RepositoryDraft): readonly DigestId[] {
  const { digests, manifests } = draft.inventory;
  const order: DigestId[] = [];
  const seen = new Set<DigestId>();
  // Children are finished before their parents, so the reverse has every parent first. An explicit stack: nesting may be deep.
  for (const root of ids(digests.sorted(part.revisions.keys()).reverse())) {
    const stack: { readonly id: DigestId; next: number }[] = [];
    const enter = (id: DigestId): void => {
      if (seen.has(id) || !part.revisions.has(id)) return;
      seen.add(id);
      stack.push({ id, next: 0 });
    };
    enter(root);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      if (top.next < manifests.count(top.id)) {
        top.next += 1;
        enter(manifests.reference(top.id, top.next - 1));
      } else {
        order.push(top.id);
        stack.pop();
      }
    }
  }
  return order.reverse();
}

function taglessOnes(draft: Draft): readonly LeftAlone[] {
  if (!draft.request.untagged) return [];
  return draft.repositories
    .filter((part) => part.inScope && !part.frozen && !part.named.whole && isTagless(draft, part))
    .map((part) => ({ repository: part.repository.name, code: 'tagless', count: part.reach.revisions.size }));
}

function byPath(a: Problem, b: Problem): number {
  if (a.path !== b.path) return a.path < b.path ? -1 : 1;
  return a.code < b.code ? -1 : a.code > b.code ? 1 : 0;
}
