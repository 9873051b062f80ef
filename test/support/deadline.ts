// A test file that never ends is named and ends the run: a loop that holds its process is out of reach of a test's own time limit.

import fs from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

/** The longest file takes a minute on two processors. */
const LONGEST_MS = 8 * 60_000;

export class Deadline implements Reporter {
  readonly #running = new Map<string, NodeJS.Timeout>();

  onTestModuleStart({ moduleId }: TestModule): void {
    this.#running.set(moduleId, setTimeout(giveUp, LONGEST_MS, moduleId).unref());
  }

  onTestModuleEnd({ moduleId }: TestModule): void {
    clearTimeout(this.#running.get(moduleId));
  }
}

function giveUp(file: string): never {
  fs.writeSync(2, `${file} does not end; the tests are given up\n`);
  for (const pid of fs.readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' '))
    process.kill(Number(pid), 'SIGKILL');
  process.exit(1);
}
