// Lists of names that other programs wrote: one a line, `#` comments, from a file or stdin. A list that protects things and
// turns out empty is refused: the program that should have written it most likely failed.

import { addAbortSignal } from 'node:stream';
import { EXIT, RegsweepError, usageError } from '../model/errors.js';
import { readBounded, textOf } from './bounded-read.js';

/** More than a million references. */
const MOST_BYTES = 256 * 1024 * 1024;

/** The references in `file` (`-` is stdin), one a line. Throws `usage` where it can not be read. */
export async function readReferences(option: string, file: string, signal?: AbortSignal): Promise<readonly string[]> {
  return (await readText(option, file, signal))
    .split(/\r?\n/)
    .map((line) => line.replace(COMMENT, '').trim())
    .filter((line) => line !== '');
}

/**
 * What is in use elsewhere: references and digests between any white space, as `kubectl get pods -o jsonpath` prints them,
 * without the runtime's scheme (`docker-pullable://`). Throws `usage` where the file can not be read or names nothing.
 */
export async function readInUse(file: string, signal?: AbortSignal): Promise<readonly string[]> {
  const names = (await readReferences('keep-in-use', file, signal))
    .flatMap((line) => line.split(/\s+/))
    .map((name) => name.replace(SCHEME, ''));
  if (names.length === 0) {
    throw usageError(
      `--keep-in-use ${file} names nothing.`,
      'Did the command that wrote it fail? Leave the option away if nothing is in use.',
    );
  }
  return names;
}

const COMMENT = /(?:^|\s)#.*$/;
const SCHEME = /^[a-z][a-z-]*:\/\//;

/** The text of `file` (`-` is stdin). Throws `usage` where it can not be read. */
export async function readText(option: string, file: string, signal: AbortSignal | undefined): Promise<string> {
  try {
    const text = file === '-' ? await readStdin(signal) : await readBounded(file, { mostBytes: MOST_BYTES, signal });
    return text.replace(/^\ufeff/, '');
  } catch (error) {
    signal?.throwIfAborted();
    const message = error instanceof Error ? error.message : String(error);
    throw new RegsweepError('usage', EXIT.usage, `--${option} can not be read: ${message}`, {
      path: file,
      cause: error,
    });
  }
}

function readStdin(signal: AbortSignal | undefined): Promise<string> {
  return textOf(signal === undefined ? process.stdin : addAbortSignal(signal, process.stdin), MOST_BYTES);
}
