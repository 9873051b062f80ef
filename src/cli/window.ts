// The maintenance window: the registry is stopped, something is done, and it is started again whatever happened: a failure, a
// refusal, a signal. What need not wait for the start goes on after it.

import { setTimeout as sleep } from 'node:timers/promises';
import { findServing, isDanger } from '../execute/guard.js';
import { refusal } from '../model/errors.js';
import type { Tree } from '../model/tree.js';
import type { WindowResult } from '../report/result.js';
import { probe, runCommand, type Service, untilAnswers } from './service.js';
import type { Session } from './session.js';
import type { Stopwatch } from './stopwatch.js';

const POLL_MS = 50;
/** How long work may take to reach its next safe point once something failed where no one waits for it, in ms. */
const SETTLE_MS = 10_000;

/** A registry that is down, until it is started. */
export interface Down {
  /** Starts it, once; a failure is reported at the end and never thrown. */
  start(): Promise<void>;
  /** How long it was down, and what took how long. */
  result(): WindowResult;
}

/** Does `work` while the registry is stopped. Throws the refusal `stop-failed`, and what `work` throws; starts it all the same. */
export async function whileStopped<T>(
  session: Session,
  tree: Tree,
  service: Service,
  watch: Stopwatch,
  work: (down: Down) => Promise<T>,
): Promise<T> {
  const { interruption } = session;
  interruption.check();
  interruption.exitLater(true);
  const begun = performance.now();
  const down = startOnce(session, service, watch, begun);
  const faults = watchForFaults(interruption);
  try {
    return await faults.orSettled(
      (async () => {
        await watch.time('stop', () => stopped(service, session, tree));
        interruption.check();
        return work(down);
      })(),
    );
  } finally {
    await down.start();
    faults.stop();
    interruption.exitLater(false);
  }
}

/**
 * Watches for what would end the process with the registry down: an error that no one catches, and work that is waited for but
 * never ends. The work is given time to reach a safe point, then the window goes on to its end.
 */
function watchForFaults({ abort }: Session['interruption']) {
  let reject: (fault: Error) => void = () => undefined;
  const failed = new Promise<never>((_, fail) => {
    reject = fail;
  });
  failed.catch(() => undefined); // ignored error: seen where the work is waited for
  const onFault = (thrown: unknown): void => {
    const fault = thrown instanceof Error ? thrown : new Error(String(thrown));
    abort(fault);
    reject(fault);
  };
  const onDrained = (): void => onFault(new Error('regsweep bug, please report: the work in the window never ended'));
  process.on('uncaughtException', onFault);
  process.on('unhandledRejection', onFault);
  process.on('beforeExit', onDrained);
  return {
    async orSettled<T>(work: Promise<T>): Promise<T> {
      try {
        return await Promise.race([work, failed]);
      } catch (error) {
        const settled = work.then(
          () => undefined,
          () => undefined, // ignored error: the one that came first is thrown
        );
        const waiting = new AbortController();
        const timeout = sleep(SETTLE_MS, undefined, { signal: waiting.signal }).catch(() => undefined); // ignored error: cancelled
        await Promise.race([settled, timeout]);
        waiting.abort();
        throw error;
      }
    },
    stop(): void {
      process.off('uncaughtException', onFault);
      process.off('unhandledRejection', onFault);
      process.off('beforeExit', onDrained);
    },
  };
}

/** Says so where the URL that will be waited for does not answer now, while it should: better than after the stop. */
export async function warnIfUnanswered({ log }: Session, { wait }: Service): Promise<void> {
  const silence = wait === undefined ? undefined : await probe(wait.url);
  if (silence !== undefined)
    log.warn(`${wait!.url} does not answer now: ${silence}; is it the registry's, and does it run?`);
}

async function stopped(service: Service, { log, interruption }: Session, tree: Tree): Promise<void> {
  try {
    await runCommand('stop command', service.stop, log);
  } catch (error) {
    throw refusal(
      'stop-failed',
      `The stop command failed: ${(error as Error).message}`,
      'Nothing was touched, and the start command was run. See that the registry runs.',
    );
  }
  const deadline = performance.now() + service.stopMs;
  while (!interruption.signal.aborted && performance.now() < deadline && (await findServing(tree)).some(isDanger)) {
    await sleep(POLL_MS);
  }
}

function startOnce(session: Session, service: Service, watch: Stopwatch, begun: number): Down {
  let started: Promise<void> | undefined;
  let downMs = 0;
  let startFailure: string | undefined;
  let notConfirmed: string | undefined;
  const start = async (): Promise<void> => {
    try {
      await watch.time('start', () => runCommand('start command', service.start, session.log));
      const { wait } = service;
      if (wait !== undefined) {
        notConfirmed = await watch
          .time('wait', () => untilAnswers(wait, session.interruption.signal))
          .then(
            () => undefined,
            ({ message }: Error) => message,
          );
      }
    } catch (error) {
      startFailure = (error as Error).message;
    }
    // Said with --quiet too: a registry that is down must not be missed.
    if (startFailure !== undefined) {
      say(session, `the registry is not running: the start command failed: ${startFailure}`, startFailure);
    } else if (notConfirmed !== undefined) {
      say(session, `the registry was started, but not confirmed: ${notConfirmed}`, notConfirmed);
    }
    downMs = Math.round(performance.now() - begun);
  };
  return {
    start: () => {
      started ??= start();
      return started;
    },
    result: () => ({ downMs, startFailure, notConfirmed, phasesMs: watch.phases() }),
  };
}

function say({ log }: Session, message: string, error: string): void {
  process.stderr.write(`regsweep: ${message}\n`);
  log.info('start', { error });
}
