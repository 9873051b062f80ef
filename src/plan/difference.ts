// Two plans of one request, compared by what would go: kind, repository, tag, digest, and the path where it has no such name.
// Reasons and bytes may differ; an item more or less is a difference, and so is a tag that names another digest now.
// Folders that become empty and files that a crash left are no difference: they hold no image.

import type { Removal, RemovalKind, RemovalList } from './removal.js';

/** A removal as a saved plan names it. */
export interface NamedRemoval {
  readonly kind: RemovalKind;
  /** Relative to v2. */
  readonly path: string;
  readonly digest?: string | undefined;
}

export interface Difference {
  /** Would go now and did not then; in step order. */
  readonly added: readonly Removal[];
  /** Went then and would not now; in the order they were named. */
  readonly missing: readonly NamedRemoval[];
}

/** What `now` removes beyond `then`, and what it does not remove any more. */
export function differenceOf(now: RemovalList, then: Iterable<NamedRemoval>): Difference {
  const left = new Map<string, NamedRemoval>();
  for (const removal of then) if (counts(removal)) left.set(keyOf(removal), removal);
  const added: Removal[] = [];
  for (const removal of now) if (counts(removal) && !left.delete(keyOf(removal))) added.push(removal);
  return { added, missing: [...left.values()] };
}

function counts({ kind }: NamedRemoval): boolean {
  return kind !== 'directory' && kind !== 'leftover';
}

/** What tells a removal from any other: of a tag its digest too, everything else has its digest in its path. */
export function keyOf({ kind, path, digest }: NamedRemoval): string {
  return kind === 'tag' ? `${kind} ${path} ${digest ?? ''}` : `${kind} ${path}`;
}
