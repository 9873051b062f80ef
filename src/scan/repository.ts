// One repository's folders as packed data that travels between threads: tags, revisions, layer links, uploads. Reads the tag
// links, lists the rest; a sha256 link's folder already spells its digest (SPEC 3). An error while listing is never an empty list.

import { type Problem, TAG_EMPTY, TAG_GARBLED, TAG_MISSING, TAG_OK, type Upload } from '../inventory/inventory.js';
import type { ScanNeeds } from '../inventory/questions.js';
import { type Digest, digestOf, isSha256, parseDigest } from '../model/digest.js';
import * as layout from '../model/layout.js';
import type { RepositoryName, TagName } from '../model/names.js';
import { DigestList, type PackedDigests } from './digest-list.js';
import type { ReadingDoor } from './door.js';
import { modifiedMsOf } from './times.js';

/** Repositories as a worker sends them. */
export interface RawRepositories {
  readonly repositories: readonly RawRepository[];
  /** Of one repository after the other: its tags' currents, its revisions, its layer links. */
  readonly digests: PackedDigests;
}

export interface RawRepository {
  readonly name: RepositoryName;
  readonly tags: readonly TagName[];
  /** How many of the digests are this one's: a current per tag with state {@link TAG_OK}, in order; revisions; layer links. */
  readonly counts: { readonly currents: number; readonly revisions: number; readonly layerLinks: number };
  /** A state per tag; empty where all are {@link TAG_OK}. */
  readonly states: readonly number[];
  /** ms since 1970, a time per tag; empty unless asked for. */
  readonly pushedMs: readonly number[];
  /** Position of a tag whose current can not be read, to the digests of its history. */
  readonly suspects: readonly (readonly [number, readonly Digest[]])[];
  readonly aliases: readonly (readonly [Digest, Digest])[];
  readonly garbledLinks: readonly (readonly ['revision' | 'layerLink', Digest])[];
  readonly uploads: readonly Upload[];
  readonly folders: readonly string[];
  readonly emptyFolders: readonly string[];
  readonly foreign: readonly string[];
  readonly problems: readonly Problem[];
  readonly young:
    | {
        readonly tags: readonly TagName[];
        readonly revisions: readonly Digest[];
        readonly layerLinks: readonly Digest[];
      }
    | undefined;
}

export function readRepositories(
  v2: string,
  names: readonly RepositoryName[],
  needs: ScanNeeds,
  door: ReadingDoor,
): RawRepositories {
  const digests = new DigestList();
  const repositories = names.map((name) => new RepositoryReader(v2, name, needs, door, digests).read());
  return { repositories, digests: digests.packed() };
}

class RepositoryReader {
  readonly #v2: string;
  readonly #name: RepositoryName;
  readonly #needs: ScanNeeds;
  readonly #door: ReadingDoor;
  readonly #digests: DigestList;
  readonly #base: string;
  readonly #folders: string[] = [];
  readonly #empty: string[] = [];
  readonly #foreign: string[] = [];
  readonly #problems: Problem[] = [];
  readonly #aliases: [Digest, Digest][] = [];
  readonly #garbled: ['revision' | 'layerLink', Digest][] = [];
  readonly #young = { tags: [] as TagName[], revisions: [] as Digest[], layerLinks: [] as Digest[] };

  constructor(v2: string, name: RepositoryName, needs: ScanNeeds, door: ReadingDoor, digests: DigestList) {
    this.#v2 = v2;
    this.#digests = digests;
    this.#name = name;
    this.#needs = needs;
    this.#door = door;
    this.#base = layout.repositoryPath(name);
  }

  read(): RawRepository {
    const tags = this.#tags();
    const revisions = this.#revisions(new Set(tags.named));
    const layerLinks = this.#layerLinks();
    const uploads = this.#uploads();
    const { youngSinceMs } = this.#needs;
    return {
      name: this.#name,
      tags: tags.names,
      counts: { currents: tags.named.length, revisions, layerLinks },
      suspects: tags.suspects,
      states: tags.named.length === tags.names.length ? [] : tags.states,
      pushedMs: tags.pushedMs,
      aliases: this.#aliases,
      garbledLinks: this.#garbled,
      uploads,
      folders: this.#folders,
      emptyFolders: this.#empty.sort((a, b) => b.split('/').length - a.split('/').length || (a < b ? -1 : 1)),
      foreign: this.#foreign,
      problems: this.#problems,
      young: youngSinceMs === undefined ? undefined : this.#young,
    };
  }

  /** Names in one of our folders; notes that it exists, or is empty. */
  #list(below: string): readonly string[] {
    const names = this.#door.names(`${this.#v2}/${this.#base}/${below}`);
    if (names === undefined) return [];
    this.#folders.push(below);
    if (names.length === 0) this.#empty.push(`${this.#base}/${below}`);
    return names;
  }

  #alien(path: string, folder: string): void {
    this.#problems.push({ code: 'foreign-entry', path, repository: this.#name });
    this.#foreign.push(folder);
  }

  #isYoung(path: string): boolean {
    const { youngSinceMs } = this.#needs;
    return youngSinceMs !== undefined && (this.#door.stat(`${this.#v2}/${path}`)?.mtimeMs ?? 0) > youngSinceMs;
  }

  #tags() {
    const names: TagName[] = [];
    const named: string[] = [];
    const states: number[] = [];
    const pushedMs: number[] = [];
    const suspects: [number, readonly Digest[]][] = [];
    const manifests = this.#list(layout.MANIFESTS);
    for (const other of manifests) {
      if (other !== layout.TAGS && other !== layout.REVISIONS)
        this.#alien(`${this.#base}/${layout.MANIFESTS}/${other}`, `${this.#base}/${layout.MANIFESTS}`);
    }
    for (const tag of [...this.#list(`${layout.MANIFESTS}/${layout.TAGS}`)].sort()) {
      const name = tag as TagName;
      const file = `${this.#v2}/${layout.currentLinkPath(this.#name, name)}`;
      const text = this.#door.link(file);
      if (
        text === undefined &&
        this.#door.stat(`${this.#v2}/${layout.tagPath(this.#name, name)}`)?.isDirectory() !== true
      ) {
        this.#alien(layout.tagPath(this.#name, name), layout.tagsPath(this.#name));
        continue;
      }
      const digest = text === undefined ? undefined : parseDigest(text);
      const state =
        text === undefined ? TAG_MISSING : text === '' ? TAG_EMPTY : digest === undefined ? TAG_GARBLED : TAG_OK;
      names.push(name);
      states.push(state);
      if (digest !== undefined) {
        this.#digests.push(digest);
        named.push(digest);
      } else {
        suspects.push([names.length - 1, this.#history(name)]);
        this.#problems.push({
          code: TAG_PROBLEMS[state]!,
          path: layout.currentLinkPath(this.#name, name),
          repository: this.#name,
        });
      }
      if (this.#needs.tagTimes === true) {
        const stats = this.#door.stat(file);
        pushedMs.push(stats === undefined ? Number.NaN : modifiedMsOf(stats));
      }
      if (this.#isYoung(layout.currentLinkPath(this.#name, name)) || this.#isBegun(name, digest))
        this.#young.tags.push(name);
    }
    return { names, named, states, suspects, pushedMs };
  }

  /** True for a tag whose push is young and was cut off: its history was written, its current was not. */
  #isBegun(tag: TagName, current: Digest | undefined): boolean {
    if (current !== undefined || this.#needs.youngSinceMs === undefined) return false;
    return this.#history(tag).some((digest) =>
      this.#isYoung(`${layout.historyEntryPath(this.#name, tag, digest)}/${layout.LINK}`),
    );
  }

  /** What a tag has ever named: its current is one of these. */
  #history(tag: TagName): readonly Digest[] {
    const folder = `${this.#v2}/${layout.historyPath(this.#name, tag)}`;
    return (this.#door.names(folder) ?? []).flatMap((algorithm) =>
      (this.#door.names(`${folder}/${algorithm}`) ?? []).flatMap(
        (encoded) => layout.digestOfParts([algorithm, encoded]) ?? [],
      ),
    );
  }

  /** Adds the revisions to the digests. Returns how many there are. */
  #revisions(tagged: ReadonlySet<string>): number {
    const before = this.#digests.count;
    this.#eachLink(`${layout.MANIFESTS}/${layout.REVISIONS}`, false, (digest) => {
      const folder = layout.revisionPath(this.#name, digest);
      const link = `${this.#v2}/${folder}/${layout.LINK}`;
      if (!isSha256(digest)) {
        if (!this.#readAlias(digest, link, 'revision') && this.#door.lstat(link) === undefined) return;
      } else if (!tagged.has(digest) && this.#door.lstat(link) === undefined) {
        // An API delete takes the link and leaves the folder: that is no revision.
        if (this.#door.names(`${this.#v2}/${folder}`)?.length === 0) this.#empty.push(folder);
        else this.#alien(folder, folder);
        return;
      }
      this.#digests.push(digest);
      if (this.#isYoung(`${folder}/${layout.LINK}`)) this.#young.revisions.push(digest);
    });
    return this.#digests.count - before;
  }

  /** Adds the layer links to the digests. Returns how many there are. */
  #layerLinks(): number {
    const before = this.#digests.count;
    // Most folders of a tree are these, and of a sha256 one the name says all.
    const quick = this.#needs.youngSinceMs === undefined;
    this.#eachLink(layout.LAYERS, quick, (digest) => {
      this.#digests.push(digest);
      const link = `${layout.layerLinkPath(this.#name, digest)}/${layout.LINK}`;
      if (!isSha256(digest)) this.#readAlias(digest, `${this.#v2}/${link}`, 'layerLink');
      if (this.#isYoung(link)) this.#young.layerLinks.push(digest);
    });
    return this.#digests.count - before;
  }

  /** Every `<alg>/<hex>` (and `tarsum/<version>/<alg>/<hex>`) folder below one of ours; `quick`: sha256 ones are added unseen. */
  #eachLink(below: string, quick: boolean, visit: (digest: Digest) => void): void {
    for (const algorithm of this.#list(below)) {
      if (algorithm === 'tarsum') this.#eachTarsum(`${below}/tarsum`, visit);
      else if (quick && algorithm === 'sha256')
        this.#eachFolder(`${below}/sha256`, below, (encoded) => this.#digests.pushFolder('sha256', encoded));
      else
        this.#eachFolder(
          `${below}/${algorithm}`,
          below,
          spelt((encoded) => digestOf(algorithm, encoded), visit),
        );
    }
  }

  #eachTarsum(below: string, visit: (digest: Digest) => void): void {
    for (const version of this.#list(below)) {
      for (const algorithm of this.#list(`${below}/${version}`)) {
        const spell = (encoded: string): Digest | undefined =>
          layout.digestOfParts(['tarsum', version, algorithm, encoded]);
        this.#eachFolder(`${below}/${version}/${algorithm}`, below, spelt(spell, visit));
      }
    }
  }

  /** Hands the names in `folder` to `take`, which says false to what no registry names so. */
  #eachFolder(folder: string, parent: string, take: (encoded: string) => boolean): void {
    const encodeds = this.#door.names(`${this.#v2}/${this.#base}/${folder}`);
    if (encodeds === undefined) {
      this.#alien(`${this.#base}/${folder}`, `${this.#base}/${parent}`);
      return;
    }
    this.#folders.push(folder);
    if (encodeds.length === 0) this.#empty.push(`${this.#base}/${folder}`);
    for (const encoded of encodeds) {
      if (!take(encoded)) this.#alien(`${this.#base}/${folder}/${encoded}`, `${this.#base}/${folder}`);
    }
  }

  /** Links of other algorithms are alive by name and by content. */
  #readAlias(digest: Digest, file: string, of: 'revision' | 'layerLink'): boolean {
    const text = this.#door.link(file);
    const content = text === undefined ? undefined : parseDigest(text);
    if (content !== undefined && content !== digest) this.#aliases.push([digest, content]);
    if (text !== undefined && content === undefined) {
      this.#garbled.push([of, digest]);
      const code = of === 'revision' ? 'revision-link-garbled' : 'layer-link-garbled';
      this.#problems.push({ code, path: file.slice(this.#v2.length + 1), repository: this.#name, digest });
    }
    return content !== undefined;
  }

  #uploads(): readonly Upload[] {
    const uploads: Upload[] = [];
    for (const id of [...this.#list(layout.UPLOADS)].sort()) {
      const folder = `${this.#v2}/${layout.uploadPath(this.#name, id)}`;
      const own = this.#door.lstat(folder);
      if (own === undefined) continue; // gone since the listing: an upload that is not there needs nothing
      if (!own.isDirectory()) {
        this.#alien(layout.uploadPath(this.#name, id), layout.uploadsPath(this.#name));
        continue;
      }
      const text = this.#door.link(`${folder}/${layout.STARTED_AT}`);
      // Held to its form: of a text cut short, Date.parse would make a date long past.
      const startedMs = text !== undefined && RFC_3339.test(text) ? Date.parse(text) : Number.NaN;
      const inside = weighFolder(folder, this.#door);
      uploads.push({
        id,
        startedMs: Number.isNaN(startedMs) ? undefined : startedMs,
        newestMs: Math.max(modifiedMsOf(own), inside.newestMs),
        bytes: inside.bytes,
      });
    }
    return uploads;
  }
}

function spelt(spell: (encoded: string) => Digest | undefined, visit: (digest: Digest) => void) {
  return (encoded: string): boolean => {
    const digest = spell(encoded);
    if (digest !== undefined) visit(digest);
    return digest !== undefined;
  };
}

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

const TAG_PROBLEMS: Readonly<Record<number, Problem['code']>> = {
  [TAG_MISSING]: 'tag-link-missing',
  [TAG_EMPTY]: 'tag-link-empty',
  [TAG_GARBLED]: 'tag-link-garbled',
};

/** Bytes of all files below a folder, and the newest mtime; symlinks are not followed. */
export function weighFolder(folder: string, door: ReadingDoor): { bytes: number; newestMs: number } {
  let bytes = 0;
  let newestMs = 0;
  for (const name of door.names(folder) ?? []) {
    const stats = door.lstat(`${folder}/${name}`);
    if (stats === undefined) continue; // gone since the listing: it weighs nothing
    newestMs = Math.max(newestMs, modifiedMsOf(stats));
    if (stats.isFile()) bytes += stats.size;
    if (!stats.isDirectory()) continue;
    const inside = weighFolder(`${folder}/${name}`, door);
    bytes += inside.bytes;
    newestMs = Math.max(newestMs, inside.newestMs);
  }
  return { bytes, newestMs };
}
