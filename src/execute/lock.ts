// One run at a time: `.regsweep/lock` in the tree's home names the process that holds the tree. It is there whole or not at all, and
// is taken over only from a process that is surely gone, or has been silent for ten minutes. Of several that wait, only one may take
// it over: the one that holds the claim, which is a lock itself. So two never hold the tree, and a process may die at any call.

import { createHash, randomBytes } from 'node:crypto';
import { type RegsweepError, refusal } from '../model/errors.js';
import { OURS_BELOW_ROOT } from '../model/layout.js';
import type { Tree } from '../model/tree.js';
import { isDiskFull } from './full-disk.js';
import { type Holder, isGone, thisProcess } from './holder.js';
import { INODE, lockedBy, readLock } from './lock-file.js';
import { refuseUnlessFolder } from './own-folders.js';
import type { Writer } from './writer.js';

const TOUCH_MS = 10_000;
const STALE_MS = 600_000;
/** How often another may come in between before it counts as held. */
const MOST_TRIES = 100;
/** What link(2) fails with on a file system that has no hard links. */
const NO_LINKS: ReadonlySet<string | undefined> = new Set([
  'EPERM',
  'EIO',
  'ENOSYS',
  'ENOTSUP',
  'EOPNOTSUPP',
  'EMLINK',
]);

export interface Lock {
  /** Aborted once another is seen to have taken the lock over: this process was not heard of for ten minutes. */
  readonly lost: AbortSignal;
  isOurs(): boolean;
  /** Throws the refusal `locked` where another has taken the lock over. */
  check(): void;
  release(): Promise<void>;
}

/**
 * Takes the lock. Throws the refusal `locked`, naming the holder; `run-record` where something else lies in its place. `nowMs`: the
 * clock. `mayBeEmpty`: on a full disk the lock is an empty file, which does not name its holder but locks like any other.
 */
export async function takeLock(tree: Tree, writer: Writer, nowMs: number, mayBeEmpty = false): Promise<Lock> {
  const folder = `${tree.home}/${OURS_BELOW_ROOT}`;
  const file = `${folder}/lock`;
  refuseUnlessFolder(folder, writer);
  const own = thisProcess(nowMs);
  const written = `${JSON.stringify({ ...own, token: randomBytes(8).toString('hex') })}\n`;
  const taking = new Taking(folder, own, { text: written, mayBeEmpty }, nowMs, writer);
  const text = await taking.acquire();
  await taking.tidy();

  const losing = new AbortController();
  const isOurs = (): boolean => readLock(file, writer)?.text === text;
  const lose = (): RegsweepError => {
    const lost = refusal(
      'locked',
      'The lock was lost: this run was not heard of for ten minutes, and another took it over.',
      'Run it again once the other has ended.',
      file,
    );
    losing.abort(lost);
    return lost;
  };
  const timer = setInterval(() => {
    try {
      if (isOurs()) writer.touch(file);
      else lose();
    } catch {
      // Ignored error: a lock not touched is held all the same, and after ten minutes taken over by a process that waits for it.
    }
  }, TOUCH_MS);
  timer.unref();
  return {
    lost: losing.signal,
    isOurs,
    check() {
      if (!isOurs()) throw lose();
    },
    async release() {
      clearInterval(timer);
      if (!isOurs()) return;
      // A run that left nothing behind leaves no folder behind either; the next one makes them again under its own lock.
      removeIfEmpty(`${folder}/runs`, writer);
      await writer.unlink(file);
      removeIfEmpty(folder, writer);
    },
  };
}

/** One process on its way to the lock. */
class Taking {
  readonly #folder: string;
  readonly #own: Holder;
  readonly #text: string;
  readonly #mayBeEmpty: boolean;
  readonly #nowMs: number;
  readonly #writer: Writer;

  constructor(
    folder: string,
    own: Holder,
    { text, mayBeEmpty }: { readonly text: string; readonly mayBeEmpty: boolean },
    nowMs: number,
    writer: Writer,
  ) {
    this.#folder = folder;
    this.#own = own;
    this.#text = text;
    this.#mayBeEmpty = mayBeEmpty;
    this.#nowMs = nowMs;
    this.#writer = writer;
  }

  /**
   * Puts our text at `file`, the lock or a claim, which is free or a dead process's. Returns what {@link readLock} gives for it while it
   * is ours. Throws `locked` where it is held.
   */
  async acquire(file = `${this.#folder}/lock`): Promise<string> {
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      if (await this.#place(file)) return this.#heldAs(file);
      const held = readLock(file, this.#writer);
      if (held === undefined) continue; // released just now
      if (!this.#isDead(file, held.holder)) throw lockedBy(this.#folder, held.holder);
      // Dies its holder too, the claim is followed in the same way; its text is no other's, so neither is its name.
      const hash = createHash('sha256').update(`${file}\n${held.text}`).digest('hex');
      const claim = `${this.#folder}/lock.${hash.slice(0, 16)}`;
      const claimed = await this.acquire(claim);
      // Looked at again: the inode of an empty one may have become that of another, which is alive.
      const now = readLock(file, this.#writer);
      const replaced = now?.text === held.text && this.#isDead(file, now.holder);
      if (replaced) this.#writer.rename(await this.#written(), file);
      const ours = replaced ? this.#heldAs(file) : '';
      await this.#removeOwn(claim, claimed);
      if (replaced) return ours;
    }
    throw lockedBy(this.#folder, undefined);
  }

  /** Removes what processes left here that died on their way to the lock. Only for the holder of the lock: no claim matters then. */
  async tidy(): Promise<void> {
    const left = this.#writer.names(this.#folder).filter((name) => name.startsWith('lock.'));
    for (const file of left.map((name) => `${this.#folder}/${name}`)) {
      if (this.#writer.lstat(file)?.isFile() !== true) continue;
      if (this.#isDead(file, readLock(file, this.#writer)?.holder)) await this.#drop(file);
    }
  }

  /** Puts our text at `file` in one piece. False where something is there. */
  async #place(file: string): Promise<boolean> {
    const draft = await this.#written();
    try {
      this.#writer.link(draft, file);
      return true;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EEXIST') return false;
      if (!NO_LINKS.has(code)) throw error;
      return this.#write(file);
    } finally {
      await this.#drop(draft);
    }
  }

  /** A file of our own with our text. The folder may go with another's release just as we come. */
  async #written(): Promise<string> {
    const draft = `${this.#folder}/lock.${randomBytes(8).toString('hex')}`;
    for (let tries = 1; ; tries += 1) {
      try {
        this.#writer.ensureFolder(this.#folder);
        await this.#write(draft);
        return draft;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || tries === MOST_TRIES) throw error;
      }
    }
  }

  /** Writes our text, or nothing where it may be empty; what a full disk leaves of it is removed. False where something is there. */
  async #write(file: string): Promise<boolean> {
    try {
      this.#writer.write(file, [this.#text]);
      return true;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EEXIST') return false;
      if (code !== undefined) await this.#drop(file);
      if (!this.#mayBeEmpty || !isDiskFull(error)) throw error;
      return this.#create(file);
    }
  }

  #create(file: string): boolean {
    try {
      this.#writer.create(file);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    }
  }

  /** What {@link readLock} gives for the file that we have just put there. */
  #heldAs(file: string): string {
    const text = this.#mayBeEmpty ? readLock(file, this.#writer)?.text : undefined;
    return text?.startsWith(INODE) === true ? text : this.#text;
  }

  /** Removes the claim, unless another followed us: then it is no longer ours, `claimed`. */
  async #removeOwn(claim: string, claimed: string): Promise<void> {
    if (readLock(claim, this.#writer)?.text === claimed) await this.#drop(claim);
  }

  async #drop(file: string): Promise<void> {
    try {
      await this.#writer.unlink(file);
    } catch (error) {
      // Ignored error: the next holder of the lock removes it, or did so already.
      if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    }
  }

  #isDead(file: string, held: Holder | undefined): boolean {
    const touchedMs = this.#writer.lstat(file)?.mtimeMs ?? this.#nowMs;
    return this.#nowMs - touchedMs > STALE_MS || (held !== undefined && isGone(held, this.#own));
  }
}

function removeIfEmpty(folder: string, writer: Writer): void {
  try {
    if (writer.lstat(folder) !== undefined && writer.names(folder).length === 0) writer.rmdir(folder);
  } catch (error) {
    // Ignored error: another is on its way to the lock, or took the folder away.
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
  }
}
