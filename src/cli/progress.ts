// One line on the terminal that says what is being done, how far it is, how fast, and for how long; gone when the work is done.
// Nothing in a pipe, and nothing for work that takes less than a second.

import { ageText, bytesText, grouped } from '../report/text.js';
import { columnsOf } from './columns.js';
import type { Session } from './session.js';

const PATIENCE_MS = 1000;
const REDRAW_MS = 100;
/** Where the terminal does not say how wide it is. */
const USUAL_COLUMNS = 80;

export interface Progress {
  /** `done` things, or bytes, so far of `total`, where that is known. */
  report(phase: string, done: number, total: number | undefined, unit?: 'things' | 'bytes'): void;
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
    report(name, done, total, unit = 'things') {
      const now = session.now();
      if (name !== phase) {
        phase = name;
        phaseBegun = now;
      }
      if (now - begun < PATIENCE_MS || now - drawn < REDRAW_MS) return;
      drawn = now;
      const line = progressText({ phase: name, done, total, unit, ms: now - phaseBegun });
      // A line that wraps could not be taken away again.
      process.stderr.write(
        `\r\x1b[2K${line.slice(0, Math.max(1, (columnsOf(process.stderr, session.environment) ?? USUAL_COLUMNS) - 1))}`,
      );
    },
    end() {
      if (drawn > 0) process.stderr.write('\r\x1b[2K');
      drawn = 0;
    },
  };
}

/** `hashing: 1.2 GB of 4.5 GB (26 %), 512 MB/s, 6 seconds left`. */
export function progressText(now: {
  readonly phase: string;
  readonly done: number;
  readonly total: number | undefined;
  readonly unit: 'things' | 'bytes';
  /** Since the phase began. */
  readonly ms: number;
}): string {
  const { phase, done, total, unit, ms } = now;
  const amount = (value: number): string => (unit === 'bytes' ? bytesText(value) : grouped(Math.round(value)));
  const rate = (1000 * done) / Math.max(1, ms);
  const known = total !== undefined && total > 0;
  const share = known ? ` of ${amount(total)} (${Math.floor((100 * done) / total)} %)` : '';
  const leftMs = known && rate > 0 ? (1000 * (total - done)) / rate : 0;
  const left = leftMs >= 1000 ? `, ${ageText(leftMs)} left` : '';
  return `${phase}: ${amount(done)}${share}, ${amount(Math.round(rate))}/s${left}`;
}
