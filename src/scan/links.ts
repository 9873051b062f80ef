// Link files read for `check`: a sha256 link is taken at its folder's name everywhere else, here its content is compared with it.
// So are the entries of tags' histories, and each folder is looked at for what no registry writes there.

import type { LinkFault } from '../inventory/faults.js';
import { type Digest, digestOf, isSha256 } from '../model/digest.js';
import {
  CURRENT,
  currentLinkPath,
  historyPath,
  INDEX,
  isAlgorithmFolder,
  isLeftoverName,
  LINK,
  layerLinkPath,
  revisionPath,
  SIGNATURES,
  tagPath,
} from '../model/layout.js';
import type { RepositoryName, TagName } from '../model/names.js';
import type { TreeReader } from './tree-reader.js';

export interface LinksAsk {
  readonly repository: RepositoryName;
  readonly revisions: readonly Digest[];
  readonly layerLinks: readonly Digest[];
  readonly tags: readonly TagName[];
}

export function readLinks(v2: string, asks: readonly LinksAsk[], reader: TreeReader): readonly LinkFault[] {
  return asks.flatMap((ask) => new Looker(v2, ask.repository, reader).look(ask));
}

class Looker {
  readonly #v2: string;
  readonly #repository: RepositoryName;
  readonly #reader: TreeReader;
  readonly #found: LinkFault[] = [];

  constructor(v2: string, repository: RepositoryName, reader: TreeReader) {
    this.#v2 = v2;
    this.#repository = repository;
    this.#reader = reader;
  }

  look({ repository, revisions, layerLinks, tags }: LinksAsk): readonly LinkFault[] {
    for (const digest of revisions) {
      const folder = revisionPath(repository, digest);
      this.#link('revision', digest, folder);
      this.#strays(folder, REVISION);
    }
    for (const digest of layerLinks) {
      const folder = layerLinkPath(repository, digest);
      this.#link('layerLink', digest, folder);
      this.#strays(folder, ONE_LINK);
    }
    for (const tag of tags) this.#tag(tag);
    return this.#found;
  }

  #tag(tag: TagName): void {
    const index = historyPath(this.#repository, tag);
    this.#strays(tagPath(this.#repository, tag), TAG);
    this.#strays(currentLinkPath(this.#repository, tag).slice(0, -LINK.length - 1), ONE_LINK);
    for (const algorithm of this.#reader.names(`${this.#v2}/${index}`) ?? []) {
      if (!isAlgorithmFolder(algorithm)) {
        this.#foreign(`${index}/${algorithm}`);
        continue;
      }
      for (const encoded of this.#reader.names(`${this.#v2}/${index}/${algorithm}`) ?? []) {
        const folder = `${index}/${algorithm}/${encoded}`;
        const digest = digestOf(algorithm, encoded);
        if (digest === undefined) this.#foreign(folder);
        else {
          this.#link('history', digest, folder);
          this.#strays(folder, ONE_LINK);
        }
      }
    }
  }

  #link(of: LinkFault['of'], digest: Digest, folder: string): void {
    const path = `${folder}/${LINK}`;
    const content = this.#reader.link(`${this.#v2}/${path}`);
    // Links of other algorithms lead elsewhere on purpose; the scan reads them.
    const right = isSha256(digest) ? content === digest : content !== undefined;
    if (!right) this.#found.push({ repository: this.#repository, of, digest, path, content });
  }

  #strays(folder: string, own: ReadonlySet<string>): void {
    for (const name of this.#reader.names(`${this.#v2}/${folder}`) ?? [])
      if (!own.has(name) && !isLeftoverName(name)) this.#foreign(`${folder}/${name}`);
  }

  #foreign(path: string): void {
    this.#found.push({ repository: this.#repository, of: 'foreign', digest: undefined, path, content: undefined });
  }
}

const ONE_LINK: ReadonlySet<string> = new Set([LINK]);
const REVISION: ReadonlySet<string> = new Set([LINK, SIGNATURES]);
const TAG: ReadonlySet<string> = new Set([CURRENT, INDEX]);
