// The registry's service: how to stop and start it, as the operator says. Commands run without a shell unless asked, in a process
// group of their own, so that Ctrl-C at our terminal does not cut them off; what they print goes to the log.

import { spawn } from 'node:child_process';
import { mkdtemp, open, readFile, rmdir, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgsStringToArgv } from 'string-argv';
import { usageError } from '../model/errors.js';
import { durationMs } from './durations.js';
import type { Log } from './logger.js';
import type { CarryingOptions } from './options.js';

export interface Service {
  readonly stop: readonly string[];
  readonly start: readonly string[];
  readonly wait: { readonly url: string; readonly timeoutMs: number } | undefined;
}

export type ServiceOptions = Pick<
  CarryingOptions,
  'stop-command' | 'start-command' | 'shell' | 'wait-url' | 'wait-timeout'
>;

const WAIT_MS = 60_000;
const POLL_MS = 20;
const ANSWER_MS = 5000;
/** As much of a command's output as the log is given, in characters. */
const MOST_OUTPUT = 20_000;

/** The service that the options describe; undefined where they name no command. Throws usage errors for half a description. */
export function serviceOf(options: ServiceOptions): Service | undefined {
  const stop = options['stop-command'];
  const start = options['start-command'];
  if (stop === undefined && start === undefined) {
    if (options['wait-url'] !== undefined) throw usageError('--wait-url only means something with --start-command.');
    return undefined;
  }
  if (stop === undefined || start === undefined) {
    throw usageError(
      `--${stop === undefined ? 'start' : 'stop'}-command is given without --${stop === undefined ? 'stop' : 'start'}-command.`,
      'Give both: the registry is stopped for the change and started again whatever happens.',
    );
  }
  const url = options['wait-url'];
  const timeout = options['wait-timeout'];
  if (url !== undefined && !/^https?:$/.test(protocolOf(url))) throw usageError(`--wait-url '${url}' is no http URL.`);
  const timeoutMs = timeout === undefined ? WAIT_MS : durationMs('wait-timeout', timeout);
  return {
    stop: wordsOf('stop-command', stop, options.shell),
    start: wordsOf('start-command', start, options.shell),
    wait: url === undefined ? undefined : { url, timeoutMs },
  };
}

/** Runs `words` to its end. Throws, with the last lines of its output, where it can not be run or fails. */
export async function runCommand(name: string, words: readonly string[], log: Log): Promise<void> {
  // A file and no pipe: a daemon that the command leaves behind may write on for as long as it lives.
  const folder = await mkdtemp(path.join(tmpdir(), 'regsweep-'));
  const file = path.join(folder, 'output');
  try {
    const handle = await open(file, 'w', 0o600);
    log.info(`${name} begun`, { command: words });
    const ended = await new Promise<string | undefined>((resolve) => {
      const [program = '', ...rest] = words;
      const child = spawn(program, rest, { stdio: ['ignore', handle.fd, handle.fd], detached: true });
      child.on('error', (error) => resolve(error.message));
      child.on('exit', (status, signal) => resolve(status === 0 ? undefined : `it ended with ${signal ?? status}`));
    }).finally(() => handle.close());
    const lines = (await readFile(file, 'utf8')).slice(-MOST_OUTPUT).trim();
    log.info(`${name} ended`, { failed: ended ?? false, output: lines });
    if (ended !== undefined) throw new Error([ended, ...lines.split('\n').slice(-5)].filter(Boolean).join('; '));
  } finally {
    await unlink(file).catch(() => undefined); // ignored error: it may not have been made
    await rmdir(folder);
  }
}

/** Waits until a GET of the service's URL answers 200, or 401 as one does that wants a login. Throws where it does not in time. */
export async function untilAnswers(
  { url, timeoutMs }: NonNullable<Service['wait']>,
  signal: AbortSignal,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  let silence: string | undefined;
  do {
    silence = await silenceOf(url);
    if (silence === undefined) return;
    await sleep(POLL_MS);
  } while (Date.now() < deadline && !signal.aborted);
  throw new Error(`${url} does not answer: ${silence}`);
}

/** Why a GET of `url` is not answered by a registry; undefined where it is. The first one loads what all of them need. */
export async function silenceOf(url: string): Promise<string | undefined> {
  try {
    const { status } = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(ANSWER_MS) });
    return status === 200 || status === 401 ? undefined : `it answers ${status}`;
  } catch (error) {
    // Ignored error: it is the answer.
    const { cause, message } = error as Error;
    return cause instanceof Error && cause.message !== '' ? cause.message : message;
  }
}

function wordsOf(option: string, text: string, shell: boolean): readonly string[] {
  if (shell) return ['/bin/sh', '-c', text];
  const words = parseArgsStringToArgv(text);
  if (words.length === 0) throw usageError(`--${option} is empty.`);
  return words;
}

function protocolOf(url: string): string {
  try {
    return new URL(url).protocol;
  } catch {
    return ''; // ignored error: what is no URL has no protocol either, and is refused for that
  }
}
