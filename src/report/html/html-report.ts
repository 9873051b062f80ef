// A report as one page that loads nothing: no address in it leads anywhere, and its policy lets nothing in but its own style
// and script, by their hashes. Everything from disk is escaped.

import type { Plan } from '../../plan/types.js';
import { grouped, timeText } from '../text.js';
import { type Totals, totalsOf } from '../totals.js';
import { SCRIPT, STYLE } from './assets.js';
import type { ReportData, StorageMap } from './data.js';
import { heldBackMarkup, problemsMarkup } from './held-back.js';
import { escaped, nameMarkup, section } from './markup.js';
import { reasonsMarkup, removalsMarkup } from './removals.js';
import { stateMarkup, summaryMarkup, summaryOf } from './summary.js';
import { dataTable } from './table.js';
import { MARKS, treemapMarkup } from './treemap.js';
import { verdictsMarkup } from './verdicts.js';

/** Names shown of a list in the request. */
const MOST_NAMES = 50;

/** A part of the page that can be jumped to. */
interface Part {
  readonly id: string;
  readonly title: string;
  readonly count?: number;
  readonly body: () => Iterable<string>;
}

/** The page in pieces. `sha256` gives the base64 hash of a text, for the page's policy. */
export function* htmlReport(data: ReportData, sha256: (text: string) => string): Generator<string> {
  const totals = data.change === undefined ? undefined : totalsOf(data.change.plan.removals);
  const summary = summaryOf(data, totals);
  const parts = partsOf(data, totals);
  const policy = `default-src 'none'; style-src 'sha256-${sha256(STYLE)}'; script-src 'sha256-${sha256(SCRIPT)}'; base-uri 'none'; form-action 'none'`;
  yield '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n';
  yield `<meta http-equiv="Content-Security-Policy" content="${policy}">\n`;
  yield '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">\n';
  yield `<title>regsweep ${escaped(data.command)}: ${escaped(data.root)}</title>\n<style>${STYLE}</style></head>\n<body>\n`;
  yield `<header><h1>regsweep ${escaped(data.command)}</h1>\n`;
  yield `<p>${nameMarkup(data.root)} <span class="soft">· ${timeText(data.madeMs)} UTC</span></p>\n`;
  yield* stateMarkup(summary);
  yield '</header>\n<main>\n';
  if (summary !== undefined) {
    yield '<section aria-label="In short">';
    yield* summaryMarkup(summary, data.storage);
    yield '</section>\n';
  }
  yield '<nav aria-label="On this page">';
  for (const { id, title, count } of parts) {
    yield `<a href="#${id}">${escaped(title)}${count === undefined ? '' : ` <span class="soft">${grouped(count)}</span>`}</a> `;
  }
  yield '</nav>\n';
  for (const { id, title, body } of parts) yield* section(id, title, body());
  yield `</main>\n<footer><p>Made by regsweep ${escaped(data.version)}. This page is whole in itself: it loads nothing.</p></footer>\n`;
  yield `<script>${SCRIPT}</script>\n</body></html>\n`;
}

function partsOf(data: ReportData, totals: Totals | undefined): readonly Part[] {
  const { change, storage, tables = [], problems } = data;
  const plan = change?.plan;
  const parts: Part[] = [];
  if (storage !== undefined && storage.bytes > 0) {
    parts.push({ id: 'storage', title: TITLES[storage.marks], body: () => storageMarkup(storage) });
  }
  if (plan !== undefined && totals !== undefined && plan.removals.length > 0) {
    parts.push({ id: 'reasons', title: 'Why', body: () => reasonsMarkup(totals) });
    parts.push({
      id: 'goes',
      title: 'What goes',
      count: plan.removals.length,
      body: () => removalsMarkup(plan.removals),
    });
  }
  if (plan !== undefined && plan.verdicts.length > 0) {
    const { verdicts } = plan;
    parts.push({
      id: 'verdicts',
      title: 'What the keep rules say',
      count: verdicts.length,
      body: () => verdictsMarkup(verdicts),
    });
  }
  for (const [at, table] of tables.entries()) {
    const id = `table-${at}`;
    parts.push({ id, title: table.title, body: () => dataTable(table, `rows-${at}`, id) });
  }
  if (plan !== undefined && plan.frozen.length + plan.leftAlone.length + plan.heldBackBlobs > 0) {
    parts.push({ id: 'held', title: 'Held back', body: () => heldBackMarkup(plan, data.root) });
  }
  if (problems.length > 0) {
    parts.push({ id: 'problems', title: 'Problems', count: problems.length, body: () => problemsMarkup(problems) });
  }
  parts.push({ id: 'again', title: 'The command', body: () => commandMarkup(data, plan) });
  return parts;
}

const TITLES: Readonly<Record<StorageMap['marks'], string>> = {
  goes: 'Where the space is',
  reclaimable: 'Where the space is',
  broken: 'Where the damage is',
  back: 'What the trash holds',
};

function* storageMarkup(storage: StorageMap): Generator<string> {
  const [plain, marked] = MARKS[storage.marks].key;
  yield '<figure>';
  yield `<figcaption><p class="legend"><span class="key stays"></span>${plain}`;
  if (storage.goesBytes > 0)
    yield `<span class="key ${storage.marks === 'back' ? 'goes back' : 'goes'}"></span>${marked}`;
  yield '</p></figcaption>\n';
  yield `<div class="${storage.marks === 'back' ? 'maps back' : 'maps'}">`;
  yield* treemapMarkup(storage);
  yield '</div><p id="pointed" role="status" class="soft">Each field is as large as what it takes. What several tags or repositories share stands by itself.</p>';
  yield '<p class="keys soft" hidden>Point at a field, or move with the arrow keys: left and right, down into a field, up out of it. Enter looks it up in the table.</p></figure>\n';
}

function* commandMarkup({ commandLine, folder }: ReportData, plan: Plan | undefined): Generator<string> {
  yield `<pre>${escaped(commandLine)}</pre>\n<p class="soft">typed in ${nameMarkup(folder)}</p>\n`;
  if (plan === undefined) return;
  const { references, patterns, keepInUse, ...others } = plan.request;
  const few = (list: readonly string[]): readonly string[] =>
    list.length > MOST_NAMES ? [...list.slice(0, MOST_NAMES), `and ${grouped(list.length - MOST_NAMES)} more`] : list;
  const shown = { ...others, references: few(references), patterns: few(patterns), keepInUse: few(keepInUse) };
  yield `<details><summary>The request, as the plan was given it</summary><pre>${jsonMarkup(shown)}</pre></details>\n`;
}

function jsonMarkup(value: unknown): string {
  return JSON.stringify(value, undefined, 2).split('\n').map(escaped).join('\n');
}
