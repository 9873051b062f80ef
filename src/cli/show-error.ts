// Shows an error: to people on stderr, with --json to programs on stdout. The one place that turns errors into exit statuses. An error
// that is not ours asks to be reported.

import { EXIT, type ExitStatus, RegsweepError } from '../model/errors.js';
import { errorDocument } from '../report/json.js';
import { printable, shellWord } from '../report/text.js';

/** What is known of a run that failed. */
export interface Failed {
  readonly words: readonly string[];
  /** Whose help is named. */
  readonly command?: string | undefined;
  /** True where stdout has a document already: it stays the only one. */
  readonly answered?: boolean;
}

/** Writes `error` to stderr, and as a document to stdout where `words` ask for JSON. Returns its exit status. */
export function showError(error: unknown, { words, command, answered = false }: Failed): ExitStatus {
  const known = error instanceof RegsweepError ? error : unforeseen(error);
  const { code, message, exitStatus, path, details } = known;
  const hint = withRoot(known.hint ?? (code === 'usage' ? usageHint(command) : undefined), words);
  if (asksForJson(words) && !answered) {
    process.stdout.write(errorDocument({ code, message, exitStatus, hint, path, details }));
  }
  const lines = [`regsweep: ${message}`];
  if (path !== undefined && !message.includes(path)) lines.push(`  at ${path}`);
  lines.push(...details.map((detail) => `  ${detail}`));
  if (hint !== undefined) lines.push(...hint.split('\n').map((line) => `  ${line}`));
  process.stderr.write(
    `${lines
      .flatMap((line) => line.split('\n'))
      .map(printable)
      .join('\n')}\n`,
  );
  return exitStatus;
}

function asksForJson(words: readonly string[]): boolean {
  const end = words.indexOf('--');
  return (end < 0 ? words : words.slice(0, end)).some((word) => word === '--json' || word === '--json=true');
}

/** A command in a hint is about the tree that the user named: pasted as it stands, it must not clean another one. */
function withRoot(hint: string | undefined, words: readonly string[]): string | undefined {
  const at = words.findIndex((word) => word === '--root' || word.startsWith('--root='));
  const root = words[at] === '--root' ? words[at + 1] : words[at]?.slice('--root='.length);
  if (hint === undefined || root === undefined) return hint;
  return hint.replace(/(?<=`)regsweep [^`]+(?=`)|(?<=: )regsweep [^`\n]+$/gm, (line) =>
    /--(?:root|help)\b/.test(line) ? line : `${line} --root ${shellWord(root)}`,
  );
}

function usageHint(command: string | undefined): string {
  return `See: regsweep ${command === undefined ? '' : `${command} `}--help`;
}

function unforeseen(error: unknown): RegsweepError {
  const message = error instanceof Error ? error.message : String(error);
  return new RegsweepError('io', EXIT.failed, `unexpected failure: ${message}`, {
    hint: `This should not happen. Please report it, with these lines:\n${error instanceof Error ? error.stack : ''}`,
    cause: error,
  });
}
