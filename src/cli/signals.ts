// SIGINT and SIGTERM as an AbortSignal: work ends at its next safe point, with the exit status that belongs to the signal. A
// second signal ends the process at once; the tree is whole at every point, and the next run puts back what this one took.

import { EXIT, type ExitStatus, RegsweepError } from '../model/errors.js';

export interface Interruption {
  readonly signal: AbortSignal;
  /** 130 or 143 once interrupted. */
  status(): ExitStatus | undefined;
  /** Throws `interrupted` once a signal came. */
  check(): void;
  /** Lets a signal be seen that came while nothing was waited for, then as `check`. */
  checkpoint(): Promise<void>;
  /** While `on`, a second signal does not end the process at once: something must be done first, whatever happens. */
  insist(on: boolean): void;
  stop(): void;
}

/** Begins to listen; call `stop` at the end, so that the process may end too. */
export function listenForSignals(): Interruption {
  const controller = new AbortController();
  let status: ExitStatus | undefined;
  let insists = false;
  const on = (ended: ExitStatus) => () => {
    if (status !== undefined && !insists) process.exit(ended);
    status ??= ended;
    controller.abort(interrupted(ended));
  };
  const onInterrupt = on(EXIT.interrupted);
  const onTerminate = on(EXIT.terminated);
  process.on('SIGINT', onInterrupt);
  process.on('SIGTERM', onTerminate);
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
    insist: (on) => {
      insists = on;
    },
    stop: () => {
      process.off('SIGINT', onInterrupt);
      process.off('SIGTERM', onTerminate);
    },
  };
}

function interrupted(status: ExitStatus): RegsweepError {
  return new RegsweepError('interrupted', status, 'interrupted; nothing was changed.');
}
