// A file that the user asks for beside the result: whole or not at all, and never inside the registry's tree, where other tools
// would take it for something of the registry's.

import { lstat, open, realpath, rename, unlink } from 'node:fs/promises';
import path from 'node:path';
import { EXIT, RegsweepError, usageError } from '../model/errors.js';

export interface WholeFile {
  /** Writes the pieces, and only then takes the name. */
  write(pieces: Iterable<string>): Promise<void>;
}

/**
 * A file at `file`, as `--option` asks for. Throws `usage` where its folder is not there, can not be written to, or lies inside
 * `root`: found before anything is touched.
 */
export async function wholeFile(option: string, file: string, root: string): Promise<WholeFile> {
  const folder = await realpath(path.dirname(path.resolve(file))).catch((error: unknown) => {
    throw unwritable(option, file, error);
  });
  const inside = path.relative(await realpath(root), folder);
  if (inside === '' || !(inside === '..' || inside.startsWith(`..${path.sep}`) || path.isAbsolute(inside))) {
    throw usageError(`--${option} ${file} lies inside the registry's root.`, 'Save it elsewhere.');
  }
  const there = await lstat(file).catch(() => undefined); // ignored error: what is not there is about to be made
  if (there !== undefined && !there.isFile()) throw usageError(`--${option} ${file} is no regular file.`);
  const half = `${file}.part`;
  try {
    await (await open(half, 'w', 0o600)).close();
    await unlink(half);
  } catch (error) {
    throw unwritable(option, file, error);
  }
  return {
    async write(pieces) {
      try {
        const handle = await open(half, 'w', 0o600);
        try {
          for (const piece of pieces) await handle.writeFile(piece);
          await handle.sync();
        } finally {
          await handle.close();
        }
        await rename(half, file);
      } catch (error) {
        await unlink(half).catch(() => undefined); // ignored error: the first one is the one to tell
        throw unwritable(option, file, error);
      }
    },
  };
}

function unwritable(option: string, file: string, error: unknown): RegsweepError {
  const message = error instanceof Error ? error.message : String(error);
  return new RegsweepError('usage', EXIT.usage, `--${option} can not be written: ${message}`, {
    path: file,
    cause: error,
  });
}
