// The tree is read through these few synchronous calls, which cannot change anything. Absence is an answer
// (undefined) only where nothing on the way to a path is in doubt: what exists and cannot be followed is unreadable, never absent.
// Every other error is thrown, as `tree-unreadable`, or as itself for content.

import fs from 'node:fs';
import path from 'node:path';
import { EXIT, RegsweepError } from '../model/errors.js';

export type ReadCall = 'list' | 'read' | 'stat';

/** A folder's entry. A symlink has the kind of its target; one that cannot be followed is `other`, as a FIFO, socket or device is. */
export interface Entry {
  readonly name: string;
  readonly kind: 'folder' | 'file' | 'other';
  readonly symlink: boolean;
}

/** A pipe in a file's place must not hold a run for ever. */
const WITHOUT_WAITING = fs.constants.O_RDONLY | fs.constants.O_NONBLOCK;
/** A link is some 70 bytes; what is longer is none, however long. */
const LINK_BYTES = Buffer.allocUnsafe(1024);

const CONTENT = Buffer.allocUnsafe(64 * 1024);
const PIECE = Buffer.allocUnsafe(1024 * 1024);

export class TreeReader {
  /** Called before each system call; a test throws an errno from here. */
  readonly #before: (call: ReadCall, path: string) => void;

  constructor(before: (call: ReadCall, path: string) => void = () => undefined) {
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

  /** Entries of a folder; `undefined` where there is no folder. Throws `tree-unreadable`. */
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
        return { name: entry.name, kind: kindOf(symlink ? this.target(`${folder}/${entry.name}`) : entry), symlink };
      });
    });
  }

  /** As {@link entries}, of a folder that a listing has just shown: one that is gone is unreadable. */
  listed(folder: string): Entry[] {
    return this.entries(folder) ?? vanished(folder);
  }

  /** What a symlink refers to; `undefined` where it cannot be followed. Throws `tree-unreadable`. */
  target(link: string): fs.Stats | undefined {
    try {
      this.#before('stat', link);
      return fs.statSync(link);
    } catch (error) {
      if (isUnfollowable(error)) return undefined; // the caller sees an entry that is there and of no known kind
      throw unreadable(link, error);
    }
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
   * knows them by their digest, their number is not checked. Throws the system's own error.
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
        const { size } = regular(fd);
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
      // Absence is an answer: the caller calls it missing.
      if (isUnfollowable(error) && this.#obstacle(file) === undefined) return undefined;
      throw error;
    }
  }

  /** Hands a file's bytes to `take`, piece by piece in one buffer. Returns how many. Throws the system's own error. */
  pieces(file: string, take: (piece: Uint8Array) => void): number {
    this.#before('read', file);
    const fd = fs.openSync(file, WITHOUT_WAITING);
    try {
      // No more than its size: what the kernel makes up as it is read (`/proc/kmsg`) has none.
      const { size } = regular(fd);
      let bytes = 0;
      while (bytes < size) {
        const n = fs.readSync(fd, PIECE, 0, Math.min(PIECE.length, size - bytes), null);
        if (n === 0) break;
        take(PIECE.subarray(0, n));
        bytes += n;
      }
      return bytes;
    } finally {
      fs.closeSync(fd);
    }
  }

  /** Through symlinks; `undefined` where nothing is there. Throws `tree-unreadable`. */
  stat(file: string): fs.Stats | undefined {
    return this.#loud(file, () => {
      this.#before('stat', file);
      return fs.statSync(file);
    });
  }

  /** The path's own entry, a symlink for itself; `undefined` where nothing is there. Throws `tree-unreadable`. */
  lstat(file: string): fs.Stats | undefined {
    return this.#loud(file, () => {
      this.#before('stat', file);
      return fs.lstatSync(file);
    });
  }

  #loud<T>(file: string, call: () => T): T | undefined {
    try {
      return call();
    } catch (error) {
      if (error instanceof RegsweepError) throw error;
      if (!isUnfollowable(error)) throw unreadable(file, error);
      const obstacle = this.#obstacle(file);
      // Absence is an answer; the caller knows what it means.
      return obstacle === undefined ? undefined : notFollowable(obstacle);
    }
  }

  /**
   * What keeps `file` from being followed: itself, or the nearest entry above it that exists, where that is no folder. `undefined`
   * where nothing does, so that the file is absent.
   */
  #obstacle(file: string): string | undefined {
    for (let at = file; at !== ''; at = at.slice(0, at.lastIndexOf('/'))) {
      try {
        this.#before('stat', at);
        fs.lstatSync(at);
      } catch (error) {
        if (isUnfollowable(error)) continue; // not there: the entry above it decides
        throw unreadable(at, error);
      }
      return at !== file && this.target(at)?.isDirectory() === true ? undefined : at;
    }
    return undefined;
  }

  /** A name that is not UTF-8 cannot be addressed again, so what lies below it would be lost from sight. */
  #checked(folder: string, names: string[]): string[] {
    for (const name of names) {
      if (name.includes('\ufffd')) throw unreadable(`${folder}/${name}`, new Error('the name is not valid UTF-8'));
    }
    return names;
  }
}

export function unreadable(file: string, cause: unknown): RegsweepError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new RegsweepError('tree-unreadable', EXIT.refused, `${file} cannot be read: ${why}`, {
    path: file,
    cause,
    hint: 'Nothing was touched: what cannot be read may be in use. Run as the owner of the tree, or repair the disk.',
  });
}

/** The refusal of a path that a listing showed and that is gone. */
export function vanished(file: string): never {
  throw unreadable(file, new Error('it vanished while it was being read (is the registry running?)'));
}

/** The refusal of what is there in the place of a folder and is none that can be followed. */
export function notFollowable(file: string): never {
  throw unreadable(file, new Error('it is there, and is not a folder that can be followed (is a disk not mounted?)'));
}

function kindOf(entry: Pick<fs.Stats, 'isDirectory' | 'isFile'> | undefined): Entry['kind'] {
  if (entry?.isDirectory() === true) return 'folder';
  return entry?.isFile() === true ? 'file' : 'other';
}

/** The stats of an open file. Throws where it is not a regular one. */
function regular(fd: number): fs.Stats {
  const stats = fs.fstatSync(fd);
  if (!stats.isFile()) throw Object.assign(new Error('not a regular file'), { code: 'EINVAL' });
  return stats;
}

function isUnfollowable(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP';
}
