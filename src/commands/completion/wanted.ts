// What may stand where the cursor is: an option, a value of one, a command, or what a command is about. Decided from the
// data of the commands and the words alone; names from the tree are looked up by others.

import type { CommandData } from '../../cli/command.js';
import { type Argument, isSwitch, named, type Option, type Options, type Takes } from '../../cli/option.js';
import type { Word } from './line.js';

/** What completion knows, written at build time. */
export interface Definitions {
  readonly commands: readonly CommandData[];
  /** Options of every command. */
  readonly options: Options;
}

type NamedOption = Option & { readonly name: string };

export interface Candidate {
  readonly value: string;
  readonly describe?: string;
}

export type Wanted =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'one of'; readonly candidates: readonly Candidate[] }
  | {
      readonly kind: 'value';
      readonly takes: Takes;
      /** What stands in front of the value in the same word: `--root=`. */
      readonly head: string;
      readonly prefix: string;
      /** Words that the command has already. */
      readonly given: readonly string[];
      /** Values of the options on the line; undefined as a value where the shell alone knows it. */
      readonly options: ReadonlyMap<string, string | undefined>;
    };

const NOTHING: Wanted = { kind: 'nothing' };
const PATHS: ReadonlySet<Takes> = new Set(['FILE', 'DIR']);

/** What is wanted at the last of `words`, which come after the program's name. */
export function wantedAt(words: readonly Word[], definitions: Definitions): Wanted {
  const { text, literal } = words.at(-1)!;
  const before = readWords(words.slice(0, -1), definitions);
  if (before === undefined) return NOTHING;
  const wanted = wantedAfter(before, text, definitions);
  // A name cannot go on where the shell reads something else than is typed; a path can, and the shell completes that.
  return literal || (wanted.kind === 'value' && PATHS.has(wanted.takes)) ? wanted : NOTHING;
}

function wantedAfter(before: Before, text: string, definitions: Definitions): Wanted {
  const { command, given, values, pending, dashes } = before;
  const options = optionsOf(command, definitions);
  if (pending !== undefined) return wantedValue(pending, '', text, before);
  if (dashes && text.startsWith('-')) {
    const equals = text.indexOf('=');
    if (equals < 0) return oneOf(text, spellings(text, options, values));
    const option = options.find(({ name }) => `--${name}` === text.slice(0, equals));
    return option === undefined
      ? NOTHING
      : wantedValue(option, text.slice(0, equals + 1), text.slice(equals + 1), before);
  }
  if (command === undefined) {
    const commands = definitions.commands.map(({ name, summary }) => ({ value: name, describe: summary }));
    return oneOf(text, commands);
  }
  const takes = Object.values(command.arguments);
  const last = takes.at(-1);
  const argument = takes[given.length] ?? (last?.several ? last : undefined);
  if (argument !== undefined) return wantedValue(argument, '', text, before);
  return dashes && text === '' ? oneOf('', spellings('--', options, values)) : NOTHING;
}

/** What the words in front of the cursor come to. */
interface Before {
  readonly command: CommandData | undefined;
  /** Words that are no options, after the command. */
  readonly given: readonly string[];
  readonly values: ReadonlyMap<string, string | undefined>;
  /** The option that waits for its value. */
  readonly pending: NamedOption | undefined;
  /** True as long as `--` may begin an option. */
  readonly dashes: boolean;
}

/** Undefined where the command is none. */
function readWords(words: readonly Word[], definitions: Definitions): Before | undefined {
  const given: string[] = [];
  const values = new Map<string, string | undefined>();
  let command: CommandData | undefined;
  let pending: NamedOption | undefined;
  let dashes = true;
  for (const { text, known } of words) {
    if (pending !== undefined) {
      values.set(pending.name, known ? text : undefined);
      pending = undefined;
    } else if (dashes && text === '--') dashes = false;
    else if (dashes && text.startsWith('-') && text.length > 1) {
      for (const { option, value } of optionsIn(text, optionsOf(command, definitions))) {
        values.set(option.name, known ? value : undefined);
        if (!isSwitch(option) && value === undefined) pending = option;
      }
    } else if (command === undefined) {
      command = definitions.commands.find(({ name }) => name === text);
      if (command === undefined) return undefined;
    } else given.push(text);
  }
  return { command, given, values, pending, dashes };
}

/** What an option or an argument takes; `head` stands in front of it in the same word. */
function wantedValue(
  { choices, takes }: Pick<Argument, 'choices' | 'takes'>,
  head: string,
  prefix: string,
  { given, values }: Before,
): Wanted {
  if (choices !== undefined) {
    const candidates = choices.map((value) => ({ value: head + value }));
    return oneOf(head + prefix, candidates);
  }
  return takes === undefined ? NOTHING : { kind: 'value', takes, head, prefix, given, options: values };
}

function oneOf(prefix: string, candidates: readonly Candidate[]): Wanted {
  return { kind: 'one of', candidates: candidates.filter(({ value }) => value.startsWith(prefix)) };
}

function optionsOf(command: CommandData | undefined, definitions: Definitions): readonly NamedOption[] {
  return named({ ...command?.options, ...definitions.options });
}

/** The options that `word` gives: `--name`, `--name=value`, or letters. */
function optionsIn(word: string, options: readonly NamedOption[]) {
  if (!word.startsWith('--')) {
    return [...word.slice(1)].flatMap((letter) => {
      const option = options.find(({ alias }) => alias === letter);
      return option === undefined ? [] : [{ option, value: undefined }];
    });
  }
  const equals = word.indexOf('=');
  const name = word.slice(2, equals < 0 ? undefined : equals);
  const option = options.find((each) => each.name === name);
  return option === undefined ? [] : [{ option, value: equals < 0 ? undefined : word.slice(equals + 1) }];
}

/** Options that may be given here; the short ones after a single dash only. */
function spellings(
  typed: string,
  options: readonly NamedOption[],
  given: ReadonlyMap<string, unknown>,
): readonly Candidate[] {
  return options
    .filter(({ name, several }) => several || !given.has(name))
    .flatMap(({ name, alias, describe }) => [
      { value: `--${name}`, describe },
      ...(typed === '-' && alias !== undefined ? [{ value: `-${alias}`, describe }] : []),
    ]);
}
