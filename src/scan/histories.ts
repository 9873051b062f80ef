// A tag's history: the digests under its `index/`. Listing it is what costs, so it is read only where it is asked for, and one
// that holds the current digest alone, as nearly every one does, is not sent back.

import { type Digest, digestOf } from '../model/digest.js';
import { historyPath, isAlgorithmFolder } from '../model/layout.js';
import type { RepositoryName, TagName } from '../model/names.js';
import { type PackedDigests, textsOf } from './digest-list.js';
import type { TreeReader } from './tree-reader.js';

/** Histories asked of one repository. */
export interface HistoryAsk {
  readonly repository: RepositoryName;
  readonly tags: readonly TagName[];
  /** So many of the tags, the first ones, have a current; the rest have none that can be read. */
  readonly currents: number;
}

/** Of one ask: the place of each tag whose history is not just its current, with the digests in it, in no order. */
export type OtherHistories = readonly (readonly [tag: number, digests: readonly Digest[]])[];

/**
 * The histories of each ask; `currents`: of its tags that have one, one ask after the other. `sha256Only`: entries of other
 * algorithms may be passed over.
 */
export function readHistories(
  v2: string,
  asks: readonly HistoryAsk[],
  currents: PackedDigests,
  sha256Only: boolean,
  reader: TreeReader,
): readonly OtherHistories[] {
  const texts = textsOf(currents);
  let at = 0;
  return asks.map((ask) => {
    const others: (readonly [number, readonly Digest[]])[] = [];
    ask.tags.forEach((tag, i) => {
      const current = i < ask.currents ? texts[at++] : undefined;
      const history = readHistory(`${v2}/${historyPath(ask.repository, tag)}`, sha256Only, reader);
      if (history.length !== 1 || history[0] !== current) others.push([i, history]);
    });
    return others;
  });
}

/** Digests of the entries in a history's folder `index`, in no order. */
export function readHistory(index: string, sha256Only: boolean, reader: TreeReader): readonly Digest[] {
  const found: Digest[] = [];
  for (const algorithm of sha256Only ? SHA256 : (reader.names(index) ?? []).filter(isAlgorithmFolder)) {
    for (const encoded of reader.names(`${index}/${algorithm}`) ?? []) {
      const digest = digestOf(algorithm, encoded);
      if (digest !== undefined) found.push(digest);
    }
  }
  return found;
}

const SHA256 = ['sha256'];
