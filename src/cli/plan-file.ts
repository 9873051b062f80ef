// The plan, saved where the user says: whole or not at all, and never inside the registry's tree, where other tools would
// take it for something of the registry's.

import { lstat, open, realpath, rename, unlink } from 'node:fs/promises';
import path from 'node:path';
import { EXIT, RegsweepError, usageError } from '../model/errors.js';
import { sealed } from './seal.js';
import { version } from './version.js';

export interface PlanFile {
  /** Writes the pieces of one JSON object, and seals them. */
  write(pieces: Iterable<string>): Promise<void>;
}

/** A file for a plan at `file`. Throws `usage` where its folder is not there, or lies inside `root`. */
export async function planFile(file: string, root: string): Promise<PlanFile> {
  const folder = await realpath(path.dirname(path.resolve(file))).catch((error: unknown) => {
    throw unwritable(file, error);
  });
  const inside = path.relative(await realpath(root), folder);
  if (inside === '' || !(inside.startsWith('..') || path.isAbsolute(inside))) {
    throw usageError(`--plan-out ${file} lies inside the registry's root.`, 'Save the plan elsewhere.');
  }
  const there = await lstat(file).catch(() => undefined); // ignored error: what is not there is about to be made
  if (there !== undefined && !there.isFile()) throw usageError(`--plan-out ${file} is no regular file.`);
  return {
    async write(pieces) {
      const half = `${file}.part`;
      try {
        const handle = await open(half, 'w', 0o600);
        try {
          for (const piece of sealed(pieces, version())) await handle.writeFile(piece);
          await handle.sync();
        } finally {
          await handle.close();
        }
        await rename(half, file);
      } catch (error) {
        await unlink(half).catch(() => undefined); // ignored error: the first one is the one to tell
        throw unwritable(file, error);
      }
    },
  };
}

function unwritable(file: string, error: unknown): RegsweepError {
  const message = error instanceof Error ? error.message : String(error);
  return new RegsweepError('usage', EXIT.usage, `--plan-out can not be written: ${message}`, {
    path: file,
    cause: error,
  });
}
