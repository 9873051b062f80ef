// Every digest once, as 32 packed bytes behind a small number: 40 bytes a digest where a Set of strings takes 120
// (measured at ten million). Inside, code says DigestId; the text exists at the edges only. Ids are dense and start at 0.

import { type Digest, isSha256 } from '../model/digest.js';

declare const brand: unique symbol;

/** The number of a digest in its {@link DigestTable}. */
export type DigestId = number & { readonly [brand]: 'DigestId' };

/** The ids that a column of numbers holds, none of which is negative. */
export function ids(column: Iterable<number>): Iterable<DigestId> {
  return column as Iterable<DigestId>;
}

const BYTES = 32;
/** 32-bit words of a sha256 digest. */
export const WORDS = 8;
const EMPTY = -1;
/** Up to this many slots growing is what costs, beyond it the memory. */
const MANY_SLOTS = 1_000_000;
/** A number holds 26 bits of a digest beside an id below this. */
const ID_RANGE = 2 ** 27;

export class DigestTable {
  #bytes = new Uint8Array(1024 * BYTES);
  #words = new Uint32Array(this.#bytes.buffer);
  #buffer = Buffer.from(this.#bytes.buffer);
  #slots = new Int32Array(4096).fill(EMPTY);
  #size = 0;
  /** Digests of other algorithms, rare: their text, both ways. */
  readonly #otherText = new Map<number, Digest>();
  readonly #otherId = new Map<Digest, number>();

  /** Number of digests; every id is below it. */
  get size(): number {
    return this.#size;
  }

  /** True where no digest of another algorithm is known. */
  get isSha256Only(): boolean {
    return this.#otherText.size === 0;
  }

  /** The id of `digest`, made where it is new. */
  intern(digest: Digest): DigestId {
    if (isSha256(digest)) return this.#internKey(keyOfHex(digest, 7), true);
    const known = this.#otherId.get(digest);
    if (known !== undefined) return known as DigestId;
    const id = this.#append(ZERO);
    this.#otherText.set(id, digest);
    this.#otherId.set(digest, id);
    return id;
  }

  /** The id of the sha256 digest whose {@link WORDS} words start at `at` of `words`, made where it is new. */
  internWords(words: Uint32Array, at: number): DigestId {
    for (let w = 0; w < WORDS; w += 1) KEY[w] = words[at + w]!;
    return this.#internKey(KEY, true);
  }

  /** Copies the sha256 digest's words to `at` of `words`; false, and nothing copied, for other algorithms. */
  copyWords(id: DigestId, words: Uint32Array, at: number): boolean {
    if (this.#otherText.size > 0 && this.#otherText.has(id)) return false;
    for (let w = 0; w < WORDS; w += 1) words[at + w] = this.#words[id * WORDS + w]!;
    return true;
  }

  /** The id of `digest`, or undefined where the table does not hold it. */
  find(digest: Digest): DigestId | undefined {
    if (!isSha256(digest)) return this.#otherId.get(digest) as DigestId | undefined;
    const id = this.#internKey(keyOfHex(digest, 7), false);
    return (id as number) === EMPTY ? undefined : id;
  }

  /** The digest's text. */
  text(id: DigestId): Digest {
    const other = this.#otherText.size === 0 ? undefined : this.#otherText.get(id);
    return other ?? (`sha256:${this.#buffer.toString('hex', id * BYTES, (id + 1) * BYTES)}` as Digest);
  }

  /** The sha256 digest's 32 bytes, not a copy; undefined for other algorithms. */
  packed(id: DigestId): Uint8Array | undefined {
    return this.#otherText.has(id) ? undefined : this.#bytes.subarray(id * BYTES, (id + 1) * BYTES);
  }

  /** The sha256 digest's first byte, which names its prefix folder; undefined for other algorithms. */
  firstByte(id: DigestId): number | undefined {
    return this.#otherText.size > 0 && this.#otherText.has(id) ? undefined : this.#bytes[id * BYTES];
  }

  /** Orders ids by their digest's text, so that no result depends on the order of discovery. */
  compare(a: DigestId, b: DigestId): number {
    if (a === b) return 0;
    if (this.#otherText.size > 0 && (this.#otherText.has(a) || this.#otherText.has(b))) {
      return this.text(a) < this.text(b) ? -1 : 1;
    }
    for (let i = a * BYTES, j = b * BYTES, end = i + BYTES; i < end; i += 1, j += 1) {
      const difference = this.#bytes[i]! - this.#bytes[j]!;
      if (difference !== 0) return difference;
    }
    return 0;
  }

  /**
   * Ids by {@link compare}, as a new array. Millions of them: sorted as numbers, of the digest's first bits and the id, without a
   * call a comparison; only what begins alike is compared in full.
   */
  sorted(ids: Iterable<DigestId>): Uint32Array {
    const byDigest = (a: number, b: number): number => this.compare(a as DigestId, b as DigestId);
    const sorted = Uint32Array.from(ids as Iterable<number>);
    if (this.#otherText.size > 0 || this.#size > ID_RANGE) return sorted.sort(byDigest);
    const keys = new Float64Array(sorted.length);
    for (let i = 0; i < sorted.length; i += 1) keys[i] = this.#beginning(sorted[i]!) * ID_RANGE + sorted[i]!;
    keys.sort();
    for (let i = 0; i < keys.length; i += 1) sorted[i] = keys[i]! % ID_RANGE;
    for (let from = 0, to = 1; from < sorted.length; from = to, to += 1) {
      const beginning = this.#beginning(sorted[from]!);
      while (to < sorted.length && this.#beginning(sorted[to]!) === beginning) to += 1;
      if (to - from > 1) sorted.subarray(from, to).sort(byDigest);
    }
    return sorted;
  }

  /** The digest's first 26 bits. */
  #beginning(id: number): number {
    const at = id * BYTES;
    const bytes = this.#bytes;
    return ((bytes[at]! << 18) | (bytes[at + 1]! << 10) | (bytes[at + 2]! << 2) | (bytes[at + 3]! >>> 6)) >>> 0;
  }

  #internKey(key: Uint32Array, make: boolean): DigestId {
    let mask = this.#slots.length - 1;
    let slot = hash(key) & mask;
    for (let id = this.#slots[slot]!; id !== EMPTY; id = this.#slots[slot]!) {
      if (this.#same(id, key)) return id as DigestId;
      slot = (slot + 1) & mask;
    }
    if (!make) return EMPTY as DigestId;
    if ((this.#size + 1) * 2 > this.#slots.length) {
      this.#growSlots();
      mask = this.#slots.length - 1;
      slot = hash(key) & mask;
      while (this.#slots[slot] !== EMPTY) slot = (slot + 1) & mask;
    }
    const id = this.#append(key);
    this.#slots[slot] = id;
    return id;
  }

  #same(id: number, key: Uint32Array): boolean {
    const words = this.#words;
    const at = id * 8;
    return (
      words[at] === key[0] &&
      words[at + 1] === key[1] &&
      words[at + 2] === key[2] &&
      words[at + 3] === key[3] &&
      words[at + 4] === key[4] &&
      words[at + 5] === key[5] &&
      words[at + 6] === key[6] &&
      words[at + 7] === key[7] &&
      (this.#otherText.size === 0 || !this.#otherText.has(id))
    );
  }

  #append(key: Uint32Array): DigestId {
    const id = this.#size;
    if ((id + 1) * BYTES > this.#bytes.length) {
      const grown = new Uint8Array(Math.ceil((this.#bytes.length * 3) / 2 / BYTES) * BYTES);
      grown.set(this.#bytes);
      this.#bytes = grown;
      this.#words = new Uint32Array(grown.buffer);
      this.#buffer = Buffer.from(grown.buffer);
    }
    for (let w = 0; w < WORDS; w += 1) this.#words[id * WORDS + w] = key[w]!;
    this.#size += 1;
    return id as DigestId;
  }

  #growSlots(): void {
    const times = this.#slots.length < MANY_SLOTS ? 4 : 2;
    const slots = new Int32Array(this.#slots.length * times).fill(EMPTY);
    const mask = slots.length - 1;
    const key = new Uint32Array(8);
    for (let id = 0; id < this.#size; id += 1) {
      if (this.#otherText.has(id)) continue;
      for (let w = 0; w < 8; w += 1) key[w] = this.#words[id * 8 + w]!;
      let slot = hash(key) & mask;
      while (slots[slot] !== EMPTY) slot = (slot + 1) & mask;
      slots[slot] = id;
    }
    this.#slots = slots;
  }
}

const KEY = new Uint32Array(8);
const KEY_BYTES = new Uint8Array(KEY.buffer);
const ZERO = new Uint32Array(8);
/** The value of each lower-case hex character, by its code; 16 for what is none. */
export const HEX_VALUE: Uint8Array = new Uint8Array(0x1_0000).fill(16);
for (let value = 0; value < 16; value += 1) HEX_VALUE[value.toString(16).charCodeAt(0)] = value;

/** The 32 bytes that the 64 hex characters at `from` spell, in the shared key buffer. */
function keyOfHex(text: string, from: number): Uint32Array {
  for (let i = 0; i < BYTES; i += 1) {
    const high = HEX_VALUE[text.charCodeAt(from + 2 * i)]!;
    KEY_BYTES[i] = (high << 4) | HEX_VALUE[text.charCodeAt(from + 2 * i + 1)]!;
  }
  return KEY;
}

/** A digest is random already; mixing all its words guards against names made to collide. */
function hash(key: Uint32Array): number {
  let mixed = 0;
  for (let w = 0; w < WORDS; w += 1) mixed = Math.imul(mixed ^ key[w]!, 0x9e3779b1);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}
