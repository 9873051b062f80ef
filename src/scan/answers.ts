// Answers to what is asked of a scan after it: histories, times, details, weights, links, content. Only what is asked is read.

import type { DigestId } from '../inventory/digest-table.js';
import type { LinkFault } from '../inventory/faults.js';
import { BLOB_WITHOUT_DATA, type Inventory, type Problem, TAG_UNREADABLE } from '../inventory/inventory.js';
import type { Items, Question } from '../inventory/questions.js';
import type { Digest } from '../model/digest.js';
import { addAll, batches, batchesOf } from './batches.js';
import type { Hashed, Meter } from './content.js';
import { packAll } from './digest-list.js';
import type { Pool } from './pool.js';

/** What items weigh: bytes of each, and the places of blobs that turned out to be none. */
export interface WeighedAll {
  readonly bytes: Float64Array;
  readonly problems: readonly Problem[];
  readonly bare: readonly number[];
}

const REPOSITORY_BATCH = 16;
const WEIGHT_BATCH = 1024;
const DETAILS_BATCH = 64;
const STRAY_BATCH = 1024;
/** Bytes and number of blobs that are hashed in one go: little enough that a signal is seen soon. */
const HASH_BYTES = 16 * 1024 * 1024;
const HASH_BATCH = 64;
const METER_MS = 200;

export class Answers {
  readonly #inventory: Inventory;
  readonly #pool: Pool;
  readonly #signal: AbortSignal | undefined;

  constructor(inventory: Inventory, pool: Pool, signal: AbortSignal | undefined) {
    this.#inventory = inventory;
    this.#pool = pool;
    this.#signal = signal;
  }

  /** Reads what a plan asks for into `facts`. */
  async answer(question: Question): Promise<void> {
    if (question.ask === 'histories') return this.#histories(question.tags, question.dangling);
    if (question.ask === 'newer-than-tags') return this.#newerThanTags(question.revisions);
    if (question.ask === 'stored') return this.#stored(question.blobs);
    return this.#details(question.manifests);
  }

  async #stored(blobs: readonly DigestId[]): Promise<void> {
    const { digests } = this.#inventory;
    const tasks = batches(blobs, STRAY_BATCH).map((batch) => ({
      do: 'bare' as const,
      digests: batch.map((id) => digests.text(id)),
    }));
    await this.#pool.each(tasks, blobs.length, (bare) => {
      for (const digest of bare) this.#inventory.blobs.state[digests.find(digest)!] = BLOB_WITHOUT_DATA;
    });
  }

  async #details(manifests: readonly DigestId[]): Promise<void> {
    const { facts, digests } = this.#inventory;
    const unknown = manifests.filter((id) => !facts.details.has(id));
    const tasks = batches(unknown, DETAILS_BATCH).map((batch) => ({
      do: 'details' as const,
      digests: batch.map((id) => digests.text(id)),
    }));
    await this.#pool.each(tasks, unknown.length, (answers, task) => {
      answers.forEach((details, i) => {
        const id = digests.intern(task.digests[i]!);
        facts.createdMs.set(id, details?.createdMs ?? Number.NaN);
        if (details !== undefined) facts.details.set(id, details);
      });
    });
  }

  async #histories(asked: ReadonlyMap<number, readonly number[]>, dangling: boolean): Promise<void> {
    const { repositories, facts, digests } = this.#inventory;
    // Where no digest of another algorithm is known, none can be found that would matter.
    const sha256Only = !dangling && digests.isSha256Only;
    const tasks = batches([...asked], REPOSITORY_BATCH).map((batch) => {
      const currents: DigestId[] = [];
      const asks = batch.map(([position, tags]) => {
        const { name, tags: own } = repositories[position]!;
        const read = tags.filter((tag) => own.current[tag]! >= 0);
        for (const tag of read) currents.push(own.current[tag] as DigestId);
        const unreadable = tags.filter((tag) => own.state[tag] === TAG_UNREADABLE);
        facts.histories.note(position, repositories[position]!, unreadable, []);
        const others = tags.filter((tag) => own.current[tag]! < 0 && own.state[tag] !== TAG_UNREADABLE);
        return {
          repository: name,
          tags: [...read, ...others].map((tag) => own.names[tag]!),
          currents: read.length,
          positions: [...read, ...others],
        };
      });
      return {
        do: 'histories' as const,
        positions: batch.map(([position]) => position),
        asks,
        currents: packAll(digests, currents),
        sha256Only,
      };
    });
    await this.#pool.each(tasks, asked.size * 10, (answers, { asks, positions }) => {
      answers.forEach((histories, i) => {
        const tags = asks[i]!.positions;
        const others = histories.map(([at, history]): [number, Uint32Array] => [tags[at]!, this.#sorted(history)]);
        facts.histories.note(positions[i]!, repositories[positions[i]!]!, tags, others);
      });
    });
  }

  #sorted(texts: readonly Digest[]): Uint32Array {
    const { digests } = this.#inventory;
    const ids = texts.map((digest) => digests.intern(digest));
    return Uint32Array.from(ids.sort((a, b) => digests.compare(a, b)));
  }

  async #newerThanTags(asked: ReadonlyMap<number, readonly DigestId[]>): Promise<void> {
    const { repositories, facts, digests } = this.#inventory;
    const tasks = batches([...asked], REPOSITORY_BATCH).map((batch) => ({
      do: 'newer' as const,
      positions: batch.map(([position]) => position),
      asks: batch.map(([position, revisions]) => ({
        repository: repositories[position]!.name,
        revisions: revisions.map((id) => digests.text(id)),
        tags: repositories[position]!.tags.names,
      })),
    }));
    await this.#pool.each(tasks, asked.size * 10, (counts, { positions }) => {
      counts.forEach((count, i) => {
        facts.newerThanTags.set(positions[i]!, count);
      });
    });
  }

  /** Reads the links of these repositories (by position) and tells those whose content is not their folder's digest. */
  async links(positions: Iterable<number>): Promise<readonly LinkFault[]> {
    const { repositories, digests } = this.#inventory;
    const texts = (ids: Uint32Array): Digest[] => [...ids].map((id) => digests.text(id as DigestId));
    const tasks = batches([...positions], REPOSITORY_BATCH).map((batch) => ({
      do: 'links' as const,
      asks: batch.map((position) => {
        const { name, revisions, layerLinks, tags, doubtfulLinks } = repositories[position]!;
        // What was found to be no folder was reported as that, and cannot be looked into.
        const doubtful = new Set(
          doubtfulLinks.filter(({ code }) => code.endsWith('unreadable')).map(({ digest }) => digest),
        );
        const readable = (ids: Uint32Array): Uint32Array => ids.filter((id) => !doubtful.has(id as DigestId));
        return {
          repository: name,
          revisions: texts(readable(revisions)),
          layerLinks: texts(readable(layerLinks)),
          tags: tags.names.filter((_, tag) => tags.state[tag] !== TAG_UNREADABLE),
        };
      }),
    }));
    const found: LinkFault[] = [];
    await this.#pool.each(tasks, digests.size, (wrong) => addAll(found, wrong));
    return found.sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  /** Paths, relative to v2, of what lies in the folders of these blobs and is not theirs. */
  async strays(ids: readonly DigestId[]): Promise<readonly string[]> {
    const digests = ids.map((id) => this.#inventory.digests.text(id));
    const tasks = batches(digests, STRAY_BATCH).map((batch) => ({ do: 'strays' as const, digests: batch }));
    const found: string[] = [];
    await this.#pool.each(tasks, ids.length, (paths) => {
      addAll(found, paths);
    });
    return found.sort();
  }

  /** Hashes these blobs, and content under its further names (`aliases`: name to blob); those not modified after `sinceMs` are left out. */
  async content(
    ids: readonly DigestId[],
    aliases: ReadonlyMap<DigestId, DigestId>,
    sinceMs: number | undefined,
    onProgress: (bytes: number) => void,
  ): Promise<Hashed> {
    const { digests, blobs } = this.#inventory;
    const { sizeBytes } = blobs;
    const claims = [...ids.map((id) => [id, id] as const), ...aliases];
    const meter: Meter = new BigInt64Array(new SharedArrayBuffer(8));
    // The largest first, so that no thread is left with one at the end while the others rest.
    const sorted = claims.sort(([, a], [, b]) => (sizeBytes[b] ?? 0) - (sizeBytes[a] ?? 0));
    const tasks = batchesOf(sorted, HASH_BATCH, HASH_BYTES, ([, stored]) => sizeBytes[stored] ?? 0).map((batch) => ({
      do: 'content' as const,
      claims: batch.map(([name, stored]) => ({ digest: digests.text(name), stored: digests.text(stored) })),
      sinceMs,
      meter,
    }));
    const all = { bytes: 0, blobs: 0, faults: [] as Hashed['faults'][number][] };
    const take = (hashed: Hashed): void => {
      all.bytes += hashed.bytes;
      all.blobs += hashed.blobs;
      addAll(all.faults, hashed.faults);
    };
    const watch = setInterval(() => onProgress(Number(Atomics.load(meter, 0))), METER_MS);
    try {
      // Work enough for threads however few they are: blobs may be large.
      await this.#pool.each(tasks, Number.POSITIVE_INFINITY, take, this.#signal);
    } finally {
      clearInterval(watch);
    }
    return { ...all, faults: all.faults.sort((a, b) => (a.digest < b.digest ? -1 : 1)) };
  }

  /** What each of `items` frees. Blobs travel as digests, the rest as paths. */
  async weigh(items: Items): Promise<WeighedAll> {
    const { digests } = this.#inventory;
    const blobs: number[] = [];
    const others: number[] = [];
    for (let at = 0; at < items.length; at += 1) {
      const kind = items.kindAt(at);
      if (kind === 'blob') blobs.push(at);
      else if (kind === 'upload' || kind === 'leftover') others.push(at);
    }
    const tasks = [
      ...batches(blobs, WEIGHT_BATCH).map((batch) => ({
        do: 'weigh' as const,
        at: batch,
        blobs: packAll(
          digests,
          batch.map((at) => items.digestIdAt(at)!),
        ),
        others: [],
      })),
      ...batches(others, WEIGHT_BATCH).map((batch) => ({
        do: 'weigh' as const,
        at: batch,
        blobs: packAll(digests, []),
        others: batch.map((at) => items.pathAt(at)),
      })),
    ];
    const bytes = new Float64Array(items.length);
    const problems: Problem[] = [];
    const bare: number[] = [];
    await this.#pool.each(tasks, blobs.length + others.length, (weighed, { at }) => {
      weighed.bytes.forEach((each, i) => {
        bytes[at[i]!] = each;
      });
      addAll(problems, weighed.problems);
      for (const i of weighed.bare) bare.push(at[i]!);
    });
    return { bytes, problems: problems.sort((a, b) => (a.path < b.path ? -1 : 1)), bare };
  }
}
