// How the tree and our own folders are looked at by code that may change them, and by code that only reports earlier runs. It cannot
// change anything.

import fs from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { kindOf, misplacedError } from './own-folders.js';

/** JavaScript holds no longer string. */
const MOST_BYTES = 500_000_000;
const PIECE_BYTES = 1024 * 1024;
const NEWLINE = 0x0a;
/** A symlink is never followed to its target, nor is a pipe's writer waited for. */
const OUR_FILE = fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK;

export class Reader {
  lstat(path: string): fs.Stats | undefined {
    return unlessBelowFile(() => fs.lstatSync(path, { throwIfNoEntry: false }));
  }
  stat(path: string): fs.Stats | undefined {
    return unlessBelowFile(() => fs.statSync(path, { throwIfNoEntry: false }), ['ENOTDIR', 'ELOOP']);
  }
  names(folder: string): string[] {
    return fs.readdirSync(folder);
  }
  entries(folder: string): fs.Dirent[] {
    return fs.readdirSync(folder, { withFileTypes: true });
  }
  /** The text of a file of ours. Throws the refusal `run-record` where that is not a regular file, and EFBIG over `mostBytes`. */
  read(file: string, mostBytes: number = MOST_BYTES): string {
    const fd = openOurs(file);
    try {
      if (fs.fstatSync(fd).size > mostBytes) throw tooLarge(file, file, mostBytes);
      return fs.readFileSync(fd, 'utf8');
    } finally {
      fs.closeSync(fd);
    }
  }
  /**
   * The lines of a file of ours, however large it is: a piece at a time. Throws the refusal `run-record` where that is not a regular
   * file, and EFBIG where one line is longer than `mostBytes`, a piece at least.
   */
  *lines(file: string, mostBytes: number = MOST_BYTES): Generator<string> {
    const piece = Buffer.allocUnsafe(PIECE_BYTES);
    const decoder = new StringDecoder('utf8');
    const fd = openOurs(file);
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
  readlink(path: string): string {
    return fs.readlinkSync(path);
  }
  realpath(path: string): string {
    return fs.realpathSync(path);
  }
}

/** Looked at before it is opened, since opening a device alone can do things, and once more after. */
function openOurs(file: string): number {
  const stats = fs.lstatSync(file);
  if (!stats.isFile()) throw misplacedError(file, `is ${kindOf(stats)}, not a file`);
  const fd = fs.openSync(file, OUR_FILE);
  if (fs.fstatSync(fd).isFile()) return fd;
  fs.closeSync(fd);
  throw misplacedError(file, 'is not a file');
}

function tooLarge(file: string, what: string, mostBytes: number): Error {
  return Object.assign(new Error(`EFBIG: ${what} is larger than ${mostBytes} bytes`), { code: 'EFBIG', path: file });
}

/** Undefined for an error of `codes`: nothing is there, since a file lies in the place of a folder, or nothing can be followed. */
function unlessBelowFile<T>(look: () => T, codes: readonly string[] = ['ENOTDIR']): T | undefined {
  try {
    return look();
  } catch (error) {
    if (codes.includes(String((error as NodeJS.ErrnoException).code))) return undefined;
    throw error;
  }
}
