// What the operator does after a change: start the registry, flush its redis (which outlives it and would make pushes skip
// layers that are gone), free the trash.

import type { ResultOutcome, WindowResult } from '../report/result.js';
import { shellWord } from '../report/text.js';
import type { NextStep } from '../report/words.js';
import type { Redis } from './root.js';

export function nextSteps(
  outcome: ResultOutcome,
  redis: Redis | undefined,
  window?: WindowResult,
): readonly NextStep[] {
  if (window?.startFailure !== undefined) return [{ code: 'start-registry' }];
  if (outcome.stepsDone === 0) return [];
  const steps: NextStep[] = [];
  if (outcome.trashKept && outcome.run !== undefined) {
    steps.push({ code: 'empty-trash', command: `regsweep trash empty ${shellWord(outcome.run)}` });
  }
  if (redis !== undefined) steps.push({ code: 'flush-redis', command: flushCommand(redis) });
  if (window === undefined) steps.push({ code: 'start-registry' });
  return steps;
}

/** Keys of what a registry caches of its tree (distribution registry/storage/cache/redis). A redis may hold more than that. */
const CACHED: readonly string[] = ['blobs::*', 'repository::*'];

/**
 * A line of POSIX shell that takes the registry's keys out of that redis and leaves all others. A password is asked for, not
 * printed; it goes by the environment, since `--askpass` would ask each of the commands in the pipe.
 */
export function flushCommand({ host, port, database, password }: Redis): string {
  const words = ['redis-cli'];
  if (host !== undefined) words.push('-h', shellWord(host));
  if (port !== undefined) words.push('-p', shellWord(port));
  if (database !== undefined) words.push('-n', shellWord(database));
  const client = words.join(' ');
  const patterns = CACHED.map((pattern) => `'${pattern}'`).join(' ');
  const flush = `for p in ${patterns}; do ${client} --scan --pattern "$p" | xargs -r ${client} del; done`;
  return password ? `${ASK} ${flush}` : flush;
}

const ASK = "printf 'redis password: '; stty -echo; read -r REDISCLI_AUTH; stty echo; export REDISCLI_AUTH;";
