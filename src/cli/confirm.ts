// The one question before a change. Only an explicit yes is a yes; everything else, the end of input included, is a no.

import { createInterface } from 'node:readline/promises';

/** Asks `question` on the terminal (stderr, so that stdout stays the result's). Rejects when `signal` is aborted. */
export async function confirm(
  question: string,
  signal: AbortSignal,
  input: NodeJS.ReadableStream = process.stdin,
  output: NodeJS.WritableStream = process.stderr,
): Promise<boolean> {
  const terminal = createInterface({ input, output });
  // Ctrl-C at the question reaches readline first: hand it on as the signal it is.
  terminal.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  try {
    const ended = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
    const answer = await Promise.race([terminal.question(`${question} [y/N] `, { signal }), ended]);
    return /^\s*y(?:es)?\s*$/i.test(answer);
  } catch (error) {
    signal.throwIfAborted(); // the signal's own reason says it better
    throw error;
  } finally {
    terminal.close();
  }
}
