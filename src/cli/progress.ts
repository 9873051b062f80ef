// One line on the terminal that says what is being done, how far it is and how fast; gone when the work is done. Nothing in a
// pipe, and nothing for work that takes less than a second.

import { grouped } from '../report/text.js';
import type { Session } from './session.js';

const PATIENCE_MS = 1000;
const REDRAW_MS = 100;

export interface Progress {
  /** `done` things so far of `total`, where that is known. */
  report(phase: string, done: number, total: number | undefined): void;
  /** Takes the line away. */
  end(): void;
}

export function progressOf(session: Session): Progress {
  if (!session.showsProgress) return { report: () => undefined, end: () => undefined };
  const begun = session.now();
  let drawn = 0;
  let phase = '';
  let phaseBegun = begun;
  return {
    report(name, done, total) {
      const now = session.now();
      if (name !== phase) {
        phase = name;
        phaseBegun = now;
      }
      if (now - begun < PATIENCE_MS || now - drawn < REDRAW_MS) return;
      drawn = now;
      const share =
        total === undefined || total === 0 ? '' : ` of ${grouped(total)} (${Math.floor((100 * done) / total)} %)`;
      const rate = (1000 * done) / Math.max(1, now - phaseBegun);
      process.stderr.write(`\r\x1b[2K${name}: ${grouped(done)}${share}, ${grouped(Math.round(rate))}/s`);
    },
    end() {
      if (drawn > 0) process.stderr.write('\r\x1b[2K');
      drawn = 0;
    },
  };
}
