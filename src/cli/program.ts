// All commands, and the one place where an error becomes words on stderr and an exit status.

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
import { refuseSameFile } from './distinct-files.js';
import { commandHelp, HELP_COLUMNS, programHelp } from './help.js';
import { type GlobalOptions, PROGRAM_OPTIONS } from './options.js';
import { checkGiven, checkTogether, parser } from './parser.js';
import { openSession } from './session.js';
import { withSettings } from './settings.js';
import { showError } from './show-error.js';

export const COMMANDS: readonly Command[] = [ls, du, check, why, rm, retain, gc, apply, undo, trash, completion];

/** Runs the command that `words` spell. Returns the exit status; every error has been shown. */
export async function run(words: readonly string[]): Promise<ExitStatus> {
  let status: ExitStatus = EXIT.ok;
  let answered = false;
  try {
    const yargs = parser(COMMANDS, async (command, given) => {
      checkGiven(command, given);
      const options = await withSettings(given);
      checkTogether(command, options);
      await refuseSameFile(command, options);
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
  if (command !== undefined) return commandHelp(command, PROGRAM_OPTIONS, columns);
  return programHelp(COMMANDS, PROGRAM_OPTIONS, columns);
}

function helpColumns(stream: NodeJS.WriteStream): number {
  return Math.min(columnsOf(stream, process.env) ?? HELP_COLUMNS, HELP_COLUMNS);
}
