// The first thing that a page says: true of each way that a change can end.

import { describe, expect, test } from 'vitest';
import { summaryMarkup, summaryOf } from '../../../src/report/html/summary.js';
import type { ResultOutcome } from '../../../src/report/result.js';
import { totalsOf } from '../../../src/report/totals.js';
import { resultOf, twoRepositories } from '../plan-samples.js';

const DONE: ResultOutcome = {
  status: 'done',
  run: '20261121T000000.000Z-0000',
  stepsDone: 18,
  stepsSkipped: 0,
  bytesFreed: 5053,
  trashKept: false,
  deletedInPlace: false,
  failures: [],
  foreign: [],
};

function told(outcome: Partial<ResultOutcome> | undefined) {
  const plan = twoRepositories();
  const more = outcome === undefined ? {} : { dryRun: false, outcome: { ...DONE, ...outcome } };
  const change = resultOf(plan, { ...more, next: [{ code: 'start-registry' }] });
  const storage = { marks: 'goes' as const, bytes: 20_000, goesBytes: 5053, groups: [] };
  const data = { command: 'rm', root: '/r', madeMs: 0, version: '1', commandLine: '', folder: '/', problems: [] };
  return summaryOf({ ...data, change, storage }, totalsOf(plan.removals))!;
}

describe('the summary of a change', () => {
  test.each([
    [undefined, 'Would free 5.05 kB of 20 kB', 'Dry run: nothing was changed', 'plain'],
    [{}, 'Freed 5.05 kB of 20 kB', 'Done', 'good'],
    [{ trashKept: true }, 'Moved 5.05 kB of 20 kB to the trash', 'Done', 'good'],
    [{ status: 'incomplete', bytesFreed: 1000 }, 'Freed 1 kB of 20 kB', 'Finished with failures', 'bad'],
    [{ status: 'interrupted', bytesFreed: 0 }, 'Freed 0 B of 20 kB', 'Interrupted', 'bad'],
    [{ status: 'declined' }, 'Would have freed 5.05 kB of 20 kB', 'Declined: nothing was changed', 'plain'],
    [{ status: 'nothing' }, 'Nothing to remove', 'Nothing to do', 'good'],
  ] as const)('%j', (outcome, lead, text, tone) => {
    expect(told(outcome)).toMatchObject({ lead, state: { text, tone } });
  });

  test('what failed, what cannot be undone and what comes next are sentences, not columns', () => {
    const failures = [{ step: 3, path: 'a/b', code: 'EACCES', message: 'permission denied' }];
    const { remarks } = told({ status: 'incomplete', failures, deletedInPlace: true, stepsSkipped: 2 });
    expect(remarks).toContainEqual('EACCES: a/b: permission denied');
    expect(remarks).toContainEqual(expect.stringMatching(/^No undo: what lies/));
    expect(remarks).toContainEqual(expect.stringMatching(/^Next: Start the registry again/));
  });

  test('the numbers are those of the plan', () => {
    const figures = told(undefined).figures.map(({ title, value }) => `${title} ${value}`);
    expect(figures).toEqual([
      'Repositories 2',
      'Tags 2',
      'Revisions 2',
      'Layer links 3',
      'Blobs 5',
      'Uploads 1',
      'Leftovers 1',
    ]);
  });

  test('a bar shows the share, and at least something of what goes', () => {
    const bar = (goesBytes: number) => {
      const storage = { marks: 'goes' as const, bytes: 1e12, goesBytes, groups: [] };
      return /class="goes" width="(\d+)"/.exec([...summaryMarkup(told(undefined), storage)].join(''))?.[1];
    };
    expect([0, 1, 5e11, 1e12].map(bar)).toEqual(['0', '3', '500', '1000']);
  });
});
