// Every signal that can end us as an AbortSignal: work ends at its next safe point, with the exit status 128 + the signal's number.
// A second signal ends the process at once; the tree is whole at every point, and the next run puts back what this one took.

import { constants } from 'node:os';
import { type ExitStatus, RegsweepError } from '../model/errors.js';

/** Signals that end a process that does not listen for them, as far as a process may listen. */
export const ENDING: readonly NodeJS.Signals[] = [
  ...(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2', 'SIGALRM', 'SIGVTALRM', 'SIGXCPU', 'SIGXFSZ'] as const),
  ...(['SIGABRT', 'SIGTRAP', 'SIGSYS', 'SIGIO', 'SIGPWR', 'SIGSTKFLT'] as const),
];

export interface Interruption {
  readonly signal: AbortSignal;
  /** 128 + the signal's number once interrupted. */
  status(): ExitStatus | undefined;
  /** Throws `interrupted` once a signal came. */
  check(): void;
  /** Lets a signal be seen that came while nothing was waited for, then as `check`. */
  checkpoint(): Promise<void>;
  /** While `on`, a second signal does not end the process at once: something must be done first, whatever happens. */
  exitLater(on: boolean): void;
  /** Ends the work at its next safe point since something failed where no one waits for it. */
  abort(fault: Error): void;
  stop(): void;
}

/** Begins to listen; call `stop` at the end, so that the process may end too. */
export function listenForSignals(): Interruption {
  const controller = new AbortController();
  let status: ExitStatus | undefined;
  let insists = false;
  const on = (signal: NodeJS.Signals): void => {
    const ended = (128 + constants.signals[signal]) as ExitStatus;
    if (status !== undefined && !insists) process.exit(ended);
    status ??= ended;
    controller.abort(interrupted(ended));
  };
  // Not every system knows every one of them.
  const signals = ENDING.filter((signal) => constants.signals[signal] !== undefined);
  for (const signal of signals) process.on(signal, on);
  const check = (): void => {
    if (status !== undefined) throw interrupted(status);
  };
  return {
    signal: controller.signal,
    status: () => status,
    check,
    async checkpoint() {
      await new Promise((resolve) => setImmediate(resolve));
      check();
    },
    exitLater: (on) => {
      insists = on;
    },
    abort: (fault) => controller.abort(fault),
    stop: () => {
      for (const signal of signals) process.off(signal, on);
    },
  };
}

function interrupted(status: ExitStatus): RegsweepError {
  return new RegsweepError('interrupted', status, 'interrupted; nothing was changed.');
}
