// What can be asked of a scan: what to fetch beside names and digests, and what a plan may want to know on its way. A plan
// never reads; it asks, the answers land in `Inventory.facts`, and it goes on.

import type { ManifestKind } from '../manifest/parse.js';
import type { DigestId } from './digest-table.js';

/** What a scan must fetch beyond names and digests. */
export interface ScanNeeds {
  /** Mark as young what was modified after this, ms since 1970; undefined: look at no time. */
  readonly graceSinceMs?: number;
  /** Fill `Tags.pushedMs`. */
  readonly tagTimes?: boolean;
  /** Fill `Blobs.sizeBytes` and `Blobs.diskBytes`. */
  readonly blobSizes?: boolean;
  /** Look for the temporary files of crashed writes: always, or in a big tree only where something tells that there may be any. */
  readonly leftovers?: 'all' | 'likely';
}

/** Dates before this are unknown: no registry held anything then. */
export const DOCKER_BEGAN_MS = Date.UTC(2013, 0, 1);

/** Something that is not read unasked. */
export type Question =
  /**
   * History entries of tags: repository position to tag positions. Answers: `facts.histories`. `dangling`: entries of
   * algorithms that no digest of this tree has are wanted too.
   */
  | {
      readonly ask: 'histories';
      readonly tags: ReadonlyMap<number, readonly number[]>;
      readonly dangling: boolean;
    }
  /** How many of these revisions of a repository are newer than its newest tag: repository position to digest ids. */
  | { readonly ask: 'newer-than-tags'; readonly revisions: ReadonlyMap<number, readonly DigestId[]> }
  /** When these manifests were created: from the config, the schema 1 history, or the children of an index. */
  | { readonly ask: 'created'; readonly manifests: readonly DigestId[] }
  /** Whether these blobs, of which a scan saw the folder, hold `data`. Answers: {@link BLOB_BARE} in `blobs.state`. */
  | { readonly ask: 'stored'; readonly blobs: readonly DigestId[] }
  /** What a listing shows of these manifests. Answers: `facts.details`. */
  | { readonly ask: 'details'; readonly manifests: readonly DigestId[] };

/** What a listing shows of a manifest, beside its references. */
export interface ManifestDetails {
  readonly kind: ManifestKind;
  readonly mediaType: string | undefined;
  readonly artifactType: string | undefined;
  /** `os/architecture[/variant]`: of the config, or of an index's entries in their order; `unknown/unknown` left out. */
  readonly platforms: readonly string[];
  /** Bytes of this manifest. */
  readonly manifestBytes: number;
  /** ms since 1970, NaN where unknown or before Docker existed (2013). */
  readonly createdMs: number;
}

/** Things to be weighed before they go: removals, seen from below, by their 0-based places. */
export interface Items {
  readonly length: number;
  kindAt(index: number): string;
  /** Of a blob. */
  digestIdAt(index: number): DigestId | undefined;
  /** Of an upload or a leftover: relative to v2. */
  pathAt(index: number): string;
}
