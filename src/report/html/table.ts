// A table of the page, in groups of rows or plain: searchable, shown a screenful at a time where there is script, whole on paper
// and without.

import { grouped } from '../text.js';
import type { ReportTable, RowGroup, Tone } from './data.js';
import { bytesMarkup, escaped, nameMarkup, proseMarkup } from './markup.js';

/** Rows of a table at most, for a page that a browser opens at once. */
const MOST_ROWS = 5000;
/** Groups of a table at most. */
export const MOST_GROUPS = 4000;

export interface TableHead {
  /** The id of the table; that of the section around it names it. */
  readonly id: string;
  readonly section: string;
  /** What can be searched for. */
  readonly filter: string;
  readonly columns: readonly { readonly title: string; readonly isNumber: boolean }[];
}

/** The table of which `bodies` are the rows, each body a `<tbody>`. */
export function* tableOf(head: TableHead, bodies: Iterable<string>): Generator<string> {
  const { id, section, filter, columns } = head;
  yield `<div class="filter" data-of="${id}" hidden><label for="${id}-filter">${escaped(filter)}</label>`;
  yield `<input id="${id}-filter" type="search" autocomplete="off" autocapitalize="off" spellcheck="false"><output for="${id}-filter"></output></div>\n`;
  yield `<div class="box" tabindex="0" role="region" aria-labelledby="${section}"><table id="${id}"><thead><tr>`;
  for (const { title, isNumber } of columns) {
    yield `<th scope="col"${isNumber ? ' class="number"' : ''}>${escaped(title)}</th>`;
  }
  yield '</tr></thead>\n';
  yield* bodies;
  yield `</table></div>\n<p class="further" data-of="${id}" hidden></p>\n`;
}

/** The row that heads a group: `title` and `more` are markup. */
export function groupHead(columns: number, title: string, more = '', number?: string): string {
  const span = number === undefined ? columns : columns - 1;
  const last = number === undefined ? '' : `<td class="number">${number}</td>`;
  return `<tr><th scope="rowgroup" colspan="${span}">${title}${more === '' ? '' : ` <span class="soft note">${more}</span>`}</th>${last}</tr>\n`;
}

/** A row that tells what is not shown. */
export function tailRow(columns: number, markup: string): string {
  return `<tr class="tail"><td colspan="${columns}">${markup}</td></tr>\n`;
}

/** Letters that are left for names without a row of their own, all tables of names together. */
export interface Letters {
  left: number;
}

/** `of` names in a tail row, so that they are found though they have no row: as many as there are letters left for. */
export function names(of: readonly string[], letters: Letters): string {
  const shown: string[] = [];
  for (const name of of) {
    letters.left -= name.length;
    if (letters.left < 0) break;
    shown.push(escaped(name));
  }
  const rest = shown.length < of.length ? `${shown.length === 0 ? '' : ' …'}; --json lists all` : '';
  return shown.length === 0 ? rest : `: <span class="name">${shown.join(' ')}</span>${rest}`;
}

/** A last body that tells how many of `count` groups are omitted; nothing where none is. */
export function moreGroups(columns: number, count: number): string {
  const hidden = count - MOST_GROUPS;
  return hidden > 0
    ? `<tbody>${tailRow(columns, `and ${grouped(hidden)} more of these; --json lists all`)}</tbody>`
    : '';
}

/** A table of plain data. */
export function* dataTable({ columns, groups }: ReportTable, id: string, section: string): Generator<string> {
  const head = {
    id,
    section,
    filter: 'Search',
    columns: columns.map(({ title, is }) => ({ title, isNumber: is === 'count' || is === 'bytes' })),
  };
  const bodies = function* (): Generator<string> {
    const each = Math.max(3, Math.floor(MOST_ROWS / Math.max(1, groups.length)));
    for (const group of groups.slice(0, MOST_GROUPS)) yield* bodyMarkup(columns, group, each);
    yield moreGroups(columns.length, groups.length);
  };
  yield* tableOf(head, bodies());
}

function* bodyMarkup(columns: ReportTable['columns'], { head, rows }: RowGroup, most: number): Generator<string> {
  yield '<tbody>';
  if (head !== undefined) {
    const count = rows.length > 1 ? ` <span class="soft">${grouped(rows.length)}</span>` : '';
    yield groupHead(columns.length, `${toneMarkup(head.tone)}${escaped(head.title)}${count}`, proseMarkup(head.note));
  }
  for (const row of rows.slice(0, most)) {
    const cells = row.map((cell, at) => cellMarkup(cell, columns[at]?.is ?? 'text'));
    yield `<tr>${cells.join('')}</tr>\n`;
  }
  if (rows.length > most) {
    yield tailRow(columns.length, `and ${grouped(rows.length - most)} more; --json lists all`);
  }
  yield '</tbody>\n';
}

function toneMarkup(tone: Tone): string {
  return tone === 'plain' ? '' : `<span class="dot ${tone}"></span>`;
}

function cellMarkup(cell: string | number, is: ReportTable['columns'][number]['is']): string {
  if (typeof cell === 'string') {
    if (is === 'name') return `<td>${cell === '' ? '' : nameMarkup(cell)}</td>`;
    return `<td${is === 'text' ? '' : ' class="number"'}>${escaped(cell)}</td>`;
  }
  if (cell === 0) return '<td class="number none">0</td>';
  return `<td class="number">${is === 'bytes' ? bytesMarkup(cell) : grouped(cell)}</td>`;
}
