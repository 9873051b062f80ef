// The man page: all that the command line takes, well-formed for the two programs that show man pages, and pasteable.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { manPage } from '../../src/cli/man.js';
import { PROGRAM_OPTIONS } from '../../src/cli/options.js';
import { COMMANDS } from '../../src/cli/program.js';
import { prose, roff } from '../../src/cli/roff.js';
import { version } from '../../src/cli/version.js';
import { EXIT } from '../../src/model/errors.js';
import { mayUse } from '../support/programs.js';

const FILE = path.resolve(import.meta.dirname, '../../dist/man/regsweep.1');
const definitions = { commands: COMMANDS, options: PROGRAM_OPTIONS };

function run(program: string, ...words: readonly string[]): { readonly out: string; readonly complaints: string } {
  const { stdout, stderr, error } = spawnSync(program, words, {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
  });
  if (error !== undefined) throw error;
  return { out: stdout, complaints: stderr };
}

/** Without what a terminal needs for bold and underlined letters: each twice, with a backspace between. */
const plain = (text: string): string => text.replaceAll(new RegExp(`.${String.fromCharCode(8)}`, 'g'), '');

test('the page that the build wrote is made by the definitions', () => {
  const written = fs.readFileSync(FILE, 'utf8');
  const date = /^\.TH REGSWEEP 1 (\d{4}-\d\d-\d\d) /.exec(written)?.[1];
  expect(written).toBe(manPage({ ...definitions, version: version(), date: date! }));
});

test('every command, option and exit status is reported', () => {
  const page = fs.readFileSync(FILE, 'utf8');
  for (const command of definitions.commands) {
    expect(page).toContain(`.SS regsweep ${command.name}\n`);
    for (const [name, { takes }] of Object.entries({ ...command.options, ...PROGRAM_OPTIONS })) {
      const value = takes === undefined ? '' : ` \\fI${takes}\\fR`;
      expect(page, `${command.name} --${name}`).toContain(`\\fB${roff(`--${name}`)}\\fR${value}\n`);
    }
  }
  const told = [...page.slice(page.indexOf('.SH EXIT'), page.indexOf('.SH ENV')).matchAll(/^\\fB([\d, ]+)\\fR$/gm)];
  expect(told.flatMap(([, statuses]) => statuses!.split(', ').map(Number))).toEqual(Object.values(EXIT));
});

describe.skipIf(!mayUse('groff'))('groff', () => {
  test('has nothing to warn of', () => expect(run('groff', '-man', '-Tutf8', '-ww', '-z', FILE).complaints).toBe(''));

  test('shows examples letter by letter, in 80 columns', () => {
    const text = plain(run('groff', '-man', '-Tutf8', '-P-c', '-rLL=78n', FILE).out);
    const lines = text.split('\n');
    for (const [line] of definitions.commands.flatMap(({ examples }) => examples)) {
      expect(
        lines.some((each) => each.trim() === line),
        line,
      ).toBe(true);
    }
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    expect(text).toContain('--stop-command COMMAND');
    expect(text).not.toMatch(/\\f|\\\(/);
  });
});

describe.skipIf(!mayUse('mandoc'))('mandoc', () => {
  test('has nothing to complain of', () => expect(run('mandoc', '-Tlint', FILE)).toEqual({ out: '', complaints: '' }));

  test('reads the same words as groff', () => {
    const words = plain(run('mandoc', '-Tutf8', FILE).out).replaceAll(/\s+/g, ' ');
    for (const [line] of definitions.commands.flatMap(({ examples }) => examples)) expect(words).toContain(line);
  });
});

describe.skipIf(!mayUse('groff'))('any text comes out as it was written', () => {
  test.each([
    `.TH is no mark, nor is 'br`,
    'a \\ and \\fB and \\n(.s and "quotes" and ~ ^ `',
    '- -- --option-name a-b',
    '. ... .hidden ./file',
    'café → naïve',
  ])('%s', (text) => {
    const page = `.TH X 1 2026-01-01\n.nh\n.ad l\n.SH A\n${prose(text)}\n`;
    const { stdout, stderr } = spawnSync('groff', ['-man', '-Tutf8', '-P-c', '-ww'], { input: page, encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(plain(stdout)).toContain(`       ${text}\n`);
  });
});
