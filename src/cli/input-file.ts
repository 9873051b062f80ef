// Lists of names that other programs wrote: one a line, `#` comments, from a file or stdin. A list that protects things and
// turns out empty is refused: the program that should have written it most likely failed.

import { readFile } from 'node:fs/promises';
import { EXIT, RegsweepError, usageError } from '../model/errors.js';

/** The references in `file` (`-` is stdin), one a line. Throws `usage` where it can not be read. */
export async function readReferences(option: string, file: string): Promise<readonly string[]> {
  return (await readText(option, file))
    .split(/\r?\n/)
    .map((line) => line.replace(COMMENT, '').trim())
    .filter((line) => line !== '');
}

/**
 * What is in use elsewhere: references and digests between any white space, as `kubectl get pods -o jsonpath` prints them,
 * without the runtime's scheme (`docker-pullable://`). Throws `usage` where the file can not be read or names nothing.
 */
export async function readInUse(file: string): Promise<readonly string[]> {
  const names = (await readReferences('keep-in-use', file))
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

async function readText(option: string, file: string): Promise<string> {
  try {
    const text = file === '-' ? await readStdin() : await readFile(file, 'utf8');
    return text.replace(/^\ufeff/, '');
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new RegsweepError('usage', EXIT.usage, `--${option} can not be read: ${message}`, {
      path: file,
      cause: error,
    });
  }
}

async function readStdin(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}
