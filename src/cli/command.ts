// A command as data: its words for the help, what it takes, and what it does. The modules are light: what a command needs, it loads
// when it runs.

import type { ExitStatus } from '../model/errors.js';
import type { Arguments, ArgumentValues, Options, OptionValues } from './option.js';
import type { Session } from './session.js';

/** A command line to copy, and what it does. */
export type Example = readonly [line: string, describe: string];

/** A command, but for what it does. */
export interface CommandData {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** In the order in which they are typed. */
  readonly arguments: Arguments;
  /** Its own; those of every command are in options.ts. */
  readonly options: Options;
  readonly examples: readonly Example[];
  /** More text for the end of the help, in whole lines. */
  readonly epilogue?: string;
}

export interface Command extends CommandData {
  readonly run: (values: never, session: Session) => Promise<ExitStatus>;
}

/** A command whose `run` gets what its data declares. */
export function command<const TheArguments extends Arguments, const TheOptions extends Options>(
  data: CommandData & {
    readonly arguments: TheArguments;
    readonly options: TheOptions;
    readonly run: (
      values: ArgumentValues<TheArguments> & OptionValues<TheOptions>,
      session: Session,
    ) => Promise<ExitStatus>;
  },
): Command {
  return data;
}
