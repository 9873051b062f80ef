// What became of a plan, on the screen: done or not, each failure with its path, what is next.

import type { RemovalList } from '../plan/removal.js';
import type { ResultOutcome, WindowResult } from './result.js';
import { type Style, wrapped } from './table.js';
import { type ByteStyle, bytesText, counted, listed, printable } from './text.js';
import { type NextStep, nextText, removedText } from './words.js';

/** The lines that show what became of `removals`, without line ends. */
export function* outcomeLines(
  outcome: ResultOutcome,
  removals: RemovalList,
  next: readonly NextStep[],
  { style, bytes }: { readonly style: Style; readonly bytes: ByteStyle },
  window?: WindowResult,
): Generator<string> {
  yield headline(outcome, removals, style, bytes);
  for (const { path, code, message } of outcome.failures) {
    yield wrapped(`  ${style.bad(code)}  ${printable(path)}: ${printable(message)}`, style.width, '    ');
  }
  if (outcome.stepsSkipped > 0) {
    yield `  ${counted(outcome.stepsSkipped, 'step')} not tried: what they depend on is still there.`;
  }
  if (outcome.deletedInPlace) {
    yield wrapped(
      outcome.run === undefined
        ? `  ${style.warn('No undo')}  it was deleted in place (--in-place): there is no record and no trash.`
        : `  ${style.warn('No undo')}  what lies on another file system was deleted in place, since nothing of ours may lie inside the tree.`,
      style.width,
      '    ',
    );
  }
  if (outcome.foreign.length > 0) {
    yield wrapped(`  ${style.warn('Not of a registry')}  ${listed(outcome.foreign)}`, style.width, '    ');
  }
  if (window !== undefined) yield wrapped(windowLine(window, style), style.width, '    ');
  for (const step of next) yield wrapped(`${style.bold('Next')}  ${nextText(step)}`, style.width, '      ');
}

function headline(outcome: ResultOutcome, removals: RemovalList, style: Style, bytes: ByteStyle): string {
  const freed = `${bytesText(outcome.bytesFreed, bytes)}${bytes === 'exact' ? ' bytes' : ''}`;
  const space = outcome.trashKept ? `Moved ${freed} to the trash` : `Freed ${freed}`;
  switch (outcome.status) {
    case 'done':
      return style.good(`Removed ${removedText(removals)}. ${space}.`);
    case 'incomplete':
      return style.bad(`Finished with failures after ${counted(outcome.stepsDone, 'step')}. ${space}.`);
    case 'interrupted':
      if (outcome.run === undefined) {
        return style.bad(
          `Interrupted after ${counted(outcome.stepsDone, 'step')}. ${space}. Every tag that is left is whole; the same command deletes the rest.`,
        );
      }
      return style.bad(
        `Interrupted after ${counted(outcome.stepsDone, 'step')}. Every tag that is left is whole; the next run puts back what this one took.`,
      );
    case 'declined':
      return 'Nothing was changed.';
    case 'nothing':
      return 'Nothing to do.';
  }
}

/** `The registry was down for 1.8 s (stop 0.2 s, rescan 1.1 s, …).` */
function windowLine({ downMs, startFailure, notConfirmed, phasesMs }: WindowResult, style: Style): string {
  const phases = Object.entries(phasesMs).map(([phase, ms]) => `${phase} ${secondsText(ms)}`);
  if (startFailure !== undefined) return style.bad(`The registry could not be started: ${printable(startFailure)}`);
  if (notConfirmed !== undefined)
    return style.warn(`The registry was started, but not confirmed: ${printable(notConfirmed)}`);
  return `The registry was down for ${secondsText(downMs)} (all phases: ${phases.join(', ')}).`;
}

function secondsText(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`;
}
