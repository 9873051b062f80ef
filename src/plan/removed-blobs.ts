// The blobs that go, each with its reason: a number a digest, since a Map of them would take tens of bytes each and end at 16.7
// million.

import type { DigestId, DigestTable } from '../inventory/digest-table.js';
import type { Reason } from './removal.js';

const STAYS = 0;

export class RemovedBlobs {
  readonly #digests: DigestTable;
  /** Per digest id: 1 more than the place of its reason. */
  #reasonOf = new Uint32Array(0);
  readonly #reasons: Reason[] = [];
  readonly #places = new Map<Reason, number>();
  #size = 0;

  constructor(digests: DigestTable) {
    this.#digests = digests;
  }

  get size(): number {
    return this.#size;
  }

  /** Reasons are shared: as few objects as there are causes. */
  set(id: DigestId, reason: Reason): void {
    if (id >= this.#reasonOf.length) {
      const grown = new Uint32Array(Math.max(id + 1, this.#digests.size));
      grown.set(this.#reasonOf);
      this.#reasonOf = grown;
    }
    let place = this.#places.get(reason);
    if (place === undefined) {
      place = this.#reasons.push(reason);
      this.#places.set(reason, place);
    }
    if (this.#reasonOf[id] === STAYS) this.#size += 1;
    this.#reasonOf[id] = place;
  }

  has(id: DigestId): boolean {
    return (this.#reasonOf[id] ?? STAYS) !== STAYS;
  }

  /** Undefined for a blob that stays. */
  get(id: DigestId): Reason | undefined {
    return this.#reasons[(this.#reasonOf[id] ?? STAYS) - 1];
  }

  /** Ascending. */
  *ids(): Generator<DigestId> {
    if (this.#size === 0) return;
    for (let id = 0; id < this.#reasonOf.length; id += 1) if (this.#reasonOf[id] !== STAYS) yield id as DigestId;
  }
}
