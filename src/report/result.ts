// What a changing command has to tell: the plan, what became of it, and what comes next. The table and the JSON document are
// two ways to say this one thing.

import type { RemovalKind } from '../plan/removal.js';
import type { Plan } from '../plan/types.js';
import type { NextStep } from './words.js';

export interface Failure {
  /** Step of the plan. */
  readonly step: number;
  /** Relative to v2. */
  readonly path: string;
  /** Such as `EACCES`. */
  readonly code: string;
  readonly message: string;
}

export interface ResultOutcome {
  /**
   * `done`: every step; `incomplete`: some failed or were skipped; `interrupted`: by a signal, the next run puts it back;
   * `declined`: the question was answered with no; `nothing`: there was nothing to do.
   */
  readonly status: 'done' | 'incomplete' | 'interrupted' | 'declined' | 'nothing';
  /** Id of the run, where one was started. */
  readonly run: string | undefined;
  readonly stepsDone: number;
  /** Steps not tried since one that they depend on failed. */
  readonly stepsSkipped: number;
  /** Bytes of the data files that went; with kept trash they are freed by `trash empty`. */
  readonly bytesFreed: number;
  readonly trashKept: boolean;
  /** True where items were deleted in place: `undo` cannot bring those back. */
  readonly deletedInPlace: boolean;
  readonly failures: readonly Failure[];
  /** What is not a registry's and was found in the way, relative to v2: it stays, or lies in the trash until that is emptied. */
  readonly foreign: readonly string[];
}

/** A registry that was stopped for the change and started again. */
export interface WindowResult {
  /** From the stop command's begin until the registry answered again, or the start command ended; ms. */
  readonly downMs: number;
  /** Why it could not be started; undefined where it was. */
  readonly startFailure: string | undefined;
  /** Why it is not certain that it runs, though its start command succeeded; undefined where it answered, or was not asked. */
  readonly notConfirmed?: string | undefined;
  /** What each phase took, ms: `scan`, `plan`, `look` (ahead, at what goes), `stop`, `rescan`, `replan`, `move`, `start`, `wait`, `free`. */
  readonly phasesMs: Readonly<Record<string, number>>;
}

export interface ChangeResult {
  /** The registry's root, resolved. */
  readonly root: string;
  readonly dryRun: boolean;
  /** True where it is deleted in place on request: it cannot be undone. */
  readonly inPlace?: boolean;
  readonly plan: Plan;
  /** Undefined in a dry run, and before the question is answered. */
  readonly outcome: ResultOutcome | undefined;
  readonly next: readonly NextStep[];
  /** Where regsweep stopped and started the registry itself. */
  readonly window?: WindowResult | undefined;
}

/** What an undo puts back, and what it leaves. */
export interface UndoResult {
  readonly root: string;
  readonly dryRun: boolean;
  /** Id of the run that is undone, and its command. */
  readonly run: string;
  readonly command: string;
  readonly back: readonly { readonly step: number; readonly kind: RemovalKind; readonly path: string }[];
  /** Bytes of the data files that come back. */
  readonly bytes: number;
  /** Items that are in the tree again already. */
  readonly there: number;
  readonly stays: readonly {
    readonly step: number;
    readonly kind: string;
    readonly path: string;
    readonly why: 'newer' | 'needs';
    /** What it would lack, and the run whose trash holds that. */
    readonly needs: readonly { readonly digest: string; readonly takenBy: string | undefined }[];
  }[];
  /** True where a start command starts the registry afterwards. */
  readonly restarts?: boolean;
  /** Undefined before anything was put back. */
  readonly outcome:
    | {
        readonly run: string;
        readonly steps: number;
        readonly inTheWay: readonly string[];
        readonly failures: readonly Failure[];
        /** True where a signal came. */
        readonly interrupted: boolean;
      }
    | undefined;
}
