// The command line whole: commands, options, and the one place where an error becomes words on stderr and an exit status.
// yargs reads it strictly: what it does not know is a usage error, never ignored.

import makeYargs, { type Argv } from 'yargs';
import { EXIT, type ExitStatus, usageError } from '../model/errors.js';
import type { Command } from './command.js';
import { apply } from './commands/apply.js';
import { check } from './commands/check.js';
import { completion } from './commands/completion.js';
import { du } from './commands/du.js';
import { gc } from './commands/gc.js';
import { ls } from './commands/ls.js';
import { retain } from './commands/retain.js';
import { rm } from './commands/rm.js';
import { trash } from './commands/trash.js';
import { undo } from './commands/undo.js';
import { why } from './commands/why.js';
import { refuseSameFile } from './distinct-files.js';
import { type GlobalOptions, globalOptions } from './options.js';
import { openSession } from './session.js';
import { withSettings } from './settings.js';
import { showError } from './show-error.js';
import { version } from './version.js';

export const COMMANDS: readonly Command[] = [ls, du, check, why, rm, retain, gc, apply, undo, trash, completion];

/** Columns that help is wrapped at where the terminal does not say. */
const HELP_COLUMNS = 100;

/** Runs the command that `words` spell. Returns the exit status; every error has been told. */
export async function run(words: readonly string[]): Promise<ExitStatus> {
  let status: ExitStatus = EXIT.ok;
  try {
    const yargs = program(words, process.stdout.columns ?? HELP_COLUMNS, async (command, given) => {
      checkOptions(given);
      const options = await withSettings(given);
      await refuseSameFile(options);
      const session = await openSession(options as GlobalOptions);
      try {
        status = await command.run(options as never, session);
        if (session.stdout.failed && status === EXIT.ok) status = EXIT.failed;
      } finally {
        await session.close();
      }
    });
    if (words.length === 0) {
      process.stderr.write(tidied(await yargs.getHelp()));
      return EXIT.usage;
    }
    let help = '';
    await yargs.parseAsync([...words], {}, (_error, _options, output) => {
      help = output;
    });
    if (help !== '') process.stdout.write(tidied(help));
  } catch (error) {
    const command = COMMANDS.find(({ name }) => words.includes(name));
    status = showError(error, words, command?.name);
  }
  return status;
}

/** The help of a command, or of the program where no command is given, as `--help` prints it. */
export async function helpOf(words: readonly string[]): Promise<string> {
  let text = '';
  const yargs = program([...words, '--help'], HELP_COLUMNS, async () => undefined);
  await yargs.parseAsync([...words, '--help'], {}, (_error, _options, output) => {
    text = output;
  });
  return tidied(text);
}

/** Help without what goes without saying: the types of options, and defaults that only say that nothing is set. */
function tidied(help: string): string {
  const lines = help.split('\n').flatMap((line) => {
    const left = line.replace(NOISE, '').replace(STRING_DEFAULT, '[default: $1]').trimEnd();
    return left === '' && line !== '' ? [] : [left];
  });
  return `${lines.join('\n').trimEnd()}\n`;
}

const NOISE = /\s+\[(?:boolean|string|array)\](?:\s+\[default: (?:false|\[\]|"0"|"100")\])?$/;

function program(
  words: readonly string[],
  columns: number,
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
    .usage(`$0 COMMAND [options]\n\nCleans a container registry's storage tree on disk while the registry is stopped.`)
    .wrap(Math.min(columns, HELP_COLUMNS))
    .version(version())
    .alias('help', 'h')
    .recommendCommands()
    .demandCommand(1, 'Name a command.')
    .strictCommands()
    .strict()
    .exitProcess(false)
    .fail((message, error) => {
      throw error instanceof Error && error.name !== 'YError' ? error : usageError(message ?? error.message);
    })
    .example('$0 ls', 'List repositories and tags')
    .example('$0 rm team/app:1.2 --dry-run', 'Show what would go with a tag, change nothing')
    .example('$0 gc --untagged', 'Delete what nothing references; asks first')
    .epilogue(EXIT_STATUSES);
  globalOptions(yargs);
  for (const command of COMMANDS) {
    yargs.command(
      command.usage,
      command.summary,
      (builder) => command.build(builder.usage(`$0 ${command.usage}\n\n${command.summary}.`)),
      (options) => execute(command, options),
    );
  }
  return yargs;
}
const STRING_DEFAULT = /\[string\] \[default: "(.*)"\]$/;

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

const EXIT_STATUSES = `Exit status: 0 done, or nothing to do; 1 unexpected failure; 2 usage, or no such name;
3 finished, but something could not be read or removed, or was left alone; 4 refused for safety;
5 check found damage; 10 changes found (--detailed-exitcode); 130, 143 interrupted.`;
