// A reading thread: one task in, one answer out. What cannot be read is sent back as an error, never as an empty answer.

import { parentPort, workerData } from 'node:worker_threads';
import { RegsweepError } from '../model/errors.js';
import type { Posted } from './pool.js';
import { perform, prepare, type Task } from './tasks.js';
import { TreeReader } from './tree-reader.js';

const reader = new TreeReader();
const { v2 } = workerData as { readonly v2: string };

parentPort?.on('message', async (task: Task) => {
  await prepare(task.do);
  const posted = answerTo(task);
  parentPort?.postMessage(posted, 'answer' in posted ? columnsOf(posted.answer) : []);
});

/** The buffers of an answer's columns: handed over, not copied. */
function columnsOf(answer: unknown): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  const collect = (value: unknown, depth: number): void => {
    if (ArrayBuffer.isView(value)) {
      // One that shares its buffer, as small Node buffers do, cannot be taken from it.
      if (value.buffer instanceof ArrayBuffer && value.byteLength === value.buffer.byteLength)
        buffers.add(value.buffer);
    } else if (depth > 0 && typeof value === 'object' && value !== null && !Array.isArray(value)) {
      for (const inner of Object.values(value)) collect(inner, depth - 1);
    }
  };
  collect(answer, 2);
  return [...buffers];
}

function answerTo(task: Task): Posted {
  try {
    return { answer: perform(v2, task, reader) };
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
