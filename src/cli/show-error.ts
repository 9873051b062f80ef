// An error, told to people or to programs: what is wrong, where, and what to do. The one place that turns errors into exit
// statuses; an error that nobody foresaw asks to be reported.

import { EXIT, type ExitStatus, RegsweepError } from '../model/errors.js';
import { errorDocument } from '../report/json.js';
import { printable } from '../report/text.js';

/** Writes `error` to stderr, as JSON where `words` ask for it; `command` is whose help is named. Returns the exit status that it leads to. */
export function showError(error: unknown, words: readonly string[], command: string | undefined): ExitStatus {
  const known = error instanceof RegsweepError ? error : unforeseen(error);
  const { code, message, exitStatus, path, details } = known;
  const hint = known.hint ?? (code === 'usage' ? usageHint(command) : undefined);
  if (words.includes('--json')) {
    process.stderr.write(errorDocument({ code, message, exitStatus, hint, path, details }));
    return exitStatus;
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
