// A set of ids that remembers their order, without an object an id.

import type { DigestId } from '../inventory/digest-table.js';

export class DigestSet {
  readonly #marks: Uint8Array;
  readonly #ids: DigestId[] = [];

  /** For ids below `size`. */
  constructor(size: number) {
    this.#marks = new Uint8Array(size);
  }

  add(id: number): void {
    if (this.#marks[id] === 1) return;
    this.#marks[id] = 1;
    this.#ids.push(id as DigestId);
  }

  has(id: number): boolean {
    return this.#marks[id] === 1;
  }

  ids(): readonly DigestId[] {
    return this.#ids;
  }
}
