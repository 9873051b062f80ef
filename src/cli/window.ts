// The maintenance window: the registry is stopped, something is done, and it is started again whatever happened: a failure, a
// refusal, a signal. What need not wait for the start goes on after it.

import { setTimeout as sleep } from 'node:timers/promises';
import { findServing } from '../execute/guard.js';
import { refusal } from '../model/errors.js';
import type { Tree } from '../model/tree.js';
import type { WindowResult } from '../report/result.js';
import { runCommand, type Service, silenceOf, untilAnswers } from './service.js';
import type { Session } from './session.js';
import type { Stopwatch } from './stopwatch.js';

/** How long a stopped registry may take to be gone, in ms: some stop commands return before it is. */
const GONE_MS = 10_000;
const POLL_MS = 50;

/** A registry that is down, until it is started. */
export interface Down {
  /** Starts it, once; a failure is told at the end and never thrown. */
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
  const { interruption, log } = session;
  interruption.check();
  interruption.insist(true);
  const begun = performance.now();
  const down = startOnce(session, service, watch, begun);
  try {
    await watch.time('stop', () => stopped(service, log, tree));
    interruption.check();
    return await work(down);
  } finally {
    await down.start();
    interruption.insist(false);
  }
}

/** Says so where the URL that will be waited for does not answer now, while it should: better than after the stop. */
export async function warnOfSilence({ log }: Session, { wait }: Service): Promise<void> {
  const silence = wait === undefined ? undefined : await silenceOf(wait.url);
  if (silence !== undefined)
    log.warn(`${wait!.url} does not answer now: ${silence}; is it the registry's, and does it run?`);
}

async function stopped(service: Service, log: Session['log'], tree: Tree): Promise<void> {
  try {
    await runCommand('stop command', service.stop, log);
  } catch (error) {
    throw refusal(
      'stop-failed',
      `The stop command failed: ${(error as Error).message}`,
      'Nothing was touched, and the start command was run. See that the registry runs.',
    );
  }
  const deadline = performance.now() + GONE_MS;
  while ((await findServing(tree)).length > 0 && performance.now() < deadline) await sleep(POLL_MS);
}

function startOnce(session: Session, service: Service, watch: Stopwatch, begun: number): Down {
  let started: Promise<void> | undefined;
  let downMs = 0;
  let failure: string | undefined;
  const start = async (): Promise<void> => {
    try {
      await watch.time('start', () => runCommand('start command', service.start, session.log));
      const { wait } = service;
      if (wait !== undefined) await watch.time('wait', () => untilAnswers(wait, session.interruption.signal));
    } catch (error) {
      failure = (error as Error).message;
      // Shouted, --quiet or not: a registry that is down must not be missed.
      process.stderr.write(`regsweep: THE REGISTRY IS NOT RUNNING: the start command failed: ${failure}\n`);
      session.log.info('start failed', { error: failure });
    }
    downMs = Math.round(performance.now() - begun);
  };
  return {
    start: () => {
      started ??= start();
      return started;
    },
    result: () => ({ downMs, startFailure: failure, phasesMs: watch.phases() }),
  };
}
