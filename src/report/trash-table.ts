// The runs whose trash is kept, as a table.

import type { Style } from './table.js';
import { type ByteStyle, bytesText, counted } from './text.js';

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
}

export function* trashLines(
  runs: readonly KeptRun[],
  { freed, style, bytes }: { readonly freed: boolean; readonly style: Style; readonly bytes: ByteStyle },
): Generator<string> {
  if (runs.length === 0) {
    yield freed ? 'Nothing to free.' : 'The trash is empty.';
    return;
  }
  for (const run of runs) {
    const state = freed ? 'freed' : run.ended ? 'kept' : 'interrupted; the next change puts it back';
    yield `${run.id}  ${run.command}  ${counted(run.items, 'item')}  ${bytesText(run.bytes, bytes)}  ${style.dim(state)}`;
  }
}
