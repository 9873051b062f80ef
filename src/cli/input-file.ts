// Lists of names that other programs wrote: one a line, `#` comments, from a file or stdin. A list that protects things and
// turns out empty is refused: the program that should have written it most likely failed.

import { addAbortSignal } from 'node:stream';
import { EXIT, RegsweepError, usageError } from '../model/errors.js';
import { checkReferences } from '../plan/reference.js';
import { parseInUse } from '../plan/rules/in-use.js';
import { collectText, readBounded } from './bounded-read.js';

/** More than a million references. */
const MOST_BYTES = 256 * 1024 * 1024;

/** The references in `file` (`-` is stdin), one a line. Throws `usage` where it cannot be read, or a line can be none. */
export async function readReferences(option: string, file: string, signal?: AbortSignal): Promise<readonly string[]> {
  return (await readLines(option, file, signal)).map(({ text, line }) => {
    const reference = text.replace(SCHEME, '');
    atLine(option, file, line, () => checkReferences([reference]));
    return reference;
  });
}

/**
 * What is in use elsewhere: references and digests between any white space, as `kubectl get pods -o jsonpath` prints them,
 * without the runtime's scheme (`docker-pullable://`). Throws `usage` where the file cannot be read, names nothing, or holds a
 * line of another shape.
 */
export async function readInUse(file: string, signal?: AbortSignal): Promise<readonly string[]> {
  const names = (await readLines('keep-in-use', file, signal)).flatMap(({ text, line }) =>
    text.split(/\s+/).map((entry) => {
      atLine('keep-in-use', file, line, () => parseInUse(entry));
      return entry.replace(SCHEME, '');
    }),
  );
  if (names.length === 0) {
    throw usageError(
      `--keep-in-use ${file} names nothing.`,
      'Did the command that wrote it fail? Omit the option if nothing is in use.',
    );
  }
  return names;
}

const COMMENT = /(?:^|\s)#.*$/;
const SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i;

interface Line {
  readonly text: string;
  /** Counted from 1. */
  readonly line: number;
}

async function readLines(option: string, file: string, signal: AbortSignal | undefined): Promise<readonly Line[]> {
  return (await readText(option, file, signal))
    .split(/\r?\n/)
    .map((text, index) => ({ text: text.replace(COMMENT, '').trim(), line: index + 1 }))
    .filter(({ text }) => text !== '');
}

/** Names file and line in the usage error that `parse` throws. */
function atLine(option: string, file: string, line: number, parse: () => unknown): void {
  try {
    parse();
  } catch (error) {
    if (!(error instanceof RegsweepError)) throw error;
    throw usageError(`--${option} ${file}, line ${line}: ${error.message}`, error.hint);
  }
}

/** The text of `file` (`-` is stdin). Throws `usage` where it cannot be read. */
export async function readText(option: string, file: string, signal: AbortSignal | undefined): Promise<string> {
  try {
    const text = file === '-' ? await readStdin(signal) : await readBounded(file, { mostBytes: MOST_BYTES, signal });
    return text.replace(/^\ufeff/, '');
  } catch (error) {
    signal?.throwIfAborted();
    const message = error instanceof Error ? error.message : String(error);
    throw new RegsweepError('usage', EXIT.usage, `--${option} cannot be read: ${message}`, {
      path: file,
      cause: error,
    });
  }
}

function readStdin(signal: AbortSignal | undefined): Promise<string> {
  return collectText(signal === undefined ? process.stdin : addAbortSignal(signal, process.stdin), MOST_BYTES);
}
