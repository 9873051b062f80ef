// From a thing upwards in one repository: every manifest that holds it, with the shortest way there. The mirror image of
// `Reach.closure`: what a root reaches downwards, this reaches upwards. Each edge is looked at once, whatever the shape.

import type { DigestId } from '../../inventory/digest-table.js';
import type { Inventory } from '../../inventory/inventory.js';
import type { Role } from '../../manifest/parse.js';
import type { Digest } from '../../model/digest.js';
import type { Reach } from '../../plan/reach.js';

/** One step up: the thing is held by `digest`, as this. */
export interface Link {
  /** `tag`: a tag's current; `referrer`: by the subject that it describes; `signature`: by a schema 1 manifest's signatures. */
  readonly as: Exclude<Role, 'foreign'> | 'tag' | 'referrer' | 'signature' | 'layerLink' | 'revision';
  /** Of the holder; undefined for a tag and for a link. */
  readonly digest: Digest | undefined;
}

interface Edge {
  readonly by: DigestId;
  readonly as: Link['as'];
}

/** How a holder was reached: from what is below it. */
interface Step {
  readonly from: DigestId;
  readonly as: Link['as'] | 'alias';
}

export class HolderPaths {
  readonly #inventory: Inventory;
  readonly #reach: Reach;
  /** What is named, to the manifests that name it. */
  readonly #up = new Map<DigestId, Edge[]>();
  /** Content to the links of other algorithms that lead to it. */
  readonly #aliases = new Map<DigestId, DigestId[]>();
  readonly #steps = new Map<DigestId, Step | undefined>();

  constructor(inventory: Inventory, reach: Reach, id: DigestId) {
    this.#inventory = inventory;
    this.#reach = reach;
    const { manifests } = inventory;
    const { aliases, signatures } = reach.repository;
    for (const [alias, content] of aliases) push(this.#aliases, content, alias);
    for (const by of reach.revisions) {
      for (let n = 0, count = manifests.count(by); n < count; n += 1) {
        const role = manifests.role(by, n);
        push(this.#up, manifests.reference(by, n), { by, as: role === 'foreign' ? 'layer' : role });
      }
      for (const signature of signatures.get(by) ?? []) push(this.#up, signature, { by, as: 'signature' });
    }
    this.#climb(id);
  }

  /** Every manifest of the repository that holds the thing, itself included where it is one; nearest first. */
  *holders(): Generator<DigestId> {
    for (const id of this.#steps.keys()) if (this.#reach.revisions.has(id)) yield id;
  }

  /** True where no other manifest of the repository holds `revision`. */
  isTop(revision: DigestId): boolean {
    const subject = this.#inventory.manifests.subject(revision);
    if (subject !== undefined && this.#reach.revisions.has(subject)) return false;
    if ((this.#aliases.get(revision) ?? []).some((alias) => this.#reach.revisions.has(alias))) return false;
    return !(this.#up.get(revision) ?? []).some(({ by }) => by !== revision);
  }

  /** The links from the thing up to `top`, or undefined where that does not hold it. */
  linksTo(top: DigestId): readonly Link[] | undefined {
    if (!this.#steps.has(top)) return undefined;
    const { digests } = this.#inventory;
    const links: Link[] = [];
    for (let at = top; ; ) {
      const step = this.#steps.get(at);
      if (step === undefined) return links.reverse();
      if (step.as !== 'alias') links.push({ as: step.as, digest: digests.text(at) });
      else if (this.#reach.revisions.has(at)) links.push({ as: 'revision', digest: digests.text(at) });
      at = step.from;
    }
  }

  /** Breadth first, so that the first way to a holder is a shortest one. */
  #climb(id: DigestId): void {
    const queue: DigestId[] = [];
    const reach = (to: DigestId, step: Step | undefined): void => {
      if (this.#steps.has(to)) return;
      this.#steps.set(to, step);
      queue.push(to);
    };
    reach(id, undefined);
    for (let next = 0; next < queue.length; next += 1) {
      const below = queue[next]!;
      for (const { by, as } of this.#up.get(below) ?? []) reach(by, { from: below, as });
      for (const alias of this.#aliases.get(below) ?? []) reach(alias, { from: below, as: 'alias' });
      // A referrer is held by what it describes.
      const subject = this.#reach.revisions.has(below) ? this.#inventory.manifests.subject(below) : undefined;
      if (subject !== undefined && this.#reach.revisions.has(subject)) reach(subject, { from: below, as: 'referrer' });
    }
  }
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const found = map.get(key);
  if (found === undefined) map.set(key, [value]);
  else found.push(value);
}
