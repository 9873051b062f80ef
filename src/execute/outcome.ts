// What became of a plan.

export interface StepFailure {
  readonly step: number;
  /** Relative to v2. */
  readonly path: string;
  /** Errno, such as `EACCES`. */
  readonly code: string;
  readonly message: string;
}

export interface Outcome {
  readonly status: 'done' | 'incomplete' | 'interrupted';
  /** Undefined where it was deleted in place, without a record. */
  readonly run: string | undefined;
  readonly stepsDone: number;
  /** Steps left out because what refers to them could not be removed. */
  readonly stepsSkipped: number;
  /** Bytes of the data files that went; in the trash still where that is kept. */
  readonly bytesFreed: number;
  readonly trashKept: boolean;
  /** True where items were deleted in place: on request, or without a place for their trash. `undo` cannot bring those back. */
  readonly deletedInPlace: boolean;
  readonly failures: readonly StepFailure[];
  /** What is not a registry's and was found in the way, relative to v2. */
  readonly foreign: readonly string[];
}
