// The reading door: every look at the tree goes through these few synchronous calls, which can not change anything and are
// loud. Only an absent file is an answer (undefined); every other error leaves as `tree-unreadable`, or as itself for content.

import fs from 'node:fs';
import path from 'node:path';
import { EXIT, RegsweepError } from '../model/errors.js';

export type DoorCall = 'list' | 'read' | 'stat';

/** A folder's entry: its name, and whether it is a folder (through a symlink or not). */
export interface Entry {
  readonly name: string;
  readonly folder: boolean;
  readonly symlink: boolean;
}

/** A pipe in a file's place must not hold a run for ever. */
const WITHOUT_WAITING = fs.constants.O_RDONLY | fs.constants.O_NONBLOCK;
/** A link is some 70 bytes; what is longer is none, however long. */
const LINK_BYTES = Buffer.allocUnsafe(1024);

const CONTENT = Buffer.allocUnsafe(64 * 1024);
const PIECE = Buffer.allocUnsafe(1024 * 1024);

export class ReadingDoor {
  /** Called before each system call; a test throws an errno from here. */
  readonly #before: (call: DoorCall, path: string) => void;

  constructor(before: (call: DoorCall, path: string) => void = () => undefined) {
    this.#before = before;
  }

  absolute(given: string): string {
    const whole = path.resolve(given);
    return whole.length > 1 && whole.endsWith('/') ? whole.slice(0, -1) : whole;
  }

  /** Where `path` really lies; itself where nothing is there. Throws `tree-unreadable`. */
  realpath(path: string): string {
    return (
      this.#loud(path, () => {
        this.#before('stat', path);
        return fs.realpathSync(path);
      }) ?? path
    );
  }

  /** Names in a folder, `undefined` where there is none. Throws `tree-unreadable`. */
  names(folder: string): string[] | undefined {
    return this.#loud(folder, () => {
      this.#before('list', folder);
      return this.#checked(folder, fs.readdirSync(folder));
    });
  }

  /** Entries of a folder, symlinks resolved to what they lead to; `undefined` where there is no folder. Throws `tree-unreadable`. */
  entries(folder: string): Entry[] | undefined {
    return this.#loud(folder, () => {
      this.#before('list', folder);
      const found = fs.readdirSync(folder, { withFileTypes: true });
      this.#checked(
        folder,
        found.map((entry) => entry.name),
      );
      return found.map((entry) => {
        const symlink = entry.isSymbolicLink();
        return {
          name: entry.name,
          folder: symlink ? this.stat(`${folder}/${entry.name}`)?.isDirectory() === true : entry.isDirectory(),
          symlink,
        };
      });
    });
  }

  /** A link file's text, at most 1 KiB of it; `undefined` where it is absent. Throws `tree-unreadable`. */
  link(file: string): string | undefined {
    return this.#loud(file, () => {
      this.#before('read', file);
      const fd = fs.openSync(file, WITHOUT_WAITING);
      try {
        return LINK_BYTES.toString('latin1', 0, fs.readSync(fd, LINK_BYTES, 0, LINK_BYTES.length, null));
      } finally {
        fs.closeSync(fd);
      }
    });
  }

  /**
   * A file's bytes, good until the next call; `undefined` where it is absent, `too-large` over `limit` bytes. Where `isWhole`
   * knows them by their digest, nobody asks whether there are more. Throws the system's own error.
   */
  content(
    file: string,
    limit: number,
    isWhole: (bytes: Buffer) => boolean = () => false,
  ): Buffer | 'too-large' | undefined {
    try {
      this.#before('read', file);
      const fd = fs.openSync(file, WITHOUT_WAITING);
      try {
        // What fits the buffer, as nearly every manifest does, needs no look at its size first.
        const first = fs.readSync(fd, CONTENT, 0, CONTENT.length, null);
        const bytes = CONTENT.subarray(0, first);
        if (first > 0 && first < CONTENT.length)
          if (isWhole(bytes) || fs.readSync(fd, CONTENT, first, 1, null) === 0) return bytes;
        const stats = fs.fstatSync(fd);
        if (!stats.isFile()) throw Object.assign(new Error('it is no regular file'), { code: 'EINVAL' });
        const { size } = stats;
        if (size > limit) return 'too-large';
        const all = Buffer.allocUnsafe(size);
        let read = 0;
        while (read < size) {
          const n = fs.readSync(fd, all, read, size - read, read);
          if (n === 0) break;
          read += n;
        }
        return all.subarray(0, read);
      } finally {
        fs.closeSync(fd);
      }
    } catch (error) {
      if (isAbsent(error)) return undefined; // absence is an answer: the caller calls it missing
      throw error;
    }
  }

  /** Hands a file's bytes to `take`, piece by piece in one buffer. Returns how many. Throws the system's own error. */
  pieces(file: string, take: (piece: Uint8Array) => void): number {
    this.#before('read', file);
    const fd = fs.openSync(file, 'r');
    try {
      let bytes = 0;
      for (;;) {
        const n = fs.readSync(fd, PIECE, 0, PIECE.length, null);
        if (n === 0) return bytes;
        take(PIECE.subarray(0, n));
        bytes += n;
      }
    } finally {
      fs.closeSync(fd);
    }
  }

  /** Through symlinks; `undefined` where nothing is there. Throws `tree-unreadable`. */
  stat(file: string): fs.Stats | undefined {
    return this.#loud(file, () => {
      this.#before('stat', file);
      return fs.statSync(file, { throwIfNoEntry: false });
    });
  }

  /** The path's own entry, a symlink for itself; `undefined` where nothing is there. Throws `tree-unreadable`. */
  lstat(file: string): fs.Stats | undefined {
    return this.#loud(file, () => {
      this.#before('stat', file);
      return fs.lstatSync(file, { throwIfNoEntry: false });
    });
  }

  #loud<T>(file: string, call: () => T): T | undefined {
    try {
      return call();
    } catch (error) {
      if (isAbsent(error)) return undefined; // absence is an answer; who asked knows whether it may be
      if (error instanceof RegsweepError) throw error;
      throw unreadable(file, error);
    }
  }

  /** A name that is not UTF-8 can not be addressed again, so what lies below it would be lost from sight. */
  #checked(folder: string, names: string[]): string[] {
    for (const name of names) {
      if (name.includes('\ufffd')) throw unreadable(`${folder}/${name}`, new Error('the name is not valid UTF-8'));
    }
    return names;
  }
}

export function unreadable(file: string, cause: unknown): RegsweepError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new RegsweepError('tree-unreadable', EXIT.refused, `${file} can not be read: ${why}`, {
    path: file,
    cause,
    hint: 'Nothing was touched, since what can not be read may be in use. Run as the user that owns the tree, or mend the disk.',
  });
}

function isAbsent(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ENOENT' || code === 'ENOTDIR';
}
