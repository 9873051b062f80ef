// The registry's service: how to stop and start it, as the operator says. Commands run without a shell unless asked, in a process
// group of their own, so that Ctrl-C at our terminal does not cut them off; what they print goes to the log.

import { spawn } from 'node:child_process';
import { type FileHandle, mkdtemp, open, readFile, rmdir, unlink } from 'node:fs/promises';
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
  /** How long a stopped registry may take to end: some stop commands return before it has. */
  readonly stopMs: number;
  readonly wait: { readonly url: string; readonly timeoutMs: number } | undefined;
}

export type ServiceOptions = Pick<
  CarryingOptions,
  'stop-command' | 'start-command' | 'stop-timeout' | 'shell' | 'wait-url' | 'wait-timeout'
>;

const STOP_MS = 30_000;
const WAIT_MS = 60_000;
const POLL_MS = 20;
const ANSWER_MS = 5000;
/** As much of a command's output as the log is given, in characters. */
const MOST_OUTPUT = 20_000;

/** The service that the options describe; undefined where they name no command. Throws usage errors for half a description. */
export function serviceOf(options: ServiceOptions): Service | undefined {
  const stop = options['stop-command'];
  const start = options['start-command'];
  if (stop === undefined && start === undefined) return undefined;
  if (stop === undefined || start === undefined) {
    throw usageError(
      `--${stop === undefined ? 'start' : 'stop'}-command is given without --${stop === undefined ? 'stop' : 'start'}-command.`,
      'Give both: the registry is stopped for the change and started again whatever happens.',
    );
  }
  const url = options['wait-url'];
  const timeout = options['wait-timeout'];
  if (url !== undefined && !/^https?:$/.test(protocolOf(url)))
    throw usageError(`--wait-url must be an http or https URL, not '${url}'.`);
  const stopTimeout = options['stop-timeout'];
  const timeoutMs = timeout === undefined ? WAIT_MS : durationMs('wait-timeout', timeout);
  return {
    stop: wordsOf('stop-command', stop, options.shell),
    start: wordsOf('start-command', start, options.shell),
    stopMs: stopTimeout === undefined ? STOP_MS : durationMs('stop-timeout', stopTimeout),
    wait: url === undefined ? undefined : { url, timeoutMs },
  };
}

/** Runs `words` to its end. Throws, with the last lines of its output, where it cannot be run or fails, and for nothing else. */
export async function runCommand(name: string, words: readonly string[], log: Log): Promise<void> {
  const output = await outputFile();
  try {
    log.info(`${name} started`, { command: words });
    const ended = await new Promise<string | undefined>((resolve) => {
      const [program = '', ...rest] = words;
      const sink = output?.handle.fd ?? 'ignore';
      const child = spawn(program, rest, { stdio: ['ignore', sink, sink], detached: true });
      child.on('error', (error) => resolve(error.message));
      child.on('exit', (status, signal) => resolve(status === 0 ? undefined : `it ended with ${signal ?? status}`));
    });
    const text = output === undefined ? '' : await readFile(output.file, 'utf8').catch(() => ''); // ignored error: the output is an aid
    const lines = text.slice(-MOST_OUTPUT).trim();
    log.info(`${name} ended`, { failed: ended ?? false, output: lines });
    if (ended !== undefined) throw new Error([ended, ...lines.split('\n').slice(-5)].filter(Boolean).join('; '));
  } finally {
    // Ignored errors: a file that is left must not keep the registry down.
    await output?.handle.close().catch(() => undefined);
    if (output !== undefined) {
      await unlink(output.file).catch(() => undefined);
      await rmdir(path.dirname(output.file)).catch(() => undefined);
    }
  }
}

/**
 * Where a command's output goes: a file and no pipe, as a daemon that it leaves behind may write on for as long as it lives.
 * Undefined where none can be made, as on a full disk: the command must be run all the same.
 */
async function outputFile(): Promise<{ readonly file: string; readonly handle: FileHandle } | undefined> {
  try {
    const file = path.join(await mkdtemp(path.join(tmpdir(), 'regsweep-')), 'output');
    return { file, handle: await open(file, 'w', 0o600) };
  } catch {
    return undefined; // ignored error: the command's output is lost, and it is run without
  }
}

/** Waits until the service's URL answers. Throws where it does not in time. */
export async function untilAnswers(
  { url, timeoutMs }: NonNullable<Service['wait']>,
  signal: AbortSignal,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  let silence: string | undefined;
  do {
    silence = await probe(url);
    if (silence === undefined) return;
    await sleep(POLL_MS);
  } while (Date.now() < deadline && !signal.aborted);
  throw new Error(`${url} does not answer: ${silence}`);
}

/**
 * Why `url` gives no sign of life; undefined where it does: any answer below 500, with any certificate, since no secret is
 * sent. The first call loads what all of them need.
 */
export async function probe(url: string): Promise<string | undefined> {
  const { get } = url.startsWith('https:') ? await import('node:https') : await import('node:http');
  return new Promise((resolve) => {
    const request = get(url, { agent: false, rejectUnauthorized: false, signal: AbortSignal.timeout(ANSWER_MS) });
    request.on('response', (response) => {
      const { statusCode: status = 0 } = response;
      response.destroy();
      resolve(status < 500 ? undefined : `it answers ${status}`);
    });
    request.on('error', ({ message }) => resolve(message));
  });
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
