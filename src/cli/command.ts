// What a command is: its words for the help, its options, and what it does. One file a command in commands/; the modules are
// light, what a command needs to run it loads when it runs.

import type { Argv } from 'yargs';
import type { ExitStatus } from '../model/errors.js';
import type { Session } from './session.js';

export interface Command {
  readonly name: string;
  /** As yargs reads it: `rm [reference..]`. */
  readonly usage: string;
  /** One line for the list of commands. */
  readonly summary: string;
  readonly build: (yargs: Argv) => Argv;
  readonly run: (options: never, session: Session) => Promise<ExitStatus>;
}

/** A command whose `run` gets what its `build` declares. */
export function command<Options>(
  definition: Omit<Command, 'build' | 'run'> & {
    readonly build: (yargs: Argv) => Argv<Options>;
    readonly run: (options: Options, session: Session) => Promise<ExitStatus>;
  },
): Command {
  return definition as unknown as Command;
}
