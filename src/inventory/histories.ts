// What tags have ever named, as far as it was asked. Nearly every tag has named its current alone, so only others take room.

import type { DigestId } from './digest-table.js';

/** As much of a repository as its histories need. */
interface Tagged {
  readonly tags: { readonly names: readonly string[]; readonly current: Int32Array };
}

export class Histories {
  /** Repository position to one byte a tag: 1 where its history was read. */
  readonly #known = new Map<number, Uint8Array>();
  readonly #others = new Map<number, Map<number, Uint32Array>>();

  /** Notes that the histories of these tags of the repository at `position` were read; `others`: those that hold not just the current. */
  note(
    position: number,
    { tags }: Tagged,
    asked: readonly number[],
    others: Iterable<readonly [tag: number, digests: Uint32Array]>,
  ): void {
    const known = this.#known.get(position) ?? new Uint8Array(tags.names.length);
    for (const tag of asked) known[tag] = 1;
    this.#known.set(position, known);
    const own = this.#others.get(position) ?? new Map<number, Uint32Array>();
    for (const [tag, digests] of others) own.set(tag, digests);
    if (own.size > 0) this.#others.set(position, own);
  }

  isKnown(position: number, tag: number): boolean {
    return this.#known.get(position)?.[tag] === 1;
  }

  /** Digest ids under the tag's `index/`, sorted by digest; empty where it was not asked. */
  of(position: number, { tags }: Tagged, tag: number): Iterable<DigestId> {
    const other = this.#others.get(position)?.get(tag) as Iterable<number> | undefined;
    if (other !== undefined) return other as Iterable<DigestId>;
    const current = tags.current[tag]!;
    return this.isKnown(position, tag) && current >= 0 ? [current as DigestId] : [];
  }

  /** The tags whose history was read and is not just their current, ascending, with their digest ids. */
  others(position: number): readonly (readonly [tag: number, digests: Uint32Array])[] {
    return [...(this.#others.get(position) ?? [])].sort(([a], [b]) => a - b);
  }
}
