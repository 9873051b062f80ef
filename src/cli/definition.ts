// What a command takes, as data, from the very calls that declare it to yargs: the man page, the shell completion and the help
// are made from it, so that none of them can tell something else than what the command line is read by.

import type { Argv } from 'yargs';
import type { Command } from './command.js';
import { globalOptions } from './options.js';

/** What an option or a word takes; options and positionals say it as `takes`. A shell completes by it. */
export type Takes = (typeof TAKES)[number];
export const TAKES = [
  'DURATION',
  'COMMAND',
  'DIR',
  'FILE',
  'GLOB',
  'IMAGE',
  'N',
  'ORDER',
  'PERCENT',
  'REPOSITORY',
  'RUN',
  'THING',
  'URL',
] as const;

export interface OptionDefinition {
  /** Without dashes. */
  readonly name: string;
  /** One letter. */
  readonly alias?: string;
  readonly describe: string;
  /** The heading that help shows it under. */
  readonly group: string;
  /** Undefined: it takes nothing, or one of `choices`. */
  readonly takes?: Takes;
  readonly choices?: readonly string[];
  /** What holds where it is not given, if that says anything. */
  readonly default?: string;
  /** It may be given again. */
  readonly repeatable: boolean;
}

export interface PositionalDefinition {
  readonly name: string;
  readonly describe: string;
  readonly takes?: Takes;
  readonly choices?: readonly string[];
  readonly required: boolean;
  /** Any number of them. */
  readonly several: boolean;
}

export interface Example {
  /** The line to type. */
  readonly line: string;
  readonly describe: string;
}

export interface Definition {
  /** Empty for the program itself. */
  readonly name: string;
  readonly usage: string;
  readonly summary: string;
  readonly positionals: readonly PositionalDefinition[];
  /** Its own in the order declared, then those of every command. */
  readonly options: readonly OptionDefinition[];
  readonly examples: readonly Example[];
  /** More to say at the end, in whole lines. */
  readonly epilogue: string;
}

export const PROGRAM = 'regsweep';
export const OTHER_OPTIONS = 'Options:';

/** What yargs offers by itself, for every command. */
const ALWAYS: readonly OptionDefinition[] = [
  { name: 'help', alias: 'h', describe: 'Show help', group: OTHER_OPTIONS, repeatable: false },
  { name: 'version', describe: 'Show version number', group: OTHER_OPTIONS, repeatable: false },
];

export function definitionOf({ name, usage, summary, build }: Command): Definition {
  const own = record(build);
  return { name, usage, summary, ...own, options: [...own.options, ...globalDefinitions()] };
}

/** The options that stand before any command. */
export function globalDefinitions(): readonly OptionDefinition[] {
  return [...record(globalOptions).options, ...ALWAYS];
}

interface Spec {
  readonly alias?: string;
  readonly array?: boolean;
  readonly choices?: readonly string[];
  readonly default?: unknown;
  readonly demandOption?: boolean;
  readonly describe: string;
  readonly group?: string;
  readonly takes?: Takes;
}

/** Calls `build` with something that writes down what it would tell yargs. Any other call than these fails, at build time. */
function record(build: (yargs: Argv) => Argv) {
  const options: OptionDefinition[] = [];
  const positionals: PositionalDefinition[] = [];
  const examples: Example[] = [];
  let epilogue = '';
  const recorder = {
    option(name: string, { alias, describe, group, takes, choices, default: given, array }: Spec) {
      options.push({
        name,
        ...(alias === undefined ? {} : { alias }),
        describe,
        group: group ?? OTHER_OPTIONS,
        ...(takes === undefined ? {} : { takes }),
        ...(choices === undefined ? {} : { choices }),
        ...(typeof given === 'string' && !SAYS_NOTHING.has(given) ? { default: given } : {}),
        repeatable: array === true,
      });
      return recorder;
    },
    positional(name: string, { describe, takes, choices, demandOption, array }: Spec) {
      positionals.push({
        name,
        describe,
        ...(takes === undefined ? {} : { takes }),
        ...(choices === undefined ? {} : { choices }),
        required: demandOption === true,
        several: array === true,
      });
      return recorder;
    },
    example(line: string, describe: string) {
      examples.push({ line: line.replaceAll('$0', PROGRAM), describe });
      return recorder;
    },
    epilogue(text: string) {
      epilogue = text;
      return recorder;
    },
  };
  build(recorder as unknown as Argv);
  return { options, positionals, examples, epilogue };
}

/** Defaults that only say that nothing is set. */
const SAYS_NOTHING: ReadonlySet<string> = new Set(['', '0', '100']);
