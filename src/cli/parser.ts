// The command line, read by yargs as the data of the commands says. Strictly: what it does not know is a usage error, never ignored.

import makeYargs, { type Argv, type Options as YargsOption } from 'yargs';
import { usageError } from '../model/errors.js';
import type { Command, CommandData } from './command.js';
import { type Argument, isSwitch, named, type Option } from './option.js';
import { GLOBAL_OPTIONS } from './options.js';
import { version } from './version.js';

export type Values = Readonly<Record<string, unknown>>;

/** A parser of `commands`; `execute` gets the one that is named, with the values of its arguments and options. */
export function parser(
  commands: readonly Command[],
  execute: (command: Command, values: Values) => Promise<void>,
): Argv {
  const yargs = makeYargs()
    .scriptName('regsweep')
    .locale('en')
    .parserConfiguration({
      'boolean-negation': false,
      'dot-notation': false,
      'greedy-arrays': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'strip-aliased': true,
      'unknown-options-as-args': false,
    })
    .version(version())
    .alias('help', 'h')
    .recommendCommands()
    .demandCommand(1, 'Name a command.')
    .strictCommands()
    .strict()
    .exitProcess(false)
    .fail((message, error) => {
      if (error instanceof Error && error.name !== 'YError') throw error;
      throw usageError(inOneLine(message ?? error.message, commands));
    });
  for (const option of named(GLOBAL_OPTIONS)) yargs.option(option.name, forYargs(option));
  for (const command of commands) {
    yargs.command(
      usage(command),
      command.summary,
      (builder) => {
        for (const { name, choices, several } of named(command.arguments)) {
          builder.positional(name, { type: 'string', ...(choices && { choices }), ...(several && NONE) });
        }
        for (const option of named(command.options)) builder.option(option.name, forYargs(option));
        return builder;
      },
      (values) => execute(command, values),
    );
  }
  return yargs;
}

const NONE = { array: true, default: [] };

/** `trash <action> [run..]`, as yargs reads it. */
function usage(command: CommandData): string {
  const words = named<Argument>(command.arguments).map(({ name, required, several }) =>
    required ? `<${name}>` : `[${name}${several ? '..' : ''}]`,
  );
  return [command.name, ...words].join(' ');
}

/** Hidden, as yargs writes a help of its own for each command that it runs, which costs time and is never printed. */
function forYargs(option: Option): YargsOption {
  const { alias, choices, several } = option;
  const named = { hidden: true, ...(alias && { alias }) };
  if (isSwitch(option)) return { ...named, type: 'boolean', default: false };
  const value = { ...(option.default && { default: option.default }), ...(several && NONE) };
  return { ...named, type: 'string', requiresArg: true, ...(choices && { choices }), ...value };
}

/** What yargs says in three lines of a value that is none of the choices. */
function inOneLine(message: string, commands: readonly CommandData[]): string {
  const [, name, given, choices] = /Argument: (\S+), Given: "?(.*?)"?, Choices: (.*)/.exec(message) ?? [];
  if (name === undefined) return message;
  const isArgument = commands.some((command) => command.arguments[name]?.choices !== undefined);
  return `${isArgument ? name : `--${name}`} '${given}' is none of ${choices!.replaceAll('"', '')}.`;
}

/** Refuses what yargs lets through: an option given twice, or with an empty value, as by a shell variable that is not set. */
export function checkGiven(command: CommandData, values: Values): void {
  for (const { name, several } of named<Option>({ ...command.options, ...GLOBAL_OPTIONS })) {
    const value = values[name];
    if (Array.isArray(value) && !several) throw usageError(`--${name} is given twice.`);
    if (value === '' || (Array.isArray(value) && value.includes(''))) {
      throw usageError(`--${name} is empty.`, 'Was a shell variable unset?');
    }
  }
}

/** Refuses options that contradict each other, or that mean nothing without another. */
export function checkTogether(command: CommandData, values: Values): void {
  const options: Readonly<Record<string, Option>> = { ...command.options, ...GLOBAL_OPTIONS };
  const isGiven = (name: string): boolean => {
    const value = values[name];
    return value !== undefined && value !== false && value !== options[name]?.default;
  };
  for (const { name, requires, conflicts } of named(options).filter((option) => isGiven(option.name))) {
    if (requires !== undefined && !isGiven(requires)) throw usageError(`--${name} needs --${requires}.`);
    if (conflicts !== undefined && isGiven(conflicts)) {
      throw usageError(`--${name} and --${conflicts} contradict each other.`);
    }
  }
}
