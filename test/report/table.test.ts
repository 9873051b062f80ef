import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Column, PLAIN, tableLines, wrapped } from '../../src/report/table.js';
import { ageText, bytesText, counted, printable, shellWord, timeText } from '../../src/report/text.js';
import { shorten, width } from '../../src/report/width.js';

describe('a table', () => {
  const columns = [
    { title: 'NAME', shrinks: true },
    { title: 'SIZE', align: 'right' as const },
  ];

  test('puts numbers to the right and leaves no space at the end of a line', () => {
    const lines = [...tableLines(columns, [['app', '5 kB'], ['a longer name', '12 MB'], ['no size']], PLAIN)];
    expect(lines).toEqual(['NAME            SIZE', 'app             5 kB', 'a longer name  12 MB', 'no size']);
  });

  test('fits the terminal by shortening the one column that may shrink', () => {
    const name = 'a/very/long/name/of/a/repository/indeed';
    const lines = [...tableLines(columns, [[name, '12 MB']], { ...PLAIN, width: 30 })];
    expect(lines.every((line) => line.length <= 30)).toBe(true);
    expect(lines[1]).toMatch(/^a\/very\/.*….*indeed {2}12 MB$/);
  });

  test('cuts nothing in a pipe', () => {
    const name = 'x'.repeat(500);
    expect([...tableLines(columns, [[name, '1 B']], PLAIN)][1]).toContain(name);
  });

  test('any text is shortened to at most the columns asked for', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 40 }), (text, most) => {
        for (const cut of ['middle', 'end'] as const)
          expect(width(shorten(text, most, cut))).toBeLessThanOrEqual(Math.max(most, 1));
      }),
    );
  });

  test('wide characters take two columns, marks and colours none', () => {
    expect(['abc', '日本', 'e\u0301', '\x1b[31mred\x1b[39m', '🚀', 'ä'].map(width)).toEqual([3, 4, 1, 3, 2, 1]);
    const lines = [
      ...tableLines(
        columns,
        [
          ['日本語', '5 kB'],
          ['abcdef', '5 kB'],
        ],
        PLAIN,
      ),
    ];
    expect(lines.map(width)).toEqual([12, 12, 12]);
    expect(shorten('日本語レジストリ', 8)).toBe('日本…リ');
  });

  const many: readonly Column[] = [
    { title: 'NAME', shrinks: true },
    { title: 'KIND', least: 6 },
    { title: 'WHEN', drops: 2 },
    { title: 'TAGS', align: 'right', drops: 1 },
    { title: 'SIZE', align: 'right' },
  ];
  const row = ['team/service/with/a/long/name', 'application/vnd.odd', '2026-01-02 03:04', '12', '12 MB'];

  test('on a narrow terminal the columns that matter least are left out, the highest number first', () => {
    const titles = (columns: number): string =>
      [...tableLines(many, [row], { ...PLAIN, width: columns })][0]!.replace(/ +/g, ' ');
    expect([90, 60, 32, 24].map(titles)).toEqual([
      'NAME KIND WHEN TAGS SIZE',
      'NAME KIND WHEN TAGS SIZE',
      'NAME KIND SIZE',
      'NAME KIND SIZE',
    ]);
  });

  test('no line of a table is wider than a terminal that has room for what is never left out', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1, maxLength: 2 }),
        fc.integer({ min: 32, max: 200 }),
        (names, limit) => {
          const rows = names.map((name) => [name, name, ...row.slice(2)]);
          for (const line of tableLines(many, [...rows, names.slice(0, 1)], { ...PLAIN, width: limit }))
            expect(width(line)).toBeLessThanOrEqual(limit);
        },
      ),
    );
  });

  test('a remark of one cell spans the line and widens no column', () => {
    const lines = [...tableLines(columns, [['a', '1 B'], ['(and a remark on all of it)']], { ...PLAIN, width: 20 })];
    expect(lines).toEqual(['NAME  SIZE', 'a      1 B', '(and a remark on al…']);
  });

  test('long sentences break at spaces, further lines indented', () => {
    expect(wrapped('one two three four', 9, '  ')).toBe('one two\n  three\n  four');
    expect(wrapped('one two three four', undefined)).toBe('one two three four');
  });
});

describe('text', () => {
  test('sizes are human or exact', () => {
    expect([0, 999, 1000, 1_234_567, 1_200_000_000].map((bytes) => bytesText(bytes))).toEqual([
      ...['0 B', '999 B', '1 kB', '1.23 MB', '1.2 GB'],
    ]);
    expect(bytesText(1_234_567, 'exact')).toBe('1234567');
  });

  test('counts, ages and times', () => {
    expect([counted(1, 'tag'), counted(12_345, 'tag'), counted(2, 'entry', 'entries')]).toEqual([
      '1 tag',
      '12,345 tags',
      '2 entries',
    ]);
    expect([500, 90_000, 7_200_000, 3 * 86_400_000].map(ageText)).toEqual([
      'less than a second',
      '1 minute',
      '2 hours',
      '3 days',
    ]);
    expect([timeText(Date.UTC(2026, 0, 2, 3, 4)), timeText(undefined), timeText(Number.NaN)]).toEqual([
      '2026-01-02 03:04',
      '',
      '',
    ]);
  });

  test('nothing that a name holds reaches the terminal as a command or a new line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        expect(printable(name)).not.toMatch(/[\p{Cc}\u2028\u2029\u202e]/u);
      }),
    );
    expect(printable('a\x1b[31mred\nline')).toBe('a\\x1b[31mred\\x0aline');
    expect(printable('täg-中文')).toBe('täg-中文');
    expect(printable('a\u061cb\u200bc\ufeffd\u00ade\u{e0041}')).toBe('a\\u{61c}b\\u{200b}c\\u{feff}d\\xade\\u{e0041}');
  });

  test('a word for the shell stays one word', () => {
    expect(shellWord('team/app:1.2')).toBe('team/app:1.2');
    expect(shellWord("it's; rm -rf /")).toBe("'it'\\''s; rm -rf /'");
    expect(shellWord('')).toBe("''");
    expect(shellWord('~/x')).toBe("'~/x'");
    expect(shellWord('two\nlines')).toBe("$'two\\012lines'");
  });

  test('a shell reads back the very words, whatever they hold, and the line shows no control character', () => {
    const odd = fc.constantFrom("'", '\\', '\n', '\x1b', '\u202e', '"', '$(id)', '`', '!', '7', 'ä', '-n', '*');
    const word = fc.oneof(
      fc.array(odd).map((parts) => parts.join('')),
      fc.string({ unit: 'grapheme' }),
    );
    const words = fc.sample(
      word.filter((text) => !text.includes('\0')),
      { numRuns: 400, seed: 7 },
    );
    const line = words.map(shellWord).join(' ');
    expect(printable(line)).toBe(line);
    const { stdout } = spawnSync('bash', ['-c', `printf '%s\\0' ${line}`], { env: { LC_ALL: 'C.UTF-8' } });
    expect(stdout.toString().split('\0').slice(0, -1)).toEqual(words);
  });
});
