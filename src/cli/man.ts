// The man page, from the definitions that the command line is read by: one page for all commands, so that it is searched as one;
// options of several commands are told once. Data in, text out.

import type { Definition, Example, OptionDefinition } from './definition.js';
import { optionText, positionalTerm } from './help.js';
import { ABOUT, DESCRIPTION, ENVIRONMENT, EXIT_STATUSES, FILES, FIRST_EXAMPLES, ROOT_ORDER, VALUES } from './manual.js';
import { bold, code, italic, paragraph, prose, roff, tagged } from './roff.js';

export interface ManPage {
  readonly commands: readonly Definition[];
  /** Options of every command. */
  readonly options: readonly OptionDefinition[];
  readonly version: string;
  /** `2026-11-21`. */
  readonly date: string;
}

/** The page in roff, for section 1. */
export function manPage({ commands, options, version, date }: ManPage): string {
  const everywhere = new Set(options.map(({ name }) => name));
  const own = commands.map((command) => ({
    command,
    options: command.options.filter(({ name }) => !everywhere.has(name)),
  }));
  const shared = sharedOptions(own);
  const parts = [
    `.TH REGSWEEP 1 ${date} "regsweep ${version}" "User Commands"`,
    // Nothing is hyphenated: a path or an option with a dash that is not its own cannot be pasted.
    '.nh\n.ad l',
    `.SH NAME\nregsweep \\- clean a container registry\\(aqs storage tree on disk`,
    `.SH SYNOPSIS\n.nf\n${commands.map((command) => usage(command)).join('\n')}\n.fi`,
    '.SH DESCRIPTION',
    paragraph(ABOUT),
    ...DESCRIPTION.map(paragraph),
    paragraph('The tree is the first of these that says where it is:'),
    ...ROOT_ORDER.map((place, at) => `.IP ${at + 1}. 4\n${prose(place)}`),
    '.SH COMMANDS',
    ...own.flatMap(({ command, options: each }) => commandPart(command, each, shared)),
    '.SH OPTIONS',
    '.SS Of every command',
    ...options.map((option) => optionPart(option)),
    '.SS Of several commands',
    ...[...shared.values()].map(({ option, names }) => optionPart(option, names)),
    '.SS What they take',
    ...VALUES.map(([word, is]) => tagged(italic(word), `${is[0]!.toUpperCase()}${is.slice(1)}.`)),
    '.SH EXIT STATUS',
    ...EXIT_STATUSES.map(([numbers, meaning]) => tagged(bold(numbers.join(', ')), `${meaning}.`)),
    '.SH ENVIRONMENT',
    ...ENVIRONMENT.map(([name, meaning]) => tagged(bold(name), meaning)),
    '.SH FILES',
    ...FILES.map(([name, meaning]) => tagged(italic(name), meaning)),
    '.SH EXAMPLES',
    ...FIRST_EXAMPLES.flatMap(examplePart),
    '.SH SEE ALSO',
    paragraph(
      'The package holds pages on keep rules (docs/retention.md) and on moving from `registry garbage-collect` and scripts (docs/moving.md), and examples for systemd, cron and compose (contrib).',
    ),
  ];
  return `${parts.join('\n').replace(/^(\.S[HS] .*)\n\.PP$/gm, '$1')}\n`; // a heading begins a paragraph by itself
}

interface Shared {
  readonly option: OptionDefinition;
  /** Commands that have it. */
  readonly names: readonly string[];
}

type Own = readonly { readonly command: Definition; readonly options: readonly OptionDefinition[] }[];

/** Options that several commands have in the very same words, by those words. */
function sharedOptions(own: Own): ReadonlyMap<string, Shared> {
  const found = new Map<string, Shared>();
  for (const { command, options } of own) {
    for (const option of options) {
      const names = found.get(keyOf(option))?.names ?? [];
      found.set(keyOf(option), { option, names: [...names, command.name] });
    }
  }
  return new Map([...found].filter(([, { names }]) => names.length > 1));
}

function keyOf(option: OptionDefinition): string {
  return JSON.stringify(option);
}

function commandPart(
  command: Definition,
  options: readonly OptionDefinition[],
  shared: ReadonlyMap<string, Shared>,
): readonly string[] {
  const others = options.filter((option) => shared.has(keyOf(option))).map(({ name }) => `--${name}`);
  const also = others.length === 0 ? [] : [paragraph(`Also ${listing(others)}: see OPTIONS.`)];
  return [
    `.SS regsweep ${roff(command.name)}`,
    usage(command),
    paragraph(`${command.summary}.`),
    ...command.positionals.map((each) => tagged(italic(positionalTerm(each)), `${each.describe}.`)),
    ...options.filter((option) => !shared.has(keyOf(option))).map((option) => optionPart(option)),
    ...also,
    ...command.examples.flatMap(examplePart),
    ...command.epilogue.split('\n\n').flatMap(epiloguePart),
  ];
}

function optionPart(option: OptionDefinition, names: readonly string[] = []): string {
  const { name, alias, takes } = option;
  const short = alias === undefined ? '' : `${bold(`-${alias}`)}, `;
  const value = takes === undefined ? '' : ` ${italic(takes)}`;
  const where = names.length === 0 ? '' : ` (${names.join(', ')})`;
  return tagged(`${short}${bold(`--${name}`)}${value}`, `${optionText(option)}.${where}`);
}

function examplePart({ line, describe }: Example): readonly string[] {
  return [paragraph(`${describe}:`), code([line])];
}

/** Indented lines are to be pasted, the others are prose. */
function epiloguePart(text: string): readonly string[] {
  if (text === '') return [];
  const lines = text.split('\n');
  const pasted = lines.filter((line) => line.startsWith('  ')).map((line) => line.slice(2));
  const said = lines.filter((line) => !line.startsWith('  '));
  return [paragraph(said.join(' ')), ...(pasted.length === 0 ? [] : [code(pasted)])];
}

/** `regsweep rm [REFERENCE]... [OPTION]...`, on a line of its own. */
function usage({ name, positionals }: Definition): string {
  const words = positionals.map((each) => {
    const term = each.choices === undefined ? italic(positionalTerm(each)) : bold(positionalTerm(each));
    return `${each.required ? term : `[${term}]`}${each.several ? '...' : ''}`;
  });
  return [bold(`regsweep ${name}`), ...words, `[${italic('OPTION')}]...`].join(' ');
}

function listing(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
