// What each manifest names, in three growing columns over one edge list. A manifest is read once per digest however many
// repositories link it; what its entries *are* is decided per repository, by the links found there.

import type { ManifestKind, Role } from '../manifest/parse.js';
import type { DigestId } from './digest-table.js';

/** Nothing is known: no revision or tag names this digest, so it was not read. */
export const NOT_READ = 0;
export const READ = 1;
/** Named by a revision or tag, but the blob is not there. */
export const MISSING = 2;
/** From here on the manifest is present and its references cannot be reported: they freeze a repository. */
export const UNREADABLE = 3;
export const TOO_LARGE = 4;
export const TRUNCATED = 5;
export const DIGEST_MISMATCH = 6;
export const UNKNOWN_SHAPE = 7;
export type ManifestState = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7;

/** True where a manifest is there and what it names cannot be reported in full. */
export function isDoubtful(state: ManifestState): boolean {
  return state >= UNREADABLE;
}

export const ROLES: readonly Role[] = ['config', 'layer', 'foreign', 'manifest', 'blob'];
export const KINDS: readonly ManifestKind[] = ['schema1', 'image', 'index', 'artifact', 'other'];

const NONE = -1;

export class ManifestTable {
  #state = new Uint8Array(1024);
  #kind = new Uint8Array(1024);
  #first = new Uint32Array(1024);
  #count = new Uint32Array(1024);
  #subject = new Int32Array(1024).fill(NONE);
  #edges = new Uint32Array(4096);
  #roles = new Uint8Array(4096);
  #edgeCount = 0;

  /** Notes a manifest whose references are `targets` with `roles` (indices into {@link ROLES}); salvaged ones where doubtful. */
  set(
    id: DigestId,
    state: ManifestState,
    kind: number,
    targets: ArrayLike<number>,
    roles: ArrayLike<number>,
    subject: DigestId | undefined,
  ): void {
    this.#reserve(id, targets.length);
    this.#state[id] = state;
    this.#kind[id] = kind;
    this.#subject[id] = subject ?? NONE;
    this.#first[id] = this.#edgeCount;
    this.#count[id] = targets.length;
    for (let i = 0; i < targets.length; i += 1) {
      this.#edges[this.#edgeCount] = targets[i]!;
      this.#roles[this.#edgeCount] = roles[i]!;
      this.#edgeCount += 1;
    }
  }

  /** Takes over what `other`, or this table itself, knows of `from`. */
  copy(id: DigestId, other: ManifestTable, from: DigestId = id): void {
    const first = other.#first[from]!;
    const roles = other.#roles.subarray(first, first + other.#count[from]!);
    this.set(id, other.state(from), other.#kind[from]!, other.references(from), roles, other.subject(from));
  }

  state(id: DigestId): ManifestState {
    return (this.#state[id] ?? NOT_READ) as ManifestState;
  }

  kind(id: DigestId): ManifestKind {
    return KINDS[this.#kind[id] ?? 0]!;
  }

  /** Digest ids that the manifest names strongly, in its own order; not a copy. What is named twice stands twice. */
  references(id: DigestId): Uint32Array {
    const first = this.#first[id];
    return first === undefined ? NO_EDGES : this.#edges.subarray(first, first + this.#count[id]!);
  }

  /** Number of strong references, and the n-th one: for loops that must not allocate. */
  count(id: DigestId): number {
    return this.#count[id] ?? 0;
  }
  reference(id: DigestId, n: number): DigestId {
    return this.#edges[this.#first[id]! + n]! as DigestId;
  }
  role(id: DigestId, n: number): Role {
    return ROLES[this.#roles[this.#first[id]! + n]!]!;
  }

  /** The manifest's `subject`, or undefined. */
  subject(id: DigestId): DigestId | undefined {
    const subject = this.#subject[id] ?? NONE;
    return subject === NONE ? undefined : (subject as DigestId);
  }

  /** Every id that was set, ascending. */
  *ids(): Generator<DigestId> {
    for (let id = 0; id < this.#state.length; id += 1) if (this.#state[id] !== NOT_READ) yield id as DigestId;
  }

  #reserve(id: number, edges: number): void {
    if (id >= this.#state.length) {
      const length = Math.max(id + 1, this.#state.length * 2);
      this.#state = grown(new Uint8Array(length), this.#state);
      this.#kind = grown(new Uint8Array(length), this.#kind);
      this.#first = grown(new Uint32Array(length), this.#first);
      this.#count = grown(new Uint32Array(length), this.#count);
      this.#subject = grown(new Int32Array(length).fill(NONE), this.#subject);
    }
    if (this.#edgeCount + edges > this.#edges.length) {
      const length = Math.max(this.#edgeCount + edges, this.#edges.length * 2);
      this.#edges = grown(new Uint32Array(length), this.#edges);
      this.#roles = grown(new Uint8Array(length), this.#roles);
    }
  }
}

const NO_EDGES = new Uint32Array(0);

function grown<T extends Uint8Array | Uint32Array | Int32Array>(larger: T, column: T): T {
  larger.set(column);
  return larger;
}
