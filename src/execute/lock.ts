// One run at a time: `<root>/.regsweep/lock` says who holds the tree. Taken over only from a process that is surely gone, here, in
// this very boot and pid name space, or when nobody touched it for ten minutes.

import { randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { refusal } from '../model/errors.js';
import { OURS_BELOW_ROOT } from '../model/layout.js';
import type { Tree } from '../model/tree.js';
import type { WritingDoor } from './door.js';
import { refuseSymlink } from './own-folders.js';

const TOUCH_MS = 10_000;
const STALE_MS = 600_000;

interface Holder {
  readonly host: string;
  readonly bootId: string;
  readonly pidNamespace: string;
  readonly pid: number;
  /** Of the process, in clock ticks since boot: a pid used again has another. */
  readonly startTime: string;
  readonly since: string;
}

export interface Lock {
  release(): Promise<void>;
}

/** Takes the lock. Throws the refusal `locked`, naming the holder; `run-record` where our folder is a symlink. `nowMs`: the clock. */
export async function takeLock(tree: Tree, door: WritingDoor, nowMs: number): Promise<Lock> {
  const file = `${tree.root}/${OURS_BELOW_ROOT}/lock`;
  refuseSymlink(`${tree.root}/${OURS_BELOW_ROOT}`, door);
  door.ensureFolder(`${tree.root}/${OURS_BELOW_ROOT}`);
  const own = ourselves(nowMs);
  const text = `${JSON.stringify({ ...own, token: randomBytes(8).toString('hex') })}\n`;
  for (let tries = 0; ; tries += 1) {
    try {
      door.write(file, [text]);
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const held = readLock(file, door);
      if (tries > 0 || !isGone(file, held.holder, own, door, nowMs)) throw lockedBy(file, held.holder);
      await clearAway(file, held.text, door);
    }
  }
  const timer = setInterval(() => {
    try {
      door.touch(file);
    } catch {
      // Ignored error: a lock not touched is held all the same, and after ten minutes taken over by who waits for it.
    }
  }, TOUCH_MS);
  timer.unref();
  return {
    async release() {
      clearInterval(timer);
      // Who has not been heard of for ten minutes may have lost it: the lock that is there then is another's.
      if (readLock(file, door).text === text) await door.unlink(file);
      // A run that left nothing behind leaves no folder behind either.
      for (const folder of [`${tree.root}/${OURS_BELOW_ROOT}/runs`, `${tree.root}/${OURS_BELOW_ROOT}`]) {
        if (door.lstat(folder) !== undefined && door.names(folder).length === 0) door.rmdir(folder);
      }
    },
  };
}

function isGone(file: string, held: Holder | undefined, own: Holder, door: WritingDoor, nowMs: number): boolean {
  if (nowMs - (door.lstat(file)?.mtimeMs ?? nowMs) > STALE_MS) return true;
  if (
    held === undefined ||
    held.host !== own.host ||
    held.bootId !== own.bootId ||
    held.pidNamespace !== own.pidNamespace
  )
    return false;
  return startTimeOf(held.pid) !== held.startTime;
}

function lockedBy(file: string, held: Holder | undefined): Error {
  const who = held === undefined ? 'another run' : `process ${held.pid} on ${held.host} since ${held.since}`;
  return refusal(
    'locked',
    `This tree is locked by ${who}.`,
    `Wait for it to end. The lock is ${file}; it is taken over by itself ten minutes after its holder died.`,
    file,
  );
}

/** Takes a dead lock away, and no other: of two that judged it dead one finds it gone, or finds the other's and puts that back. */
async function clearAway(file: string, dead: string, door: WritingDoor): Promise<void> {
  const aside = `${file}.${randomBytes(4).toString('hex')}`;
  try {
    door.rename(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return; // another was faster: it holds the lock, or soon will
    throw error;
  }
  if (door.read(aside) === dead) await door.unlink(aside);
  else door.rename(aside, file);
}

/** The lock's text, and the holder that it names; an unreadable one counts as held until it is ten minutes old. */
function readLock(file: string, door: WritingDoor): { readonly text: string; readonly holder: Holder | undefined } {
  let text = '';
  try {
    text = door.read(file);
    return { text, holder: JSON.parse(text) as Holder };
  } catch {
    return { text, holder: undefined }; // ignored error: told by the missing holder
  }
}

function ourselves(nowMs: number): Holder {
  return {
    host: hostname(),
    bootId: proc('/proc/sys/kernel/random/boot_id'),
    pidNamespace: namespaceOf(),
    pid: process.pid,
    startTime: startTimeOf(process.pid) ?? '',
    since: new Date(nowMs).toISOString(),
  };
}

function namespaceOf(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return ''; // ignored error: without /proc the name space is unknown, the same for every process here
  }
}

function proc(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return ''; // ignored error: without /proc nothing is known of other processes, and a held lock stays held
  }
}

/** Field 22 of /proc/PID/stat; undefined where there is no such process. */
function startTimeOf(pid: number): string | undefined {
  const stat = proc(`/proc/${pid}/stat`);
  return stat === '' ? undefined : stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}
