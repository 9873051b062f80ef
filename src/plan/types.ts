// What a plan is: removals in order, what was held back and why, and the questions a plan may ask of the scan on its way.

import type { Problem, ProblemCode } from '../inventory/inventory.js';
import type { RepositoryName, TagName } from '../model/names.js';
import type { Lister } from './lister.js';
import type { RemovalList } from './removal.js';
import type { Request } from './request.js';

/** Something that cannot be read, and what to remove to be rid of it. */
export interface Cause {
  readonly code: ProblemCode;
  /** Relative to v2. */
  readonly path: string;
  /** What to give to `rm`. */
  readonly reference: string;
  /** Manifests that list it directly: `rm` takes no part of an index that stays, so they and what lists them are named too. */
  readonly listedBy?: readonly Lister[];
}

/** A repository of which only what the request names literally may go, since something in it cannot be read. */
export interface Frozen {
  readonly repository: RepositoryName;
  /** What froze it, first found first. */
  readonly causes: readonly Cause[];
}

/** A repository or run part that was left alone on purpose. */
export interface LeftAlone {
  readonly repository: RepositoryName;
  /** `tagless`: revisions but no tag; `last-tag`: would lose its last tag; `copied-times`: push times are those of a copy. */
  readonly code: 'tagless' | 'last-tag' | 'copied-times';
  readonly count: number;
}

/** A tag's verdict under keep rules, with the rule that decided. */
export interface Verdict {
  readonly repository: RepositoryName;
  readonly tag: TagName;
  readonly keep: boolean;
  /** `keep-semver`, `in-use`, `out-of-scope`, `follows-subject`, `not-retained`, …. */
  readonly rule: string;
  /** Rank under the rule, 1-based, where the rule counts. */
  readonly rank?: number;
  /** Of the order in force: age of the push or creation. */
  readonly ageMs?: number;
  readonly ageOf?: 'pushed' | 'created';
}

export interface Plan {
  readonly request: Request;
  readonly removals: RemovalList;
  readonly frozen: readonly Frozen[];
  readonly leftAlone: readonly LeftAlone[];
  /** In the order of their paths. */
  readonly problems: readonly Problem[];
  /** `retain`: every tag of every repository in scope. */
  readonly verdicts: readonly Verdict[];
  /** Blobs that nothing readable references and that stay because a manifest somewhere cannot be read. */
  readonly heldBackBlobs: number;
  /** True where something was unreadable or left alone on purpose: the run ends with exit 3 at best. */
  readonly partial: boolean;
}
