// The units of work that threads share, and the one function that does any of them: the same code inline and in a worker, so
// that both read the same.

import type { LinkFault } from '../inventory/faults.js';
import type { Leftover } from '../inventory/inventory.js';
import type { ManifestDetails, ScanNeeds } from '../inventory/questions.js';
import type { Digest } from '../model/digest.js';
import { type RawBlobs, readBlobs } from './blobs.js';
import { blobsWithoutData, type Claim, type Hashed, hashBlobs, type Meter } from './content.js';
import { readDetails } from './details.js';
import type { PackedDigests } from './digest-list.js';
import { findForeignBesideBlobs } from './foreign-beside-blobs.js';
import { type HistoryAsk, type OtherHistories, readHistories } from './histories.js';
import type { findLeftovers } from './leftover-search.js';
import { type LinksAsk, readLinks } from './links.js';
import { type RawManifests, readManifests } from './manifests.js';
import { type NewerAsk, newerThanTags } from './newer.js';
import type { RawRepositories } from './raw-repository.js';
import type { FoundRepository } from './repositories.js';
import { readRepositories } from './repository.js';
import type { TreeReader } from './tree-reader.js';
import { type Weighed, weighItems } from './weigh.js';

export type Task =
  | { readonly do: 'repositories'; readonly found: readonly FoundRepository[]; readonly needs: ScanNeeds }
  | { readonly do: 'blobs'; readonly prefixes: readonly string[]; readonly needs: ScanNeeds }
  | { readonly do: 'leftovers'; readonly folders: readonly string[] }
  | { readonly do: 'newer'; readonly asks: readonly NewerAsk[] }
  | { readonly do: 'manifests'; readonly digests: PackedDigests }
  | {
      readonly do: 'histories';
      readonly asks: readonly HistoryAsk[];
      readonly currents: PackedDigests;
      readonly sha256Only: boolean;
    }
  | {
      readonly do: 'content';
      readonly claims: readonly Claim[];
      readonly sinceMs: number | undefined;
      readonly meter: Meter;
    }
  | { readonly do: 'links'; readonly asks: readonly LinksAsk[] }
  | { readonly do: 'strays'; readonly digests: readonly Digest[] }
  | { readonly do: 'bare'; readonly digests: readonly Digest[] }
  | { readonly do: 'details'; readonly digests: readonly Digest[] }
  | { readonly do: 'weigh'; readonly blobs: PackedDigests; readonly others: readonly string[] };

export interface TaskResults {
  readonly repositories: RawRepositories;
  readonly blobs: RawBlobs;
  readonly leftovers: readonly Leftover[];
  /** How many of each ask's revisions are newer than all of its tags. */
  readonly newer: readonly number[];
  readonly manifests: RawManifests;
  readonly histories: readonly OtherHistories[];
  readonly details: readonly (ManifestDetails | undefined)[];
  readonly weigh: Weighed;
  readonly content: Hashed;
  readonly links: readonly LinkFault[];
  readonly strays: readonly string[];
  readonly bare: readonly Digest[];
}
export type TaskResult<T extends Task> = TaskResults[T['do']];

/** Loaded where it is needed: a pattern library is a third of what starting a thread takes. */
let search: typeof findLeftovers | undefined;

/** To be awaited once before tasks of a kind are performed. */
export async function prepare(kind: Task['do']): Promise<void> {
  if (kind === 'leftovers') search ??= (await import('./leftover-search.js')).findLeftovers;
}

export function perform<T extends Task>(v2: string, task: T, reader: TreeReader): TaskResult<T>;
export function perform(v2: string, task: Task, reader: TreeReader): TaskResults[keyof TaskResults] {
  switch (task.do) {
    case 'repositories':
      return readRepositories(v2, task.found, task.needs, reader);
    case 'blobs':
      return readBlobs(v2, task.prefixes, task.needs, reader);
    case 'leftovers':
      return search!(v2, task.folders, reader);
    case 'newer':
      return task.asks.map((ask) => newerThanTags(v2, ask, reader));
    case 'manifests':
      return readManifests(v2, task.digests, reader);
    case 'histories':
      return readHistories(v2, task.asks, task.currents, task.sha256Only, reader);
    case 'details':
      return readDetails(v2, task.digests, reader);
    case 'content':
      return hashBlobs(v2, task.claims, task.sinceMs, reader, task.meter);
    case 'links':
      return readLinks(v2, task.asks, reader);
    case 'strays':
      return findForeignBesideBlobs(v2, task.digests, reader);
    case 'bare':
      return blobsWithoutData(v2, task.digests, reader);
    case 'weigh':
      return weighItems(v2, task.blobs, task.others, reader);
  }
}
