// What the file of the lock says: its holder, or that another holds it.

import { type RegsweepError, refusal } from '../model/errors.js';
import type { Holder } from './holder.js';
import { misplacedError } from './own-folders.js';
import type { Writer } from './writer.js';

/** A lock is some 250 bytes. */
const MOST_BYTES = 65_536;
/** An empty lock is known by its inode: what {@link readLock} gives for its text begins with this. */
export const INODE = 'inode ';

export function lockedBy(folder: string, held: Holder | undefined): RegsweepError {
  const who = held === undefined ? 'another run' : `process ${held.pid} on ${held.host} since ${held.since}`;
  return refusal(
    'locked',
    `This tree is locked by ${who}.`,
    `Wait for it to end. The lock is ${folder}/lock; it is taken over by itself ten minutes after its holder died.`,
    `${folder}/lock`,
  );
}

/**
 * The lock's text, or the inode of an empty one, and the holder that it names; an unreadable one counts as held until it is ten minutes old. Throws the refusal
 * `run-record` where it is not a file of ours.
 */
export function readLock(
  file: string,
  writer: Writer,
): { readonly text: string; readonly holder: Holder | undefined } | undefined {
  let text = '';
  try {
    text = writer.read(file, MOST_BYTES);
    if (text === '') return { text: `${INODE}${writer.lstat(file)?.ino}`, holder: undefined };
    const holder: unknown = JSON.parse(text);
    return { text, holder: typeof holder === 'object' && holder !== null ? (holder as Holder) : undefined };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    if (code === 'run-record') throw error;
    if (code === 'EFBIG') throw misplacedError(file, 'is larger than any lock');
    return { text, holder: undefined }; // ignored error: told by the missing holder
  }
}
