// A file that the user asks for beside the result: whole or not at all, and never inside the registry's tree, where other tools
// would take it for something of the registry's.

import { randomBytes } from 'node:crypto';
import { lstat, open, realpath, rename, stat, unlink } from 'node:fs/promises';
import path from 'node:path';
import { EXIT, RegsweepError, usageError } from '../model/errors.js';
import { refuseInsideRoot } from './outside-root.js';

export interface AtomicFile {
  /** Writes the pieces, and only then takes the name. Throws `io` (exit 1) where that fails after all, as on a full disk. */
  write(pieces: Iterable<string>): Promise<void>;
}

/**
 * A file at `file`, as `--option` asks for. Throws `usage` where its folder is not there, cannot be written to, or lies inside
 * `root`: found before anything is touched.
 */
export async function atomicFile(option: keyof typeof HINTS, file: string, root: string): Promise<AtomicFile> {
  const folder = await realpath(path.dirname(path.resolve(file))).catch((error: unknown) => {
    throw unwritable('usage', option, file, error);
  });
  await refuseInsideRoot(option, file, folder, root);
  await refuseUntakable(option, file, folder);
  // A name of its own, never taken over: what the user keeps beside it is not ours to lose.
  const half = path.join(folder, `.regsweep-${randomBytes(6).toString('hex')}.part`);
  try {
    await (await open(half, 'wx', 0o600)).close();
    await unlink(half);
  } catch (error) {
    throw unwritable('usage', option, file, error);
  }
  return {
    async write(pieces) {
      try {
        const handle = await open(half, 'wx', 0o600);
        try {
          for (const piece of pieces) await handle.writeFile(piece);
          await handle.sync();
        } finally {
          await handle.close();
        }
        await rename(half, file);
      } catch (error) {
        await unlink(half).catch(() => undefined); // ignored error: the first one is the one to tell
        throw unwritable('io', option, file, error);
      }
    },
  };
}

/** Throws `usage` where a file in `folder` can be written but cannot take the name `file`. */
async function refuseUntakable(option: keyof typeof HINTS, file: string, folder: string): Promise<void> {
  if (file.endsWith(path.sep)) throw usageError(`--${option} ${file} names a folder.`);
  const there = await lstat(file).catch((error: unknown) => {
    // ignored error: what is not there is about to be made
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unwritable('usage', option, file, error);
  });
  if (there === undefined) return;
  if (!there.isFile()) throw usageError(`--${option} ${file} is not a regular file.`);
  // As in /tmp: anyone may add a file, and only its owner may replace it.
  const { mode, uid } = await stat(folder);
  const own = process.geteuid?.() ?? 0;
  if ((mode & STICKY) !== 0 && own !== 0 && own !== uid && own !== there.uid) {
    throw usageError(`--${option} ${file} belongs to somebody else.`, 'Give it a name of its own.');
  }
}

const STICKY = 0o1000;

function unwritable(code: 'usage' | 'io', option: keyof typeof HINTS, file: string, error: unknown): RegsweepError {
  const message = error instanceof Error ? error.message : String(error);
  const more = { path: file, cause: error, ...(code === 'io' ? { hint: HINTS[option] } : {}) };
  return new RegsweepError(
    code,
    code === 'io' ? EXIT.failed : EXIT.usage,
    `--${option} cannot be written: ${message}`,
    more,
  );
}

/** What a failure at the very end leaves: a plan is saved before anything is touched, a report is written last. */
const HINTS = {
  'plan-out': 'Nothing was touched.',
  report: 'The command itself was done, as its result says; only the page is missing.',
} as const;
