// What a scan found, as plain data: names, packed digests and numbers, no file handles and no decisions. `plan` reads
// nothing else. Everything a later question may add (history, times) is a column that starts empty.

import type { Digest } from '../model/digest.js';
import type { RepositoryName, TagName } from '../model/names.js';
import type { DigestId, DigestTable } from './digest-table.js';
import type { DoubtfulLink } from './doubtful-links.js';
import type { Histories } from './histories.js';
import type { ManifestTable } from './manifest-table.js';
import type { ManifestDetails } from './questions.js';

/** What is known of a tag's `current/link`. */
export const TAG_OK = 0;
/** The tag folder has no `current/link`. */
export const TAG_MISSING = 1;
export const TAG_EMPTY = 2;
/** The link holds text that is no digest. */
export const TAG_GARBLED = 3;
/** What a listing shows in the tag's place is not a folder that can be followed, or it vanished. */
export const TAG_UNREADABLE = 4;
/** What each state but {@link TAG_OK} is reported as. */
export const TAG_PROBLEMS: readonly ProblemCode[] = [
  'tag-unreadable',
  'tag-link-missing',
  'tag-link-empty',
  'tag-link-garbled',
  'tag-unreadable',
];

/** Columns over the tags of one repository, sorted by name. */
export interface Tags {
  readonly names: readonly TagName[];
  /** Digest id that `current/link` names; -1 where `state` is not {@link TAG_OK}. */
  readonly current: Int32Array;
  readonly state: Uint8Array;
  /** Push time: mtime of `current/link`, ms since 1970. Empty unless the scan was asked for tag times. */
  readonly pushedMs: Float64Array;
}

export interface Upload {
  readonly id: string;
  /** When it began by `startedat`; undefined where that is missing or unreadable. */
  readonly startedMs: number | undefined;
  /** Newest mtime of anything inside, ms since 1970. */
  readonly newestMs: number;
  /** Bytes of all files inside. */
  readonly bytes: number;
}

/** A folder of a repository that a scan can find empty or full of nothing but empty folders. */
export interface Repository {
  readonly name: RepositoryName;
  readonly tags: Tags;
  /** Position of a tag whose current cannot be read, to the digests of its history: one of them may be what it names. */
  readonly possibleTargets: ReadonlyMap<number, readonly DigestId[]>;
  /** Digests of the revision folders that hold a link, sorted by digest. */
  readonly revisions: Uint32Array;
  /** Digests of the `_layers` folders, sorted by digest; sha256 ones are alive by their folder's name. */
  readonly layerLinks: Uint32Array;
  /** Layer links whose content names another digest than their folder (sha512, tarsum): folder's digest to content's. */
  readonly aliases: ReadonlyMap<DigestId, DigestId>;
  readonly doubtfulLinks: readonly DoubtfulLink[];
  /** Revision to the digests under its `signatures/` folder (registry 2.0 to 2.4). */
  readonly signatures: ReadonlyMap<DigestId, readonly DigestId[]>;
  readonly uploads: readonly Upload[];
  /** Reserved folders that exist, relative to the repository: `_manifests`, `_manifests/tags`, `_layers/sha256`, …. */
  readonly folders: readonly string[];
  /**
   * Folders found empty, relative to v2, deepest first: link folders whose link an API delete took away, and what holds
   * nothing but such. Folders that are reserved stay in {@link folders} too.
   */
  readonly emptyFolders: readonly string[];
  /** Folders below this repository that hold something not understood, relative to v2: they never become empty. */
  readonly foreign: readonly string[];
}

/** A blob folder's state. */
export const BLOB_ABSENT = 0;
export const BLOB_PRESENT = 1;
/** The folder is there and `data` is not: what lies in it is not a blob. */
export const BLOB_WITHOUT_DATA = 2;

/** Columns over digest ids; a digest that is no blob has {@link BLOB_ABSENT}. */
export interface Blobs {
  /** One byte a digest id, at least `digests.size` long. */
  readonly state: Uint8Array;
  /** Number of blobs present. */
  readonly count: number;
  /** Bytes of each `data` by digest id (`st_size`). Empty unless the scan was asked for sizes. */
  readonly sizeBytes: Float64Array;
  /** Bytes on disk by digest id (`st_blocks` x 512). Empty unless the scan was asked for sizes. */
  readonly diskBytes: Float64Array;
}

/** A crash's temporary file, relative to v2. */
export interface Leftover {
  readonly path: string;
  readonly repository: RepositoryName | undefined;
  readonly modifiedMs: number;
  readonly bytes: number;
  /** True where its folder holds nothing but such files. */
  readonly alone: boolean;
}

export type ProblemCode =
  | 'manifest-unreadable'
  | 'manifest-too-large'
  | 'manifest-truncated'
  | 'manifest-digest-mismatch'
  | 'manifest-unknown-shape'
  | 'manifest-missing'
  | 'tag-unreadable'
  | 'revision-unreadable'
  | 'layer-link-unreadable'
  | 'blob-unreadable'
  | 'tag-link-missing'
  | 'tag-link-empty'
  | 'tag-link-garbled'
  | 'layer-link-garbled'
  | 'revision-link-garbled'
  | 'foreign-entry'
  | 'hard-linked'
  | 'pattern-matched-nothing'
  | 'in-use'
  | 'pull-through-cache'
  | 'symlinked';

/** Something found that is not as it should be; wording belongs to `report`. */
export interface Problem {
  readonly code: ProblemCode;
  /** Relative to v2, `/` between parts; empty where it concerns no path. */
  readonly path: string;
  readonly repository?: RepositoryName;
  readonly digest?: Digest;
  /** A short machine-made detail: an errno, a pattern, a count. */
  readonly detail?: string;
}

export interface Inventory {
  /** False where only some repositories were read: enough to show, never to plan on. */
  readonly whole: boolean;
  readonly digests: DigestTable;
  /** Sorted by name. */
  readonly repositories: readonly Repository[];
  readonly manifests: ManifestTable;
  readonly blobs: Blobs;
  readonly leftovers: readonly Leftover[];
  /** Folders below `blobs` found empty, relative to v2, deepest first. */
  readonly emptyBlobFolders: readonly string[];
  /** Name-space folders that hold nothing but empty folders, relative to v2, each after what lies in it. */
  readonly emptyFolders: readonly string[];
  readonly problems: readonly Problem[];
  /** What was younger than the request's grace when scanned; all empty where no grace was asked for. */
  readonly withinGrace: WithinGrace;
  /** Answers to later questions of the plan, filled in by the scan. */
  readonly facts: Facts;
}

/** Everything whose link or data file is younger than the grace asked for. */
export interface WithinGrace {
  /** Digest ids of blobs with a young `data`. */
  readonly blobs: ReadonlySet<DigestId>;
  /** Per repository position: digest ids of young revision links, of young layer links, and names of young tags. */
  readonly revisions: ReadonlyMap<number, ReadonlySet<DigestId>>;
  readonly layerLinks: ReadonlyMap<number, ReadonlySet<DigestId>>;
  readonly tags: ReadonlyMap<number, ReadonlySet<TagName>>;
}

/** Answers that cost reading and are fetched only when a plan asks. */
export interface Facts {
  readonly histories: Histories;
  /** Repository position to the number of its asked revisions that are newer than its newest tag. */
  readonly newerThanTags: Map<number, number>;
  /** Manifest digest id to its creation time, ms since 1970; NaN where unknown. */
  readonly createdMs: Map<DigestId, number>;
  readonly details: Map<DigestId, ManifestDetails>;
}
