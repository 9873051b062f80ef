// From what a scan found to the map of a report: each byte of blobs and uploads in one part, with the share of it that a plan
// takes. A blob that several tags or repositories need stands by itself, as no one of them frees it.

import { type DigestId, ids } from '../inventory/digest-table.js';
import { BLOB_PRESENT, type Inventory, type Repository } from '../inventory/inventory.js';
import { namedBy, Reach } from '../plan/reach.js';
import type { Plan } from '../plan/types.js';
import type { StorageGroup, StorageMap } from '../report/html/data.js';

const NOBODY = -1;
const SEVERAL = -2;
/** Parts of a repository beside its tags, which are numbered from 0. */
const SHARED_BY_TAGS = -1;
const UNTAGGED = -2;
const ONLY_LINKED = -3;

/** What is marked on a map: what a plan takes, or could free, or tags that cannot be pulled (as `repository:tag`). */
export type MapMarks =
  | { readonly marks: 'goes' | 'reclaimable'; readonly plan: Plan | undefined }
  | { readonly marks: 'broken'; readonly tags: ReadonlySet<string> };

/** Maps `inventory`, which was scanned with blob sizes. */
export function storageMap(inventory: Inventory, marked: MapMarks): StorageMap {
  const { blobs, repositories, digests } = inventory;
  const owner = new Int32Array(digests.size).fill(NOBODY);
  const part = new Int32Array(digests.size);
  for (const [position, repository] of repositories.entries()) {
    for (const [id, as] of partsOf(inventory, repository)) {
      owner[id] = owner[id] === NOBODY ? position : SEVERAL;
      part[id] = as;
    }
  }
  const { goingBlobs, goingUploads } = goingOf(marked);
  const groups = new Map<number, Map<string, { bytes: number; goesBytes: number }>>();
  const add = (group: number, name: string, bytes: number, goes: boolean): void => {
    const parts = groups.get(group) ?? new Map<string, { bytes: number; goesBytes: number }>();
    groups.set(group, parts);
    const sum = parts.get(name) ?? { bytes: 0, goesBytes: 0 };
    parts.set(name, { bytes: sum.bytes + bytes, goesBytes: sum.goesBytes + (goes ? bytes : 0) });
  };
  const isBroken = (repository: Repository, tag: number): boolean =>
    marked.marks === 'broken' && tag >= 0 && marked.tags.has(`${repository.name}:${repository.tags.names[tag]}`);
  for (let id = 0; id < digests.size; id += 1) {
    if (blobs.state[id] !== BLOB_PRESENT) continue;
    const by = owner[id]!;
    const bytes = blobs.sizeBytes[id] ?? 0;
    const goes = goingBlobs.has(id);
    if (by === SEVERAL) add(SEVERAL, 'shared', bytes, goes);
    else if (by === NOBODY) add(NOBODY, 'unreferenced', bytes, goes);
    else {
      const repository = repositories[by]!;
      add(by, partName(repository, part[id]!), bytes, goes || isBroken(repository, part[id]!));
    }
  }
  for (const [position, { name, uploads }] of repositories.entries()) {
    for (const { id, bytes } of uploads) add(position, 'unfinished uploads', bytes, goingUploads.has(`${name} ${id}`));
  }
  const list = [...groups].map(([at, parts]): StorageGroup => {
    const isRepository = at >= 0;
    const name = isRepository ? repositories[at]!.name : at === SEVERAL ? 'Shared by repositories' : 'In no repository';
    const sizes = [...parts].map(([part, sum]) => ({ name: part, ...sum }));
    return { name, isRepository, parts: sizes, ...sizesOf(sizes) };
  });
  return { marks: marked.marks, groups: list, ...sizesOf(list) };
}

/** A part's name; those that are no tag hold a space, as no tag can. */
function partName(repository: Repository, part: number): string {
  switch (part) {
    case SHARED_BY_TAGS:
      return 'shared by tags';
    case UNTAGGED:
      return 'untagged images';
    case ONLY_LINKED:
      return 'linked, not used';
    default:
      return repository.tags.names[part]!;
  }
}

/** Every digest that `repository` names or links, with the part that it belongs to. */
function partsOf(inventory: Inventory, repository: Repository): ReadonlyMap<DigestId, number> {
  const reach = new Reach(inventory, repository);
  const parts = new Map<DigestId, number>();
  repository.tags.current.forEach((current, tag) => {
    if (current < 0) return;
    for (const revision of reach.closure([current as DigestId])) {
      namedBy(inventory, repository, revision, (id) => {
        const before = parts.get(id);
        parts.set(id, before === undefined || before === tag ? tag : SHARED_BY_TAGS);
      });
    }
  });
  const further = (id: DigestId, as: number): void => {
    if (!parts.has(id)) parts.set(id, as);
  };
  for (const revision of reach.revisions) namedBy(inventory, repository, revision, (id) => further(id, UNTAGGED));
  for (const link of ids(repository.layerLinks)) {
    further(link, ONLY_LINKED);
    further(repository.aliases.get(link) ?? link, ONLY_LINKED);
  }
  return parts;
}

function goingOf(marked: MapMarks) {
  const goingBlobs = new Set<number>();
  const goingUploads = new Set<string>();
  if (marked.marks === 'broken' || marked.plan === undefined) return { goingBlobs, goingUploads };
  const { removals } = marked.plan;
  for (let index = 0; index < removals.length; index += 1) {
    const kind = removals.kindAt(index);
    if (kind === 'blob') goingBlobs.add(removals.digestIdAt(index)!);
    if (kind !== 'upload') continue;
    const { repository, upload } = removals.at(index);
    goingUploads.add(`${repository} ${upload}`);
  }
  return { goingBlobs, goingUploads };
}

function sizesOf(all: readonly { readonly bytes: number; readonly goesBytes: number }[]) {
  return {
    bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
    goesBytes: all.reduce((sum, { goesBytes }) => sum + goesBytes, 0),
  };
}
