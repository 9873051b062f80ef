// Push times that a copy made, over a whole registry and in one repository alone.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { copiedTimes } from '../../src/plan/copied-times.js';

const MINUTE = 60_000;
const DAY = 86_400_000;
const tag = (pushedMs: number, createdMs: number) => ({ pushedMs, createdMs, unreadable: false });
/** `count` tags, pushed a minute apart from `first` on and made a day apart. */
const tags = (count: number, first = 0, minutes = 0) =>
  Array.from({ length: count }, (_, n) => tag(first + n * minutes * MINUTE, n * DAY));

describe('copied times', () => {
  test.each([
    ['ten tags at once, made over ten days', tags(10), 10],
    ['nine tags are too few to say', tags(9), 0],
    ['ten tags, a minute apart', tags(10, 0, 1), 10],
    ['twelve tags, two minutes apart: only six at a time', tags(12, 0, 2), 0],
    ['ten of nineteen', [...tags(10), ...tags(9, DAY, 100)], 10],
    ['ten of twenty are not most', [...tags(10), ...tags(10, DAY, 100)], 0],
    ['made on one day: one large push', tags(12).map(({ pushedMs }, n) => tag(pushedMs, n * MINUTE)), 0],
    ['made at no known time', tags(12).map(({ pushedMs }) => tag(pushedMs, Number.NaN)), 0],
    [
      'one that cannot be read may be of any time',
      [...tags(9), { pushedMs: Number.NaN, createdMs: Number.NaN, unreadable: true }],
      10,
    ],
  ])('%s', (_, all, copied) => expect(copiedTimes(all)).toHaveLength(copied));

  test('making any tag unreadable never takes one from the copied', () => {
    const some = fc.record({ pushedMs: fc.nat(40).map((n) => n * MINUTE), createdMs: fc.nat(3).map((n) => n * DAY) });
    fc.assert(
      fc.property(fc.array(some, { minLength: 8, maxLength: 24 }), fc.nat(), (all, n) => {
        const readable = all.map((each) => ({ ...each, unreadable: false }));
        const at = n % all.length;
        const damaged = readable.map((each, i) =>
          i === at ? { pushedMs: Number.NaN, createdMs: Number.NaN, unreadable: true } : each,
        );
        if (copiedTimes(readable).length > 0) expect(copiedTimes(damaged).length).toBeGreaterThan(0);
      }),
    );
  });
});
