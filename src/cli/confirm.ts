// The one question before a change. Only an explicit yes is a yes; everything else, the end of input included, is a no.

import fs from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { ReadStream } from 'node:tty';
import { EXIT, RegsweepError } from '../model/errors.js';

/** Where the answer is read from, and where the question is shown. */
export interface Terminal {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  /** A new input, after a read of the last one failed: a stream that failed once reads nothing more. */
  reopened(): NodeJS.ReadableStream;
}

const OWN: Terminal = {
  input: process.stdin,
  output: process.stderr,
  reopened: () => new ReadStream(fs.openSync('/dev/tty', 'r')),
};

/** What a read of the terminal fails with while another job has it: the same read may work a moment later. */
const PASSING: ReadonlySet<string | undefined> = new Set(['EINTR', 'EIO', 'EAGAIN']);
const TRIES = 5;
const PAUSE_MS = 200;

/**
 * Asks `question` on the terminal (stderr, so that stdout stays the result's). Rejects when `signal` is aborted, and where the
 * answer cannot be read.
 */
export async function confirm(question: string, signal: AbortSignal, terminal: Terminal = OWN): Promise<boolean> {
  let { input } = terminal;
  for (let tries = 1; ; tries += 1) {
    try {
      return await asked(question, signal, input, terminal.output);
    } catch (error) {
      signal.throwIfAborted(); // the signal's own reason says it better
      const { code, message } = error as NodeJS.ErrnoException;
      if (!PASSING.has(code) || tries === TRIES) throw unreadable(message, error);
      await sleep(PAUSE_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
      try {
        input = terminal.reopened();
      } catch (reason) {
        throw unreadable((reason as Error).message, reason);
      }
    }
  }
}

async function asked(
  question: string,
  signal: AbortSignal,
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
): Promise<boolean> {
  const terminal = createInterface({ input, output });
  // Ctrl-C at the question reaches readline first: hand it on as the signal it is.
  terminal.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  // After Ctrl-Z and `fg` readline has stopped to read, and the process would end without an answer.
  terminal.on('SIGCONT', () => terminal.resume());
  try {
    const failed = new Promise<never>((_, reject) => {
      input.once('error', reject);
      terminal.once('error', reject);
    });
    const ended = new Promise<undefined>((resolve) => terminal.once('close', () => resolve(undefined)));
    const typed = await Promise.race([terminal.question(`${question} [y/N] `, { signal }), ended, failed]);
    if (typed === undefined) output.write('\n'); // Ctrl-D leaves the cursor behind the question
    return /^\s*y(?:es)?\s*$/i.test(typed ?? '');
  } finally {
    terminal.close();
  }
}

function unreadable(message: string, cause: unknown): RegsweepError {
  return new RegsweepError('io', EXIT.failed, `the answer cannot be read: ${message}`, {
    hint: 'Nothing was changed. Use --yes to do it without asking.',
    cause,
  });
}
