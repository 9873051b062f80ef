// The width of a terminal: what it says, what COLUMNS says where it says 0, and what nobody knows.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { columnsOf } from '../../src/cli/columns.js';
import { World } from '../support/world.js';
import { PROGRAM } from './run.js';

type Case = readonly [stream: object, text: string | undefined, expected: number | undefined];
const NONSENSE = ['', '0', '-3', 'wide', '1e9', '99999', '80.5', ' 80'];
const CASES: readonly Case[] = [
  [{ isTTY: false, columns: 80 }, '100', undefined],
  [{ isTTY: true, columns: 80 }, '100', 80],
  [{ isTTY: true, columns: 0 }, undefined, undefined],
  [{ isTTY: true, columns: 0 }, '100', 100],
  [{ isTTY: true, columns: undefined }, '100', 100],
  ...NONSENSE.map((text): Case => [{ isTTY: true, columns: 0 }, text, undefined]),
  ...Array.from({ length: 20 }, (_, at): Case => [{ isTTY: true, columns: at + 1 }, undefined, 20]),
  [{ isTTY: true, columns: 21 }, undefined, 21],
];

test.each(CASES)('%j with COLUMNS=%j', (stream, text, expected) => {
  expect(columnsOf(stream as NodeJS.WriteStream, { COLUMNS: text })).toBe(expected);
});

const SCRIPT = '/usr/bin/script';

describe.skipIf(!fs.existsSync(SCRIPT))('on a terminal', () => {
  let world: World;
  beforeEach(() => {
    world = World.create();
    for (const tag of ['1.0', '1.1']) world.image('team/application', tag, { layers: [tag] });
  });
  afterEach(() => world.remove());

  function shown(words: string, columns: number, environment: Record<string, string> = {}): string {
    const size = columns === 0 ? '' : `stty cols ${columns};`;
    const line = `${size} exec '${process.execPath}' '${PROGRAM}' ${words} --no-color --root '${world.root}'`;
    const env = { PATH: process.env['PATH'], TERM: 'xterm', SHELL: '/bin/sh', ...environment };
    const { stdout } = spawnSync(SCRIPT, ['-qec', line, '/dev/null'], { env, input: '', encoding: 'utf8' });
    return stdout.replaceAll('\r\n', '\n');
  }

  test.each(['gc --dry-run', 'ls', 'du', 'rm team/application:1.0 --dry-run', 'check', 'rm --help', 'rm no/such -n'])(
    '%s on a terminal of width 0: as on a wide one, never a word a line',
    (words) => {
      expect(shown(words, 0)).toBe(shown(words, 1000));
    },
  );

  test('COLUMNS counts where the terminal says 0, and nonsense in it does not', () => {
    const words = 'rm team/application:1.0 --dry-run';
    expect(shown(words, 0, { COLUMNS: '60' })).toBe(shown(words, 60));
    for (const text of ['', '0', 'wide', '-1']) expect(shown(words, 0, { COLUMNS: text })).toBe(shown(words, 1000));
  });

  test.each([1, 2, 7, 19])('%i columns are taken for 20', (columns) => {
    const words = 'rm team/application:1.0 --dry-run';
    expect(shown(words, columns)).toBe(shown(words, 20));
  });
});
