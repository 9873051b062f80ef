// Digests on their way between threads: sha256 ones as packed bytes, the rare others as text with their places.

import { type DigestId, type DigestTable, HEX_VALUE, WORDS } from '../inventory/digest-table.js';
import { type Digest, digestOf, isSha256 } from '../model/digest.js';

export interface PackedDigests {
  readonly count: number;
  /** Eight 32-bit words a digest, its bytes in their order; zeros at the places of `others`. */
  readonly words: Uint32Array;
  readonly others: readonly (readonly [number, Digest])[];
}

export class DigestList {
  #bytes = new Uint8Array(32 * 256);
  #count = 0;
  readonly #others: [number, Digest][] = [];

  get count(): number {
    return this.#count;
  }

  push(digest: Digest): void {
    const at = this.#reserve();
    if (!isSha256(digest) || !pack(digest, 7, this.#bytes, at)) this.#others.push([this.#count, digest]);
    this.#count += 1;
  }

  /** Adds the digest that a folder spells, without making its text where that is not needed; false where it is none. */
  pushFolder(algorithm: string, encoded: string): boolean {
    if (algorithm !== 'sha256') {
      const digest = digestOf(algorithm, encoded);
      if (digest !== undefined) this.push(digest);
      return digest !== undefined;
    }
    const at = this.#reserve();
    if (encoded.length !== 64 || !pack(encoded, 0, this.#bytes, at)) return false;
    this.#count += 1;
    return true;
  }

  packed(): PackedDigests {
    const bytes = this.#bytes.slice(0, this.#count * 32);
    for (const [at] of this.#others) bytes.fill(0, at * 32, at * 32 + 32);
    return { count: this.#count, words: new Uint32Array(bytes.buffer), others: this.#others };
  }

  #reserve(): number {
    const at = this.#count * 32;
    if (at + 32 > this.#bytes.length) {
      const grown = new Uint8Array(this.#bytes.length * 2);
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    return at;
  }
}

/** The ids of packed digests, in their order. */
export function internAll(table: DigestTable, { count, words, others }: PackedDigests): Uint32Array {
  const ids = new Uint32Array(count);
  let other = 0;
  for (let i = 0; i < count; i += 1) {
    if (other < others.length && others[other]![0] === i) {
      ids[i] = table.intern(others[other]![1]);
      other += 1;
    } else ids[i] = table.internWords(words, i * WORDS);
  }
  return ids;
}

/** The digests of `ids`, packed. */
export function packAll(table: DigestTable, ids: readonly DigestId[]): PackedDigests {
  const words = new Uint32Array(ids.length * WORDS);
  const others: [number, Digest][] = [];
  ids.forEach((id, i) => {
    if (!table.copyWords(id, words, i * WORDS)) others.push([i, table.text(id)]);
  });
  return { count: ids.length, words, others };
}

/** The texts of packed digests, in their order. */
export function textsOf(digests: PackedDigests): readonly Digest[] {
  const texts: Digest[] = [];
  eachDigest(digests, (digest) => texts.push(digest));
  return texts;
}

/** Calls `visit` with each packed digest's text and place. */
export function eachDigest({ count, words, others }: PackedDigests, visit: (digest: Digest, i: number) => void): void {
  const bytes = Buffer.from(words.buffer, words.byteOffset, words.byteLength);
  let other = 0;
  for (let i = 0; i < count; i += 1) {
    if (other < others.length && others[other]![0] === i) {
      visit(others[other]![1], i);
      other += 1;
    } else visit(`sha256:${bytes.toString('hex', i * 32, i * 32 + 32)}` as Digest, i);
  }
}

/** Spells 64 lower-case hex characters at `from` as 32 bytes at `at`; false where they are none. */
function pack(text: string, from: number, bytes: Uint8Array, at: number): boolean {
  let wrong = 0;
  for (let i = 0; i < 32; i += 1) {
    const high = HEX_VALUE[text.charCodeAt(from + 2 * i)]!;
    const low = HEX_VALUE[text.charCodeAt(from + 2 * i + 1)]!;
    wrong |= high | low;
    bytes[at + i] = (high << 4) | low;
  }
  return wrong < 16;
}
