// The runs whose trash is kept, as a table and as JSON.

import type { ReportColumn, ReportData } from '../../report/html/data.js';
import { FORMAT } from '../../report/json.js';
import { type Column, type Style, tableLines } from '../../report/table.js';
import { ageText, type ByteStyle, bytesText, grouped } from '../../report/text.js';

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
  /** True where its trash is being deleted, and that was cut off. */
  readonly leaving: boolean;
  /** True where its undo was cut off: the next change finishes it. */
  readonly undoing: boolean;
}

/** What `trash ls` found, or `trash empty` did. */
export interface TrashResult {
  readonly root: string;
  readonly action: 'ls' | 'empty';
  /** The runs on disk; those that were freed. */
  readonly runs: readonly KeptRun[];
  /** Runs that were not freed on purpose: what a cut off one holds puts its tree together again. */
  readonly leftAlone: readonly { readonly run: string; readonly why: 'interrupted' | 'undo-interrupted' }[];
  readonly failures: readonly TrashFailure[];
}

export interface TrashFailure {
  readonly run: string;
  /** Absolute. */
  readonly path: string;
  /** Errno, such as `EPERM`. */
  readonly code: string;
  readonly message: string;
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

/** The document of a trash command. */
export function* trashDocument({ root, action, runs, leftAlone, failures }: TrashResult): Generator<string> {
  const document = { format: FORMAT, command: 'trash', root, action, runs, leftAlone, failures };
  yield `${JSON.stringify(document, undefined, 2)}\n`;
}

/** What the trash holds, or what of it was freed, as a page. */
export function trashReport({
  root,
  action,
  runs,
  leftAlone,
  failures,
}: TrashResult): Pick<ReportData, 'command' | 'root' | 'summary' | 'tables' | 'problems'> {
  const freed = action === 'empty';
  const bytes = runs.reduce((sum, run) => sum + run.bytes, 0);
  const left = leftAlone.length + failures.length;
  const state =
    left > 0
      ? ({ text: 'Finished, not whole', tone: 'bad' } as const)
      : ({ text: freed ? 'Done' : 'A look: nothing was changed', tone: freed ? 'good' : 'plain' } as const);
  const columns: readonly ReportColumn[] = [
    { title: 'Run', is: 'name' },
    { title: 'Command', is: 'text' },
    { title: 'Age', is: 'text' },
    { title: 'Items', is: 'count' },
    { title: 'Size', is: 'bytes' },
    { title: 'State', is: 'text' },
  ];
  const rows = runs.map((run) => {
    const age = run.ageMs === undefined ? '' : ageText(run.ageMs);
    return [run.id, run.command, age, run.items, run.bytes, freed ? 'freed for good' : stateText(run)];
  });
  return {
    command: 'trash',
    root,
    summary: {
      lead: freed ? `Freed ${bytesText(bytes)} for good` : `The trash holds ${bytesText(bytes)}`,
      state,
      figures: [
        { title: 'Runs', value: runs.length, is: 'count' },
        { title: 'Items', value: runs.reduce((sum, { items }) => sum + items, 0), is: 'count' },
      ],
      remarks: [
        ...leftAlone.map(
          ({ run }) => `Run ${run}, or its undo, was interrupted: its trash stays, the next change puts it back.`,
        ),
        ...failures.map(({ run, message }) => `The trash of run ${run} could not be freed whole: ${message}`),
      ],
    },
    tables: runs.length === 0 ? [] : [{ title: 'Runs', columns, groups: [{ rows }] }],
    problems: [],
  };
}

function stateText({ ended, undoable, leaving, undoing }: KeptRun): string {
  if (undoing) return 'half undone; the next change finishes it';
  if (!ended) return 'interrupted; the next change puts it back';
  if (leaving) return 'half deleted; `trash empty` goes on';
  return undoable ? 'kept; `undo` puts it back' : 'kept; no undo';
}
