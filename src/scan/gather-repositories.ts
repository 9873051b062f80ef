// Every repository of a tree, from what the threads read of it: digests become ids, and lists are sorted. One that is not to be
// read is there by its name.

import type { DigestId, DigestTable } from '../inventory/digest-table.js';
import { type Repository, TAG_OK } from '../inventory/inventory.js';
import type { RepositoryName } from '../model/names.js';
import { addAll, batches } from './batches.js';
import { internAll } from './digest-list.js';
import type { Gathering } from './gathering.js';
import type { RawRepository } from './raw-repository.js';
import type { FoundRepository } from './repositories.js';

/** Repositories in one task. */
const REPOSITORY_BATCH = 16;

/** The repositories `found`, in their order; of those not in `only` (positions), where it is given, nothing but the name. */
export async function gatherRepositories(
  gathering: Gathering,
  found: readonly FoundRepository[],
  only: ReadonlySet<number> | undefined,
): Promise<readonly Repository[]> {
  const position = new Map(found.map(({ name }, at) => [name, at]));
  const repositories: Repository[] =
    only === undefined ? new Array(found.length) : found.map(({ name }) => unread(name));
  const wanted = only === undefined ? found : found.filter((_, at) => only.has(at));
  const tasks = batches(wanted, REPOSITORY_BATCH).map((batch) => ({
    do: 'repositories' as const,
    found: batch,
    needs: gathering.needs,
  }));
  await gathering.each('repositories', tasks, wanted.length * 10, (raws) => {
    const ids = internAll(gathering.digests, raws.digests);
    let from = 0;
    for (const raw of raws.repositories) {
      const at = position.get(raw.name)!;
      const { currents, revisions, layerLinks } = raw.counts;
      const [tagged, linked, end] = [
        from + currents,
        from + currents + revisions,
        from + currents + revisions + layerLinks,
      ];
      repositories[at] = taken(gathering, raw, at, {
        currents: ids.subarray(from, tagged),
        revisions: ids.subarray(tagged, linked),
        layerLinks: ids.subarray(linked, end),
      });
      from = end;
    }
  });
  return repositories;
}

function taken(
  { digests, problems, young }: Gathering,
  raw: RawRepository,
  position: number,
  ids: Record<keyof RawRepository['counts'], Uint32Array>,
): Repository {
  const allRead = raw.states.length === 0;
  const current = allRead ? Int32Array.from(ids.currents) : new Int32Array(raw.tags.length).fill(-1);
  let next = 0;
  raw.states.forEach((state, tag) => {
    if (state === TAG_OK) current[tag] = ids.currents[next++]!;
  });
  addAll(problems, raw.problems);
  if (raw.young !== undefined) {
    young.tags.set(position, new Set(raw.young.tags));
    young.revisions.set(position, new Set(raw.young.revisions.map((digest) => digests.intern(digest))));
    young.layerLinks.set(position, new Set(raw.young.layerLinks.map((digest) => digests.intern(digest))));
  }
  return {
    name: raw.name,
    tags: {
      names: raw.tags,
      current,
      state: allRead ? new Uint8Array(raw.tags.length).fill(TAG_OK) : Uint8Array.from(raw.states),
      pushedMs: Float64Array.from(raw.pushedMs),
    },
    possibleTargets: new Map(
      raw.suspects.map(([tag, history]) => [tag, history.map((digest) => digests.intern(digest))]),
    ),
    revisions: sorted(ids.revisions, digests),
    layerLinks: sorted(ids.layerLinks, digests),
    aliases: new Map(raw.aliases.map(([link, content]) => [digests.intern(link), digests.intern(content)])),
    doubtfulLinks: raw.doubtfulLinks.map(([code, digest]) => ({ code, digest: digests.intern(digest) })),
    signatures: new Map(),
    uploads: raw.uploads,
    folders: raw.folders,
    emptyFolders: raw.emptyFolders,
    foreign: raw.foreign,
  };
}

/** In place; listings mostly come sorted. */
function sorted(ids: Uint32Array, table: DigestTable): Uint32Array {
  for (let i = 1; i < ids.length; i += 1) {
    if (table.compare(ids[i - 1] as DigestId, ids[i] as DigestId) > 0)
      return ids.sort((x, y) => table.compare(x as DigestId, y as DigestId));
  }
  return ids;
}

/** A repository of which nothing but its name is read. */
export function unread(name: RepositoryName): Repository {
  return {
    name,
    tags: { names: [], current: new Int32Array(0), state: new Uint8Array(0), pushedMs: new Float64Array(0) },
    possibleTargets: new Map(),
    revisions: new Uint32Array(0),
    layerLinks: new Uint32Array(0),
    aliases: new Map(),
    doubtfulLinks: [],
    signatures: new Map(),
    uploads: [],
    folders: [],
    emptyFolders: [],
    foreign: [],
  };
}
