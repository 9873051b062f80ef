// What may stand where the cursor is: an option, a value of one, a command, or what a command is about. Decided from the
// definitions and the words alone; names from the tree are looked up by others.

import type { Definition, OptionDefinition, Takes } from '../../cli/definition.js';
import type { Word } from './line.js';

/** What completion knows, written at build time. */
export interface Definitions {
  readonly commands: readonly Definition[];
  /** Options of the program before any command. */
  readonly options: readonly OptionDefinition[];
}

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
  const options = command?.options ?? definitions.options;
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
  const last = command.positionals.at(-1);
  const positional = command.positionals[given.length] ?? (last?.several === true ? last : undefined);
  if (positional !== undefined) return wantedValue(positional, '', text, before);
  return dashes && text === '' ? oneOf('', spellings('--', options, values)) : NOTHING;
}

/** What the words in front of the cursor come to. */
interface Before {
  readonly command: Definition | undefined;
  /** Words that are no options, after the command. */
  readonly given: readonly string[];
  readonly values: ReadonlyMap<string, string | undefined>;
  /** The option that waits for its value. */
  readonly pending: OptionDefinition | undefined;
  /** True as long as `--` may begin an option. */
  readonly dashes: boolean;
}

/** Undefined where the command is none. */
function readWords(words: readonly Word[], definitions: Definitions): Before | undefined {
  const given: string[] = [];
  const values = new Map<string, string | undefined>();
  let command: Definition | undefined;
  let pending: OptionDefinition | undefined;
  let dashes = true;
  for (const { text, known } of words) {
    if (pending !== undefined) {
      values.set(pending.name, known ? text : undefined);
      pending = undefined;
    } else if (dashes && text === '--') dashes = false;
    else if (dashes && text.startsWith('-') && text.length > 1) {
      for (const { option, value } of optionsIn(text, command?.options ?? definitions.options)) {
        values.set(option.name, known ? value : undefined);
        if (takesValue(option) && value === undefined) pending = option;
      }
    } else if (command === undefined) {
      command = definitions.commands.find(({ name }) => name === text);
      if (command === undefined) return undefined;
    } else given.push(text);
  }
  return { command, given, values, pending, dashes };
}

/** What an option or a positional takes; `head` stands in front of it in the same word. */
function wantedValue(
  { choices, takes }: { readonly choices?: readonly string[]; readonly takes?: Takes },
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

function takesValue({ takes, choices }: OptionDefinition): boolean {
  return takes !== undefined || choices !== undefined;
}

/** The options that `word` gives: `--name`, `--name=value`, or letters. */
function optionsIn(word: string, options: readonly OptionDefinition[]) {
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
  options: readonly OptionDefinition[],
  given: ReadonlyMap<string, unknown>,
): readonly Candidate[] {
  return options
    .filter(({ name, repeatable }) => repeatable || !given.has(name))
    .flatMap(({ name, alias, describe }) => [
      { value: `--${name}`, describe },
      ...(typed === '-' && alias !== undefined ? [{ value: `-${alias}`, describe }] : []),
    ]);
}
