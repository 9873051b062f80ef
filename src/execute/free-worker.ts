// A thread that works on the trash: a shift in, what it found out.

import { parentPort } from 'node:worker_threads';
import { Aside } from './aside.js';
import type { Order, Report } from './crew.js';
import { WritingDoor } from './door.js';
import { type Found, workOn } from './shift.js';

const door = new WritingDoor();
const aside = new Aside(door);

parentPort?.on('message', ({ number, shift, begun }: Order) => {
  Atomics.store(begun, 0, 1);
  const found: Found = { others: [], failures: [] };
  while (workOn(shift, door, found, aside) > 0);
  aside.leave();
  parentPort?.postMessage({ number, found } satisfies Report);
});
