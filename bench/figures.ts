// Commands run in turn, and what came of it: medians in seconds, and the peak of their memory.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';

export interface Figure {
  readonly tree: string;
  readonly what: string;
  /** Median, s. */
  readonly seconds: number;
  readonly peakMb: number | undefined;
}

export interface Times {
  readonly seconds: number;
  readonly peakMb: number | undefined;
}

export interface Command {
  readonly what: string;
  readonly run: () => Times;
  readonly runs: number;
}

const TIME = '/usr/bin/time';

/** Runs a command once: seconds, and the peak memory of the process where GNU time tells. Throws where it fails. */
export function once(program: string, args: readonly string[]): Times {
  const timed = fs.existsSync(TIME) ? [TIME, '-f', 'peak %M', program, ...args] : [program, ...args];
  const [first = '', ...rest] = timed;
  const begun = performance.now();
  const { status, stderr } = spawnSync(first, rest, { encoding: 'utf8', maxBuffer: 1 << 30 });
  const seconds = (performance.now() - begun) / 1000;
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}: ${stderr.slice(0, 500)}`);
  const peak = /peak (\d+)/.exec(stderr)?.[1];
  return { seconds, peakMb: peak === undefined ? undefined : Number(peak) / 1024 };
}

export class Figures {
  readonly all: Figure[] = [];
  readonly #say: (text: string) => void;

  /** `say` is called with each figure as it comes. */
  constructor(say: (text: string) => void) {
    this.#say = say;
  }

  /** Runs all commands in turn, so that what disturbs the machine disturbs each alike. */
  measure(tree: string, commands: readonly Command[]): void {
    const times = commands.map((): Times[] => []);
    for (let run = 0; run < Math.max(...commands.map((each) => each.runs)); run += 1) {
      for (const [at, command] of commands.entries()) if (run < command.runs) times[at]!.push(command.run());
    }
    for (const [at, { what }] of commands.entries()) {
      const sorted = times[at]!.map(({ seconds }) => seconds).sort((a, b) => a - b);
      const peaks = times[at]!.flatMap(({ peakMb }) => peakMb ?? []);
      this.add({
        tree,
        what,
        seconds: sorted[Math.floor(sorted.length / 2)]!,
        peakMb: peaks.length === 0 ? undefined : Math.max(...peaks),
      });
    }
  }

  add(figure: Figure): void {
    this.all.push(figure);
    this.#say(`  ${figure.tree}: ${figure.what}: ${figure.seconds.toFixed(2)} s`);
  }

  /** Seconds; NaN where it was not measured. */
  of(tree: string, what: string): number {
    return this.all.find((each) => each.tree === tree && each.what === what)?.seconds ?? Number.NaN;
  }
}
