// Patterns mean what picomatch makes of them, and cost no more than pattern × name whatever was pushed.

import fc from 'fast-check';
import picomatch from 'picomatch';
import { describe, expect, test } from 'vitest';
import { globMatcher, stepsToMatch } from '../../src/model/glob.js';

describe('what a pattern matches', () => {
  test.each<[string, readonly string[], readonly string[]]>([
    ['*', ['app', 'v1.2'], ['team/app']],
    ['team/*', ['team/app'], ['team', 'team/app/web', 'xteam/app']],
    ['team/**', ['team/app', 'team/app/web'], ['team', 'teams/app']],
    ['**', ['app', 'a/b/c'], []],
    ['**/app', ['app', 'a/app', 'a/b/app'], ['xapp', 'app/x']],
    ['a/**/b', ['a/b', 'a/x/b', 'a/x/y/b'], ['ab', 'a/xb']],
    ['te**', ['team'], ['team/app']],
    ['x{**,y}', ['xa', 'xy'], ['xa/b']],
    ['team/{**,x}', ['team/a/b', 'team/x'], ['team']],
    ['v?.[0-9]', ['v1.2'], ['v1.x', 'v.2', 'v12.3']],
    ['[!a]x', ['bx'], ['ax', '/x']],
    ['a[]b]c', ['a]c', 'abc'], ['a[c']],
    ['{v1,v2}.*', ['v1.0', 'v2.x'], ['v3.0', 'v1']],
    ['{a,{b,c}d}e', ['ae', 'bde', 'cde'], ['be', 'ade']],
    ['v1{,-rc}', ['v1', 'v1-rc'], ['v1-']],
    ['{a}', ['{a}'], ['a']],
    ['b/**/{,-b}', ['b/-b', 'b/a/-b'], ['b', 'b/1']],
    ['\\*', ['*'], ['a']],
    ['a+b(c|d)', ['a+b(c|d)'], ['aab', 'a+bc']],
  ])('%s', (pattern, matching, others) => {
    const matches = globMatcher(pattern);
    expect([...matching, ...others].filter(matches)).toEqual(matching);
  });

  const name = fc
    .array(fc.stringMatching(/^[ab1]([ab1._-]{0,4}[ab1])?$/), { minLength: 1, maxLength: 3 })
    .map((parts) => parts.join('/'));
  const piece = fc.constantFrom(
    ...['a', 'b', '1', '-', '.', '*', '?', '[ab]', '[^a-]', '[0-9]', '{a,b}', '{a,1*}', '{,-b}', '{a,{b,1}?}'],
  );
  const part = fc.oneof(
    { arbitrary: fc.array(piece, { minLength: 1, maxLength: 5 }).map((pieces) => pieces.join('')), weight: 4 },
    { arbitrary: fc.constant('**'), weight: 1 },
  );
  const pattern = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));

  test('as picomatch, for ordinary patterns and names', () => {
    const options = { dot: true, nonegate: true, noextglob: true, strictSlashes: true };
    fc.assert(
      fc.property(pattern, fc.array(name, { minLength: 1, maxLength: 20 }), (glob, names) => {
        // picomatch lets [^a] match a slash and drops `./`; `**` in a part of its own alone is documented.
        fc.pre(!/\[\^/.test(glob) || names.every((each) => !each.includes('/')));
        fc.pre(!glob.split('/').some((each) => each === '.' || (each !== '**' && each.includes('**'))));
        // To picomatch `a/**/{,-b}`, whose last part may be empty, is also `a`, though `a/` is not.
        fc.pre(!/\*\*\/(?:\{,-b\}|\*)*$/.test(glob));
        const [ours, theirs] = [globMatcher(glob), picomatch(glob, options)];
        expect(names.filter((each) => ours(each))).toEqual(names.filter((each) => theirs(each)));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('what a match costs', () => {
  test('twenty tags of 125 characters, mostly -, and *-*-*-*-*-*-rc', () => {
    const pattern = '*-*-*-*-*-*-rc';
    for (let n = 0; n < 20; n += 1) {
      const tag = `${String.fromCharCode(97 + n)}${'-'.repeat(123)}x`;
      expect(globMatcher(pattern)(tag)).toBe(false);
      expect(stepsToMatch(pattern, tag)).toBeLessThan(2 * pattern.length * (tag.length + 1));
    }
  });

  test('at most a few steps for each character of the pattern and of the name', () => {
    const pattern = fc
      .array(fc.constantFrom('*', '**', '?', '-', 'a', '/', '[a-]', '{a,-}', '{*,{-*,a*}}'), { maxLength: 60 })
      .map((pieces) => pieces.join(''));
    const name = fc.string({ unit: fc.constantFrom('-', 'a', '/'), maxLength: 128 });
    fc.assert(
      fc.property(pattern, name, (glob, text) => {
        expect(stepsToMatch(glob, text)).toBeLessThanOrEqual((3 * glob.length + 2) * (text.length + 1));
      }),
    );
  });

  test('braces do not multiply', () => {
    const pattern = '{a,b}'.repeat(500);
    expect(globMatcher(pattern)('ab'.repeat(250))).toBe(true);
    expect(stepsToMatch(pattern, 'ab'.repeat(250))).toBeLessThan(10_000);
  });
});

test.each([
  ['too long', '*'.repeat(70_000)],
  ['too long, in braces', `{${'a,'.repeat(40_000)}b}`],
  ['nested too deeply', `${'{a,'.repeat(5_000)}b${'}'.repeat(5_000)}`],
  ['an open bracket', 'v[1'],
  ['an open brace', 'v{1,2'],
  ['a reverse range', '[z-a]'],
  ['a brace range', 'v{1..3}'],
  ['a named class', 'v[[:digit:]]'],
])('%s is a usage error', (_, pattern) => {
  expect(() => globMatcher(pattern)).toThrow(expect.objectContaining({ exitStatus: 2 }));
});
