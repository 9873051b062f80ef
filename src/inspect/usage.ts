// Where the disk goes: every byte of the blob store in exactly one class of the totals, and for each repository and tag what it
// names and what it alone names. Pure; linear in names and references.

import type { DigestId } from '../inventory/digest-table.js';
import { BLOB_PRESENT, type Inventory } from '../inventory/inventory.js';
import type { RepositoryName, TagName } from '../model/names.js';
import { namedBy, Reach } from '../plan/reach.js';

/** Sizes of some blobs: of their content, and on the disk. */
export interface Weight {
  readonly blobs: number;
  readonly bytes: number;
  readonly diskBytes: number;
}

export interface TagUsage {
  readonly tag: TagName;
  /** Of everything that a pull of all its platforms fetches, with what describes it. */
  readonly total: Weight;
  /** Of what only this tag leads to: what goes when it alone is removed. */
  readonly unique: Weight;
}

export interface RepositoryUsage {
  readonly repository: RepositoryName;
  readonly tags: readonly TagUsage[];
  readonly tagCount: number;
  /** Of everything that the repository names or links. */
  readonly total: Weight;
  /** Of what no other repository names: what goes with it. */
  readonly unique: Weight;
  /** Of what others name too. */
  readonly shared: Weight;
  /** Of what only its untagged revisions name, here. */
  readonly untagged: Weight;
  /** Of what is linked here and no revision names. */
  readonly orphaned: Weight;
  readonly uploads: { readonly count: number; readonly bytes: number };
}

export interface Usage {
  /** Sorted by name. */
  readonly repositories: readonly RepositoryUsage[];
  /** Classes of blobs; each blob is in the first that fits, so that they add up to `all`. */
  readonly totals: {
    readonly all: Weight;
    readonly tagged: Weight;
    readonly untagged: Weight;
    /** Linked as a layer, named by no revision. */
    readonly orphaned: Weight;
    readonly unreferenced: Weight;
    readonly uploads: { readonly count: number; readonly bytes: number };
  };
}

const NOBODY = -1;
const SEVERAL = -2;
const UNREFERENCED = 0;
const ORPHANED = 1;
const UNTAGGED = 2;
const TAGGED = 3;

/** What uses the disk in `inventory`, which was scanned with blob sizes. `withTags`: each tag too. */
export function usageOf(inventory: Inventory, { withTags }: { readonly withTags: boolean }): Usage {
  const size = inventory.digests.size;
  const { state } = inventory.blobs;
  const owner = new Int32Array(size).fill(NOBODY);
  const standing = new Uint8Array(size);
  /** The tag that alone leads to a blob, by a number over all tags. */
  const leader = new Int32Array(size).fill(NOBODY);
  let tagNumber = 0;
  const parts = inventory.repositories.map((repository, position) => {
    const reach = new Reach(inventory, repository);
    const here = new Map<DigestId, number>();
    const stand = (id: DigestId, as: number): void => {
      if (state[id] !== BLOB_PRESENT) return;
      if ((here.get(id) ?? 0) < as) here.set(id, as);
      if (standing[id]! < as) standing[id] = as;
      owner[id] = owner[id] === NOBODY || owner[id] === position ? position : SEVERAL;
    };
    for (const link of repository.layerLinks as Iterable<number> as Iterable<DigestId>) {
      stand(link, ORPHANED);
      stand(repository.aliases.get(link) ?? link, ORPHANED);
    }
    const currents = [...repository.tags.current].filter((id) => id >= 0) as DigestId[];
    const tagged = reach.closure(currents);
    for (const revision of reach.revisions) {
      const as = tagged.has(revision) ? TAGGED : UNTAGGED;
      namedBy(inventory, repository, revision, (id) => stand(id, as));
    }
    const first = tagNumber;
    tagNumber += repository.tags.names.length;
    if (withTags) lead(inventory, reach, first, leader);
    return { repository, reach, here, first };
  });
  const weigh = (ids: Iterable<DigestId>): Weight => weightOf(inventory, ids);
  return {
    repositories: parts.map(({ repository, reach, here, first }, position): RepositoryUsage => {
      const of = (as: number): DigestId[] => [...here].flatMap(([id, stands]) => (stands === as ? [id] : []));
      const owned = [...here.keys()].filter((id) => owner[id] === position);
      return {
        repository: repository.name,
        tags: withTags ? tagsOf(inventory, reach, first, leader) : [],
        tagCount: repository.tags.names.length,
        total: weigh(here.keys()),
        unique: weigh(owned),
        shared: weigh([...here.keys()].filter((id) => owner[id] === SEVERAL)),
        untagged: weigh(of(UNTAGGED)),
        orphaned: weigh(of(ORPHANED)),
        uploads: {
          count: repository.uploads.length,
          bytes: repository.uploads.reduce((sum, { bytes }) => sum + bytes, 0),
        },
      };
    }),
    totals: totalsOf(inventory, standing),
  };
}

function totalsOf(inventory: Inventory, standing: Uint8Array): Usage['totals'] {
  const { state } = inventory.blobs;
  const classes: DigestId[][] = [[], [], [], []];
  for (let id = 0; id < standing.length; id += 1) {
    if (state[id] === BLOB_PRESENT) classes[standing[id]!]!.push(id as DigestId);
  }
  const of = (as: number): Weight => weightOf(inventory, classes[as]!);
  const uploads = inventory.repositories.flatMap((repository) => repository.uploads);
  return {
    all: weightOf(inventory, classes.flat()),
    tagged: of(TAGGED),
    untagged: of(UNTAGGED),
    orphaned: of(ORPHANED),
    unreferenced: of(UNREFERENCED),
    uploads: { count: uploads.length, bytes: uploads.reduce((sum, { bytes }) => sum + bytes, 0) },
  };
}

/** Notes for each blob whether one tag alone leads to it. */
function lead(inventory: Inventory, reach: Reach, first: number, leader: Int32Array): void {
  const { repository } = reach;
  const by = new Map<DigestId, number>();
  repository.tags.current.forEach((current, tag) => {
    if (current < 0) return;
    for (const id of reach.closure([current as DigestId])) by.set(id, by.has(id) ? SEVERAL : first + tag);
  });
  for (const revision of reach.revisions) {
    const tag = by.get(revision) ?? SEVERAL;
    namedBy(inventory, repository, revision, (id) => {
      leader[id] = leader[id] === NOBODY || leader[id] === tag ? tag : SEVERAL;
    });
  }
}

function tagsOf(inventory: Inventory, reach: Reach, first: number, leader: Int32Array): readonly TagUsage[] {
  const { names, current } = reach.repository.tags;
  return names.map((tag, at): TagUsage => {
    const blobs = new Set<DigestId>();
    if (current[at]! >= 0) {
      for (const revision of reach.closure([current[at] as DigestId])) {
        namedBy(inventory, reach.repository, revision, (id) => blobs.add(id));
      }
    }
    const own = [...blobs].filter((id) => leader[id] === first + at);
    return { tag, total: weightOf(inventory, blobs), unique: weightOf(inventory, own) };
  });
}

function weightOf({ blobs }: Inventory, ids: Iterable<DigestId>): Weight {
  let [count, bytes, diskBytes] = [0, 0, 0];
  for (const id of ids) {
    if (blobs.state[id] !== BLOB_PRESENT) continue;
    count += 1;
    bytes += blobs.sizeBytes[id] ?? 0;
    diskBytes += blobs.diskBytes[id] ?? 0;
  }
  return { blobs: count, bytes, diskBytes };
}
