// The text of `--help`, from the definitions: of a command, and of the program. Data in, text out.

import { wrapped } from '../report/table.js';
import type { CommandData, Example } from './command.js';
import { ABOUT, EXIT_STATUSES, FIRST_EXAMPLES, PROGRAM, ROOT_ORDER, VALUES } from './manual.js';
import { type Argument, GROUPS, named, type Option, type Options } from './option.js';

/** Columns that help takes where nothing says how wide the terminal is. */
export const HELP_COLUMNS = 80;
/** Terms that are wider have a line of their own. */
const WIDEST_TERM = 30;
/** Descriptions get as much, however narrow the terminal. */
const NARROWEST = 20;

type Row = readonly [term: string, describe: string];

type Named<Data> = Data & { readonly name: string };

/** The help of one command; `everywhere` are the options of every command. */
export function commandHelp(command: CommandData, everywhere: Options, columns: number): string {
  const { summary, examples, epilogue } = command;
  const words = named(command.arguments).map((each): Row => [argumentTerm(each), each.describe]);
  const options = named<Option>({ ...command.options, ...everywhere });
  const width = termWidth([...words, ...options.map(optionRow)]);
  const groups = Object.entries(GROUPS).map(([group, heading]) => {
    const rows = options.filter((option) => option.group === group).map(optionRow);
    return rows.length === 0 ? [] : [wrapped(heading, columns), ...table(rows, width, columns)];
  });
  return joined([
    [`Usage: ${hanging(`${PROGRAM} ${synopsis(command)} [OPTION]...`, columns, 7)}`],
    [wrapped(`${summary}.`, columns)],
    table(words, width, columns),
    ...groups,
    valueMeanings(options).map((line) => wrapped(line, columns)),
    exampleLines(examples, columns),
    epilogue === undefined ? [] : [epilogue],
  ]);
}

/** The help of the program. */
export function programHelp(commands: readonly CommandData[], options: Options, columns: number): string {
  const rows = named(options).map(optionRow);
  const width = termWidth(commands.map(({ name }): Row => [name, '']));
  const statuses = EXIT_STATUSES.map(([numbers, meaning]): Row => [numbers.join(', '), meaning]);
  return joined([
    [`Usage: ${PROGRAM} COMMAND [OPTION]...`],
    [wrapped(ABOUT, columns)],
    [
      'Commands:',
      ...table(
        commands.map(({ name, summary }): Row => [name, summary]),
        width,
        columns,
      ),
    ],
    ['Options of every command:', ...table(rows, termWidth(rows), columns)],
    exampleLines(FIRST_EXAMPLES, columns),
    [
      'Which tree: the first of these that says so.',
      ...ROOT_ORDER.map((place, at) => `  ${at + 1}. ${hanging(place, columns, 5)}`),
    ],
    ['Exit status:', ...table(statuses, termWidth(statuses), columns)],
    [`${PROGRAM} help COMMAND, or COMMAND --help, shows the help of a command.`],
  ]);
}

/** What words such as DURATION mean, where an option takes one. */
function valueMeanings(options: readonly Option[]): readonly string[] {
  return VALUES.filter(([word]) => options.some(({ takes }) => takes === word)).map(([word, is]) => `${word}: ${is}.`);
}

/** `rm [REFERENCE]...`, `trash ls|empty [RUN]...`. */
function synopsis(command: CommandData): string {
  const words = named(command.arguments).map((each) => placed(each, argumentTerm(each)));
  return [command.name, ...words].join(' ');
}

/** `term` as a synopsis shows it: in brackets where it may be omitted. */
export function placed({ required, several }: Argument, term: string): string {
  return `${required ? term : `[${term}]`}${several ? '...' : ''}`;
}

/** `PATTERN`, `ls|empty`. */
export function argumentTerm({ name, choices }: Named<Argument>): string {
  return choices === undefined ? name.toUpperCase() : choices.join('|');
}

/** What an option does, with its choices and its default. */
export function optionText({ describe, choices, default: value }: Option): string {
  const notes = [...(choices === undefined ? [] : [choices.join(', ')]), ...(value ? [`default: ${value}`] : [])];
  return notes.length === 0 ? describe : `${describe} [${notes.join('; ')}]`;
}

/** `--report FILE`. */
function optionTerm({ name, takes }: Named<Option>): string {
  return takes === undefined ? `--${name}` : `--${name} ${takes}`;
}

function optionRow(option: Named<Option>): Row {
  return [`${option.alias === undefined ? '    ' : `-${option.alias}, `}${optionTerm(option)}`, optionText(option)];
}

function termWidth(rows: readonly Row[]): number {
  return Math.max(0, ...rows.map(([term]) => term.length).filter((width) => width <= WIDEST_TERM));
}

function table(rows: readonly Row[], width: number, columns: number): readonly string[] {
  return rows.flatMap(([term, describe]) => {
    const text = hanging(describe, columns, width + 4);
    return term.length > width ? [`  ${term}`, ' '.repeat(width + 4) + text] : [`  ${term.padEnd(width)}  ${text}`];
  });
}

/** `text` broken for `columns`, of which `indent` are taken; its first line comes without them. */
function hanging(text: string, columns: number, indent: number): string {
  return wrapped(text, Math.max(columns - indent, NARROWEST)).replaceAll('\n', `\n${' '.repeat(indent)}`);
}

/** Side by side where all fit; else each line whole, to be pasted, with what it does below. */
function exampleLines(examples: readonly Example[], columns: number): readonly string[] {
  if (examples.length === 0) return [];
  const width = Math.max(...examples.map(([line]) => line.length));
  const fits = examples.every(([, describe]) => width + 4 + describe.length <= columns);
  const lines = examples.map(([line, describe]) =>
    fits ? `  ${line.padEnd(width)}  ${describe}` : `  ${line}\n      ${hanging(describe, columns, 6)}`,
  );
  return ['Examples:', ...lines];
}

function joined(parts: readonly (readonly string[])[]): string {
  return `${parts
    .filter((part) => part.length > 0)
    .map((part) => part.join('\n'))
    .join('\n\n')}\n`;
}
