// A reading thread: one task in, one answer out. What can not be read is sent back as an error, never as an empty answer.

import { parentPort, workerData } from 'node:worker_threads';
import { RegsweepError } from '../model/errors.js';
import { ReadingDoor } from './door.js';
import type { Posted } from './pool.js';
import { perform, type Task } from './tasks.js';

const door = new ReadingDoor();
const { v2 } = workerData as { readonly v2: string };

parentPort?.on('message', (task: Task) => parentPort?.postMessage(answerTo(task)));

function answerTo(task: Task): Posted {
  try {
    return { answer: perform(v2, task, door) };
  } catch (error) {
    if (!(error instanceof RegsweepError))
      return { error: { message: error instanceof Error ? error.message : String(error), refused: false } };
    const { message, path, hint } = error;
    return {
      error: {
        message,
        refused: true,
        ...(path === undefined ? {} : { path }),
        ...(hint === undefined ? {} : { hint }),
      },
    };
  }
}
