// What the manifests of a repository name, and the tags whose pull needs it. Each is made when first asked for, and once.

import { type DigestId, ids } from '../../inventory/digest-table.js';
import type { Inventory } from '../../inventory/inventory.js';
import type { Reach } from '../../plan/reach.js';

/** By manifest, the layers that it says are kept elsewhere: a pull takes them from there. */
export type Elsewhere = ReadonlyMap<DigestId, ReadonlySet<DigestId>>;

export class Naming {
  readonly #inventory: Inventory;
  readonly #reach: Reach;
  readonly #aliases: ReadonlyMap<DigestId, DigestId>;
  readonly #elsewhere: Elsewhere;
  #named: ReadonlySet<number> | undefined;
  #tagged: ReadonlyMap<DigestId, readonly string[]> | undefined;

  /** `aliases`: what names are by another algorithm counts as named too, as content does; a link is looked up by its name alone. */
  constructor(inventory: Inventory, reach: Reach, elsewhere: Elsewhere, aliases: boolean) {
    this.#inventory = inventory;
    this.#reach = reach;
    this.#elsewhere = elsewhere;
    this.#aliases = aliases ? reach.repository.aliases : new Map();
  }

  /** True for what a manifest here is or names. */
  has(id: DigestId): boolean {
    this.#named ??= this.#everything();
    return this.#named.has(id);
  }

  /** `repository:tag` of those whose image is or names `id`. */
  tags(id: DigestId): readonly string[] {
    this.#tagged ??= this.#leads();
    return this.#tagged.get(id) ?? [];
  }

  #everything(): ReadonlySet<number> {
    const named = new Set<number>(this.#reach.revisions);
    for (const revision of this.#reach.revisions) {
      for (const id of this.#inventory.manifests.references(revision))
        named.add(id).add(this.#aliases.get(id as DigestId) ?? id);
    }
    return named;
  }

  #leads(): ReadonlyMap<DigestId, readonly string[]> {
    const found = new Map<DigestId, string[]>();
    const { repository, revisions } = this.#reach;
    const { name, tags } = repository;
    const held = new Set([...repository.revisions, ...repository.layerLinks]);
    tags.names.forEach((tag, at) => {
      const current = tags.current[at]!;
      if (current < 0) return;
      // What a pull takes, the set growing as it is walked; referrers are none of it.
      const named = new Set<DigestId>([current as DigestId]);
      for (const id of named) {
        const content = this.#aliases.get(id);
        if (content !== undefined) named.add(content);
        if (!revisions.has(id)) continue;
        // What an index lists and its repository does not link is not served from here, whole or not.
        const references = ids(this.#inventory.manifests.references(id));
        const elsewhere = this.#elsewhere.get(id);
        for (const reference of references)
          if (held.has(reference) && elsewhere?.has(reference) !== true) named.add(reference);
      }
      for (const id of named) {
        const same = found.get(id);
        if (same === undefined) found.set(id, [`${name}:${tag}`]);
        else same.push(`${name}:${tag}`);
      }
    });
    return found;
  }
}
