// What a look into links and blobs finds wrong: facts for `check`, which tells what each means.

import type { Digest } from '../model/digest.js';
import type { RepositoryName } from '../model/names.js';

/** A link whose content is not its folder's digest, or an entry that no registry writes beside one. */
export interface LinkFault {
  readonly repository: RepositoryName;
  readonly of: 'revision' | 'layerLink' | 'history' | 'foreign';
  /** Undefined for a foreign entry. */
  readonly digest: Digest | undefined;
  /** Of the link file or foreign entry, relative to v2. */
  readonly path: string;
  /** As it was read; undefined where there is no link. */
  readonly content: string | undefined;
}

/** A blob that is not what its digest says, or could not be read. */
export interface ContentFault {
  readonly digest: Digest;
  readonly error: string | undefined;
}
