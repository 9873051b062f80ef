// Errors are part of the interface: each has a code, an exit status, the path that it is about, and what to do.
// The table of exit statuses is closed; README.md documents it and a test compares the two.

/** The exit statuses of the command (rule 9.6). */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  partial: 3,
  refused: 4,
  damaged: 5,
  changes: 10,
  hungUp: 129,
  interrupted: 130,
  quit: 131,
  terminated: 143,
} as const;

/** One of the table; 128 + the number of any other signal that ended the run. */
export type ExitStatus = (typeof EXIT)[keyof typeof EXIT];

export type ErrorCode =
  | 'usage'
  | 'no-such-name'
  | 'not-a-registry-tree'
  | 'unsupported-driver'
  | 'tree-unreadable'
  | 'locked'
  | 'shared-blobs'
  | 'object-store'
  | 'registry-running'
  | 'metadata-database'
  | 'nothing-referenced'
  | 'too-many-missing'
  | 'max-delete'
  | 'empties-registry'
  | 'manifests-elsewhere'
  | 'tagless-registry'
  | 'still-listed'
  | 'in-use'
  | 'no-keep-rule'
  | 'plan-differs'
  | 'plan-file'
  | 'run-record'
  | 'put-back'
  | 'not-begun'
  /** No room on the disk for what a run writes before its first change. */
  | 'disk-full'
  | 'stop-failed'
  | 'interrupted'
  | 'interrupted-run'
  | 'io';

/** An error as the user sees it: what happened, where, and what to do. */
export class RegsweepError extends Error {
  readonly code: ErrorCode;
  readonly exitStatus: ExitStatus;
  /** What the user can do now; one or more sentences. */
  readonly hint: string | undefined;
  readonly path: string | undefined;
  /** What the message is about, one by one, where there are several. */
  readonly details: readonly string[];

  constructor(
    code: ErrorCode,
    exitStatus: ExitStatus,
    message: string,
    more: {
      readonly hint?: string;
      readonly path?: string;
      readonly details?: readonly string[];
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = 'RegsweepError';
    this.code = code;
    this.exitStatus = exitStatus;
    this.hint = more.hint;
    this.path = more.path;
    this.details = more.details ?? [];
  }
}

/** The command line is wrong: exit 2, nothing touched. */
export function usageError(message: string, hint?: string): RegsweepError {
  return new RegsweepError('usage', EXIT.usage, message, hint === undefined ? {} : { hint });
}

/** A safety refusal: exit 4, nothing touched. */
export function refusal(code: ErrorCode, message: string, hint: string, path?: string): RegsweepError {
  return new RegsweepError(code, EXIT.refused, message, path === undefined ? { hint } : { hint, path });
}

/** For states that cannot be: a bug of ours, never the user's. */
export function invariant(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`regsweep bug, please report: ${what}`);
}
