// How a reading thread is started. A file of its own, since a build into one file carries the thread's code as text instead
// (scripts/standalone.ts puts that in place of this file).

import { Worker, type WorkerOptions } from 'node:worker_threads';

/** False where the program runs from source: there is no compiled code to start a thread with. */
export const THREADS: boolean = import.meta.url.endsWith('.js');

export function startThread(options: WorkerOptions): Worker {
  return new Worker(new URL('./scan-worker.js', import.meta.url), options);
}
