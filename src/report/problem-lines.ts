// Problems on the screen: by code, each with its paths and the way out. What is shown of many is the first few.

import type { Problem } from '../inventory/inventory.js';
import { problemPlace, problemsByCode } from './problem-groups.js';
import { type Style, wrapped } from './table.js';
import { grouped, printable } from './text.js';
import * as words from './words.js';

/** How much is shown. */
export interface Detail {
  readonly style: Style;
  /** Everything, not only the first few. */
  readonly verbose: boolean;
}

/** How many of anything are shown without `verbose`. */
const FEW = 10;

/** The lines that show `problems`, with an empty one before; none where there is none. */
export function* problemLines(problems: readonly Problem[], view: Detail): Generator<string> {
  if (problems.length === 0) return;
  const { style } = view;
  yield '';
  yield style.dim(`PROBLEMS (${grouped(problems.length)})`);
  for (const [code, same] of problemsByCode(problems)) {
    const paint = words.isRemark(code) ? style.dim : style.warn;
    const paths = same.filter(({ path, detail }) => path !== '' || detail !== undefined);
    yield paint(
      wrapped(`${words.problemText(code)}${same.length > 1 ? ` (${grouped(same.length)} times)` : ''}`, style.width),
    );
    for (const problem of few(paths, view)) yield `  ${printable(problemPlace(problem))}`;
    yield* moreLine(paths.length, view);
    yield style.dim(wrapped(`  ${words.problemTodo(code)}`, style.width, '  '));
  }
}

/** The first few of `all`, or all. */
export function few<T>(all: readonly T[], view: Detail): readonly T[] {
  return view.verbose ? all : all.slice(0, FEW);
}

/** The line that says how many `few` omitted. */
export function* moreLine(count: number, view: Detail): Generator<string> {
  if (!view.verbose && count > FEW) yield view.style.dim(`  and ${grouped(count - FEW)} more; -v shows all`);
}
