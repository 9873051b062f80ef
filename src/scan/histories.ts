// A tag's history: the digests under its `index/`. Listing it is what costs, so a folder that holds the current digest alone is
// recognised by its link count: a folder's count is two more than its sub folders, where the file system keeps one.

import { type Digest, digestOf, isSha256 } from '../model/digest.js';
import { historyEntryPath, historyPath } from '../model/layout.js';
import type { RepositoryName, TagName } from '../model/names.js';
import type { ReadingDoor } from './door.js';

export interface HistoryAsk {
  readonly repository: RepositoryName;
  readonly tags: readonly { readonly name: TagName; readonly current: Digest | undefined }[];
}

/** For each ask, for each of its tags: the digests in its history, in no order. */
export function readHistories(
  v2: string,
  asks: readonly HistoryAsk[],
  door: ReadingDoor,
): readonly (readonly (readonly Digest[])[])[] {
  return asks.map(({ repository, tags }) =>
    tags.map(({ name, current }) => {
      if (current !== undefined && isSha256(current) && holdsOnly(v2, repository, name, current, door))
        return [current];
      const folder = `${v2}/${historyPath(repository, name)}`;
      return (door.names(folder) ?? []).flatMap((algorithm) =>
        (door.names(`${folder}/${algorithm}`) ?? []).flatMap((encoded) => digestOf(algorithm, encoded) ?? []),
      );
    }),
  );
}

function holdsOnly(v2: string, repository: RepositoryName, tag: TagName, current: Digest, door: ReadingDoor): boolean {
  const index = `${v2}/${historyPath(repository, tag)}`;
  if (door.lstat(`${index}/sha256`)?.nlink !== 3 || door.lstat(index)?.nlink !== 3) return false;
  return door.lstat(`${v2}/${historyEntryPath(repository, tag, current)}`) !== undefined;
}
