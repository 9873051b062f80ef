// The first thing that runs. Help answers from files written at build time and a shell's completion needs little more, so that
// they cost no more than Node's own start; everything else loads the program. Ends by setting the exit status, never by cutting
// output short.

import { readyHelp } from './ready-help.js';

/** Columns that the ready texts are wrapped at; narrower terminals get theirs made to measure. */
const READY_COLUMNS = 100;
const HELP = new Set(['--help', '-h']);

process.exitCode = 1; // until the end is reached: a promise that is never settled must not look like success
void main(process.argv.slice(2));

async function main(words: readonly string[]): Promise<void> {
  if (words[0] === '__complete') {
    const { answer } = await import('./complete/answer.js');
    const lines = await answer(words[2] ?? '', words[1] === 'bash' ? words[3] : undefined, process.env);
    process.stdout.write(lines.map((line) => `${line}\n`).join(''));
    process.exitCode = 0;
    return;
  }
  const ready = readyText(words);
  if (ready === undefined) {
    const { run } = await import('./program.js');
    process.exitCode = await run(words);
  } else {
    process.stdout.write(ready);
    process.exitCode = 0;
  }
}

/** The text that answers `words`, where it was written at build time. */
function readyText(words: readonly string[]): string | undefined {
  const [first, second] = words;
  const name = words.length === 1 ? 'regsweep' : first;
  const help = words.length === 1 ? first : words.length === 2 ? second : undefined;
  if (help === undefined || !HELP.has(help) || !/^[a-z]+$/.test(name!)) return undefined;
  if (process.stdout.isTTY && process.stdout.columns < READY_COLUMNS) return undefined;
  return readyHelp(name!);
}
