// What the user asked for, as plain JSON data with the clock in it: the same request on the same inventory is the same plan,
// today, in a saved plan file, and in a test. Text that names repositories and tags is still as typed; `select` reads it.

import type { ScanNeeds } from '../inventory/questions.js';

export interface Request {
  readonly command: 'rm' | 'retain' | 'gc';
  /** The clock of the plan, ms since 1970. Nothing below `plan` reads another. */
  readonly nowMs: number;
  /** `rm`: references as typed, `IMAGE[:TAG|@DIGEST]` or patterns. */
  readonly references: readonly string[];
  /** `rm`: names that match nothing are warned of, not refused. */
  readonly ignoreMissing: boolean;
  /** `gc`, `retain`: repository names and patterns in scope, as typed; none means every repository. */
  readonly patterns: readonly string[];
  /** Sweep revisions that no tag refers to. */
  readonly untagged: boolean;
  /** ... also in repositories that have not one tag. */
  readonly tagless: boolean;
  /** `gc`: remove what cannot be pulled: tags and revisions without a manifest, dangling history. */
  readonly broken: boolean;
  /** `gc`: search all folders for temporary files of crashed writes, even where nothing suggests that there are any. */
  readonly leftovers: boolean;
  /** `gc`: remove signature tags whose subject is in no repository. */
  readonly danglingSignatures: boolean;
  /** Allow deleting every blob (`gc`), removing a repository's last tag (`retain`). */
  readonly allowEmpty: boolean;
  /** `gc`, and `rm` and `retain` with `untagged`: nothing younger goes, nor what it references. */
  readonly graceMs: number;
  /** `gc`: uploads begun longer ago are deleted. */
  readonly uploadsOlderThanMs: number;
  /** `gc`, `retain`: refuse when more than this share of the blobs would go; 100 is off. */
  readonly maxDeletePercent: number;
  /** References and digests in use elsewhere, as typed: each is a root. */
  readonly keepInUse: readonly string[];
  /** `retain`: the rules, first match of a repository wins. */
  readonly policies: readonly RetainPolicy[];
}

export type TagOrder = 'pushed' | 'created' | 'name';

/** Keep rules (ORed) for the repositories that `repositories` matches. */
export interface RetainPolicy {
  /** Repository names or patterns; none means all. */
  readonly repositories: readonly string[];
  readonly keep: KeepRules;
  /** Only tags that match one of these globs are up for removal; none means all. */
  readonly tags: readonly string[];
  /** Tags that match one of these globs are out of scope. */
  readonly exclude: readonly string[];
  /** Only tags older than this are up for removal. */
  readonly olderThanMs?: number;
  /** How tags are ordered; undefined is `pushed`, with the check for copied trees. */
  readonly by?: TagOrder;
}

export interface KeepRules {
  readonly last?: number;
  readonly withinMs?: number;
  readonly semver?: number;
  readonly semverMinor?: number;
  readonly semverMajor?: number;
  /** Tag globs. */
  readonly tags?: readonly string[];
  readonly daily?: number;
  readonly weekly?: number;
  readonly monthly?: number;
  readonly yearly?: number;
}

const HOUR_MS = 3_600_000;

/** A request with every option at its documented default. */
export function requestOf(some: Partial<Request> & Pick<Request, 'command' | 'nowMs'>): Request {
  return {
    references: [],
    ignoreMissing: false,
    patterns: [],
    untagged: false,
    tagless: false,
    broken: false,
    leftovers: false,
    danglingSignatures: false,
    allowEmpty: false,
    graceMs: 0,
    uploadsOlderThanMs: 168 * HOUR_MS,
    maxDeletePercent: 100,
    keepInUse: [],
    policies: [],
    ...some,
  };
}

export function needsOf(request: Request): ScanNeeds {
  return {
    ...(request.graceMs > 0 ? { graceSinceMs: request.nowMs - request.graceMs } : {}),
    tagTimes: request.command === 'retain',
    ...(request.command === 'gc' ? { leftovers: request.leftovers ? 'all' : 'likely' } : {}),
  };
}
