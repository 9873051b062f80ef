// The command line is read as the data of the commands says: each option and argument of each command, one after the other.

import { describe, expect, expectTypeOf, test } from 'vitest';
import type { CommandData } from '../../src/cli/command.js';
import {
  type Argument,
  type ArgumentValues,
  isSwitch,
  named,
  type Option,
  type OptionValues,
} from '../../src/cli/option.js';
import { GLOBAL_OPTIONS } from '../../src/cli/options.js';
import { checkGiven, checkTogether, parser, type Values } from '../../src/cli/parser.js';
import { COMMANDS } from '../../src/cli/program.js';

/** What the command named first in `words` gets. */
async function read(words: readonly string[]): Promise<Values> {
  let got: Values = {};
  await parser(COMMANDS, async (_, values) => {
    got = values;
  }).parseAsync([...words]);
  return got;
}

const sampleOf = ({ choices }: Argument): string => choices?.[0] ?? '7';
const optionsOf = ({ options }: CommandData) => named<Option>({ ...options, ...GLOBAL_OPTIONS });

/** `command` with the arguments that it requires. */
function line(command: CommandData): readonly string[] {
  return [command.name, ...Object.values(command.arguments).flatMap((each) => (each.required ? [sampleOf(each)] : []))];
}

describe.each(COMMANDS)('$name', (command) => {
  test('without options: their defaults', async () => {
    const values = await read(line(command));
    for (const option of optionsOf(command)) {
      const wanted = isSwitch(option) ? false : (option.default ?? (option.several ? [] : undefined));
      expect(values[option.name], option.name).toEqual(wanted);
    }
  });

  test.each(optionsOf(command))('--$name', async (option) => {
    const { name, several, alias } = option;
    const value = isSwitch(option) ? [] : [sampleOf(option)];
    const wanted = isSwitch(option) ? true : several ? value : value[0];
    for (const spelled of [`--${name}`, ...(alias === undefined ? [] : [`-${alias}`])]) {
      expect((await read([...line(command), spelled, ...value]))[name], spelled).toEqual(wanted);
    }
    const twice = await read([...line(command), `--${name}`, ...value, `--${name}`, ...value]);
    if (several || isSwitch(option)) checkGiven(command, twice);
    else expect(() => checkGiven(command, twice)).toThrow(`--${name} is given twice.`);
    if (isSwitch(option)) return;
    await expect(read([...line(command), `--${name}`])).rejects.toThrow();
    const empty = await read([...line(command), `--${name}=`]).catch((error: unknown) => error);
    if (!(empty instanceof Error)) expect(() => checkGiven(command, empty as Values)).toThrow(`--${name} is empty.`);
  });

  test('an option means nothing without the one that it requires, nor beside one that it contradicts', async () => {
    for (const option of optionsOf(command)) {
      const { name, requires, conflicts } = option;
      const given = { ...(await read(line(command))), [name]: isSwitch(option) ? true : '7' };
      if (requires !== undefined) {
        expect(optionsOf(command).map((each) => each.name)).toContain(requires);
        expect(() => checkTogether(command, given)).toThrow(`--${name} needs --${requires}.`);
        checkTogether(command, { ...given, [requires]: true });
      } else checkTogether(command, given);
      if (conflicts !== undefined) {
        expect(() => checkTogether(command, { ...given, [conflicts]: true })).toThrow(
          `--${name} and --${conflicts} contradict each other.`,
        );
      }
    }
  });

  test('arguments', async () => {
    const given = Object.entries(command.arguments).flatMap(([name, each]) =>
      (each.several ? ['7', '007'] : [sampleOf(each)]).map((value) => ({ name, value })),
    );
    const values = await read([command.name, ...given.map(({ value }) => value)]);
    for (const [name, { several }] of Object.entries(command.arguments)) {
      const wanted = given.filter((each) => each.name === name).map(({ value }) => value);
      expect(values[name]).toEqual(several ? wanted : wanted[0]);
    }
    const required = Object.values(command.arguments).some((each) => each.required);
    if (required) await expect(read([command.name])).rejects.toThrow();
  });
});

test('the types of values come from the data', () => {
  const options = {
    dry: { describe: 'x', group: 'other' },
    file: { describe: 'x', group: 'other', takes: 'FILE' },
    sort: { describe: 'x', group: 'other', choices: ['a', 'b'], default: 'a' },
    tag: { describe: 'x', group: 'other', takes: 'GLOB', several: true },
  } as const;
  expectTypeOf<OptionValues<typeof options>>().toEqualTypeOf<{
    readonly dry: boolean;
    readonly file: string | undefined;
    readonly sort: 'a' | 'b';
    readonly tag: readonly string[];
  }>();
  const words = {
    action: { describe: 'x', choices: ['ls', 'empty'], required: true },
    run: { describe: 'x', takes: 'RUN' },
  } as const;
  expectTypeOf<ArgumentValues<typeof words>>().toEqualTypeOf<{
    readonly action: 'ls' | 'empty';
    readonly run: string | undefined;
  }>();
});
