// One thing that goes, and why. A removal cannot be made without its reason. The list keeps them in step order and in
// columns: a plan holds what goes in some tens of bytes each, and gives them out one by one.

import type { DigestId, DigestTable } from '../inventory/digest-table.js';
import type { Digest } from '../model/digest.js';
import * as layout from '../model/layout.js';
import type { RepositoryName, TagName } from '../model/names.js';

/** The kinds in the order in which they go: references before what they refer to (rule 7.1). */
export const REMOVAL_KINDS = [
  'tag',
  'history',
  'revision',
  'layerLink',
  'upload',
  'blob',
  'leftover',
  'directory',
] as const;
export type RemovalKind = (typeof REMOVAL_KINDS)[number];

/** Why something goes. Codes and evidence only; `report` has the words. */
export type ReasonCode =
  | 'named' // the request names it literally
  | 'tag-of-named' // a tag whose current is a digest the request names
  | 'repository-named' // all of a repository the request names
  | 'not-retained' // no keep rule keeps the tag
  | 'released' // only removed tags referred to this revision
  | 'untagged' // no tag refers to this revision
  | 'signature-of-removed' // describes a revision that is left in no repository
  | 'dangling-signature' // describes a revision that is in no repository
  | 'broken' // cannot be pulled
  | 'history-of-removed' // its revision goes
  | 'history-dangling' // its revision is not there
  | 'link-released' // only removed revisions named it
  | 'link-unused' // no revision of the repository names it
  | 'upload-expired'
  | 'blob-released' // this plan took the last reference
  | 'blob-unreferenced' // nothing references it
  | 'leftover-expired'
  | 'emptied' // the plan takes all that is in it
  | 'empty'; // found empty

export interface Reason {
  readonly code: ReasonCode;
  /** Names and numbers that prove it: `tag`, `rule`, `ageMs`, `subject`, `reference`, …. */
  readonly evidence: Readonly<Record<string, string | number>>;
}

/** Without evidence the same object for a code, however often: millions of removals share it. */
export function reason(code: Reason['code'], evidence?: Reason['evidence']): Reason {
  if (evidence !== undefined) return { code, evidence };
  let bare = BARE.get(code);
  if (bare === undefined) {
    bare = { code, evidence: {} };
    BARE.set(code, bare);
  }
  return bare;
}

const BARE = new Map<Reason['code'], Reason>();

export interface Removal {
  /** 1-based place in the order of execution. */
  readonly step: number;
  readonly kind: RemovalKind;
  readonly repository: RepositoryName | undefined;
  readonly tag: TagName | undefined;
  readonly digest: Digest | undefined;
  /** Upload id of an `upload`. */
  readonly upload: string | undefined;
  /** Of the item, relative to v2. */
  readonly path: string;
  readonly reason: Reason;
  /** Size in bytes of the data files that go with it; 0 for references and folders. */
  readonly bytes: number;
  /** Of a tag or revision: what it names and its repository did not hold before this plan; a sparse index lacks children. */
  readonly lacks: readonly Digest[];
}

const NONE = -1;
const NOTHING: readonly Digest[] = [];

/** Removals in step order. Built by `plan`, weighed by `scan`, carried out by `execute`, worded by `report`. */
export class RemovalList implements Iterable<Removal> {
  readonly #digests: DigestTable;
  #length = 0;
  #kinds = new Uint8Array(64);
  readonly #repositories: (RepositoryName | undefined)[] = [];
  /** Tag name, upload id, or path relative to v2: by kind. */
  readonly #names: (string | undefined)[] = [];
  #digestIds = new Int32Array(64);
  readonly #reasons: Reason[] = [];
  readonly #lacks = new Map<number, readonly Digest[]>();
  #bytes: Float64Array = new Float64Array(0);

  constructor(digests: DigestTable) {
    this.#digests = digests;
  }

  get length(): number {
    return this.#length;
  }

  tag(
    repository: RepositoryName,
    tag: TagName,
    current: DigestId | undefined,
    reason: Reason,
    lacks: readonly Digest[] = NOTHING,
  ): void {
    if (lacks.length > 0) this.#lacks.set(this.length, lacks);
    this.#push('tag', repository, tag, current, reason);
  }
  history(repository: RepositoryName, tag: TagName, digest: DigestId, reason: Reason): void {
    this.#push('history', repository, tag, digest, reason);
  }
  revision(repository: RepositoryName, digest: DigestId, reason: Reason, lacks: readonly Digest[] = NOTHING): void {
    if (lacks.length > 0) this.#lacks.set(this.length, lacks);
    this.#push('revision', repository, undefined, digest, reason);
  }
  layerLink(repository: RepositoryName, digest: DigestId, reason: Reason): void {
    this.#push('layerLink', repository, undefined, digest, reason);
  }
  upload(repository: RepositoryName, id: string, reason: Reason): void {
    this.#push('upload', repository, id, undefined, reason);
  }
  blob(digest: DigestId, reason: Reason): void {
    this.#push('blob', undefined, undefined, digest, reason);
  }
  leftover(repository: RepositoryName | undefined, path: string, reason: Reason): void {
    this.#push('leftover', repository, path, undefined, reason);
  }
  directory(repository: RepositoryName | undefined, path: string, reason: Reason): void {
    this.#push('directory', repository, path, undefined, reason);
  }

  #push(
    kind: RemovalKind,
    repository: RepositoryName | undefined,
    name: string | undefined,
    digest: DigestId | undefined,
    reason: Reason,
  ): void {
    if (this.#length === this.#kinds.length) this.#grow();
    this.#kinds[this.#length] = REMOVAL_KINDS.indexOf(kind);
    this.#digestIds[this.#length] = digest ?? NONE;
    this.#length += 1;
    this.#repositories.push(repository);
    this.#names.push(name);
    this.#reasons.push(reason);
  }

  #grow(): void {
    const kinds = new Uint8Array(this.#length * 2);
    const digestIds = new Int32Array(this.#length * 2);
    kinds.set(this.#kinds);
    digestIds.set(this.#digestIds);
    this.#kinds = kinds;
    this.#digestIds = digestIds;
  }

  /** Kind of the removal at 0-based `index`, without making the removal. */
  kindAt(index: number): RemovalKind {
    return REMOVAL_KINDS[this.#kinds[index]!]!;
  }

  digestIdAt(index: number): DigestId | undefined {
    const id = this.#digestIds[index]!;
    return id === NONE ? undefined : (id as DigestId);
  }

  repositoryAt(index: number): RepositoryName | undefined {
    return this.#repositories[index];
  }

  reasonAt(index: number): Reason {
    return this.#reasons[index]!;
  }

  bytesAt(index: number): number {
    return this.#bytes[index] ?? 0;
  }

  /** Of the removal at 0-based `index`, relative to v2. */
  pathAt(index: number): string {
    const id = this.digestIdAt(index);
    const digest = id === undefined ? undefined : this.#digests.text(id);
    return pathOf(this.kindAt(index), this.#repositories[index], this.#names[index], digest);
  }

  /** Notes the bytes that each removal frees; `bytes` is as long as the list. */
  weigh(bytes: Float64Array): void {
    this.#bytes = bytes;
  }

  /** The removals whose 0-based index `stays` says yes to, in the same order. */
  only(stays: (index: number) => boolean): RemovalList {
    const list = new RemovalList(this.#digests);
    const bytes: number[] = [];
    for (let index = 0; index < this.length; index += 1) {
      if (!stays(index)) continue;
      const lacks = this.#lacks.get(index);
      if (lacks !== undefined) list.#lacks.set(list.length, lacks);
      const digest = this.digestIdAt(index);
      list.#push(this.kindAt(index), this.#repositories[index], this.#names[index], digest, this.#reasons[index]!);
      bytes.push(this.bytesAt(index));
    }
    list.weigh(Float64Array.from(bytes));
    return list;
  }

  at(index: number): Removal {
    const kind = this.kindAt(index);
    const repository = this.#repositories[index];
    const name = this.#names[index];
    const digestId = this.digestIdAt(index);
    const digest = digestId === undefined ? undefined : this.#digests.text(digestId);
    return {
      step: index + 1,
      kind,
      repository,
      tag: kind === 'tag' || kind === 'history' ? (name as TagName) : undefined,
      digest,
      upload: kind === 'upload' ? name : undefined,
      path: pathOf(kind, repository, name, digest),
      reason: this.#reasons[index]!,
      bytes: this.bytesAt(index),
      lacks: this.#lacks.get(index) ?? NOTHING,
    };
  }

  *[Symbol.iterator](): Generator<Removal> {
    for (let index = 0; index < this.length; index += 1) yield this.at(index);
  }
}

function pathOf(
  kind: RemovalKind,
  repository: RepositoryName | undefined,
  name: string | undefined,
  digest: Digest | undefined,
): string {
  switch (kind) {
    case 'tag':
      return layout.tagPath(repository!, name as TagName);
    case 'history':
      return layout.historyEntryPath(repository!, name as TagName, digest!);
    case 'revision':
      return layout.revisionPath(repository!, digest!);
    case 'layerLink':
      return layout.layerLinkPath(repository!, digest!);
    case 'upload':
      return layout.uploadPath(repository!, name!);
    case 'blob':
      return layout.blobPath(digest!);
    case 'leftover':
    case 'directory':
      return name!;
  }
}
