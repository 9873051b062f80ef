// The lock on a tree, taken and released for a command: where that fails, the error says what to do, and has no stack trace.

import { diskFull, isDiskFull } from '../execute/full-disk.js';
import { type Lock, takeLock } from '../execute/lock.js';
import { heldElsewhere, lockByPointer, pointHere, pointNowhere } from '../execute/pointer.js';
import { runIds } from '../execute/run.js';
import type { Writer } from '../execute/writer.js';
import { EXIT, RegsweepError } from '../model/errors.js';
import { OURS_BELOW_ROOT } from '../model/layout.js';
import type { Tree } from '../model/tree.js';
import type { Session } from './session.js';

/**
 * Takes the lock, and has v2 point to it; with `inPlace` both fit on a disk without a free block. Throws the refusals of {@link takeLock} and {@link pointHere}, and `not-begun` where the tree
 * cannot be written to.
 */
export async function lockTree(
  session: Session,
  tree: Tree,
  writer: Writer,
  { inPlace = false }: { readonly inPlace?: boolean } = {},
): Promise<Lock> {
  let lock: Lock | undefined;
  try {
    lock = await takeLock(tree, writer, session.now(), inPlace);
    pointHere(tree, writer, inPlace);
  } catch (error) {
    if (lock !== undefined) await released(session, tree, lock, writer);
    if (inPlace && isDiskFull(error) && writer.lstat(`${tree.home}/${OURS_BELOW_ROOT}`) === undefined)
      return lockedByPointer(session, tree, writer);
    throw unlockable(tree, error);
  }
  const { lost } = lock;
  return {
    lost,
    isOurs: () => lock.isOurs(),
    check: () => lock.check(),
    release: () => released(session, tree, lock, writer),
  };
}

/** A directory takes a block, a short symlink none. */
function lockedByPointer(session: Session, tree: Tree, writer: Writer): Lock {
  try {
    const { isOurs, release } = lockByPointer(tree, writer);
    return {
      lost: new AbortController().signal,
      isOurs,
      check() {
        if (!isOurs()) throw heldElsewhere(tree, tree.home);
      },
      async release() {
        try {
          release();
        } catch (error) {
          const { code, message } = error as NodeJS.ErrnoException;
          if (code === undefined) throw error;
          session.log.warn(`the lock cannot be removed: ${message}`);
        }
      },
    };
  } catch (error) {
    throw unlockable(tree, error);
  }
}

/** Releases the lock; where that fails the run has done no less for it, and the next one takes over a dead one's lock. */
async function released(session: Session, tree: Tree, lock: Lock, writer: Writer): Promise<void> {
  try {
    if (lock.isOurs() && runIds(tree, writer).length === 0) pointNowhere(tree, writer);
    await lock.release();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    // What lies in the place of a folder of ours was refused before; whatever it is, the lock goes.
    if (error instanceof RegsweepError) return lock.release();
    session.log.warn(`the lock cannot be removed: ${message}`);
  }
}

/** A tree that cannot be written to. */
function unlockable(tree: Tree, error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === undefined || error instanceof RegsweepError) return error;
  if (isDiskFull(error)) return diskFull(tree.root, undefined, error);
  return new RegsweepError('not-begun', EXIT.refused, `The tree cannot be locked: ${message}`, {
    path: tree.root,
    hint: 'Nothing was touched. Run as the user that owns the tree; is it mounted read-only? A dry run needs no right to write.',
    cause: error,
  });
}
