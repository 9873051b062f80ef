// Rows to aligned lines, nothing else: numbers to the right, text to the left, two spaces between. Where the lines would be wider
// than the terminal, columns that may do so shrink, and those that matter least are left out; in a pipe nothing is ever cut.

import { shorten, width } from './width.js';

/** Paints text; the identity where colour is off. */
export type Paint = (text: string) => string;

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** True for the one column that says what a row is about: it keeps a good share of the line, and loses its middle. */
  readonly shrinks?: boolean;
  /** Columns of the terminal that the column needs at the least; what is longer loses its end. Undefined: it never shrinks. */
  readonly least?: number;
  /** How soon it is left out where there is no room: the highest number first. Undefined: never. */
  readonly drops?: number;
}

export interface Style {
  /** Columns of the terminal; undefined: as wide as it gets. */
  readonly width: number | undefined;
  readonly bold: Paint;
  readonly dim: Paint;
  readonly warn: Paint;
  readonly bad: Paint;
  readonly good: Paint;
}

const same: Paint = (text) => text;
/** No colour, any width: a pipe. */
export const PLAIN: Style = { width: undefined, bold: same, dim: same, warn: same, bad: same, good: same };

const GAP = '  ';
const LEAST = 12;
/** Of the terminal's width: what the column that a row is about has at the least, and what it has before others give way. */
const SHARE = 0.3;
const GOOD_SHARE = 0.4;

/** The lines of a table: the titles, then `rows`. A row may be shorter than the columns are; one of a single cell is a remark. */
export function* tableLines(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  style: Style,
): Generator<string> {
  const natural = columns.map((column) => width(column.title));
  for (const row of rows) {
    if (isRemark(row, columns)) continue;
    for (const [at, cell] of row.entries()) natural[at] = Math.max(natural[at]!, width(cell));
  }
  const widths = fitted(columns, natural, style.width);
  const line = (cells: readonly string[]): string =>
    columns
      .flatMap((column, at) => {
        const most = widths[at];
        if (most === undefined) return [];
        const cell = shorten(cells[at] ?? '', most, column.shrinks ? 'middle' : 'end');
        const padding = ' '.repeat(most - width(cell));
        return [column.align === 'right' ? padding + cell : cell + padding];
      })
      .join(GAP)
      .trimEnd();
  if (columns.some((column) => column.title !== '')) yield style.dim(line(columns.map((column) => column.title)));
  for (const row of rows) {
    if (!isRemark(row, columns)) yield line(row);
    else yield style.width === undefined ? row[0]! : shorten(row[0]!, style.width, 'end');
  }
}

function isRemark(row: readonly string[], columns: readonly Column[]): boolean {
  return row.length === 1 && columns.length > 1;
}

/** The width of each column; undefined for those that are left out. */
function fitted(
  columns: readonly Column[],
  natural: readonly number[],
  limit: number | undefined,
): (number | undefined)[] {
  const widths: (number | undefined)[] = [...natural];
  if (limit === undefined) return widths;
  const least = columns.map((column, at) => {
    if (column.shrinks) return Math.min(natural[at]!, Math.max(LEAST, Math.floor(SHARE * limit)));
    return Math.min(natural[at]!, column.least ?? natural[at]!);
  });
  const over = (all: readonly (number | undefined)[]): number => {
    const there = all.filter((each) => each !== undefined);
    return there.reduce((sum, each) => sum + each, 0) + GAP.length * (there.length - 1) - limit;
  };
  const droppable = [...columns.keys()].filter((at) => columns[at]!.drops !== undefined);
  for (const at of droppable.sort((a, b) => columns[b]!.drops! - columns[a]!.drops!)) {
    if (over(widths.map((each, n) => each && least[n])) <= 0) break;
    widths[at] = undefined;
  }
  const narrow = (at: number, to: number): void => {
    const excess = over(widths);
    if (excess > 0 && widths[at] !== undefined) widths[at] = Math.max(Math.min(to, widths[at]), widths[at] - excess);
  };
  const main = columns.findIndex(({ shrinks }) => shrinks);
  if (main >= 0) narrow(main, Math.max(least[main]!, Math.floor(GOOD_SHARE * limit)));
  for (const at of columns.keys()) if (at !== main) narrow(at, least[at]!);
  if (main >= 0) narrow(main, least[main]!);
  return widths;
}

/**
 * `text` broken at spaces into lines of at most `columns`, each after the first indented by `indent`; spaces in front of it stay.
 * A word that is longer, such as a path, is left whole: it is there to be copied.
 */
export function wrapped(text: string, columns: number | undefined, indent = ''): string {
  if (columns === undefined) return text;
  const lines: string[] = [];
  const front = /^ */.exec(text)![0];
  let line = front;
  for (const word of text.slice(front.length).split(' ')) {
    if (line.trim() !== '' && width(line) + 1 + width(word) > columns) {
      lines.push(line);
      line = indent + word;
    } else line = line.trim() === '' ? line + word : `${line} ${word}`;
  }
  return [...lines, line].join('\n');
}
