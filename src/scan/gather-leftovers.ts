// Temporary files of crashed writes in a whole tree: searched for where anything tells that there may be any (decision 6).

import type { Leftover, Repository } from '../inventory/inventory.js';
import { BLOBS, currentLinkPath, REPOSITORIES } from '../model/layout.js';
import { addAll, batches } from './batches.js';
import type { Gathering } from './gathering.js';
import { leftoversStillAt, mayHaveLeftovers } from './leftovers.js';

/** Below this a search for leftovers costs too little to be saved. */
const FEW_DIGESTS = 2000;
/** Links of tags that are looked at. */
const SAMPLE = 1000;
/** Folders in one task. */
const FOLDER_BATCH = 8;

/** Leftovers by path; `prefixes`: the prefix folders of the blob store. */
export async function gatherLeftovers(
  { v2, needs, reuse, digests, reader, pool }: Gathering,
  repositories: readonly Repository[],
  prefixes: readonly string[],
): Promise<readonly Leftover[]> {
  if (needs.leftovers === undefined) return [];
  if (reuse !== undefined) {
    // What an earlier scan did not find is younger than a day: it stays either way.
    const paths = reuse.leftovers.map(({ path }) => path);
    return leftoversStillAt(v2, paths, reader);
  }
  const many = digests.size > FEW_DIGESTS;
  if (needs.leftovers === 'likely' && many && !mayHaveLeftovers(v2, sampleOfLinks(repositories), reader)) return [];
  const spaces = new Set(repositories.map(({ name }) => name.split('/')[0]!));
  const folders = [
    ...[...spaces].map((space) => `${REPOSITORIES}/${space}`),
    ...prefixes.map((prefix) => `${BLOBS}/${prefix}`),
  ];
  const tasks = batches(folders, FOLDER_BATCH).map((batch) => ({ do: 'leftovers' as const, folders: batch }));
  const found: Leftover[] = [];
  await pool.each(tasks, digests.size, (leftovers) => {
    addAll(found, leftovers);
  });
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Links of tags from all over the tree. */
function* sampleOfLinks(repositories: readonly Repository[]): Generator<string> {
  const all = repositories.reduce((sum, { tags }) => sum + tags.names.length, 0);
  const stride = Math.max(1, Math.floor(all / SAMPLE));
  let at = 0;
  for (const { name, tags } of repositories) {
    for (const tag of tags.names) if (at++ % stride === 0) yield currentLinkPath(name, tag);
  }
}
