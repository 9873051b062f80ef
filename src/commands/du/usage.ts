// Where the disk goes: every byte of the blob store in exactly one class of the totals, and for each repository and tag what it
// names and what it alone names. Pure; linear in names and references.

import { type DigestId, ids } from '../../inventory/digest-table.js';
import { BLOB_PRESENT, type Inventory } from '../../inventory/inventory.js';
import type { RepositoryName, TagName } from '../../model/names.js';
import { RepositoryDraft } from '../../plan/draft.js';
import { namedBy, Reach } from '../../plan/reach.js';
import { requestOf } from '../../plan/request.js';
import type { Frozen, Plan } from '../../plan/types.js';

/** Sizes of some blobs: of their content, and on the disk. */
export interface Weight {
  readonly blobs: number;
  readonly bytes: number;
  readonly diskBytes: number;
}

/** ... and the bytes of those that the plan takes. */
export interface ClassWeight extends Weight {
  readonly reclaimableBytes: number;
}

/** Files that are no blobs. */
export interface FileWeight {
  readonly count: number;
  readonly bytes: number;
  readonly reclaimableBytes: number;
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
  /** Of what only its untagged revisions name, here; nothing is called untagged in a frozen repository. */
  readonly untagged: Weight;
  /** Of what is linked here and no revision names. */
  readonly orphaned: Weight;
  /** Frozen: of what no tag that can be read leads to, and what stays all the same. */
  readonly held: Weight;
  readonly uploads: { readonly count: number; readonly bytes: number };
  /** Of what goes and no other repository names, uploads and crash leftovers included. */
  readonly reclaimableBytes: number;
  /** True where damage keeps all of it. */
  readonly frozen: boolean;
}

export interface Usage {
  /** Sorted by name. */
  readonly repositories: readonly RepositoryUsage[];
  /** Classes of blobs; each blob is in the first that fits, so that they add up to `all`. */
  readonly totals: {
    readonly all: ClassWeight;
    readonly tagged: ClassWeight;
    /** In frozen repositories, referred to by no tag that can be read. */
    readonly held: ClassWeight;
    readonly untagged: ClassWeight;
    /** Linked as a layer, named by no revision. */
    readonly orphaned: ClassWeight;
    readonly unreferenced: ClassWeight;
    readonly uploads: FileWeight;
    /** Temporary files of crashed writes. */
    readonly leftovers: FileWeight;
  };
}

const NOBODY = -1;
const SEVERAL = -2;
const UNREFERENCED = 0;
const ORPHANED = 1;
const UNTAGGED = 2;
const HELD = 3;
const TAGGED = 4;

/**
 * What uses the disk in `inventory`, which was scanned with blob sizes and leftovers. `plan` tells what of it could go (none:
 * nothing) and which repositories are frozen. `withTags`: each tag too.
 */
export function usageOf(
  inventory: Inventory,
  {
    withTags,
    plan,
    frozen,
  }: { readonly withTags: boolean; readonly plan?: Plan; readonly frozen: ReadonlySet<string> },
): Usage {
  const size = inventory.digests.size;
  const { state } = inventory.blobs;
  const owner = new Int32Array(size).fill(NOBODY);
  const standing = new Uint8Array(size);
  /** The tag that alone leads to a blob, by a number over all tags. */
  const leader = new Int32Array(size).fill(NOBODY);
  const going = goingOf(inventory, plan);
  let tagNumber = 0;
  const parts = inventory.repositories.map((repository, position) => {
    const reach = new Reach(inventory, repository);
    const isFrozen = frozen.has(repository.name);
    const here = new Map<DigestId, number>();
    const stand = (id: DigestId, as: number): void => {
      if (state[id] !== BLOB_PRESENT) return;
      if ((here.get(id) ?? 0) < as) here.set(id, as);
      if (standing[id]! < as) standing[id] = as;
      owner[id] = owner[id] === NOBODY || owner[id] === position ? position : SEVERAL;
    };
    for (const link of ids(repository.layerLinks)) {
      stand(link, isFrozen ? HELD : ORPHANED);
      stand(repository.aliases.get(link) ?? link, isFrozen ? HELD : ORPHANED);
    }
    const currents = [...repository.tags.current].filter((id) => id >= 0) as DigestId[];
    const tagged = reach.closure(currents);
    for (const revision of reach.revisions) {
      const as = tagged.has(revision) ? TAGGED : isFrozen ? HELD : UNTAGGED;
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
        held: weigh(of(HELD)),
        uploads: { count: repository.uploads.length, bytes: sum(repository.uploads) },
        reclaimableBytes:
          owned.reduce((bytes, id) => bytes + going.blobBytes[id]!, 0) + (going.files.get(repository.name) ?? 0),
        frozen: frozen.has(repository.name),
      };
    }),
    totals: totalsOf(inventory, standing, going),
  };
}

/** The repositories that damage freezes for a collection, where there is no plan to tell. */
export function frozenIn(inventory: Inventory): readonly Frozen[] {
  const request = requestOf({ command: 'gc', nowMs: 0 });
  return inventory.repositories.flatMap(({ name }, position) => {
    const { frozenBy } = new RepositoryDraft(inventory, request, position, undefined, true);
    return frozenBy.length === 0 ? [] : [{ repository: name, causes: frozenBy }];
  });
}

interface Going {
  /** By digest id: bytes that go with the blob. */
  readonly blobBytes: Float64Array;
  /** By repository: bytes of its uploads and leftovers that go. */
  readonly files: ReadonlyMap<string, number>;
  readonly uploadBytes: number;
  readonly leftoverBytes: number;
}

function goingOf({ digests }: Inventory, plan: Plan | undefined): Going {
  const blobBytes = new Float64Array(digests.size);
  const files = new Map<string, number>();
  const of = { upload: 0, leftover: 0 };
  for (let index = 0; index < (plan?.removals.length ?? 0); index += 1) {
    const { removals } = plan!;
    const bytes = removals.bytesAt(index);
    const kind = removals.kindAt(index);
    if (kind === 'blob') blobBytes[removals.digestIdAt(index)!] = bytes;
    if (kind !== 'upload' && kind !== 'leftover') continue;
    of[kind] += bytes;
    const repository = removals.repositoryAt(index);
    if (repository !== undefined) files.set(repository, (files.get(repository) ?? 0) + bytes);
  }
  return { blobBytes, files, uploadBytes: of.upload, leftoverBytes: of.leftover };
}

function totalsOf(inventory: Inventory, standing: Uint8Array, going: Going): Usage['totals'] {
  const { state } = inventory.blobs;
  const classes: DigestId[][] = [[], [], [], [], []];
  for (let id = 0; id < standing.length; id += 1) {
    if (state[id] === BLOB_PRESENT) classes[standing[id]!]!.push(id as DigestId);
  }
  const weigh = (ids: readonly DigestId[]): ClassWeight => ({
    ...weightOf(inventory, ids),
    reclaimableBytes: ids.reduce((bytes, id) => bytes + going.blobBytes[id]!, 0),
  });
  const of = (as: number): ClassWeight => weigh(classes[as]!);
  const uploads = inventory.repositories.flatMap((repository) => repository.uploads);
  const { leftovers } = inventory;
  return {
    all: weigh(classes.flat()),
    tagged: of(TAGGED),
    held: of(HELD),
    untagged: of(UNTAGGED),
    orphaned: of(ORPHANED),
    unreferenced: of(UNREFERENCED),
    uploads: { count: uploads.length, bytes: sum(uploads), reclaimableBytes: going.uploadBytes },
    leftovers: { count: leftovers.length, bytes: sum(leftovers), reclaimableBytes: going.leftoverBytes },
  };
}

function sum(files: readonly { readonly bytes: number }[]): number {
  return files.reduce((total, { bytes }) => total + bytes, 0);
}

/** Notes for each blob whether only one tag refers to it. */
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
