// This thread and others, at work on one shift after another. Synchronous calls in threads cost a fifth of asynchronous ones. Where a
// call waits on the disk more threads join, until as many wait as the disk serves at once.

import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';
import { Aside } from './aside.js';
import type { WritingDoor } from './door.js';
import { crowd, endEarly, type Failure, type Found, left, type Shift, workOn } from './shift.js';
import { startThread, THREADS } from './thread.js';

/** Fewer items than this are done before a thread has started. */
const WORTH_A_THREAD = 4000;
/** Where those who are at it wait for the disk for less than this, in ms, until all is done, one more does not pay. */
const WORTH_A_WAITING_THREAD_MS = 1000;
/** An item that takes longer than this, in ms, and gives the processor away, waits for the disk. */
const WAITING_MS = 0.1;
/** More threads than this were no faster on any disk that was tried. */
const MOST_THREADS = 15;
/** The longest that this thread works without looking at signals. */
const BREATH_MS = 10;

export class Crew {
  readonly #door: WritingDoor;
  readonly #start: () => Worker;
  readonly #aside: Aside;
  readonly #workers: Worker[] = [];
  #shifts = 0;
  /** False once the system had no thread to give. */
  #mayStart = THREADS;

  /** All calls are made through `door`, or, where nobody watches that, through others like it, in threads that `start` gives. */
  constructor(door: WritingDoor, start: () => Worker = startFreeing) {
    this.#door = door;
    this.#start = start;
    this.#aside = new Aside(door);
  }

  /** Does `shift`. Once `signal` is aborted it throws its reason, and nothing is at work any more. */
  async work(shift: Shift, signal?: AbortSignal): Promise<Found> {
    this.#shifts += 1;
    const found: Found = { others: [], failures: [] };
    const parts: Part[] = [];
    const [own] = await Promise.allSettled([this.#share(shift, parts, found, signal)]);
    endEarly(shift);
    this.#aside.leave();
    // Who has not begun finds nothing to do: it is not waited for.
    const ends = await Promise.allSettled(parts.filter(hasBegun).map(({ ended }) => ended));
    if (own.status === 'rejected') throw own.reason;
    for (const end of ends) {
      if (end.status === 'rejected') throw end.reason;
      found.others.push(...end.value.others);
      found.failures.push(...end.value.failures);
    }
    signal?.throwIfAborted();
    return found;
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.splice(0).map((worker) => worker.terminate()));
  }

  async #share(shift: Shift, parts: Part[], found: Found, signal: AbortSignal | undefined): Promise<void> {
    const mayJoin = (): boolean => this.#mayStart && !this.#door.watched && parts.length < MOST_THREADS;
    const join = (): void => {
      const worker = this.#worker(parts.length);
      if (worker === undefined) this.#mayStart = false;
      else parts.push(this.#ask(worker, shift));
    };
    const others = Math.min(availableParallelism() - 1, Math.floor(left(shift) / WORTH_A_THREAD));
    while (parts.length < others && mayJoin()) join();
    let breath = performance.now();
    for (let done = -1; done !== 0; ) {
      signal?.throwIfAborted();
      const waits = waitsSoFar();
      const begun = performance.now();
      done = workOn(shift, this.#door, found, this.#aside);
      const now = performance.now();
      const waited = now - begun > done * WAITING_MS && waitsSoFar() - waits > done / 2;
      const restMs = (left(shift) * (now - begun)) / done;
      if (waited && restMs > WORTH_A_WAITING_THREAD_MS * (parts.length + 1) && mayJoin()) {
        join();
        crowd(shift);
      }
      if (now - breath < BREATH_MS) continue;
      await new Promise((resolve) => setImmediate(resolve));
      breath = performance.now();
    }
  }

  /** The thread of that number, started anew where it has ended; undefined where the system has none to give. */
  #worker(at: number): Worker | undefined {
    const known = this.#workers[at];
    if (known !== undefined && known.threadId !== ENDED) return known;
    try {
      const worker = this.#start();
      this.#workers[at] = worker;
      return worker;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_WORKER_INIT_FAILED') throw error;
      return undefined; // ignored error: this thread does it all
    }
  }

  #ask(worker: Worker, shift: Shift): Part {
    const order: Order = { number: this.#shifts, shift, begun: new Int32Array(new SharedArrayBuffer(4)) };
    const ended = new Promise<Found>((resolve, reject) => {
      const settle = (end: () => void) => {
        worker.off('message', onMessage);
        worker.off('error', onError);
        worker.off('exit', onExit);
        end();
      };
      const onMessage = ({ number, found }: Report): void => {
        if (number === order.number) settle(() => resolve(found));
      };
      // A thread that cannot start leaves its part to the others.
      const onError = (error: Error): void =>
        settle(() => (hasBegun(order) ? reject(error) : resolve({ others: [], failures: [] })));
      // One that ends in the midst of it took items of which nobody knows what became.
      const onExit = (status: number): void =>
        settle(() => resolve({ others: [], failures: hasBegun(order) ? [endedEarly(status, shift)] : [] }));
      worker.on('message', onMessage);
      worker.on('error', onError);
      worker.on('exit', onExit);
      worker.postMessage(order);
    });
    return { begun: order.begun, ended };
  }
}

/** What Node gives for the id of a thread that has ended. */
const ENDED = -1;

function endedEarly(status: number, { folder }: Shift): Failure {
  const message = `a thread that worked on ${folder} ended before it was done, with exit status ${status}`;
  return { code: 'ERR_WORKER_ENDED', message, path: folder };
}

/** How often this process gave the processor away by itself: waiting for a disk does that, a busy machine does not. */
function waitsSoFar(): number {
  return process.resourceUsage().voluntaryContextSwitches;
}

/** What a thread is told. */
export interface Order {
  readonly number: number;
  readonly shift: Shift;
  /** One number: the thread sets it to 1 before it takes its first item. */
  readonly begun: Int32Array;
}

/** What a thread answers. */
export interface Report {
  readonly number: number;
  readonly found: Found;
}

interface Part {
  readonly begun: Int32Array;
  readonly ended: Promise<Found>;
}

function hasBegun({ begun }: Pick<Part, 'begun'>): boolean {
  return Atomics.load(begun, 0) === 1;
}

function startFreeing(): Worker {
  return startThread({ resourceLimits: { maxYoungGenerationSizeMb: 4 } });
}
