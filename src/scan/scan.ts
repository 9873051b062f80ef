// The tree to an inventory: repositories, then blobs, then each manifest once; afterwards answers to what a plan asks and the
// weight of what goes. Nothing here decides anything, and nothing that could not be read is passed over.

import { availableParallelism } from 'node:os';
import type { DigestId } from '../inventory/digest-table.js';
import type { LinkFault } from '../inventory/faults.js';
import { Histories } from '../inventory/histories.js';
import type { Inventory } from '../inventory/inventory.js';
import type { Items, Question, ScanNeeds } from '../inventory/questions.js';
import { BLOBS, PROXY_STATE_BELOW_ROOT, REPOSITORIES } from '../model/layout.js';
import type { RepositoryName } from '../model/names.js';
import { Answers, type WeighedAll } from './answers.js';
import { addAll } from './batches.js';
import type { Hashed } from './content.js';
import { gatherBlobs } from './gather-blobs.js';
import { gatherLeftovers } from './gather-leftovers.js';
import { gatherManifests } from './gather-manifests.js';
import { gatherRepositories } from './gather-repositories.js';
import { Gathering, type ScanProgress } from './gathering.js';
import { Pool } from './pool.js';
import { findRepositories } from './repositories.js';
import { readSignatures } from './signatures.js';
import type { Tree } from './tree.js';
import { TreeReader } from './tree-reader.js';

export interface ScanOptions {
  /**
   * Reading threads; 0 reads everything in place. Default: as many as there are processors, 2 to 8, and 8 where reading turns
   * out to wait for a disk.
   */
  readonly concurrency?: number;
  readonly onProgress?: (progress: ScanProgress) => void;
  /** For tests: reads on this thread, through this reader. */
  readonly reader?: TreeReader;
  readonly signal?: AbortSignal;
  /**
   * An earlier scan of this tree: manifests that it read whole and verified are not read again, since a digest names
   * one content for ever. Everything else is scanned anew, whether those manifests are still there included.
   */
  readonly reuse?: Inventory;
  /**
   * Of all repositories' names, positions of those to be read. The others are there by name, as if empty, and the blob store is not
   * listed: enough to show something, never to decide what goes.
   */
  readonly only?: (names: readonly RepositoryName[]) => ReadonlySet<number>;
}

export interface Scan {
  readonly inventory: Inventory;
  /** Reads what a plan asks for into `inventory.facts`. */
  answer(question: Question): Promise<void>;
  /**
   * Bytes that each item frees, in their order, and the places of those that turn out to be no blobs: their folder holds
   * other people's files and no `data`.
   */
  weigh(items: Items): Promise<WeighedAll>;
  /** Reads the links of these repositories (by position) and tells those whose content is not their folder's digest. */
  links(positions: Iterable<number>): Promise<readonly LinkFault[]>;
  /** Paths, relative to v2, of what lies in the folders of these blobs and is not theirs. */
  strays(ids: readonly DigestId[]): Promise<readonly string[]>;
  /**
   * Hashes these blobs, and content under its further names (`aliases`: name to blob); those not modified after `sinceMs`
   * are left out. `onProgress`: bytes looked at so far, hashed or left out, a few times a second.
   */
  content(
    ids: readonly DigestId[],
    aliases: ReadonlyMap<DigestId, DigestId>,
    sinceMs: number | undefined,
    onProgress: (bytes: number) => void,
  ): Promise<Hashed>;
  close(): Promise<void>;
}

/** Scans `tree`. Throws `tree-unreadable` (exit 4) where a folder cannot be listed or a link not be read. */
export async function scan(tree: Tree, needs: ScanNeeds, options: ScanOptions = {}): Promise<Scan> {
  const { concurrency, reuse, onProgress, signal } = options;
  const quick = concurrency ?? Math.min(MOST_BY_ITSELF, Math.max(2, availableParallelism()));
  const width = options.reader === undefined ? { quick, waiting: concurrency ?? MOST_BY_ITSELF } : NO_THREADS;
  const reader = options.reader ?? new TreeReader();
  const pool = new Pool(tree.v2, reader, width);
  try {
    const gathering = new Gathering({ v2: tree.v2, needs, reader, pool, reuse, onProgress, signal });
    const inventory = await gather(tree, gathering, options.only);
    const answers = new Answers(inventory, pool, signal);
    return {
      inventory,
      answer: (question) => answers.answer(question),
      weigh: (items) => answers.weigh(items),
      links: (positions) => answers.links(positions),
      strays: (ids) => answers.strays(ids),
      content: (ids, aliases, sinceMs, onProgress) => answers.content(ids, aliases, sinceMs, onProgress),
      close: () => pool.close(),
    };
  } catch (error) {
    await pool.close();
    throw error;
  }
}

/** Near the best cold as warm (docs/benchmarks.md). */
const MOST_BY_ITSELF = 8;
const NO_THREADS = { quick: 0, waiting: 0 };

async function gather(tree: Tree, gathering: Gathering, choose: ScanOptions['only']): Promise<Inventory> {
  const { v2, reader, digests, problems, young } = gathering;
  const found = findRepositories(v2, reader);
  addAll(problems, found.problems);
  const only = choose?.(found.repositories.map(({ name }) => name));
  const repositories = await gatherRepositories(gathering, found.repositories, only);
  const { blobs, emptyFolders, prefixes } = await gatherBlobs(gathering, only === undefined);
  const manifests = await gatherManifests(gathering, repositories, blobs);
  readSignatures(gathering, repositories, manifests);
  const leftovers = await gatherLeftovers(gathering, repositories, prefixes);
  for (const path of [BLOBS, REPOSITORIES]) {
    if (reader.lstat(`${v2}/${path}`)?.isSymbolicLink() === true)
      problems.push({ code: 'symlinked', path, detail: reader.realpath(`${v2}/${path}`) });
  }
  if (reader.stat(`${tree.root}/${PROXY_STATE_BELOW_ROOT}`) !== undefined)
    problems.push({ code: 'pull-through-cache', path: '' });
  return {
    whole: only === undefined,
    digests,
    repositories,
    manifests,
    blobs,
    leftovers,
    emptyBlobFolders: emptyFolders,
    emptyFolders: found.emptyFolders,
    problems: problems.sort((a, b) => (a.path === b.path ? (a.code < b.code ? -1 : 1) : a.path < b.path ? -1 : 1)),
    withinGrace: young,
    facts: { histories: new Histories(), newerThanTags: new Map(), createdMs: new Map(), details: new Map() },
  };
}
