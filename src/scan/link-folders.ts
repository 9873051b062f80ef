// The revisions and layer links of one repository, by their folders: a sha256 link's folder already spells its digest (SPEC 3), only
// links of other algorithms are read.

import type { GarbledLink } from '../inventory/inventory.js';
import type { ScanNeeds } from '../inventory/questions.js';
import { type Digest, digestOf, isSha256, parseDigest } from '../model/digest.js';
import * as layout from '../model/layout.js';
import type { DigestList } from './digest-list.js';
import type { OwnFolders } from './own-folders.js';

export class LinkFolders {
  readonly #folders: OwnFolders;
  readonly #digests: DigestList;
  /** True where each link's time counts. */
  readonly #timed: boolean;
  /** Links that lead to other digests than their names: name and content. */
  readonly aliases: [Digest, Digest][] = [];
  readonly garbled: [GarbledLink['of'], Digest][] = [];
  readonly youngRevisions: Digest[] = [];
  readonly youngLayerLinks: Digest[] = [];

  constructor(folders: OwnFolders, needs: ScanNeeds, digests: DigestList) {
    this.#folders = folders;
    this.#digests = digests;
    this.#timed = needs.youngSinceMs !== undefined;
  }

  /** Adds the revisions to the digests. Returns how many there are. */
  revisions(tagged: ReadonlySet<string>): number {
    const before = this.#digests.count;
    this.#eachLink(`${layout.MANIFESTS}/${layout.REVISIONS}`, false, (digest) => {
      const folder = layout.revisionPath(this.#folders.repository, digest);
      const link = `${this.#folders.v2}/${folder}/${layout.LINK}`;
      if (!isSha256(digest)) {
        if (!this.#readAlias(digest, link, 'revision') && this.#folders.door.lstat(link) === undefined) return;
      } else if (!tagged.has(digest) && this.#folders.door.lstat(link) === undefined) {
        // An API delete takes the link and leaves the folder: that is no revision.
        if (this.#folders.door.names(`${this.#folders.v2}/${folder}`)?.length === 0) this.#folders.empty.push(folder);
        else this.#folders.noteForeign(folder, folder);
        return;
      }
      this.#digests.push(digest);
      if (this.#folders.isYoung(`${folder}/${layout.LINK}`)) this.youngRevisions.push(digest);
    });
    return this.#digests.count - before;
  }

  /** Adds the layer links to the digests. Returns how many there are. */
  layerLinks(): number {
    const before = this.#digests.count;
    // Most folders of a tree are these, and of a sha256 one the name says all.
    const quick = !this.#timed;
    this.#eachLink(layout.LAYERS, quick, (digest) => {
      this.#digests.push(digest);
      const link = `${layout.layerLinkPath(this.#folders.repository, digest)}/${layout.LINK}`;
      if (!isSha256(digest)) this.#readAlias(digest, `${this.#folders.v2}/${link}`, 'layerLink');
      if (this.#folders.isYoung(link)) this.youngLayerLinks.push(digest);
    });
    return this.#digests.count - before;
  }

  /** Every `<alg>/<hex>` (and `tarsum/<version>/<alg>/<hex>`) folder below one of ours; `quick`: sha256 ones are added unseen. */
  #eachLink(below: string, quick: boolean, visit: (digest: Digest) => void): void {
    for (const algorithm of this.#folders.list(below)) {
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
    for (const version of this.#folders.list(below)) {
      for (const algorithm of this.#folders.list(`${below}/${version}`)) {
        const spell = (encoded: string): Digest | undefined =>
          layout.digestOfParts(['tarsum', version, algorithm, encoded]);
        this.#eachFolder(`${below}/${version}/${algorithm}`, below, spelt(spell, visit));
      }
    }
  }

  /** Hands the names in `folder` to `take`, which says false to what no registry names so. */
  #eachFolder(folder: string, parent: string, take: (encoded: string) => boolean): void {
    const encodeds = this.#folders.listed(folder);
    if (encodeds === undefined) {
      this.#folders.noteForeign(`${this.#folders.base}/${folder}`, `${this.#folders.base}/${parent}`);
      return;
    }
    for (const encoded of encodeds) {
      if (!take(encoded))
        this.#folders.noteForeign(`${this.#folders.base}/${folder}/${encoded}`, `${this.#folders.base}/${folder}`);
    }
  }

  /** Links of other algorithms are alive by name and by content. */
  #readAlias(digest: Digest, file: string, of: 'revision' | 'layerLink'): boolean {
    const text = this.#folders.door.link(file);
    const content = text === undefined ? undefined : parseDigest(text);
    if (content !== undefined && content !== digest) this.aliases.push([digest, content]);
    if (text !== undefined && content === undefined) {
      this.garbled.push([of, digest]);
      const code = of === 'revision' ? 'revision-link-garbled' : 'layer-link-garbled';
      this.#folders.problems.push({
        code,
        path: file.slice(this.#folders.v2.length + 1),
        repository: this.#folders.repository,
        digest,
      });
    }
    return content !== undefined;
  }
}

function spelt(spell: (encoded: string) => Digest | undefined, visit: (digest: Digest) => void) {
  return (encoded: string): boolean => {
    const digest = spell(encoded);
    if (digest !== undefined) visit(digest);
    return digest !== undefined;
  };
}
