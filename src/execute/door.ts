// The writing door: the only calls that change anything, each on one exact path. No recursive remove exists here; what is not
// known to be ours to take stays. A test makes the N-th call fail, or the process die at it.

import fs from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import fsExtra from 'fs-extra';

/** JavaScript holds no longer string. */
const MOST_BYTES = 500_000_000;
const PIECE_BYTES = 1024 * 1024;
const NEWLINE = 0x0a;

export type WritingCall = 'rename' | 'link' | 'unlink' | 'rmdir' | 'mkdir' | 'write' | 'sync';

export class WritingDoor {
  readonly #before: (call: WritingCall, path: string) => void;
  /** True where somebody watches each call: then they all must be made by this thread. */
  readonly watched: boolean;

  constructor(before?: (call: WritingCall, path: string) => void) {
    this.#before = before ?? (() => undefined);
    this.watched = before !== undefined;
  }

  rename(from: string, to: string): void {
    this.#before('rename', from);
    fs.renameSync(from, to);
  }
  /** Gives a file of ours a second name; fails where something bears it. */
  link(file: string, name: string): void {
    this.#before('link', name);
    fs.linkSync(file, name);
  }
  /** As {@link rename}, of a folder and nothing else: the kernel refuses a file or a symlink in its place (ENOTDIR). */
  renameFolder(from: string, to: string): void {
    this.#before('rename', from);
    fs.renameSync(`${from}/`, to);
  }
  unlink(file: string): void {
    this.#before('unlink', file);
    fs.unlinkSync(file);
  }
  rmdir(folder: string): void {
    this.#before('rmdir', folder);
    fs.rmdirSync(folder);
  }
  /** Makes one folder, with the owner and mode that it had. */
  mkdir(folder: string, was?: { readonly mode: number; readonly uid: number; readonly gid: number }): void {
    this.#before('mkdir', folder);
    fs.mkdirSync(folder);
    if (was === undefined) return;
    fs.chmodSync(folder, was.mode);
    if (process.getuid?.() === 0) fs.chownSync(folder, was.uid, was.gid);
  }
  /** Makes a folder of ours and those above it, for the owner alone. */
  ensureFolder(folder: string): void {
    this.#before('mkdir', folder);
    fsExtra.ensureDirSync(folder, 0o700);
  }
  /** Writes a new file and flushes it; fails where one is there. */
  write(file: string, pieces: Iterable<string>): void {
    this.#before('write', file);
    const fd = fs.openSync(file, 'wx', 0o600);
    try {
      for (const piece of pieces) fs.writeSync(fd, piece);
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
  }
  touch(file: string): void {
    this.#before('write', file);
    const now = new Date();
    fs.utimesSync(file, now, now);
  }
  /** Flushes a folder's entries, and with them, on a journaling file system, every rename before. */
  sync(folder: string): void {
    this.#before('sync', folder);
    const fd = fs.openSync(folder, 'r');
    try {
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
  }

  // Looks taken just before a change.
  lstat(path: string): fs.Stats | undefined {
    return unlessBelowFile(() => fs.lstatSync(path, { throwIfNoEntry: false }));
  }
  stat(path: string): fs.Stats | undefined {
    return unlessBelowFile(() => fs.statSync(path, { throwIfNoEntry: false }));
  }
  names(folder: string): string[] {
    return fs.readdirSync(folder);
  }
  entries(folder: string): fs.Dirent[] {
    return fs.readdirSync(folder, { withFileTypes: true });
  }
  /** The text of a file of ours; throws EFBIG where it is larger than any that we write. */
  read(file: string): string {
    if (fs.statSync(file).size > MOST_BYTES) throw tooLarge(file, file, MOST_BYTES);
    return fs.readFileSync(file, 'utf8');
  }
  /**
   * The lines of a file of ours, however large it is: a piece at a time. Throws EFBIG where one line is longer than `mostBytes`, a
   * piece at least.
   */
  *lines(file: string, mostBytes: number = MOST_BYTES): Generator<string> {
    const piece = Buffer.allocUnsafe(PIECE_BYTES);
    const decoder = new StringDecoder('utf8');
    const fd = fs.openSync(file, 'r');
    try {
      // The line that no piece has ended yet. Joined once: to add piece to piece would take the square of its length.
      let begun: string[] = [];
      let begunBytes = 0;
      for (let n = fs.readSync(fd, piece); n > 0; n = fs.readSync(fd, piece)) {
        const read = piece.subarray(0, n);
        const end = read.indexOf(NEWLINE);
        begunBytes += end === -1 ? n : end;
        if (begunBytes > mostBytes) throw tooLarge(file, `a line of ${file}`, mostBytes);
        const [first, ...others] = decoder.write(read).split('\n');
        begun.push(first!);
        if (end === -1) continue;
        yield begun.join('');
        const last = others.pop()!;
        yield* others;
        begun = [last];
        begunBytes = n - 1 - read.lastIndexOf(NEWLINE);
      }
      const last = begun.join('');
      if (last !== '') yield last;
    } finally {
      fs.closeSync(fd);
    }
  }
  realpath(path: string): string {
    return fs.realpathSync(path);
  }
}

function tooLarge(file: string, what: string, mostBytes: number): Error {
  return Object.assign(new Error(`EFBIG: ${what} is larger than ${mostBytes} bytes`), { code: 'EFBIG', path: file });
}

function unlessBelowFile<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined; // nothing is there: a file lies in the place of a folder
    throw error;
  }
}
