// The command line whole: commands, options, and the one place where an error becomes words on stderr and an exit status.
// yargs reads it strictly: what it does not know is a usage error, never ignored.

import makeYargs, { type Argv } from 'yargs';
import { apply } from '../commands/apply/command.js';
import { check } from '../commands/check/command.js';
import { completion } from '../commands/completion/command.js';
import { du } from '../commands/du/command.js';
import { gc } from '../commands/gc/command.js';
import { ls } from '../commands/ls/command.js';
import { retain } from '../commands/retain/command.js';
import { rm } from '../commands/rm/command.js';
import { trash } from '../commands/trash/command.js';
import { undo } from '../commands/undo/command.js';
import { why } from '../commands/why/command.js';
import { EXIT, type ExitStatus, usageError } from '../model/errors.js';
import { columnsOf } from './columns.js';
import type { Command } from './command.js';
import { definitionOf, globalDefinitions } from './definition.js';
import { refuseSameFile } from './distinct-files.js';
import { commandHelp, HELP_COLUMNS, programHelp } from './help.js';
import { type GlobalOptions, globalOptions } from './options.js';
import { openSession } from './session.js';
import { withSettings } from './settings.js';
import { showError } from './show-error.js';
import { version } from './version.js';

export const COMMANDS: readonly Command[] = [ls, du, check, why, rm, retain, gc, apply, undo, trash, completion];

/** Runs the command that `words` spell. Returns the exit status; every error has been told. */
export async function run(words: readonly string[]): Promise<ExitStatus> {
  let status: ExitStatus = EXIT.ok;
  let answered = false;
  try {
    const yargs = program(words, async (command, given) => {
      checkOptions(given);
      const options = await withSettings(given);
      await refuseSameFile(options);
      const session = await openSession(options as GlobalOptions);
      try {
        status = await command.run(options as never, session);
        if (session.stdout.failed && status === EXIT.ok) status = EXIT.failed;
      } finally {
        answered = session.stdout.written;
        await session.close();
      }
    });
    if (words.length === 0) {
      process.stderr.write(helpOf(undefined, helpColumns(process.stderr)));
      return EXIT.usage;
    }
    await yargs.parseAsync([...words], {}, (_error, options, output) => {
      if (output === '') return;
      const [asked] = options._;
      if (options['help'] === true && asked !== undefined && !COMMANDS.some(({ name }) => name === asked)) {
        throw usageError(`no such command: ${asked}.`);
      }
      process.stdout.write(
        options['help'] === true ? helpOf(String(asked), helpColumns(process.stdout)) : `${output}\n`,
      );
    });
  } catch (error) {
    const command = COMMANDS.find(({ name }) => words.includes(name));
    status = showError(error, { words, command: command?.name, answered });
  }
  return status;
}

/** The help of a command, or of the program where `name` is none, as `--help` prints it. */
export function helpOf(name?: string, columns: number = HELP_COLUMNS): string {
  const command = COMMANDS.find((each) => each.name === name);
  if (command !== undefined) return commandHelp(definitionOf(command), columns);
  return programHelp(COMMANDS.map(definitionOf), globalDefinitions(), columns);
}

function helpColumns(stream: NodeJS.WriteStream): number {
  return Math.min(columnsOf(stream, process.env) ?? HELP_COLUMNS, HELP_COLUMNS);
}

function program(
  words: readonly string[],
  execute: (command: Command, options: Readonly<Record<string, unknown>>) => Promise<void>,
): Argv {
  const yargs = makeYargs([...words])
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
      throw error instanceof Error && error.name !== 'YError' ? error : usageError(inOneLine(message ?? error.message));
    });
  globalOptions(yargs);
  for (const command of COMMANDS) {
    yargs.command(
      command.usage,
      command.summary,
      (builder) => unexplained(command, command.build(builder)),
      (options) => execute(command, options),
    );
  }
  return yargs;
}

/** yargs writes a help of its own for whatever it runs, which nobody sees: without the options, it is written in no time. */
function unexplained(command: Command, yargs: Argv): Argv {
  for (const { name } of definitionOf(command).options) yargs.hide(name);
  return yargs;
}

/** yargs tells of a value that is none of the choices in three lines. */
function inOneLine(message: string): string {
  const [, name, given, choices] = /Argument: (\S+), Given: "?(.*?)"?, Choices: (.*)/.exec(message) ?? [];
  if (name === undefined) return message;
  const what = POSITIONALS.has(name) ? name : `--${name}`;
  return `${what} '${given}' is none of ${choices!.replaceAll('"', '')}.`;
}

/** Faults that yargs lets through: an option given twice, or with an empty value, as by a shell variable that is not set. */
function checkOptions(options: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(options)) {
    if (name === '_' || name === '$0' || /[A-Z]/.test(name) || POSITIONALS.has(name)) continue;
    if (Array.isArray(value)) {
      if (!SEVERAL.has(name)) throw usageError(`--${name} is given twice.`);
      if (value.includes('')) throw usageError(`--${name} is empty.`, 'Was a shell variable unset?');
      continue;
    }
    if (value === '') throw usageError(`--${name} is empty.`, 'Was a shell variable unset?');
  }
}

/** Options that may be given again. */
const SEVERAL: ReadonlySet<string> = new Set(['keep-tag', 'tag', 'exclude']);
const POSITIONALS: ReadonlySet<string> = new Set(['reference', 'pattern', 'run', 'action', 'plan', 'thing', 'shell']);
