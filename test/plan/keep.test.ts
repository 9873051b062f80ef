// Keep rules by themselves, on tags and a fixed clock.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TagName } from '../../src/model/names.js';
import { judge, type TagFacts } from '../../src/plan/keep.js';
import type { KeepRules, RetainPolicy } from '../../src/plan/request.js';
import { compareNames, versionOf } from '../../src/plan/version.js';

const DAY = 86_400_000;
const NOW = Date.UTC(2024, 11, 31, 12);

function tag(name: string, pushed: number | string, created: number = Number.NaN): TagFacts {
  return {
    tag: name as TagName,
    pushedMs: typeof pushed === 'string' ? Date.parse(pushed) : pushed,
    createdMs: created,
  };
}
function kept(tags: readonly TagFacts[], keep: KeepRules, more: Partial<RetainPolicy> = {}, now = NOW): string[] {
  const policy: RetainPolicy = { repositories: [], tags: [], exclude: [], keep, ...more };
  return judge(tags, policy, now).flatMap((verdict) => (verdict.keep ? [verdict.tag as string] : []));
}
/** A tag a day, named by its age in days. */
const daily = (days: number, now: number): TagFacts[] =>
  Array.from({ length: days }, (_, age) => tag(`d${age}`, now - age * DAY));

describe("restic's examples", () => {
  test('one a Sunday for twelve weeks: four daily are the last four Sundays', () => {
    const sundays = Array.from({ length: 12 }, (_, week) =>
      tag(`s${week}`, Date.UTC(2024, 11, 29, 11) - week * 7 * DAY),
    );
    expect(kept(sundays, { daily: 4 })).toEqual(['s0', 's1', 's2', 's3']);
  });

  test('one a day for a hundred years: 7 daily, 5 weekly, 12 monthly and 75 yearly', () => {
    // The last of them in a future in which Docker has been around for all of these years.
    const now = Date.UTC(2124, 11, 31, 12);
    const all = daily(36_525, now);
    const names = kept(all, { daily: 7, weekly: 5, monthly: 12, yearly: 75 }, {}, now);
    const days = names.map((name) => new Date(now - Number(name.slice(1)) * DAY));
    expect(names.slice(0, 7)).toEqual(['d0', 'd1', 'd2', 'd3', 'd4', 'd5', 'd6']);
    // Weeks end on Sundays, months and years on their last day; some days are several of these.
    const months = days.filter((day) => new Date(day.getTime() + DAY).getUTCDate() === 1);
    expect(months.length).toBeGreaterThanOrEqual(12);
    const years = days.filter((day) => day.getUTCMonth() === 11 && day.getUTCDate() === 31);
    expect(years).toHaveLength(75);
    expect(days.filter((day) => day.getUTCDay() === 0).length).toBeGreaterThanOrEqual(4);
  });

  test('fewer than asked for: the oldest stays too', () => {
    const one = [tag('a', '2024-12-30T10:00:00Z'), tag('b', '2024-12-30T09:00:00Z'), tag('c', '2024-12-30T08:00:00Z')];
    expect(kept(one, { daily: 3 })).toEqual(['a', 'c']);
    expect(kept(one, { daily: 1 })).toEqual(['a']);
  });

  test('days without one are not counted; the newest of a day stays', () => {
    const tags = [
      tag('a', '2024-12-30T10:00:00Z'),
      tag('b', '2024-12-30T09:00:00Z'),
      tag('c', '2024-06-01T08:00:00Z'),
      tag('d', '2024-05-01T08:00:00Z'),
    ];
    expect(kept(tags, { daily: 2 })).toEqual(['a', 'c']);
    expect(kept(tags, { monthly: 2 })).toEqual(['a', 'c']);
    expect(kept(tags, { yearly: 1 })).toEqual(['a']);
  });
});

describe('versions', () => {
  test.each([
    [['1.2.9', '1.2.10', '1.10.0', '2.0.0']],
    [['20240919.1', '20240919.2', '20240919.10', '20240920.1']],
    [['1', '1.0.1', '1.1', '1.1.0.1']],
    [['v1.2.3-alpha', 'v1.2.3-alpha.1', 'v1.2.3-beta', 'v1.2.3-rc.2', 'v1.2.3-rc.10', 'v1.2.3']],
    [['99999999999999999998.0', '99999999999999999999.0']],
  ])('%j is in order', (names) => {
    expect([...names].reverse().sort(compareNames)).toEqual(names);
    fc.assert(
      fc.property(fc.shuffledSubarray(names, { minLength: names.length }), (shuffled) => {
        expect(shuffled.sort(compareNames)).toEqual(names);
      }),
    );
  });

  test.each([
    'latest',
    'main',
    '1.2-alpine',
    'v',
    '1..2',
    '1.2.3-',
    'release-1.2',
    'sha-0a1b2c3',
    '7_debug',
    '1.2_alpine',
    '',
  ])('%j is none', (name) => {
    expect(versionOf(name)).toBeUndefined();
  });

  const tags = ['1.2.9', '1.2.10', '1.3.0-rc.1', '1.3.0', '2.0.1', '2.0.0', 'latest', 'main'].map((name) =>
    tag(name, NOW),
  );
  test('the highest; lines of minors and majors', () => {
    expect(kept(tags, { semver: 2 })).toEqual(['2.0.1', '2.0.0', 'latest', 'main']);
    expect(kept(tags, { semverMinor: 2 })).toEqual(['1.3.0', '2.0.1', 'latest', 'main']);
    expect(kept(tags, { semverMajor: 5 })).toEqual(['1.3.0', '2.0.1', 'latest', 'main']);
  });
  test('what is no version is not touched where versions are counted', () => {
    expect(kept(tags, { semver: 1, tags: ['latest'] })).toEqual(['2.0.1', 'latest', 'main']);
    const old = tags.map((facts) => ({ ...facts, pushedMs: NOW - DAY }));
    expect(kept(old, { semver: 1, withinMs: 0 })).toEqual(['2.0.1', 'latest', 'main']);
    expect(kept(old, { withinMs: 0, tags: ['1.*'] })).toEqual(['1.2.9', '1.2.10', '1.3.0-rc.1', '1.3.0']);
  });
});

describe('order and scope', () => {
  const tags = [
    tag('old', NOW - 9 * DAY, Date.UTC(2020, 0, 1)),
    tag('new', NOW - DAY, Date.UTC(2019, 0, 1)),
    tag('undated', NOW - 5 * DAY),
  ];
  test('by push, by creation, by name', () => {
    expect(kept(tags, { last: 1 })).toEqual(['new']);
    expect(kept(tags, { last: 1 }, { by: 'created' })).toEqual(['old', 'undated']);
    expect(kept(tags, { last: 1 }, { by: 'name' })).toEqual(['undated']);
  });
  test('ties of the push are broken by creation, then by name as version', () => {
    const tied = [tag('1.9', NOW, 5), tag('1.10', NOW, 5), tag('0.1', NOW, 9)];
    expect(kept(tied, { last: 2 })).toEqual(['1.10', '0.1']);
  });
  test('a push before Docker existed is no date: it stays, unless names alone decide', () => {
    const restored = [tag('1.0', 0), tag('1.1', Number.NaN), tag('1.2', NOW - DAY), tag('1.3', NOW - 2 * DAY)];
    expect(kept(restored, { last: 1 })).toEqual(['1.0', '1.1', '1.2']);
    expect(kept(restored, { last: 1 }, { by: 'name' })).toEqual(['1.3']);
    expect(kept(restored, { last: 1 }, { by: 'name', olderThanMs: DAY })).toEqual(['1.0', '1.1', '1.2', '1.3']);
  });
  test('--tag and --exclude: others are neither counted nor removed; --older-than protects and counts', () => {
    expect(kept(tags, { last: 1 }, { tags: ['[ou]*'] })).toEqual(['new', 'undated']);
    expect(kept(tags, { last: 1 }, { exclude: ['new'] })).toEqual(['new', 'undated']);
    expect(kept(tags, { last: 1 }, { olderThanMs: 7 * DAY })).toEqual(['new', 'undated']);
  });
});

const facts = fc.uniqueArray(
  fc.record({
    tag: fc.constantFrom(
      ...['1.0.0', '1.0.1', '1.1.0', '2.0.0-rc.1', '2.0.0', 'latest', 'main', '20240101.3', 'x'],
    ) as fc.Arbitrary<TagName>,
    pushedMs: fc.integer({ min: NOW - 900 * DAY, max: NOW }),
    createdMs: fc.oneof(fc.constant(Number.NaN), fc.integer({ min: NOW - 900 * DAY, max: NOW })),
  }),
  { selector: (each) => each.tag },
);
const some = (max: number) => fc.option(fc.integer({ min: 1, max }), { nil: undefined });
const rules: fc.Arbitrary<KeepRules> = fc
  .record({
    last: some(4),
    semver: some(3),
    semverMinor: some(3),
    semverMajor: some(2),
    daily: some(4),
    weekly: some(3),
    monthly: some(3),
    yearly: some(2),
    withinMs: some(400 * DAY),
  })
  .map((all) => Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as KeepRules);

describe('for all tags and rules', () => {
  test('verdicts partition the tags, and do not depend on their order', () => {
    fc.assert(
      fc.property(facts, rules, (tags, keep) => {
        const policy: RetainPolicy = { repositories: [], tags: [], exclude: [], keep };
        const verdicts = judge(tags, policy, NOW);
        expect(verdicts.map((verdict) => verdict.tag)).toEqual(tags.map((each) => each.tag));
        const reversed = judge([...tags].reverse(), policy, NOW);
        expect([...reversed].reverse()).toEqual(verdicts);
      }),
    );
  });
  test('one more rule never removes more', () => {
    fc.assert(
      fc.property(facts, rules, rules, (tags, keep, more) => {
        const after = new Set(kept(tags, { ...more, ...keep }));
        expect(kept(tags, keep).filter((name) => !after.has(name))).toEqual([]);
      }),
    );
  });
});
