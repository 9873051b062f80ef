// What an undo puts back and what it cannot, on the screen and as JSON.

import { shortDigest } from '../../model/digest.js';
import type { RemovalKind } from '../../plan/removal.js';
import { FORMAT, gathered, list } from '../../report/json.js';
import type { UndoResult } from '../../report/result.js';
import { type Style, wrapped } from '../../report/table.js';
import { type ByteStyle, bytesText, counted, printable } from '../../report/text.js';
import { KIND_WORDS } from '../../report/words.js';

/** An undo as lines, without line ends. */
export function* undoLines(result: UndoResult, style: Style, bytes: ByteStyle): Generator<string> {
  const { run, command, root, back, there, stays, outcome, dryRun } = result;
  yield `${style.bold('Registry')}  ${printable(root)}${dryRun ? style.dim('  (nothing is changed yet)') : ''}`;
  yield `${style.bold('Run')}       ${printable(run)} (${printable(command)})`;
  yield '';
  const counts = new Map<RemovalKind, number>();
  for (const { kind } of back) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const kinds = [...counts].map(([kind, count]) => counted(count, ...KIND_WORDS[kind]));
  const weight = `${bytesText(result.bytes, bytes)}${bytes === 'exact' ? ' bytes' : ''}`;
  const what = kinds.length === 0 ? 'nothing' : kinds.join(', ');
  if (outcome === undefined) yield wrapped(`Would put back ${what}: ${weight}.`, style.width, '  ');
  else if (!outcome.interrupted && outcome.failures.length === 0) {
    yield wrapped(style.good(`Put back ${what}: ${weight}.`), style.width, '  ');
  } else {
    const why = outcome.interrupted ? 'Interrupted' : 'Not finished';
    const progress =
      outcome.steps === 0
        ? `none of ${what} was put back.`
        : `put back ${counted(outcome.steps, 'step')} of ${what}. The next change puts back the rest first; \`regsweep undo\` is enough.`;
    yield wrapped(`${style.warn(why)}: ${progress}`, style.width, '  ');
  }
  if (there > 0) yield `${counted(there, 'item')} of this run are in the tree again.`;
  for (const item of stays) {
    const what = `${item.kind} ${printable(item.path)}: ${undoStayText(item)}`;
    yield wrapped(`  ${style.warn('stays in the trash')}  ${what}`, style.width, '    ');
  }
  for (const path of outcome?.inTheWay ?? []) {
    yield wrapped(
      `  ${style.warn('stays in the trash')}  ${printable(path)}: it is in the tree again`,
      style.width,
      '    ',
    );
  }
  for (const { path, code, message } of outcome?.failures ?? []) {
    yield wrapped(`  ${style.bad(code)}  ${printable(path)}: ${printable(message)}`, style.width, '    ');
  }
  if (outcome !== undefined && result.restarts !== true)
    yield `${style.bold('Next')}  Start the registry again; a running one must be restarted.`;
}

/** Why an item is not put back. */
export function undoStayText({ why, needs }: UndoResult['stays'][number]): string {
  if (why === 'newer') return 'something newer is in its place';
  const lacks = needs.map(({ digest, takenBy }) => {
    return `${shortDigest(digest)}${takenBy === undefined ? '' : ` (taken by run ${takenBy})`}`;
  });
  return `it would not be whole without ${lacks.join(', ')}`;
}

/** The document of an undo. */
export function* undoDocument({
  root,
  dryRun,
  run,
  command,
  back,
  bytes,
  there,
  stays,
  outcome,
}: UndoResult): Generator<string> {
  const head = { format: FORMAT, command: 'undo', root, dryRun, run, of: command, bytes, there };
  function* pieces(): Generator<string> {
    yield `${JSON.stringify(head, undefined, 2).slice(0, -2)},\n  "back": `;
    yield* list(back);
    yield ',\n  "stays": ';
    yield* list(stays);
    yield `,\n  "outcome": ${JSON.stringify(outcome ?? null)}\n}\n`;
  }
  yield* gathered(pieces());
}

/** What an undo leaves in the trash. */
export function* stayingLines({ stays, outcome }: UndoResult): Generator<string> {
  for (const item of stays) yield `stays in the trash: ${item.kind} ${item.path}: ${undoStayText(item)}`;
  for (const path of outcome?.inTheWay ?? []) yield `stays in the trash: ${path}: it is in the tree again`;
  for (const { path, code, message } of outcome?.failures ?? []) yield `not put back: ${path} (${code}): ${message}`;
}
