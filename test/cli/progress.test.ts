// The line that says how far work is: what, how much, how fast, how long; and when it is silent.

import { afterEach, describe, expect, test, vi } from 'vitest';
import { progressOf, progressText } from '../../src/cli/progress.js';
import type { Session } from '../../src/cli/session.js';

describe('the line', () => {
  test('bytes in human units, with the rate, the share and what is left', () => {
    const line = progressText({ phase: 'hashing', done: 1.2e9, total: 4.8e9, unit: 'bytes', ms: 2000 });
    expect(line).toBe('hashing: 1.2 GB of 4.8 GB (25 %), 600 MB/s, 6 seconds left');
  });
  test('things by the thousand; nothing of a whole that is not known', () => {
    expect(progressText({ phase: 'blobs', done: 12_345, total: undefined, unit: 'things', ms: 1000 })).toBe(
      'blobs: 12,345, 12,345/s',
    );
  });
});

describe('on a terminal', () => {
  const written: string[] = [];
  afterEach(() => {
    vi.restoreAllMocks();
    written.length = 0;
  });
  function session(showsProgress: boolean, clock: { ms: number }): Session {
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => written.push(String(text)) > 0);
    return { showsProgress, now: () => clock.ms } as Session;
  }

  test('silent for a second, then drawn at most ten times a second, and taken away', () => {
    const clock = { ms: 0 };
    const progress = progressOf(session(true, clock));
    for (; clock.ms <= 2000; clock.ms += 10) progress.report('blobs', clock.ms, 4000);
    expect(written.length).toBeGreaterThan(5);
    expect(written.length).toBeLessThanOrEqual(11);
    expect(written[0]).toMatch(/^\r.*blobs: 1,000 of 4,000 \(25 %\), 1,000\/s, 3 seconds left$/);
    progress.end();
    expect(written.at(-1)).toMatch(/^\r\P{L}*K$/u);
  });
  test('nothing at all in a pipe', () => {
    const clock = { ms: 0 };
    const progress = progressOf(session(false, clock));
    for (; clock.ms <= 2000; clock.ms += 100) progress.report('blobs', clock.ms, 4000);
    progress.end();
    expect(written).toEqual([]);
  });
});
