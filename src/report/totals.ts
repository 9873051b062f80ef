// What goes, counted: overall and per repository, each blob once. A blob belongs to the repository whose reference this plan
// took; where several repositories gave it up it is counted as shared, and where none did as in no repository.

import type { RepositoryName } from '../model/names.js';
import type { ReasonCode, RemovalKind, RemovalList } from '../plan/removal.js';

/** How many of each kind go, and the bytes of the data files that go with them. */
export interface Counts {
  tags: number;
  history: number;
  revisions: number;
  layerLinks: number;
  uploads: number;
  blobs: number;
  leftovers: number;
  directories: number;
  bytes: number;
}

export interface Totals extends Readonly<Counts> {
  /** Sorted by name; only those of which something goes. */
  readonly repositories: readonly ({ readonly repository: RepositoryName } & Readonly<Counts>)[];
  /** Blobs that several repositories gave up together. */
  readonly shared: Readonly<Counts>;
  /** What lies in no repository: blobs that no repository of this plan had a link to, folders of the blob store. */
  readonly unlinked: Readonly<Counts>;
  /** How many go for which reason, by kind; in step order of their first. */
  readonly reasons: readonly {
    readonly kind: RemovalKind;
    readonly code: ReasonCode;
    readonly count: number;
    readonly bytes: number;
  }[];
}

const FIELD: Readonly<Record<RemovalKind, Exclude<keyof Counts, 'bytes'>>> = {
  tag: 'tags',
  history: 'history',
  revision: 'revisions',
  layerLink: 'layerLinks',
  upload: 'uploads',
  blob: 'blobs',
  leftover: 'leftovers',
  directory: 'directories',
};

/** Counts `removals`. References come before blobs in step order, so one pass finds which repository gave a blob up. */
export function totalsOf(removals: RemovalList): Totals {
  const all = none();
  const shared = none();
  const unlinked = none();
  const repositories = new Map<RepositoryName, Counts>();
  const givenUpBy = new Map<number, RepositoryName | typeof SEVERAL>();
  const reasons = new Map<string, { kind: RemovalKind; code: ReasonCode; count: number; bytes: number }>();
  for (let index = 0; index < removals.length; index += 1) {
    const kind = removals.kindAt(index);
    const repository = removals.repositoryAt(index);
    const digest = removals.digestIdAt(index);
    const bytes = removals.bytesAt(index);
    let counts = unlinked;
    if (repository !== undefined) {
      counts = countsOf(repositories, repository);
      if (digest !== undefined && (kind === 'revision' || kind === 'layerLink' || kind === 'tag')) {
        const before = givenUpBy.get(digest);
        givenUpBy.set(digest, before === undefined || before === repository ? repository : SEVERAL);
      }
    } else if (kind === 'blob' && digest !== undefined) {
      const owner = givenUpBy.get(digest);
      if (owner === SEVERAL) counts = shared;
      else if (owner !== undefined) counts = countsOf(repositories, owner);
    }
    for (const each of [all, counts]) {
      each[FIELD[kind]] += 1;
      each.bytes += bytes;
    }
    const { code } = removals.reasonAt(index);
    const key = `${kind} ${code}`;
    const reason = reasons.get(key) ?? { kind, code, count: 0, bytes: 0 };
    reason.count += 1;
    reason.bytes += bytes;
    reasons.set(key, reason);
  }
  const sorted = [...repositories].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    ...all,
    repositories: sorted.map(([repository, counts]) => ({ repository, ...counts })),
    shared,
    unlinked,
    reasons: [...reasons.values()],
  };
}

const SEVERAL = Symbol('several repositories');

function none(): Counts {
  return {
    tags: 0,
    history: 0,
    revisions: 0,
    layerLinks: 0,
    uploads: 0,
    blobs: 0,
    leftovers: 0,
    directories: 0,
    bytes: 0,
  };
}

function countsOf(repositories: Map<RepositoryName, Counts>, repository: RepositoryName): Counts {
  const found = repositories.get(repository);
  if (found !== undefined) return found;
  const counts = none();
  repositories.set(repository, counts);
  return counts;
}
