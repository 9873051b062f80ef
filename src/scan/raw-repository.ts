// Repositories as a thread sends them: packed digests for all of them together, and counts that tell whose is which.

import type { DoubtCode } from '../inventory/doubtful-links.js';
import type { Problem, Upload } from '../inventory/inventory.js';
import type { Digest } from '../model/digest.js';
import type { RepositoryName, TagName } from '../model/names.js';
import type { PackedDigests } from './digest-list.js';

/** Repositories as a worker sends them. */
export interface RawRepositories {
  readonly repositories: readonly RawRepository[];
  /** Of one repository after the other: its tags' currents, its revisions, its layer links. */
  readonly digests: PackedDigests;
}

export interface RawRepository {
  readonly name: RepositoryName;
  readonly tags: readonly TagName[];
  /** How many of the digests are this one's: a current per tag with state `TAG_OK`, in order; revisions; layer links. */
  readonly counts: { readonly currents: number; readonly revisions: number; readonly layerLinks: number };
  /** A state per tag; empty where all are `TAG_OK`. */
  readonly states: readonly number[];
  /** ms since 1970, a time per tag; empty unless asked for. */
  readonly pushedMs: readonly number[];
  /** Position of a tag whose current cannot be read, to the digests of its history. */
  readonly suspects: readonly (readonly [number, readonly Digest[]])[];
  readonly aliases: readonly (readonly [Digest, Digest])[];
  readonly doubtfulLinks: readonly (readonly [DoubtCode, Digest])[];
  readonly uploads: readonly Upload[];
  readonly folders: readonly string[];
  readonly emptyFolders: readonly string[];
  readonly foreign: readonly string[];
  readonly problems: readonly Problem[];
  readonly young:
    | {
        readonly tags: readonly TagName[];
        readonly revisions: readonly Digest[];
        readonly layerLinks: readonly Digest[];
      }
    | undefined;
}
