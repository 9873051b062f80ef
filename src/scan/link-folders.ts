// The revisions and layer links of one repository, by their folders: a sha256 link's folder already spells its digest, only links
// of other algorithms are read.

import { type DoubtCode, doubtPath } from '../inventory/doubtful-links.js';
import type { ScanNeeds } from '../inventory/questions.js';
import { type Digest, digestOf, isSha256, parseDigest } from '../model/digest.js';
import * as layout from '../model/layout.js';
import type { DigestList } from './digest-list.js';
import type { RepositoryFolders } from './repository-folders.js';
import type { Entry } from './tree-reader.js';

export class LinkFolders {
  readonly #folders: RepositoryFolders;
  readonly #digests: DigestList;
  /** True where each link's time counts. */
  readonly #timed: boolean;
  /** Links that lead to other digests than their names: name and content. */
  readonly aliases: [Digest, Digest][] = [];
  readonly doubtful: [DoubtCode, Digest][] = [];
  readonly youngRevisions: Digest[] = [];
  readonly youngLayerLinks: Digest[] = [];

  constructor(folders: RepositoryFolders, needs: ScanNeeds, digests: DigestList) {
    this.#folders = folders;
    this.#digests = digests;
    this.#timed = needs.graceSinceMs !== undefined;
  }

  /** Adds the revisions below the algorithm folders `algorithms` to the digests. Returns how many there are. */
  revisions(algorithms: readonly Entry[], tagged: ReadonlySet<string>): number {
    const before = this.#digests.count;
    this.#eachLink(`${layout.MANIFESTS}/${layout.REVISIONS}`, algorithms, false, (digest, kind) => {
      if (kind === 'folder' && !this.#isRevision(digest, tagged)) return;
      this.#digests.push(digest);
      if (kind !== 'folder') this.#doubt('revision-unreadable', digest);
      else if (this.#folders.isYoung(`${this.#revisionPath(digest)}/${layout.LINK}`)) this.youngRevisions.push(digest);
    });
    return this.#digests.count - before;
  }

  /** Adds the layer links to the digests. Returns how many there are. */
  layerLinks(): number {
    const before = this.#digests.count;
    // Most folders of a tree are these, and of a sha256 one the name says all.
    const quick = !this.#timed;
    this.#eachLink(layout.LAYERS, this.#folders.reserved(layout.LAYERS), quick, (digest, kind) => {
      this.#digests.push(digest);
      if (kind !== 'folder') return this.#doubt('layer-link-unreadable', digest);
      const folder = layout.layerLinkPath(this.#folders.repository, digest);
      const link = `${folder}/${layout.LINK}`;
      if (!isSha256(digest) && !this.#readAlias(digest, link, 'layer-link-garbled')) {
        const { v2, reader } = this.#folders;
        // It vanished, and what it named is not known: perhaps the registry is running.
        if (reader.lstat(`${v2}/${folder}`) === undefined) this.#doubt('layer-link-unreadable', digest);
      }
      if (this.#folders.isYoung(link)) this.youngLayerLinks.push(digest);
    });
    return this.#digests.count - before;
  }

  #revisionPath(digest: Digest): string {
    return layout.revisionPath(this.#folders.repository, digest);
  }

  /** False for a folder whose link an API delete took. */
  #isRevision(digest: Digest, tagged: ReadonlySet<string>): boolean {
    const { v2, reader } = this.#folders;
    const folder = this.#revisionPath(digest);
    const link = `${folder}/${layout.LINK}`;
    if (!isSha256(digest) ? this.#readAlias(digest, link, 'revision-link-garbled') : tagged.has(digest)) return true;
    if (reader.lstat(`${v2}/${link}`) !== undefined) return true;
    const names = reader.names(`${v2}/${folder}`);
    if (names === undefined)
      this.#doubt('revision-unreadable', digest); // it vanished: perhaps the registry is running
    else if (names.length === 0) this.#folders.empty.push(folder);
    else this.#folders.noteForeign(folder, folder);
    return names === undefined;
  }

  /**
   * Every `<alg>/<hex>` (and `tarsum/<version>/<alg>/<hex>`) below one of ours, of which `algorithms` is the listing; `quick`:
   * sha256 folders are added unseen.
   */
  #eachLink(below: string, algorithms: readonly Entry[], quick: boolean, visit: VisitLink): void {
    for (const entry of algorithms) {
      const { name } = entry;
      if (!layout.isAlgorithmFolder(name)) {
        this.#folders.noteForeign(`${this.#folders.base}/${below}/${name}`, `${this.#folders.base}/${below}`);
        continue;
      }
      const entries = this.#folders.listed(`${below}/${name}`, entry);
      if (name === 'tarsum') this.#eachTarsum(`${below}/tarsum`, entries, visit);
      else {
        this.#eachFolder(`${below}/${name}`, entries, (encoded, kind) => {
          if (quick && kind === 'folder' && name === 'sha256') return this.#digests.pushFolder(name, encoded);
          return visitSpelled(digestOf(name, encoded), kind, visit);
        });
      }
    }
  }

  #eachTarsum(below: string, versions: readonly Entry[], visit: VisitLink): void {
    for (const version of versions) {
      const folder = `${below}/${version.name}`;
      for (const algorithm of this.#folders.listed(folder, version)) {
        const entries = this.#folders.listed(`${folder}/${algorithm.name}`, algorithm);
        this.#eachFolder(`${folder}/${algorithm.name}`, entries, (encoded, kind) => {
          const digest = layout.digestOfParts(['tarsum', version.name, algorithm.name, encoded]);
          return visitSpelled(digest, kind, visit);
        });
      }
    }
  }

  /** Hands the entries of `folder` to `take`, which returns false for what no registry names so. */
  #eachFolder(
    folder: string,
    entries: readonly Entry[],
    take: (encoded: string, kind: Entry['kind']) => boolean,
  ): void {
    for (const { name, kind } of entries) {
      if (!take(name, kind))
        this.#folders.noteForeign(`${this.#folders.base}/${folder}/${name}`, `${this.#folders.base}/${folder}`);
    }
  }

  /** Links of other algorithms are alive by name and by content. Returns whether the content is a digest. */
  #readAlias(digest: Digest, link: string, garbled: DoubtCode): boolean {
    const text = this.#folders.reader.link(`${this.#folders.v2}/${link}`);
    const content = text === undefined ? undefined : parseDigest(text);
    if (content !== undefined && content !== digest) this.aliases.push([digest, content]);
    if (text !== undefined && content === undefined) this.#doubt(garbled, digest);
    return content !== undefined;
  }

  #doubt(code: DoubtCode, digest: Digest): void {
    const { repository, problems } = this.#folders;
    this.doubtful.push([code, digest]);
    problems.push({ code, path: doubtPath(repository, code, digest), repository, digest });
  }
}

type VisitLink = (digest: Digest, kind: Entry['kind']) => void;

function visitSpelled(digest: Digest | undefined, kind: Entry['kind'], visit: VisitLink): boolean {
  if (digest !== undefined) visit(digest, kind);
  return digest !== undefined;
}
