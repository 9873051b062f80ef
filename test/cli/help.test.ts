// Help: ready texts are what the program would say, examples work when pasted, every option is there.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FIRST_EXAMPLES } from '../../src/cli/manual.js';
import { COMMANDS, helpOf } from '../../src/cli/program.js';
import { version } from '../../src/cli/version.js';
import type { Digest } from '../../src/model/digest.js';
import { EXIT } from '../../src/model/errors.js';
import { World } from '../support/world.js';
import { regsweep, shell } from './run.js';

describe('help', () => {
  test.each([[], ...COMMANDS.map(({ name }) => [name])].map((words) => ({ words })))(
    'ready text of $words',
    async ({ words }) => {
      const file = path.resolve(import.meta.dirname, `../../dist/help/${words[0] ?? 'regsweep'}.txt`);
      expect(fs.existsSync(file), 'the build writes the ready texts: npm run build').toBe(true);
      const ready = await regsweep([...words, '--help']);
      expect(ready).toMatchObject({ status: 0, stderr: '', stdout: helpOf(words[0]) });
      expect((await regsweep([...words, '-h'])).stdout).toBe(ready.stdout);
      expect((await regsweep([...words, '--json', '--help'])).stdout, 'made on the spot').toBe(ready.stdout);
      expect(Math.max(...ready.stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    },
  );

  test.each([[], ...COMMANDS.map(({ name }) => [name])].map((words) => ({ words })))(
    'help $words is the same help',
    async ({ words }) => {
      expect(await regsweep(['help', ...words])).toMatchObject({ status: 0, stderr: '', stdout: helpOf(words[0]) });
    },
  );

  test.each([[['help', 'remove']], [['remove', '--help']]])('%j: there is no such command', async (words) => {
    const ran = await regsweep(words);
    expect(ran).toMatchObject({ status: 2, stdout: '' });
    expect(ran.stderr).toContain('no such command: remove.');
  });

  test('every exit status is reported', async () => {
    const text = helpOf();
    const told = text.slice(text.indexOf('Exit status:'));
    const later = COMMANDS.some(({ name }) => name === 'check') ? [] : [EXIT.damaged];
    for (const status of Object.values(EXIT)) {
      if (!later.includes(status as never)) expect(told).toMatch(new RegExp(`\\b${status}\\b`));
    }
  });

  test("the README's table of exit statuses is the table of the code", () => {
    const readme = fs.readFileSync(path.resolve(import.meta.dirname, '../../README.md'), 'utf8');
    const table = readme.slice(readme.indexOf('| exit status |')).split('\n\n')[0]!;
    const told = [...table.matchAll(/^\| ([\d, ]+) \|/gm)].flatMap(([, cell]) => cell!.split(', ').map(Number));
    expect(told).toEqual(Object.values(EXIT));
  });

  test.each([undefined, ...COMMANDS.map(({ name }) => name)])('%s, on a narrow terminal: the same words', (name) => {
    const words = (columns: number): readonly string[] => helpOf(name, columns).split(/\s+/);
    expect(words(50)).toEqual(words(80));
    const lines = helpOf(name, 50).split('\nExamples:')[0]!.split('\n');
    // Paths are whole, and beside the widest term there is room for a word or two all the same.
    expect(lines.filter((line) => line.length > 54 && !line.includes('/'))).toEqual([]);
  });

  test.each([
    [['completion', 'tcsh'], "shell 'tcsh' is none of bash, zsh, fish."],
    [['retain', '--by', 'age'], "--by 'age' is none of pushed, created, name."],
    [['trash', 'burn'], "action 'burn' is none of ls, empty."],
  ])('%s: what it can be is told', async (words, told) => {
    const ran = await regsweep(words);
    expect(ran).toMatchObject({ status: 2, stdout: '' });
    expect(ran.stderr).toBe(`regsweep: ${told}\n  See: regsweep ${words[0]} --help\n`);
  });

  test('version', async () => {
    expect(await regsweep(['--version'])).toMatchObject({ status: 0, stdout: `${version()}\n`, stderr: '' });
  });

  test('no command: the help, on stderr, as a usage error', async () => {
    const ran = await regsweep([]);
    expect(ran).toMatchObject({ status: 2, stdout: '' });
    expect(ran.stderr).toContain('Commands:');
  });
});

describe('examples work when pasted', () => {
  let folder: string;
  beforeAll(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'regsweep-examples-'));
    fs.writeFileSync(path.join(folder, 'unwanted.txt'), 'team/app:1.1\n');
    fs.writeFileSync(path.join(folder, 'policy.yml'), 'policies:\n  - keep: {last: 10}\n');
  });
  afterAll(() => fs.rmSync(folder, { recursive: true }));

  const examples = [...FIRST_EXAMPLES, ...COMMANDS.flatMap((command) => command.examples)].map(([line]) => line);

  test.each(COMMANDS)('those of $name stand in its help as they are pasted', (command) => {
    const lines = helpOf(command.name).split('\n');
    for (const [line] of command.examples) {
      expect(
        lines.some((each) => each === `  ${line}` || each.startsWith(`  ${line}  `)),
        line,
      ).toBe(true);
    }
  });

  test('there are some', () => expect(examples.length).toBeGreaterThan(8));

  test.each(examples)('%s', async (line) => {
    const world = World.create();
    for (const tag of ['1.0', '1.1', '1.2', '2017-01']) world.image('team/app', tag);
    world.image('old/app', '1', { layers: ['old'] });
    world.image('old/app/web', '1', { layers: ['web'] });
    // What the examples take for granted: a digest, a run that kept its trash, a plan that was saved.
    world.linkLayer('team/app', `sha256:${'0a1b2c3d4e5f'.padEnd(64, '0')}` as Digest);
    const root = { root: world.root };
    if (line.includes(' undo')) await regsweep(['rm', 'team/app:1.0', '--yes', '--keep-trash'], root);
    const plan = path.join(folder, 'plan.json');
    if (line.includes(' apply')) await regsweep(['gc', '--dry-run', '--plan-out', plan], root);
    const asked = !/--yes|--dry-run|regsweep (?:ls|du|check|why|trash|completion)/.test(line);
    const environment = { REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: world.root };
    const ran = await shell(asked ? `${line} --yes` : line, { folder, environment });
    fs.rmSync(world.root, { recursive: true });
    expect(ran.status, ran.stderr).toBe(0);
  });
});
