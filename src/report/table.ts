// Rows to aligned lines, nothing else: numbers to the right, text to the left, two spaces between. Where the lines would be
// wider than the terminal, the column that may shrink loses its middle; in a pipe nothing is ever cut.

/** Paints text; the identity where colour is off. */
export type Paint = (text: string) => string;

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** True for the one column that may be shortened to fit. */
  readonly shrinks?: boolean;
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

/** The lines of a table: the titles, then `rows`. A row may be shorter than the columns are. */
export function* tableLines(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  style: Style,
): Generator<string> {
  const widths = columns.map((column) => width(column.title));
  for (const row of rows) for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at]!, width(cell));
  shrink(columns, widths, style.width);
  const line = (cells: readonly string[]): string =>
    columns
      .map((column, at) => {
        const cell = shorten(cells[at] ?? '', widths[at]!);
        const padding = ' '.repeat(widths[at]! - width(cell));
        return column.align === 'right' ? padding + cell : cell + padding;
      })
      .join(GAP)
      .trimEnd();
  if (columns.some((column) => column.title !== '')) yield style.dim(line(columns.map((column) => column.title)));
  for (const row of rows) yield line(row);
}

function shrink(columns: readonly Column[], widths: number[], limit: number | undefined): void {
  const at = columns.findIndex((column) => column.shrinks);
  if (limit === undefined || at < 0) return;
  const total = widths.reduce((sum, each) => sum + each, 0) + GAP.length * (widths.length - 1);
  if (total > limit) widths[at] = Math.max(Math.min(LEAST, widths[at]!), widths[at]! - (total - limit));
}

/** `text` in `most` columns: names differ at their ends, so the middle goes. */
export function shorten(text: string, most: number): string {
  if (width(text) <= most) return text;
  const characters = [...text];
  const head = Math.ceil((most - 1) / 2);
  return `${characters.slice(0, head).join('')}…${characters.slice(characters.length - (most - 1 - head)).join('')}`;
}

/** Columns that `text` takes: one a character. Names of a registry are ASCII; others may come out a little ragged. */
function width(text: string): number {
  return ASCII.test(text) ? text.length : [...text].length;
}

const ASCII = /^[ -~]*$/;

/** `text` broken at spaces into lines of at most `columns`, each after the first indented by `indent`. */
export function wrapped(text: string, columns: number | undefined, indent = ''): string {
  if (columns === undefined) return text;
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && width(line) + 1 + width(word) > columns) {
      lines.push(line);
      line = indent + word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].join('\n');
}
