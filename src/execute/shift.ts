// A shift of work on the items of one trash folder, shared by the threads that do it: each takes the next few until none are left.
// What fails is noted, and the rest goes on.

import type { RemovalKind } from '../plan/removal.js';
import type { Aside } from './aside.js';
import type { WritingDoor } from './door.js';
import { eraseItem } from './erase.js';
import { othersIn } from './foreign.js';

/** Items taken at a time: few, so that a signal is obeyed soon and no thread is left alone with the rest. */
const AT_A_TIME = 32;

const KINDS: readonly RemovalKind[] = ['tag', 'history', 'revision', 'layerLink', 'upload', 'blob', 'leftover'];

/** Everything in it can be shared between threads. */
export interface Shift {
  /** `look` tells what is none of a registry's, `erase` deletes. */
  readonly verb: 'look' | 'erase';
  /** Absolute path of the folder whose entries are called as the steps are numbered. */
  readonly folder: string;
  readonly steps: Uint32Array;
  /** Of each step, by number in the list of kinds; one more than there are where it is unknown. */
  readonly kinds: Uint8Array;
  /** One number: how many were taken by some thread. */
  readonly taken: Int32Array;
  /** One number: 1 once many threads are at it, each waiting for the disk. */
  readonly crowded: Int32Array;
}

/** What came of a shift, or of one thread's part of it. */
export interface Found {
  /** Of a `look`: the names in an item that are none of a registry's. */
  readonly others: { readonly step: number; readonly names: readonly string[] }[];
  readonly failures: Failure[];
}

/** A failure that can be sent between threads. */
export interface Failure {
  readonly message: string;
  readonly path: string | undefined;
  /** Errno. */
  readonly code: string;
}

export function errorOf({ message, path, code }: Failure): Error {
  return Object.assign(new Error(message), { code, ...(path === undefined ? {} : { path }) });
}

/** The entries of a trash folder: items, by the numbers of their steps, and names that are none. */
export function entriesOf(
  folder: string,
  door: WritingDoor,
): { readonly steps: readonly number[]; readonly others: readonly string[] } {
  const steps: number[] = [];
  const others: string[] = [];
  for (const name of door.names(folder)) {
    if (/^[1-9]\d{0,8}$/.test(name)) steps.push(Number(name));
    else others.push(name);
  }
  return { steps, others };
}

export function shiftOf(
  verb: Shift['verb'],
  folder: string,
  steps: readonly number[],
  kindOf: (step: number) => RemovalKind | undefined,
): Shift {
  const shared = <T>(make: (buffer: SharedArrayBuffer) => T, bytes: number): T => make(new SharedArrayBuffer(bytes));
  const kinds = shared((buffer) => new Uint8Array(buffer), steps.length);
  for (const [at, step] of steps.entries()) {
    const kind = kindOf(step);
    kinds[at] = kind === undefined ? KINDS.length : KINDS.indexOf(kind);
  }
  const numbers = shared((buffer) => new Uint32Array(buffer), steps.length * 4);
  numbers.set(steps);
  const number = (): Int32Array => shared((buffer) => new Int32Array(buffer), 4);
  return { verb, folder, steps: numbers, kinds, taken: number(), crowded: number() };
}

export function left(shift: Shift): number {
  return Math.max(0, shift.steps.length - Atomics.load(shift.taken, 0));
}

/** From now on nobody erases in the folder that all share. */
export function crowd(shift: Shift): void {
  Atomics.store(shift.crowded, 0, 1);
}

/** Nobody takes another item. */
export function endEarly(shift: Shift): void {
  Atomics.store(shift.taken, 0, shift.steps.length);
}

/** Does the next few items, `aside` where there is a crowd. Says how many they were; none where all are taken. */
export function workOn(shift: Shift, door: WritingDoor, found: Found, aside: Aside): number {
  const from = Atomics.add(shift.taken, 0, AT_A_TIME);
  const to = Math.min(shift.steps.length, from + AT_A_TIME);
  for (let at = from; at < to; at += 1) {
    const step = shift.steps[at]!;
    const kind = KINDS[shift.kinds[at]!];
    try {
      if (shift.verb === 'erase') {
        const isCrowded = Atomics.load(shift.crowded, 0) === 1;
        eraseItem(kind, isCrowded ? aside.take(shift.folder, step) : `${shift.folder}/${step}`, door);
      } else if (kind !== undefined) {
        const names = othersIn(kind, `${shift.folder}/${step}`, door);
        if (names.length > 0) found.others.push({ step, names });
      }
    } catch (error) {
      const { code, message, path } = error as NodeJS.ErrnoException;
      if (code === undefined) throw error;
      found.failures.push({ code, message, path });
    }
  }
  return Math.max(0, to - from);
}
