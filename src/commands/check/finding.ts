// One thing that is wrong with a tree. `damage` breaks pulls; `litter` only takes space; a `note` is worth knowing.

import type { ProblemCode } from '../../inventory/inventory.js';
import type { Digest } from '../../model/digest.js';
import type { RepositoryName } from '../../model/names.js';

export type FindingCode =
  | ProblemCode
  | 'tag-without-revision'
  | 'layer-missing'
  | 'layer-not-linked'
  | 'child-missing'
  | 'history-dangling'
  | 'layer-link-dangling'
  | 'blob-bare'
  | 'link-content'
  | 'link-missing'
  | 'history-link'
  | 'empty-folder'
  | 'signature-missing'
  | 'leftover'
  | 'upload-undated'
  | 'blob-content';

export interface Finding {
  readonly code: FindingCode;
  readonly severity: 'damage' | 'litter' | 'note';
  /** Relative to v2. */
  readonly path: string;
  readonly repository: RepositoryName | undefined;
  readonly digest: Digest | undefined;
  readonly detail: string | undefined;
  /** Tags, as `repository:tag`, whose pulls fail or may fail for it. */
  readonly breaks: readonly string[];
}

/** A finding that concerns `path` alone, but for what `more` tells. */
export function finding(
  code: FindingCode,
  severity: Finding['severity'],
  path: string,
  more: Partial<Pick<Finding, 'repository' | 'digest' | 'detail' | 'breaks'>> = {},
): Finding {
  return { code, severity, path, repository: undefined, digest: undefined, detail: undefined, breaks: [], ...more };
}
