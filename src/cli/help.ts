// The text of `--help`, from the definitions: of a command, and of the program. Data in, text out.

import { wrapped } from '../report/table.js';
import {
  type Definition,
  type Example,
  type OptionDefinition,
  OTHER_OPTIONS,
  type PositionalDefinition,
  PROGRAM,
} from './definition.js';
import { ABOUT, EXIT_STATUSES, FIRST_EXAMPLES, ROOT_ORDER, VALUES } from './manual.js';
import { GROUPS } from './options.js';

/** Columns that help takes where nothing says how wide the terminal is. */
export const HELP_COLUMNS = 80;
/** Terms that are wider have a line of their own. */
const WIDEST_TERM = 30;
/** Descriptions get as much, however narrow the terminal. */
const NARROWEST = 20;

/** In this order, whatever the order of declaration. */
const HEADINGS: readonly string[] = [
  GROUPS.look,
  GROUPS.keep,
  GROUPS.what,
  GROUPS.change,
  GROUPS.window,
  GROUPS.output,
  GROUPS.tree,
  OTHER_OPTIONS,
];

type Row = readonly [term: string, describe: string];

/** The help of one command. */
export function commandHelp(definition: Definition, columns: number): string {
  const { summary, positionals, options, examples, epilogue } = definition;
  const rows = positionals.map((each): Row => [positionalTerm(each), each.describe]);
  const groups = HEADINGS.map((heading) => [heading, options.filter(({ group }) => group === heading)] as const);
  const width = termWidth([...rows, ...options.map(optionRow)]);
  return joined([
    [`Usage: ${hanging(`${PROGRAM} ${synopsis(definition)} [OPTION]...`, columns, 7)}`],
    [wrapped(`${summary}.`, columns)],
    table(rows, width, columns),
    ...groups.map(([heading, each]) =>
      each.length === 0 ? [] : [wrapped(heading, columns), ...table(each.map(optionRow), width, columns)],
    ),
    valueMeanings(options).map((line) => wrapped(line, columns)),
    exampleLines(examples, columns),
    epilogue === '' ? [] : [epilogue],
  ]);
}

/** The help of the program. */
export function programHelp(
  commands: readonly Definition[],
  options: readonly OptionDefinition[],
  columns: number,
): string {
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
    ['Options of every command:', ...table(options.map(optionRow), termWidth(options.map(optionRow)), columns)],
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
export function valueMeanings(options: readonly OptionDefinition[]): readonly string[] {
  return VALUES.filter(([word]) => options.some(({ takes }) => takes === word)).map(([word, is]) => `${word}: ${is}.`);
}

/** `rm [REFERENCE]...`, `trash ls|empty [RUN]...`. */
export function synopsis({ name, positionals }: Definition): string {
  const words = positionals.map((each) => {
    const shown = positionalTerm(each);
    return `${each.required ? shown : `[${shown}]`}${each.several ? '...' : ''}`;
  });
  return [name, ...words].join(' ');
}

/** `PATTERN`, `ls|empty`. */
export function positionalTerm({ name, choices }: PositionalDefinition): string {
  return choices === undefined ? name.toUpperCase() : choices.join('|');
}

/** What an option does, with its choices and what holds without it. */
export function optionText({ describe, choices, default: given }: OptionDefinition): string {
  const said = [
    ...(choices === undefined ? [] : [choices.join(', ')]),
    ...(given === undefined ? [] : [`default: ${given}`]),
  ];
  return said.length === 0 ? describe : `${describe} [${said.join('; ')}]`;
}

/** `--report FILE`. */
export function optionTerm({ name, takes }: OptionDefinition): string {
  return takes === undefined ? `--${name}` : `--${name} ${takes}`;
}

function optionRow(option: OptionDefinition): Row {
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
  const width = Math.max(...examples.map(({ line }) => line.length));
  const fits = examples.every(({ describe }) => width + 4 + describe.length <= columns);
  const lines = examples.map(({ line, describe }) =>
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
