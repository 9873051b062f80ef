// Digests on their way between threads: sha256 ones as packed bytes, the rare others as text with their places.

import type { DigestTable } from '../inventory/digest-table.js';
import { nibble } from '../inventory/digest-table.js';
import { type Digest, isSha256 } from '../model/digest.js';

export interface PackedDigests {
  readonly count: number;
  /** 32 bytes a digest; zeros at the places of `others`. */
  readonly bytes: Uint8Array;
  readonly others: readonly (readonly [number, Digest])[];
}

export class DigestList {
  #bytes = new Uint8Array(32 * 64);
  #count = 0;
  readonly #others: [number, Digest][] = [];

  push(digest: Digest): void {
    const at = this.#count * 32;
    if (at + 32 > this.#bytes.length) {
      const grown = new Uint8Array(this.#bytes.length * 2);
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    if (isSha256(digest)) {
      for (let i = 0; i < 32; i += 1) {
        this.#bytes[at + i] = (nibble(digest.charCodeAt(7 + 2 * i)) << 4) | nibble(digest.charCodeAt(8 + 2 * i));
      }
    } else this.#others.push([this.#count, digest]);
    this.#count += 1;
  }

  packed(): PackedDigests {
    return { count: this.#count, bytes: this.#bytes.slice(0, this.#count * 32), others: this.#others };
  }
}

/** The ids of packed digests, in their order. */
export function internAll(table: DigestTable, digests: PackedDigests): Uint32Array {
  const ids = new Uint32Array(digests.count);
  const others = new Map(digests.others);
  for (let i = 0; i < digests.count; i += 1) {
    const other = others.size === 0 ? undefined : others.get(i);
    ids[i] = other === undefined ? table.internPacked(digests.bytes, i * 32) : table.intern(other);
  }
  return ids;
}
