// Bind mounts make one tree reachable by paths that nothing leads between, in this container or another. So while anything of ours lies
// beside v2 (the lock, a run, its trash), v2 says where: `v2/.regsweep` is a symlink to a file in that `.regsweep`, whose name is drawn
// by lot. It is our own where our folder holds a file of that name, however it is reached. A symlink is there whole or not at all, and
// for one alone.

import { randomBytes } from 'node:crypto';
import { RegsweepError, refusal } from '../model/errors.js';
import { OURS_BELOW_ROOT, V2_BELOW_ROOT } from '../model/layout.js';
import type { Tree } from '../model/tree.js';
import { isDiskFull } from './full-disk.js';
import { kindOf, misplacedError } from './own-folders.js';
import type { Reader } from './reader.js';
import type { Writer } from './writer.js';

const TOKEN = /^tree-[0-9a-f]{16}$/;
const MOST_BYTES = 65_536;
/** The folder that a short pointer names. */
const NOWHERE = `/${OURS_BELOW_ROOT}`;
/** Written in one go: what is not whole after this long was cut off. */
const HALF_WRITTEN_MS = 60_000;
/** What symlink(2) fails with for other reasons than a file system that has none. */
const NOT_FOR_LACK: ReadonlySet<string | undefined> = new Set([
  'EACCES',
  'EROFS',
  'ENOSPC',
  'EDQUOT',
  'ENOENT',
  undefined,
]);

/**
 * `tree` with the home and the path that its pointer names, where that is this very tree seen from here: so what was started through
 * another path is found through this one.
 */
export function throughPointer(tree: Tree, reader: Reader): Tree {
  let folder: string | undefined;
  try {
    folder = stateElsewhere(tree, reader);
  } catch (error) {
    if (!(error instanceof RegsweepError)) throw error; // ignored error: looking goes on, and a change is refused with it
  }
  if (folder === undefined) return tree;
  const home = parentOf(folder);
  const own = reader.stat(tree.v2);
  const v2 = [`${home}/${V2_BELOW_ROOT}`, `${home}/${nameOf(tree.v2)}`].find((path) => {
    const stats = reader.stat(path);
    return stats !== undefined && stats.dev === own?.dev && stats.ino === own.ino;
  });
  return v2 === undefined || stateElsewhere({ ...tree, home }, reader) !== undefined ? tree : { ...tree, v2, home };
}

/** The `.regsweep` of another root that holds what is ours of this tree; undefined where there is none. */
export function stateElsewhere(tree: Tree, reader: Reader): string | undefined {
  const target = targetOf(tree, reader);
  if (target === undefined || reader.lstat(`${stateOf(tree)}/${nameOf(target)}`) !== undefined) return undefined;
  return parentOf(target);
}

/**
 * Points v2 here. Only for the holder of the lock. Throws the refusal `locked` where it points elsewhere. `mayBeShort`: where the disk is
 * full, the pointer names the token alone, which fits into the inode: it holds as any other, but does not say where we are.
 */
export function pointHere(tree: Tree, writer: Writer, mayBeShort = false): void {
  removeHalfWritten(tree, writer);
  if (targetOf(tree, writer) === undefined) {
    const token = tokensOf(tree, writer)[0] ?? newToken(tree, writer);
    try {
      place(`${stateOf(tree)}/${token}`, tree, writer);
    } catch (error) {
      if (!mayBeShort || !isDiskFull(error)) throw error;
      place(`${NOWHERE}/${token}`, tree, writer);
    }
    writer.sync(`${tree.v2}/.`);
  }
  const elsewhere = stateElsewhere(tree, writer);
  if (elsewhere !== undefined) throw heldElsewhere(tree, elsewhere);
}

/**
 * The lock where the disk has no block for the folder of ours: a short pointer, which keeps everyone else away until it is removed. It does
 * not expire. Throws the refusal `locked` where v2 points somewhere.
 */
export function lockByPointer(tree: Tree, writer: Writer): { isOurs(): boolean; release(): void } {
  const target = `${NOWHERE}/tree-${randomBytes(8).toString('hex')}`;
  const isOurs = (): boolean => targetOf(tree, writer) === target;
  place(target, tree, writer);
  if (!isOurs()) throw heldElsewhere(tree, stateElsewhere(tree, writer) ?? NOWHERE);
  return {
    isOurs,
    release() {
      if (isOurs()) writer.unlink(pointerOf(tree));
    },
  };
}

/** Takes the pointer away, if it is ours. Only for the holder of the lock, once no run is left. */
export function pointNowhere(tree: Tree, writer: Writer): void {
  if (targetOf(tree, writer) !== undefined && stateElsewhere(tree, writer) === undefined)
    writer.unlink(pointerOf(tree));
  for (const token of tokensOf(tree, writer)) writer.unlink(`${stateOf(tree)}/${token}`);
}

export function heldElsewhere(tree: Tree, folder: string): RegsweepError {
  if (folder === NOWHERE) {
    return refusal(
      'locked',
      'This tree is also reached by another path: a run made through there works on it with --in-place, or was interrupted.',
      `Nothing was touched. Wait for it to end, and use the root that it used. If this tree is a copy, or no such run is left, remove ${pointerOf(tree)}.`,
      pointerOf(tree),
    );
  }
  const root = parentOf(folder);
  return refusal(
    'locked',
    `This tree is also reached as ${root}: a run made through there works on it, was interrupted, or keeps its trash in ${folder}.`,
    `Nothing was touched. Use --root ${root}; \`regsweep trash ls --root ${root}\` shows what is kept. If this tree is a copy, or ${folder} is gone for good, remove ${pointerOf(tree)}.`,
    pointerOf(tree),
  );
}

function place(target: string, tree: Tree, writer: Writer): void {
  try {
    writer.symlink(target, pointerOf(tree));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return; // another was faster: it is read again
    if (NOT_FOR_LACK.has(code)) throw error;
    try {
      writer.write(pointerOf(tree), [target]);
    } catch (second) {
      if ((second as NodeJS.ErrnoException).code !== 'EEXIST') throw second;
    }
  }
}

/** Throws the refusal `run-record` where something else lies in the pointer's place. */
function targetOf(tree: Tree, reader: Reader): string | undefined {
  const pointer = pointerOf(tree);
  const stats = reader.lstat(pointer);
  if (stats === undefined) return undefined;
  if (!stats.isSymbolicLink() && !stats.isFile()) throw misplacedError(pointer, `is ${kindOf(stats)}`);
  const target = stats.isFile() ? reader.read(pointer, MOST_BYTES) : reader.readlink(pointer);
  if (target.startsWith('/') && TOKEN.test(nameOf(target)) && nameOf(parentOf(target)) === OURS_BELOW_ROOT)
    return target;
  throw misplacedError(pointer, 'does not name a folder of ours');
}

/** Without symlinks the pointer is a file, which a kill can leave half written. */
function removeHalfWritten(tree: Tree, writer: Writer): void {
  const stats = writer.lstat(pointerOf(tree));
  if (stats?.isFile() !== true || Date.now() - stats.mtimeMs < HALF_WRITTEN_MS) return;
  if (!TOKEN.test(nameOf(writer.read(pointerOf(tree), MOST_BYTES)))) writer.unlink(pointerOf(tree));
}

function newToken(tree: Tree, writer: Writer): string {
  const token = `tree-${randomBytes(8).toString('hex')}`;
  writer.write(`${stateOf(tree)}/${token}`, ['']);
  writer.sync(stateOf(tree));
  return token;
}

function tokensOf(tree: Tree, reader: Reader): readonly string[] {
  return reader.names(stateOf(tree)).filter((name) => TOKEN.test(name));
}

function pointerOf(tree: Tree): string {
  return `${tree.v2}/${OURS_BELOW_ROOT}`;
}
function stateOf(tree: Tree): string {
  return `${tree.home}/${OURS_BELOW_ROOT}`;
}
function parentOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')));
}
function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
