// A disk or quota without room for the files that a run writes before its first change.

import { EXIT, RegsweepError } from '../model/errors.js';

export function isDiskFull(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOSPC' || code === 'EDQUOT';
}

/** The refusal `disk-full`. `bytes`: about what must be free, where that is known. */
export function diskFull(path: string, bytes: number | undefined, cause: unknown): RegsweepError {
  const { code } = cause as NodeJS.ErrnoException;
  const what = code === 'EDQUOT' ? 'The disk quota is used up' : 'The disk is full';
  const need = bytes === undefined ? 'the lock cannot be written' : `the record of this run needs about ${bytes} bytes`;
  return new RegsweepError('disk-full', EXIT.refused, `${what}: ${need} (${code}).`, {
    path,
    hint: `Nothing was touched. Free ${bytes === undefined ? 'a few kB or some inodes' : 'that much'} on this file system, then run the same command again. \`regsweep trash empty\` frees what earlier runs keep.`,
    cause,
  });
}
