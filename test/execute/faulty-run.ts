// A run in this process whose writer dies at a chosen call: what a killed process leaves.

import { makePlan } from '../../src/cli/make-plan.js';
import { execute } from '../../src/execute/execute.js';
import { Writer } from '../../src/execute/writer.js';
import { needsOf, requestOf } from '../../src/plan/request.js';
import { scan } from '../../src/scan/scan.js';
import { openTree } from '../../src/scan/tree.js';

export class FaultyRun {
  readonly #root: string;
  constructor(root: string) {
    this.#root = root;
  }

  /** Removes `references`; the process is dead from the `n`-th `call` on. */
  async killedAt(call: string, n: number, references: readonly string[]): Promise<void> {
    const tree = openTree(this.#root);
    const request = requestOf({ command: 'rm', nowMs: Date.now(), references });
    const found = await scan(tree, needsOf(request), { concurrency: 0 });
    const plan = await makePlan(found, request);
    await found.close();
    let calls = 0;
    let dead = false;
    const writer = new Writer((what) => {
      if (what === call) calls += 1;
      dead ||= calls === n;
      if (dead) throw new Error('the process is dead');
    });
    await execute(tree, plan, { keepTrash: false, id: '20260101T000000.000Z-dead', writer }).then(
      () => {
        throw new Error('the run was not cut off');
      },
      (error: Error) => {
        if (!error.message.includes('dead')) throw error;
      },
    );
  }
}
