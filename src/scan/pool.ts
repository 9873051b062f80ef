// Threads that read: each a synchronous loop over tasks, which beats asynchronous calls cold and warm (PERFORMANCE.md). Small
// work is done in place, for starting a thread costs more than reading a small tree.

import type { Worker } from 'node:worker_threads';
import { EXIT, RegsweepError } from '../model/errors.js';
import type { ReadingDoor } from './door.js';
import { type AnswerTo, perform, type Task } from './tasks.js';
import { startThread, THREADS } from './thread.js';

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

export class Pool {
  readonly #v2: string;
  readonly #door: ReadingDoor;
  readonly #width: number;
  readonly #workers: Worker[] = [];

  /** `width` threads at the most; 0 does everything in place. */
  constructor(v2: string, door: ReadingDoor, width: number) {
    this.#v2 = v2;
    this.#door = door;
    this.#width = THREADS ? width : 0;
  }

  /** Does `tasks`, handing each answer to `take` as it comes, in no order. Small work (`units` of it) is done in place. */
  async each<T extends Task>(
    tasks: readonly T[],
    units: number,
    take: (answer: AnswerTo<T>, task: T) => void,
    signal?: AbortSignal,
  ): Promise<void> {
    if (this.#width === 0 || tasks.length < 2 || units < SMALL) {
      for (const task of tasks) {
        signal?.throwIfAborted();
        take(perform(this.#v2, task, this.#door), task);
      }
      return;
    }
    while (this.#workers.length < Math.min(this.#width, tasks.length)) this.#workers.push(this.#start());
    const waiting = tasks[Symbol.iterator]();
    await Promise.all(
      this.#workers.map(async (worker) => {
        for (let next = waiting.next(); next.done !== true; next = waiting.next()) {
          signal?.throwIfAborted();
          take((await ask(worker, next.value)) as AnswerTo<T>, next.value);
        }
      }),
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.splice(0).map((worker) => worker.terminate()));
  }

  #start(): Worker {
    const worker = startThread({ workerData: { v2: this.#v2 }, resourceLimits: { maxYoungGenerationSizeMb: 8 } });
    worker.unref();
    return worker;
  }
}

/** Below this many names, folders or manifests a thread does not pay. */
const SMALL = 400;

function ask(worker: Worker, task: Task): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const settle = (end: () => void) => {
      worker.off('message', onMessage);
      worker.off('error', onError);
      worker.unref();
      end();
    };
    const onMessage = (posted: Posted): void =>
      settle(() => ('answer' in posted ? resolve(posted.answer) : reject(revived(posted.error))));
    const onError = (error: Error): void => settle(() => reject(error));
    worker.on('message', onMessage);
    worker.on('error', onError);
    worker.ref();
    worker.postMessage(task);
  });
}

function revived(error: Extract<Posted, { error: unknown }>['error']): Error {
  if (!error.refused) return new Error(error.message);
  const { path, hint } = error;
  return new RegsweepError('tree-unreadable', EXIT.refused, error.message, {
    ...(path === undefined ? {} : { path }),
    ...(hint === undefined ? {} : { hint }),
  });
}
