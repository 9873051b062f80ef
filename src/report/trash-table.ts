// The runs whose trash is kept, as a table.

import { type Column, type Style, tableLines } from './table.js';
import { ageText, type ByteStyle, bytesText, grouped } from './text.js';

/** A run with what it keeps. */
export interface KeptRun {
  readonly id: string;
  readonly command: string;
  /** False where it was interrupted: the next change puts it back. */
  readonly ended: boolean;
  /** Items in its trash. */
  readonly items: number;
  /** Bytes of the data files among them. */
  readonly bytes: number;
  /** Undefined where the run's name does not tell. */
  readonly ageMs: number | undefined;
  /** False where something was deleted in place. */
  readonly undoable: boolean;
}

export function* trashLines(
  runs: readonly KeptRun[],
  { freed, style, bytes }: { readonly freed: boolean; readonly style: Style; readonly bytes: ByteStyle },
): Generator<string> {
  if (runs.length === 0) {
    yield freed ? 'Nothing to free.' : 'The trash is empty.';
    return;
  }
  const columns: Column[] = [
    { title: 'RUN' },
    { title: 'COMMAND' },
    { title: 'AGE' },
    { title: 'ITEMS', align: 'right' },
    { title: bytes === 'exact' ? 'BYTES' : 'SIZE', align: 'right' },
    { title: 'STATE', shrinks: true },
  ];
  const rows = runs.map((run) => [
    run.id,
    run.command,
    run.ageMs === undefined ? '' : ageText(run.ageMs),
    grouped(run.items),
    bytesText(run.bytes, bytes),
    freed ? 'freed' : stateText(run),
  ]);
  yield* tableLines(columns, rows, style);
}

function stateText({ ended, undoable }: KeptRun): string {
  if (!ended) return 'interrupted; the next change puts it back';
  return undoable ? 'kept; `undo` puts it back' : 'kept; no undo';
}
