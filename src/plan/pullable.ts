// Whether a tag of a repository can be pulled: its manifest, config and layers are stored and linked here, or of an index those of
// some image that it lists.

import type { DigestId } from '../inventory/digest-table.js';
import { BLOB_PRESENT, type Inventory } from '../inventory/inventory.js';
import { isDoubtful, MISSING } from '../inventory/manifest-table.js';
import type { Reach } from './reach.js';

export class Pullable {
  readonly #inventory: Inventory;
  readonly #reach: Reach;
  readonly #linked: ReadonlySet<number>;
  readonly #known = new Map<DigestId, boolean>();

  constructor(inventory: Inventory, reach: Reach) {
    this.#inventory = inventory;
    this.#reach = reach;
    this.#linked = new Set(reach.repository.layerLinks);
  }

  /**
   * True where `manifest` pulls. Of an index: one child pulls, and none that is linked here lacks something; children that were never
   * here, as in the sparse index of a mirror, do not count.
   */
  has(manifest: DigestId): boolean {
    const known = this.#known.get(manifest);
    if (known !== undefined) return known;
    // An index that lists itself has no content that could be.
    this.#known.set(manifest, false);
    const pulls = this.#pulls(manifest);
    this.#known.set(manifest, pulls);
    return pulls;
  }

  /** Blobs that `manifest` needs, as stored: where the scan has only seen their folder, `data` may be missing. */
  *needs(manifest: DigestId, seen = new Set<DigestId>()): Generator<DigestId> {
    if (seen.has(manifest)) return;
    seen.add(manifest);
    const { manifests } = this.#inventory;
    for (let n = 0; n < manifests.count(manifest); n += 1) {
      const id = manifests.reference(manifest, n);
      if (this.#reach.revisions.has(id) && manifests.role(manifest, n) === 'manifest') yield* this.needs(id, seen);
      else yield this.#stored(id);
    }
  }

  #pulls(manifest: DigestId): boolean {
    const { manifests } = this.#inventory;
    const state = manifests.state(manifest);
    if (state === MISSING) return false;
    if (isDoubtful(state)) return true; // its repository is frozen
    let children = 0;
    let pulling = 0;
    for (let n = 0; n < manifests.count(manifest); n += 1) {
      const id = manifests.reference(manifest, n);
      const role = manifests.role(manifest, n);
      if (role === 'manifest') {
        children += 1;
        if (!this.#reach.revisions.has(id)) continue;
        if (!this.has(id)) return false;
        pulling += 1;
      } else if (role !== 'foreign' && !this.#isServed(id)) return false;
    }
    return children === 0 || pulling > 0;
  }

  /** A registry serves a blob that the repository links and the blob store holds. */
  #isServed(id: DigestId): boolean {
    return this.#linked.has(id) && this.#inventory.blobs.state[this.#stored(id)] === BLOB_PRESENT;
  }

  #stored(id: DigestId): DigestId {
    return this.#reach.repository.aliases.get(id) ?? id;
  }
}
