// Whether revisions that no tag refers to are newer than every tag of their repository: that looks like tags kept elsewhere.

import type { Digest } from '../model/digest.js';
import { currentLinkPath, LINK, revisionPath } from '../model/layout.js';
import type { RepositoryName, TagName } from '../model/names.js';
import type { TreeReader } from './tree-reader.js';

export interface NewerAsk {
  readonly repository: RepositoryName;
  readonly revisions: readonly Digest[];
  readonly tags: readonly TagName[];
}

/** Writes of one push, and copies, come close together: what is newer by less is not newer. */
const SLACK_MS = 2000;

/** How many of the revisions are newer than all tags. The newest revision first: the first tag that is new enough settles all. */
export function newerThanTags(v2: string, { repository, revisions, tags }: NewerAsk, reader: TreeReader): number {
  const modified = (path: string): number => reader.stat(`${v2}/${path}`)?.mtimeMs ?? 0;
  const times = revisions
    .map((digest) => modified(`${revisionPath(repository, digest)}/${LINK}`))
    .sort((a, b) => b - a);
  let newestTag = 0;
  for (let tag = tags.length - 1; tag >= 0 && newestTag + SLACK_MS < times[0]!; tag -= 1) {
    newestTag = Math.max(newestTag, modified(currentLinkPath(repository, tags[tag]!)));
  }
  return times.filter((time) => time > newestTag + SLACK_MS).length;
}
