// Link files read for `check`: a sha256 link is taken at its folder's name everywhere else, here its content is compared with it.

import { type Digest, isSha256 } from '../model/digest.js';
import { LINK, layerLinkPath, revisionPath } from '../model/layout.js';
import type { RepositoryName } from '../model/names.js';
import type { ReadingDoor } from './door.js';

export interface LinksAsk {
  readonly repository: RepositoryName;
  readonly revisions: readonly Digest[];
  readonly layerLinks: readonly Digest[];
}

/** A link whose content is not its folder's digest. */
export interface WrongLink {
  readonly repository: RepositoryName;
  readonly of: 'revision' | 'layerLink';
  readonly digest: Digest;
  /** Of the link file, relative to v2. */
  readonly path: string;
  readonly found: 'missing' | 'empty' | 'other';
}

export function readLinks(v2: string, asks: readonly LinksAsk[], door: ReadingDoor): readonly WrongLink[] {
  return asks.flatMap(({ repository, revisions, layerLinks }) => {
    const look = (of: WrongLink['of'], digest: Digest, folder: string): WrongLink[] => {
      const path = `${folder}/${LINK}`;
      const text = isSha256(digest) ? door.link(`${v2}/${path}`) : digest;
      if (text === digest) return [];
      return [
        { repository, of, digest, path, found: text === undefined ? 'missing' : text === '' ? 'empty' : 'other' },
      ];
    };
    return [
      ...revisions.flatMap((digest) => look('revision', digest, revisionPath(repository, digest))),
      ...layerLinks.flatMap((digest) => look('layerLink', digest, layerLinkPath(repository, digest))),
    ];
  });
}
