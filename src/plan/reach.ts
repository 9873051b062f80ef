// Reachability within one repository (docs/rules.md, section 2): which manifests are there, and what follows from a set of them. What an
// entry is the repository's links decide, never a media type. Visits each manifest once, so nesting costs nothing extra.

import { type DigestId, ids } from '../inventory/digest-table.js';
import type { Inventory, Repository } from '../inventory/inventory.js';
import { linkedAsLayers } from '../inventory/linked-as-layers.js';
import { isDoubtful, MISSING, NOT_READ } from '../inventory/manifest-table.js';

/** The manifests of one repository and the edges between them. */
export class Reach {
  readonly repository: Repository;
  /** revs(R): linked revisions; what tags name, or may name, and what indexes list of manifests linked as layers, where the blob is there. */
  readonly revisions: ReadonlySet<DigestId>;
  readonly #inventory: Inventory;
  readonly #referrers = new Map<DigestId, DigestId[]>();

  constructor(inventory: Inventory, repository: Repository) {
    this.#inventory = inventory;
    this.repository = repository;
    const revisions = new Set(ids(repository.revisions));
    for (const current of repository.tags.current) {
      if (current >= 0 && inventory.manifests.state(current as DigestId) !== MISSING)
        revisions.add(current as DigestId);
    }
    for (const suspects of repository.possibleTargets.values()) {
      for (const suspect of suspects) if (inventory.manifests.state(suspect) !== MISSING) revisions.add(suspect);
    }
    for (const id of linkedAsLayers(repository, inventory.manifests, revisions)) {
      const state = inventory.manifests.state(id);
      if (state !== MISSING && state !== NOT_READ) revisions.add(id);
    }
    this.revisions = revisions;
    for (const revision of revisions) {
      const subject = inventory.manifests.subject(revision);
      if (subject === undefined) continue;
      const others = this.#referrers.get(subject);
      if (others === undefined) this.#referrers.set(subject, [revision]);
      else others.push(revision);
    }
  }

  /**
   * closure(R, roots): the roots that are manifests here, what they list, and every referrer of any of it, to the fixed
   * point. A digest of `notAsReferrer` is not reached by its own `subject`; where a manifest lists it, `onListed` is called.
   */
  closure(
    roots: Iterable<DigestId>,
    notAsReferrer: ReadonlySet<DigestId> = NONE,
    onListed?: (listed: DigestId, by: DigestId) => void,
  ): Set<DigestId> {
    return this.#walk(roots, notAsReferrer, onListed, () => true);
  }

  /** closure(R, roots) for what may go: what a damaged manifest still shows keeps things, and never makes them go. */
  candidates(roots: Iterable<DigestId>): Set<DigestId> {
    const { manifests } = this.#inventory;
    return this.#walk(roots, NONE, undefined, (id) => !isDoubtful(manifests.state(id)));
  }

  #walk(
    roots: Iterable<DigestId>,
    notAsReferrer: ReadonlySet<DigestId>,
    onListed: ((listed: DigestId, by: DigestId) => void) | undefined,
    lists: (id: DigestId) => boolean,
  ): Set<DigestId> {
    const { manifests } = this.#inventory;
    const reached = new Set<DigestId>();
    const waiting: DigestId[] = [];
    const reach = (id: DigestId): void => {
      if (!this.revisions.has(id) || reached.has(id)) return;
      reached.add(id);
      waiting.push(id);
    };
    for (const root of roots) reach(root);
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      for (let n = 0, count = lists(id) ? manifests.count(id) : 0; n < count; n += 1) {
        const listed = manifests.reference(id, n);
        reach(listed);
        if (onListed !== undefined && notAsReferrer.has(listed)) onListed(listed, id);
      }
      const alias = this.repository.aliases.get(id);
      if (alias !== undefined) reach(alias);
      for (const referrer of this.#referrers.get(id) ?? []) if (!notAsReferrer.has(referrer)) reach(referrer);
    }
    return reached;
  }
}

const NONE: ReadonlySet<DigestId> = new Set();

/** Calls `visit` with everything that a manifest of `repository` names: itself, its references, signatures, and what aliases lead to. */
export function namedBy(
  inventory: Inventory,
  repository: Repository,
  revision: DigestId,
  visit: (id: DigestId) => void,
): void {
  const { manifests } = inventory;
  const { aliases } = repository;
  const name = (id: DigestId): void => {
    visit(id);
    const content = aliases.size === 0 ? undefined : aliases.get(id);
    if (content !== undefined) visit(content);
  };
  name(revision);
  for (let n = 0, count = manifests.count(revision); n < count; n += 1) name(manifests.reference(revision, n));
  for (const signature of repository.signatures.get(revision) ?? []) visit(signature);
}
