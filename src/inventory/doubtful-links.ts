// Links whose content is unknown. Each freezes its repository.

import type { Digest } from '../model/digest.js';
import { LINK, layerLinkPath, revisionPath } from '../model/layout.js';
import type { RepositoryName } from '../model/names.js';
import type { DigestId } from './digest-table.js';

/** Garbled: a link of another algorithm than sha256 whose content is no digest. Unreadable: its folder is not one, or vanished. */
export type DoubtCode =
  | 'revision-link-garbled'
  | 'layer-link-garbled'
  | 'revision-unreadable'
  | 'layer-link-unreadable';

export interface DoubtfulLink {
  readonly code: DoubtCode;
  readonly digest: DigestId;
}

/** Where the doubt lies, relative to v2. */
export function doubtPath(repository: RepositoryName, code: DoubtCode, digest: Digest): string {
  const folder = code.startsWith('layer') ? layerLinkPath(repository, digest) : revisionPath(repository, digest);
  return code.endsWith('garbled') ? `${folder}/${LINK}` : folder;
}
