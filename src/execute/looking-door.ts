// The looking door: what of the tree and of our own folders is looked at by those who may change it, and by those who only tell of
// earlier runs. It can not change anything.

import fs from 'node:fs';
import { StringDecoder } from 'node:string_decoder';

/** JavaScript holds no longer string. */
const MOST_BYTES = 500_000_000;
const PIECE_BYTES = 1024 * 1024;
const NEWLINE = 0x0a;

export class LookingDoor {
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
