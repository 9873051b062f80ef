// The problem that each state of a manifest is: one table, for a scan that reports it and for a plan that freezes by it.

import type { ProblemCode } from './inventory.js';
import {
  DIGEST_MISMATCH,
  type ManifestState,
  MISSING,
  TOO_LARGE,
  TRUNCATED,
  UNKNOWN_SHAPE,
  UNREADABLE,
} from './manifest-table.js';

/** By state; none where a manifest was read whole, or not at all. */
export const MANIFEST_PROBLEMS: Readonly<Partial<Record<ManifestState, ProblemCode>>> = {
  [MISSING]: 'manifest-missing',
  [UNREADABLE]: 'manifest-unreadable',
  [TOO_LARGE]: 'manifest-too-large',
  [TRUNCATED]: 'manifest-truncated',
  [DIGEST_MISMATCH]: 'manifest-digest-mismatch',
  [UNKNOWN_SHAPE]: 'manifest-unknown-shape',
};
