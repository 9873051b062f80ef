// A part of the fault sweep: `npm run test:faults` tries every point, and kills real processes too.

import { afterAll, expect, test } from 'vitest';
import { FAULTS, FaultSweep } from '../support/fault-sweep.js';

const sweep = new FaultSweep();
afterAll(() => sweep.remove());

test('killed twice and three times in a row, wherever: nothing is lost, and no number of deaths blocks the next run', async () => {
  const lost: string[] = [];
  let points = 0;
  for (const scenario of await sweep.scenarios()) {
    for (const deaths of [2, 3] as const) {
      const tally = await sweep.killsInARow(scenario, deaths, 11 + deaths);
      points += tally.points;
      lost.push(...tally.lost);
    }
  }
  expect(lost).toEqual([]);
  expect(points).toBeGreaterThan(100);
}, 300_000);

test('at every few calls, each kind of failure: nothing is lost, it is reported, and the same command again ends alike', async () => {
  const lost: string[] = [];
  let points = 0;
  for (const [at, scenario] of (await sweep.scenarios()).entries()) {
    for (const [kind, fault] of FAULTS.entries()) {
      const tally = await sweep.sweep(scenario, fault, fault.through === 'reading' ? 61 + at + kind : 17 + at + kind);
      points += tally.points;
      lost.push(...tally.lost);
    }
  }
  expect(lost).toEqual([]);
  expect(points).toBeGreaterThan(150);
}, 300_000);
