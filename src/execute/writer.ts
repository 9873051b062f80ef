// The only calls that change anything, each on one exact path, and the looks taken just before. No recursive remove
// exists here; what is not known to be ours to take stays. A test makes the N-th call fail, or the process die at it.

import fs from 'node:fs';
import { promisify } from 'node:util';
import fsExtra from 'fs-extra';
import { Reader } from './reader.js';

export type WriteCall = 'rename' | 'link' | 'unlink' | 'rmdir' | 'mkdir' | 'write' | 'create' | 'sync';

const unlink = promisify(fs.unlink);
const rmdir = promisify(fs.rmdir);
const readdir = promisify(fs.readdir);

/** The calls that deleting takes: the writer makes them one at a time, its `overlapping` ones many at once. */
export interface DeletingCalls {
  lstat(path: string): fs.Stats | undefined;
  names(folder: string): string[] | Promise<string[]>;
  entries(folder: string): fs.Dirent[] | Promise<fs.Dirent[]>;
  unlink(file: string): unknown;
  rmdir(folder: string): unknown;
}

const OUR_FOLDER = fs.constants.O_RDONLY | fs.constants.O_DIRECTORY | fs.constants.O_NOFOLLOW;

export class Writer extends Reader {
  readonly #before: (call: WriteCall, path: string) => void;
  /** True where a test watches each call: then one follows the other. */
  readonly watched: boolean;

  constructor(before?: (call: WriteCall, path: string) => void) {
    super();
    this.#before = before ?? (() => undefined);
    this.watched = before !== undefined;
  }

  /** The same calls, which other work need not wait for. */
  readonly overlapping: DeletingCalls = {
    lstat: (path) => this.lstat(path),
    names: (folder) => readdir(folder),
    entries: (folder) => readdir(folder, { withFileTypes: true }),
    unlink: (file) => {
      this.#before('unlink', file);
      return unlink(file);
    },
    rmdir: (folder) => {
      this.#before('rmdir', folder);
      return rmdir(folder);
    },
  };

  rename(from: string, to: string): void {
    this.#before('rename', from);
    fs.renameSync(from, to);
  }
  /** Gives a file of ours a second name; fails where something bears it. */
  link(file: string, name: string): void {
    this.#before('link', name);
    fs.linkSync(file, name);
  }
  /** Makes a symlink of ours; fails where something is there. */
  symlink(target: string, file: string): void {
    this.#before('link', file);
    fs.symlinkSync(target, file);
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
  /**
   * Removes an empty folder. False where it is gone already: an object store's mount drops a folder together with the last file in it.
   */
  rmdir(folder: string): boolean {
    try {
      this.#before('rmdir', folder);
      fs.rmdirSync(folder);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      return false;
    }
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
  /** Makes an empty file, which takes no block of a full disk; fails where something is there. */
  create(file: string): void {
    this.#before('create', file);
    fs.closeSync(fs.openSync(file, 'wx', 0o600));
  }
  touch(file: string): void {
    this.#before('write', file);
    const now = new Date();
    fs.lutimesSync(file, now, now);
  }
  /** Flushes a folder's entries, and with them, on a journaling file system, every rename before. */
  sync(folder: string): void {
    this.#before('sync', folder);
    const fd = fs.openSync(folder, OUR_FOLDER);
    try {
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
  }
}
