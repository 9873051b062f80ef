// The man page, from the data that the command line is read by: one page for all commands, so that it is searched as one; options
// of several commands are described once. Data in, text out.

import type { CommandData, Example } from './command.js';
import { argumentTerm, optionText, placed } from './help.js';
import { ABOUT, DESCRIPTION, ENVIRONMENT, EXIT_STATUSES, FILES, FIRST_EXAMPLES, ROOT_ORDER, VALUES } from './manual.js';
import { named, type Option, type Options } from './option.js';
import { bold, code, italic, paragraph, prose, roff, tagged } from './roff.js';

export interface ManPage {
  readonly commands: readonly CommandData[];
  /** Options of every command. */
  readonly options: Options;
  readonly version: string;
  /** `2026-11-21`. */
  readonly date: string;
}

/** The page in roff, for section 1. */
export function manPage({ commands, options, version, date }: ManPage): string {
  const shared = sharedOptions(commands);
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
    ...commands.flatMap((command) => commandPart(command, shared)),
    '.SH OPTIONS',
    '.SS Of every command',
    ...Object.entries(options).map(([name, option]) => optionPart(name, option)),
    '.SS Of several commands',
    ...[...shared].map(([option, { name, commands: users }]) => optionPart(name, option, users)),
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

/** Options that several commands have from the same data. */
type Shared = ReadonlyMap<Option, { readonly name: string; readonly commands: readonly string[] }>;

function sharedOptions(commands: readonly CommandData[]): Shared {
  const found = new Map<Option, { readonly name: string; readonly commands: string[] }>();
  for (const command of commands) {
    for (const [name, option] of Object.entries(command.options)) {
      const users = found.get(option)?.commands ?? [];
      found.set(option, { name, commands: [...users, command.name] });
    }
  }
  return new Map([...found].filter(([, { commands: users }]) => users.length > 1));
}

function commandPart(command: CommandData, shared: Shared): readonly string[] {
  const options = Object.entries(command.options);
  const others = options.filter(([, option]) => shared.has(option)).map(([name]) => `--${name}`);
  const also = others.length === 0 ? [] : [paragraph(`Also ${listing(others)}: see OPTIONS.`)];
  return [
    `.SS regsweep ${roff(command.name)}`,
    usage(command),
    paragraph(`${command.summary}.`),
    ...named(command.arguments).map((each) => tagged(italic(argumentTerm(each)), `${each.describe}.`)),
    ...options.filter(([, option]) => !shared.has(option)).map(([name, option]) => optionPart(name, option)),
    ...also,
    ...command.examples.flatMap(examplePart),
    ...(command.epilogue ?? '').split('\n\n').flatMap(epiloguePart),
  ];
}

function optionPart(name: string, option: Option, users: readonly string[] = []): string {
  const { alias, takes } = option;
  const short = alias === undefined ? '' : `${bold(`-${alias}`)}, `;
  const value = takes === undefined ? '' : ` ${italic(takes)}`;
  const where = users.length === 0 ? '' : ` (${users.join(', ')})`;
  return tagged(`${short}${bold(`--${name}`)}${value}`, `${optionText(option)}.${where}`);
}

function examplePart([line, describe]: Example): readonly string[] {
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
function usage(command: CommandData): string {
  const words = named(command.arguments).map((each) => {
    const term = argumentTerm(each);
    return placed(each, each.choices === undefined ? italic(term) : bold(term));
  });
  return [bold(`regsweep ${command.name}`), ...words, `[${italic('OPTION')}]...`].join(' ');
}

function listing(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
