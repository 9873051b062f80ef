// The first thing that runs. Help answers from files written at build time and a shell's completion needs little more, so that
// they cost no more than Node's own start; everything else loads the program. Ends by setting the exit status, never by cutting
// output short.

import type { Definitions } from '../commands/completion/wanted.js';
import { columnsOf } from './columns.js';
import { readyDefinitions, readyHelp } from './ready-help.js';

/** Columns that the ready texts are wrapped at; narrower terminals get theirs made to measure. */
const READY_COLUMNS = 80;
const HELP = new Set(['--help', '-h']);
/** The hidden command by which a shell's completion asks: the shell, the line up to the cursor, in bash the part that it will replace. */
const ASK = '__complete';

export async function regsweep(words: readonly string[]): Promise<void> {
  process.exitCode = 1; // until the end is reached: a promise that is never settled must not look like success
  await main(withoutHelp(words));
}

/** `help` and `help rm`, as git has them, are `--help` and `rm --help`. */
function withoutHelp(words: readonly string[]): readonly string[] {
  return words[0] === 'help' ? [...words.slice(1), '--help'] : words;
}

async function main(words: readonly string[]): Promise<void> {
  if (words[0] === ASK) return complete(words.slice(1));
  const ready = readyText(words);
  if (ready === undefined) {
    const { run } = await import('./program.js');
    process.exitCode = await run(words);
  } else {
    process.stdout.write(ready);
    process.exitCode = 0;
  }
}

async function complete([shell, line = '', part]: readonly string[]): Promise<void> {
  const definitions = readyDefinitions() as Definitions | undefined;
  process.exitCode = 0;
  if (definitions === undefined) return;
  const { completions: answer } = await import('../commands/completion/completions.js');
  const replaced = shell === 'bash' ? part : undefined;
  const lines = await answer({ line, replaced, environment: process.env, definitions });
  process.stdout.write(lines.map((each) => `${each}\n`).join(''));
}

/** The text that answers `words`, where it was written at build time. */
function readyText(words: readonly string[]): string | undefined {
  const [first, second] = words;
  const name = words.length === 1 ? 'regsweep' : first;
  const help = words.length === 1 ? first : words.length === 2 ? second : undefined;
  if (help === undefined || !HELP.has(help) || !/^[a-z]+$/.test(name!)) return undefined;
  if ((columnsOf(process.stdout, process.env) ?? READY_COLUMNS) < READY_COLUMNS) return undefined;
  return readyHelp(name!);
}
