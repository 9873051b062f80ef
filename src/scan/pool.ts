// Threads that read: each a synchronous loop over tasks, which beats asynchronous calls cold and warm (docs/benchmarks.md). Where
// there are no more than processors, this thread is one of them. Small work is done in place: starting a thread costs more.

import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { EXIT, RegsweepError } from '../model/errors.js';
import { perform, prepare, type Task, type TaskResult } from './tasks.js';
import { startThread, THREADS } from './thread.js';
import type { TreeReader } from './tree-reader.js';

/** What a worker posts for a task. */
export type Posted =
  | { readonly answer: unknown }
  | {
      readonly error: {
        readonly message: string;
        readonly path?: string;
        readonly hint?: string;
        readonly refused: boolean;
      };
    };

/** How many threads read: where tasks are quick, and where they wait for a disk. 0 does everything in place. */
export interface Width {
  readonly quick: number;
  readonly waiting: number;
}

export class Pool {
  readonly #v2: string;
  readonly #reader: TreeReader;
  readonly #width: Width;
  readonly #startThread: typeof startThread;
  readonly #workers: Worker[] = [];
  /** True once a task took long: tasks wait for a disk here. */
  #waits = false;

  constructor(v2: string, reader: TreeReader, width: Width, start: typeof startThread = startThread) {
    this.#v2 = v2;
    this.#reader = reader;
    this.#startThread = start;
    this.#width = THREADS ? width : { quick: 0, waiting: 0 };
  }

  /** Does `tasks`, handing each answer to `take` as it comes, in no order. Small work (`units` of it) is done in place. */
  async each<T extends Task>(
    tasks: readonly T[],
    units: number,
    take: (answer: TaskResult<T>, task: T) => void,
    signal?: AbortSignal,
  ): Promise<void> {
    if (tasks[0] !== undefined) await prepare(tasks[0].do);
    if (this.#width.quick === 0 || tasks.length < 2 || units < SMALL) {
      for (const task of tasks) {
        signal?.throwIfAborted();
        take(perform(this.#v2, task, this.#reader), task);
      }
      return;
    }
    const { quick, waiting: most } = this.#width;
    const helps = !this.#waits && quick <= availableParallelism();
    const threads = Math.min(this.#waits ? most : helps ? quick - 1 : quick, tasks.length);
    while (this.#workers.length < threads) this.#workers.push(this.#start());
    const waiting = tasks[Symbol.iterator]();
    const next = (): T | undefined => {
      signal?.throwIfAborted();
      return waiting.next().value as T | undefined;
    };
    const lane = (worker: Worker): Promise<void> =>
      drive(worker, next, (answer, task: T) => take(answer as TaskResult<T>, task));
    const lanes = this.#workers.map(lane);
    if (helps) lanes.push(this.#help(next, take, lane));
    await Promise.all(lanes);
  }

  /**
   * Takes tasks as the threads do, as long as each is done in an instant; where tasks wait for a disk, more threads take over: this
   * one has answers to take.
   */
  async #help<T extends Task>(
    next: () => T | undefined,
    take: (answer: TaskResult<T>, task: T) => void,
    lane: (worker: Worker) => Promise<void>,
  ): Promise<void> {
    for (let task = next(); task !== undefined; task = next()) {
      const [begun, waits] = [performance.now(), waitsSoFar()];
      const answer = perform(this.#v2, task, this.#reader);
      this.#waits = performance.now() - begun > INSTANT_MS && waitsSoFar() - waits > MANY_WAITS;
      take(answer, task);
      if (this.#waits) {
        const more: Worker[] = [];
        while (this.#workers.length + more.length < this.#width.waiting) more.push(this.#start());
        this.#workers.push(...more);
        await Promise.all(more.map(lane));
        return;
      }
      await setImmediate();
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.splice(0).map((worker) => worker.terminate()));
  }

  #start(): Worker {
    const worker = this.#startThread({ workerData: { v2: this.#v2 }, resourceLimits: { maxYoungGenerationSizeMb: 8 } });
    worker.unref();
    return worker;
  }
}

/** Tasks that a thread is given at once. */
const TASKS_AHEAD = 2;
/** A task that took longer, and gave the processor away more often, is one that waits for its disk; on a busy machine it is taken away. */
const INSTANT_MS = 100;
const MANY_WAITS = 32;
/** Below this many names, folders or manifests a thread does not pay. */
const SMALL = 400;

/** Keeps one thread busy until `next` has no more: while an answer is taken, the thread has a task already. */
function drive<T extends Task>(
  worker: Worker,
  next: () => T | undefined,
  take: (answer: unknown, task: T) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked: T[] = [];
    const settle = (end: () => void) => {
      worker.off('message', onMessage);
      worker.off('error', onError);
      worker.off('exit', onExit);
      worker.unref();
      end();
    };
    const ask = (): void => {
      const task = next();
      if (task === undefined) return;
      asked.push(task);
      worker.postMessage(task);
    };
    const onMessage = (posted: Posted): void => {
      try {
        if (!('answer' in posted)) throw revived(posted.error);
        const task = asked.shift()!;
        ask();
        take(posted.answer, task);
        if (asked.length === 0) settle(resolve);
      } catch (error) {
        settle(() => reject(error));
      }
    };
    const onError = (error: Error): void => settle(() => reject(error));
    // Without an error before: its task stays unanswered.
    const onExit = (status: number): void => settle(() => reject(endedEarly(`with exit status ${status}`)));
    if (worker.threadId === ENDED) return reject(endedEarly('some time ago'));
    worker.on('message', onMessage);
    worker.on('error', onError);
    worker.on('exit', onExit);
    worker.ref();
    try {
      for (let depth = 0; depth < TASKS_AHEAD; depth += 1) ask();
      if (asked.length === 0) settle(resolve);
    } catch (error) {
      settle(() => reject(error));
    }
  });
}

/** What Node gives for the id of a thread that has ended. */
const ENDED = -1;

function endedEarly(how: string): Error {
  return new Error(`a reading thread ended ${how}, before it had answered`);
}

/** How often this process gave the processor away by itself. */
function waitsSoFar(): number {
  return process.resourceUsage().voluntaryContextSwitches;
}

function revived(error: Extract<Posted, { error: unknown }>['error']): Error {
  if (!error.refused) return new Error(error.message);
  const { path, hint } = error;
  return new RegsweepError('tree-unreadable', EXIT.refused, error.message, {
    ...(path === undefined ? {} : { path }),
    ...(hint === undefined ? {} : { hint }),
  });
}
