// The tree to an inventory: repositories, then blobs, then each manifest once; afterwards answers to what a plan asks and the
// weight of what goes. Nothing here decides anything, and nothing that could not be read is passed over.

import { availableParallelism } from 'node:os';
import { type DigestId, DigestTable } from '../inventory/digest-table.js';
import { Histories } from '../inventory/histories.js';
import {
  BLOB_PRESENT,
  type Blobs,
  type Facts,
  type Inventory,
  type Leftover,
  type Problem,
  type Repository,
  TAG_OK,
  type Young,
} from '../inventory/inventory.js';
import { isDoubtful, type ManifestState, ManifestTable, MISSING, READ } from '../inventory/manifest-table.js';
import type { Items, Question, ScanNeeds } from '../inventory/questions.js';
import {
  BLOBS,
  blobDataPath,
  currentLinkPath,
  digestOfParts,
  PROXY_STATE_BELOW_ROOT,
  REPOSITORIES,
  revisionPath,
  SIGNATURES,
} from '../model/layout.js';
import type { RepositoryName, TagName } from '../model/names.js';
import { Answers, type WeighedAll } from './answers.js';
import { addAll, batches } from './batches.js';
import { listPrefixes } from './blobs.js';
import type { Hashed } from './content.js';
import { internAll, type PackedDigests, packAll } from './digest-list.js';
import { ReadingDoor } from './door.js';
import { leftoversStillAt, mayHaveLeftovers } from './leftovers.js';
import type { WrongLink } from './links.js';
import type { RawManifests } from './manifests.js';
import { Pool } from './pool.js';
import { findRepositories } from './repositories.js';
import type { RawRepository } from './repository.js';
import type { AnswerTo, Task } from './tasks.js';
import type { Tree } from './tree.js';

export interface ScanProgress {
  readonly phase: 'repositories' | 'blobs' | 'manifests';
  readonly done: number;
  readonly total: number;
}

export interface ScanOptions {
  /**
   * Reading threads; 0 reads everything in place. Default: as many as there are processors, 2 to 8, and 8 where reading turns
   * out to wait for a disk.
   */
  readonly concurrency?: number;
  readonly onProgress?: (progress: ScanProgress) => void;
  /** For tests: reads in place through this door. */
  readonly door?: ReadingDoor;
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
  links(positions: Iterable<number>): Promise<readonly WrongLink[]>;
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

/** Scans `tree`. Throws `tree-unreadable` (exit 4) where a folder can not be listed or a link not be read. */
export async function scan(tree: Tree, needs: ScanNeeds, options: ScanOptions = {}): Promise<Scan> {
  const quick = options.concurrency ?? Math.min(MOST_BY_ITSELF, Math.max(2, availableParallelism()));
  const width = options.door === undefined ? { quick, waiting: options.concurrency ?? MOST_BY_ITSELF } : NO_THREADS;
  const door = options.door ?? new ReadingDoor();
  const pool = new Pool(tree.v2, door, width);
  try {
    return await new Scanner(tree, needs, options, door, pool).run();
  } catch (error) {
    await pool.close();
    throw error;
  }
}

/** Near the best cold as warm (PERFORMANCE.md). */
const MOST_BY_ITSELF = 8;
const NO_THREADS = { quick: 0, waiting: 0 };

/** Repositories in one task. */
const REPOSITORY_BATCH = 16;
const PREFIX_BATCH = 8;
const MANIFEST_BATCH = 512;

class Scanner {
  readonly #tree: Tree;
  readonly #needs: ScanNeeds;
  readonly #options: ScanOptions;
  readonly #door: ReadingDoor;
  readonly #pool: Pool;
  readonly #digests: DigestTable;
  readonly #manifests = new ManifestTable();
  readonly #problems: Problem[] = [];
  readonly #young = { blobs: new Set<DigestId>(), revisions: new Map(), layerLinks: new Map(), tags: new Map() } as {
    blobs: Set<DigestId>;
    revisions: Map<number, Set<DigestId>>;
    layerLinks: Map<number, Set<DigestId>>;
    tags: Map<number, Set<TagName>>;
  };

  constructor(tree: Tree, needs: ScanNeeds, options: ScanOptions, door: ReadingDoor, pool: Pool) {
    this.#tree = tree;
    this.#needs = needs;
    this.#options = options;
    this.#door = door;
    this.#pool = pool;
    this.#digests = options.reuse?.digests ?? new DigestTable();
  }

  async run(): Promise<Scan> {
    const found = findRepositories(this.#tree.v2, this.#door);
    addAll(this.#problems, found.problems);
    const only = this.#options.only?.(found.names);
    const repositories = await this.#repositories(found.names, only);
    const blobs = await this.#blobs(only === undefined);
    await this.#readManifests(repositories, blobs.blobs);
    this.#readSignatures(repositories);
    const leftovers = await this.#leftovers(found.names, repositories, blobs.prefixes);
    const pullThroughCache = this.#door.stat(`${this.#tree.root}/${PROXY_STATE_BELOW_ROOT}`) !== undefined;
    if (pullThroughCache) this.#problems.push({ code: 'pull-through-cache', path: '' });
    const facts: Facts = {
      histories: new Histories(),
      newerThanTags: new Map(),
      createdMs: new Map(),
      details: new Map(),
    };
    const inventory: Inventory = {
      digests: this.#digests,
      repositories,
      manifests: this.#manifests,
      blobs: blobs.blobs,
      leftovers,
      emptyBlobFolders: blobs.emptyFolders,
      emptyFolders: found.emptyFolders,
      problems: this.#problems.sort((a, b) =>
        a.path === b.path ? (a.code < b.code ? -1 : 1) : a.path < b.path ? -1 : 1,
      ),
      pullThroughCache,
      young: this.#young satisfies Young,
      facts,
    };
    const answers = new Answers(inventory, this.#pool, this.#options.signal);
    return {
      inventory,
      answer: (question) => answers.answer(question),
      weigh: (items) => answers.weigh(items),
      links: (positions) => answers.links(positions),
      strays: (ids) => answers.strays(ids),
      content: (ids, aliases, sinceMs, onProgress) => answers.content(ids, aliases, sinceMs, onProgress),
      close: () => this.#pool.close(),
    };
  }

  async #each<T extends Task>(
    phase: ScanProgress['phase'],
    tasks: readonly T[],
    units: number,
    take: (answer: AnswerTo<T>, task: T) => void,
  ): Promise<void> {
    let done = 0;
    await this.#pool.each(
      tasks,
      units,
      (answer, task) => {
        take(answer, task);
        done += 1;
        this.#options.onProgress?.({ phase, done: Math.round((units * done) / tasks.length), total: units });
      },
      this.#options.signal,
    );
  }
  async #repositories(
    names: readonly RepositoryName[],
    only: ReadonlySet<number> | undefined,
  ): Promise<readonly Repository[]> {
    const position = new Map(names.map((name, at) => [name, at]));
    const repositories: Repository[] = only === undefined ? new Array(names.length) : names.map(unread);
    const wanted = only === undefined ? names : names.filter((_, at) => only.has(at));
    const tasks = batches(wanted, REPOSITORY_BATCH).map((batch) => ({
      do: 'repositories' as const,
      names: batch,
      needs: this.#needs,
    }));
    await this.#each('repositories', tasks, wanted.length * 10, (raws) => {
      const ids = internAll(this.#digests, raws.digests);
      let from = 0;
      for (const raw of raws.repositories) {
        const { currents, revisions, layerLinks } = raw.counts;
        const [tagged, linked, end] = [
          from + currents,
          from + currents + revisions,
          from + currents + revisions + layerLinks,
        ];
        repositories[position.get(raw.name)!] = this.#take(raw, position.get(raw.name)!, {
          currents: ids.subarray(from, tagged),
          revisions: ids.subarray(tagged, linked),
          layerLinks: ids.subarray(linked, end),
        });
        from = end;
      }
    });
    return repositories;
  }

  #take(raw: RawRepository, position: number, ids: Record<keyof RawRepository['counts'], Uint32Array>): Repository {
    const table = this.#digests;
    const allRead = raw.states.length === 0;
    const current = allRead ? Int32Array.from(ids.currents) : new Int32Array(raw.tags.length).fill(-1);
    let next = 0;
    raw.states.forEach((state, tag) => {
      if (state === TAG_OK) current[tag] = ids.currents[next++]!;
    });
    addAll(this.#problems, raw.problems);
    if (raw.young !== undefined) {
      this.#young.tags.set(position, new Set(raw.young.tags));
      this.#young.revisions.set(position, new Set(raw.young.revisions.map((digest) => table.intern(digest))));
      this.#young.layerLinks.set(position, new Set(raw.young.layerLinks.map((digest) => table.intern(digest))));
    }
    return {
      name: raw.name,
      tags: {
        names: raw.tags,
        current,
        state: allRead ? new Uint8Array(raw.tags.length).fill(TAG_OK) : Uint8Array.from(raw.states),
        pushedMs: Float64Array.from(raw.pushedMs),
      },
      suspects: new Map(raw.suspects.map(([tag, digests]) => [tag, digests.map((digest) => table.intern(digest))])),
      revisions: this.#sorted(ids.revisions),
      layerLinks: this.#sorted(ids.layerLinks),
      aliases: new Map(raw.aliases.map(([link, content]) => [table.intern(link), table.intern(content)])),
      garbledLinks: raw.garbledLinks.map(([of, digest]) => ({ of, digest: table.intern(digest) })),
      signatures: new Map(),
      uploads: raw.uploads,
      folders: raw.folders,
      emptyFolders: raw.emptyFolders,
      foreign: raw.foreign,
    };
  }

  /** In place; listings mostly come sorted. */
  #sorted(ids: Uint32Array): Uint32Array {
    const table = this.#digests;
    for (let i = 1; i < ids.length; i += 1) {
      if (table.compare(ids[i - 1] as DigestId, ids[i] as DigestId) > 0)
        return ids.sort((x, y) => table.compare(x as DigestId, y as DigestId));
    }
    return ids;
  }

  async #blobs(listed: boolean) {
    const { prefixes, emptyFolders, problems } = listed
      ? listPrefixes(this.#tree.v2, this.#door)
      : { prefixes: [], emptyFolders: [], problems: [] };
    addAll(this.#problems, problems);
    let state = new Uint8Array(Math.max(1024, this.#digests.size * 2));
    const sizes: [Uint32Array, Float64Array, Float64Array][] = [];
    let count = 0;
    const tasks = batches(prefixes, PREFIX_BATCH).map((batch) => ({
      do: 'blobs' as const,
      prefixes: batch,
      needs: this.#needs,
    }));
    await this.#each('blobs', tasks, prefixes.length * (this.#digests.size > 5000 ? 10 : 1), (raw) => {
      const ids = internAll(this.#digests, raw.blobs);
      if (this.#digests.size > state.length) {
        const grown = new Uint8Array(this.#digests.size * 2);
        grown.set(state);
        state = grown;
      }
      for (const id of ids) state[id] = BLOB_PRESENT;
      count += ids.length;
      if (raw.sizes.length > 0) sizes.push([ids, raw.sizes, raw.diskBytes]);
      for (const digest of raw.young) this.#young.blobs.add(this.#digests.intern(digest));
      addAll(emptyFolders, raw.emptyFolders);
      addAll(this.#problems, raw.problems);
    });
    const sizeBytes = new Float64Array(sizes.length === 0 ? 0 : this.#digests.size);
    const diskBytes = new Float64Array(sizeBytes.length);
    for (const [ids, bytes, disk] of sizes) {
      ids.forEach((id, i) => {
        sizeBytes[id] = bytes[i]!;
        diskBytes[id] = disk[i]!;
      });
    }
    emptyFolders.sort((a, b) => b.split('/').length - a.split('/').length || (a < b ? -1 : 1));
    return { blobs: { state, count, sizeBytes, diskBytes }, emptyFolders, prefixes };
  }

  async #readManifests(repositories: readonly Repository[], blobs: Blobs): Promise<void> {
    const contents = new Map<DigestId, DigestId[]>();
    const orphans = new Set(this.#young.blobs);
    const wanted = new Marked(this.#digests.size);
    for (const { revisions, tags, aliases, suspects } of repositories) {
      for (const ids of suspects.values()) for (const id of ids) wanted.add(id);
      for (const id of revisions) {
        const content = aliases.size === 0 ? undefined : aliases.get(id as DigestId);
        if (content === undefined) wanted.add(id);
        else contents.set(content, [...(contents.get(content) ?? []), id as DigestId]);
      }
      for (const id of tags.current) if (id >= 0) wanted.add(id);
    }
    for (const [content, ids] of contents) {
      wanted.add(content);
      for (const id of ids) orphans.delete(id);
    }
    for (const id of orphans) if (wanted.has(id)) orphans.delete(id);
    for (const id of orphans) wanted.add(id);
    const unread = this.#reuseManifests(wanted.ids(), blobs);
    const tasks = batches(unread, MANIFEST_BATCH).map((batch) => ({
      do: 'manifests' as const,
      digests: packAll(this.#digests, batch),
    }));
    await this.#each('manifests', tasks, unread.length, (raw, task) => this.#takeManifests(raw, task.digests, orphans));
    // A revision of another algorithm holds its content's manifest.
    for (const [content, ids] of contents) {
      for (const id of ids) {
        const kind = 0;
        const targets = [...this.#manifests.references(content)];
        this.#manifests.set(
          id,
          this.#manifests.state(content),
          kind,
          targets,
          targets.map(() => 3),
          this.#manifests.subject(content),
        );
      }
    }
  }

  /** Takes over what an earlier scan knows of `wanted`. Returns what must be read. */
  #reuseManifests(wanted: readonly DigestId[], blobs: Blobs): readonly DigestId[] {
    const known = this.#options.reuse?.manifests;
    if (known === undefined) return wanted;
    return wanted.filter((id) => {
      if (known.state(id) !== READ || blobs.state[id] !== BLOB_PRESENT) return true;
      this.#manifests.copy(id, known);
      return false;
    });
  }

  #takeManifests(raw: RawManifests, digests: PackedDigests, orphans: ReadonlySet<DigestId>): void {
    const ids = internAll(this.#digests, digests);
    const targets = internAll(this.#digests, raw.targets);
    const subjects = new Map(raw.subjects);
    const errors = new Map(raw.errors);
    let at = 0;
    for (let i = 0; i < ids.length; i += 1) {
      const id = ids[i] as DigestId;
      const count = raw.counts[i]!;
      const state = raw.states[i]! as ManifestState;
      const subject = subjects.get(i);
      const first = at;
      at += count;
      // A young blob that no link names need not be a manifest at all.
      if (orphans.has(id) && (isDoubtful(state) || state === MISSING)) continue;
      this.#manifests.set(
        id,
        state,
        raw.kinds[i]!,
        targets.subarray(first, at),
        raw.roles.subarray(first, at),
        subject === undefined ? undefined : this.#digests.intern(subject),
      );
      const code = MANIFEST_PROBLEMS[state];
      if (code === undefined) continue;
      const detail = errors.get(i);
      const digest = this.#digests.text(id);
      this.#problems.push({ code, path: blobDataPath(digest), digest, ...(detail === undefined ? {} : { detail }) });
    }
  }

  async #leftovers(
    names: readonly RepositoryName[],
    repositories: readonly Repository[],
    prefixes: readonly string[],
  ): Promise<readonly Leftover[]> {
    if (this.#needs.leftovers === undefined) return [];
    const { reuse } = this.#options;
    // What an earlier scan did not find is younger than a day: it stays either way.
    if (reuse !== undefined)
      return leftoversStillAt(
        this.#tree.v2,
        reuse.leftovers.map(({ path }) => path),
        this.#door,
      );
    const many = this.#digests.size > FEW_DIGESTS;
    if (this.#needs.leftovers === 'likely' && many) {
      if (!mayHaveLeftovers(this.#tree.v2, sampleOfLinks(repositories), this.#door)) return [];
    }
    const spaces = new Set(names.map((name) => name.split('/')[0]!));
    const folders = [
      ...[...spaces].map((space) => `${REPOSITORIES}/${space}`),
      ...prefixes.map((prefix) => `${BLOBS}/${prefix}`),
    ];
    const tasks = batches(folders, PREFIX_BATCH).map((batch) => ({ do: 'leftovers' as const, folders: batch }));
    const found: Leftover[] = [];
    await this.#pool.each(tasks, this.#digests.size, (leftovers) => {
      addAll(found, leftovers);
    });
    return found.sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  /** `signatures/` of schema 1 revisions, in trees of registry 2.0 to 2.4. */
  #readSignatures(repositories: readonly Repository[]): void {
    for (const { name, revisions, signatures } of repositories) {
      for (const id of revisions as Iterable<number> as Iterable<DigestId>) {
        const state = this.#manifests.state(id);
        if (state === READ && this.#manifests.kind(id) !== 'schema1') continue;
        const folder = `${this.#tree.v2}/${revisionPath(name, this.#digests.text(id))}/${SIGNATURES}`;
        const found = (this.#door.names(folder) ?? []).flatMap((algorithm) =>
          (this.#door.names(`${folder}/${algorithm}`) ?? []).flatMap(
            (encoded) => digestOfParts([algorithm, encoded]) ?? [],
          ),
        );
        if (found.length > 0)
          (signatures as Map<DigestId, DigestId[]>).set(
            id,
            found.map((digest) => this.#digests.intern(digest)),
          );
      }
    }
  }
}

/** Below this a search for leftovers costs too little to be saved. */
const FEW_DIGESTS = 20_000;
const SAMPLE = 1000;

/** Links of tags from all over the tree. */
function* sampleOfLinks(repositories: readonly Repository[]): Generator<string> {
  const all = repositories.reduce((sum, { tags }) => sum + tags.names.length, 0);
  const stride = Math.max(1, Math.floor(all / SAMPLE));
  let at = 0;
  for (const { name, tags } of repositories) {
    for (const tag of tags.names) if (at++ % stride === 0) yield currentLinkPath(name, tag);
  }
}

const MANIFEST_PROBLEMS: Readonly<Record<number, Problem['code']>> = {
  2: 'manifest-missing',
  3: 'manifest-unreadable',
  4: 'manifest-too-large',
  5: 'manifest-truncated',
  6: 'manifest-digest-mismatch',
  7: 'manifest-unknown-shape',
};

/** A repository of which nothing but its name is read. */
function unread(name: RepositoryName): Repository {
  return {
    name,
    tags: { names: [], current: new Int32Array(0), state: new Uint8Array(0), pushedMs: new Float64Array(0) },
    suspects: new Map(),
    revisions: new Uint32Array(0),
    layerLinks: new Uint32Array(0),
    aliases: new Map(),
    garbledLinks: [],
    signatures: new Map(),
    uploads: [],
    folders: [],
    emptyFolders: [],
    foreign: [],
  };
}

/** A set of ids that remembers their order, without an object an id. */
class Marked {
  #marks: Uint8Array;
  readonly #ids: DigestId[] = [];

  constructor(size: number) {
    this.#marks = new Uint8Array(size);
  }
  add(id: number): void {
    if (this.#marks[id] === 1) return;
    this.#marks[id] = 1;
    this.#ids.push(id as DigestId);
  }
  has(id: number): boolean {
    return this.#marks[id] === 1;
  }
  ids(): readonly DigestId[] {
    return this.#ids;
  }
}
