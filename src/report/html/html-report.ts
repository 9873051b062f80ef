// A report as one page that loads nothing: no address in it leads anywhere, and its policy lets nothing in but its own style
// and script, by their hashes. Everything from disk is escaped.

import type { Problem } from '../../inventory/inventory.js';
import type { Plan } from '../../plan/types.js';
import { outcomeLines } from '../outcome-lines.js';
import type { ChangeResult } from '../result.js';
import { PLAIN } from '../table.js';
import { counted, grouped, timeText } from '../text.js';
import { type Totals, totalsOf } from '../totals.js';
import * as words from '../words.js';
import type { ReportData, ReportTable, StorageMap } from './data.js';
import { bytesMarkup, escaped, section } from './markup.js';
import { removalsMarkup } from './removals.js';
import { SCRIPT } from './script.js';
import { STYLE } from './style.js';
import { treemapMarkup } from './treemap.js';
import { verdictsMarkup } from './verdicts.js';

/** Paths shown of one kind of problem. */
const MOST_PLACES = 50;
const MOST_TABLE_ROWS = 2000;

/** The page in pieces. `sha256` gives the base64 hash of a text, for the page's policy. */
export function* htmlReport(data: ReportData, sha256: (text: string) => string): Generator<string> {
  const { change } = data;
  const policy = `default-src 'none'; style-src 'sha256-${sha256(STYLE)}'; script-src 'sha256-${sha256(SCRIPT)}'; base-uri 'none'; form-action 'none'`;
  yield '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n';
  yield `<meta http-equiv="Content-Security-Policy" content="${policy}">\n`;
  yield '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">\n';
  yield `<title>regsweep ${escaped(data.command)}: ${escaped(data.root)}</title>\n<style>${STYLE}</style></head>\n<body>\n`;
  yield* headerMarkup(data);
  yield '<main>\n';
  if (change !== undefined) yield* changeMarkup(change, data.storage);
  if (data.storage !== undefined && data.storage.bytes > 0) {
    yield* section('storage', 'Where the space is', storageMarkup(data.storage));
  }
  if (change !== undefined) yield* planMarkup(change.plan);
  for (const [at, table] of (data.tables ?? []).entries()) {
    yield* section(`table-${at}`, table.title, tableMarkup(table, at));
  }
  if (data.problems.length > 0) {
    yield* section('problems', `Problems (${grouped(data.problems.length)})`, problemsMarkup(data.problems));
  }
  if (change !== undefined) yield* section('request', 'The request', requestMarkup(change.plan));
  yield `</main>\n<footer><p>Made by regsweep ${escaped(data.version)}. This page is whole in itself: it loads nothing.</p></footer>\n`;
  yield `<script>${SCRIPT}</script>\n</body></html>\n`;
}

function* headerMarkup({ command, root, madeMs, commandLine, change }: ReportData): Generator<string> {
  yield `<header><h1>regsweep ${escaped(command)}</h1>\n`;
  yield `<p><span class="name">${escaped(root)}</span> <span class="soft">· ${timeText(madeMs)} UTC</span></p>\n<p>`;
  if (change?.dryRun === true) yield '<span class="badge">Dry run: nothing was changed</span>';
  if (change?.outcome !== undefined) {
    const { status } = change.outcome;
    const calm = status === 'done' || status === 'nothing';
    yield `<span class="badge ${calm ? 'good' : 'goes'}">${STATUS[status]}</span>`;
  }
  yield `</p>\n<pre>${escaped(commandLine)}</pre></header>\n`;
}

const STATUS = {
  done: 'Done',
  incomplete: 'Finished with failures',
  interrupted: 'Interrupted',
  declined: 'Declined: nothing was changed',
  nothing: 'Nothing to do',
} as const;

function* changeMarkup(change: ChangeResult, storage: StorageMap | undefined): Generator<string> {
  const totals = totalsOf(change.plan.removals);
  yield* section('totals', 'In short', totalsMarkup(totals, storage, change.outcome === undefined));
  if (change.outcome === undefined) return;
  const lines = [...outcomeLines(change.outcome, change.next, { style: PLAIN, bytes: 'human' }, change.window)];
  yield* section('outcome', 'What became of it', [
    `<ul>${lines.map((line) => `<li>${escaped(line.trim())}</li>`).join('\n')}</ul>\n`,
  ]);
}

function* totalsMarkup(totals: Totals, storage: StorageMap | undefined, ahead: boolean): Generator<string> {
  const figure = (title: string, value: string, kind = ''): string =>
    `<div${kind === '' ? '' : ` class="${kind}"`}><dt>${title}</dt><dd>${value}</dd></div>`;
  yield '<dl class="figures">';
  yield figure(ahead ? 'Would free' : 'Planned to free', bytesMarkup(totals.bytes), 'goes');
  if (storage !== undefined) yield figure('Stays', bytesMarkup(Math.max(0, storage.bytes - totals.bytes)));
  yield figure('Tags', grouped(totals.tags));
  yield figure('Revisions', grouped(totals.revisions));
  yield figure('Blobs', grouped(totals.blobs));
  if (totals.layerLinks > 0) yield figure('Layer links', grouped(totals.layerLinks));
  if (totals.uploads > 0) yield figure('Uploads', grouped(totals.uploads));
  yield '</dl>\n';
}

function* storageMarkup(storage: StorageMap): Generator<string> {
  yield '<figure>';
  yield* treemapMarkup(storage);
  yield '<figcaption><p><span class="key"></span>stays';
  if (storage.goesBytes > 0) yield '<span class="key goes"></span>goes';
  yield '. Each field is as large as what it takes; what several tags or repositories share stands by itself.</p>';
  yield '<p id="pointed" role="status">Point at a field, or move through them with Tab and the arrow keys.</p></figcaption></figure>\n';
}

function* planMarkup(plan: Plan): Generator<string> {
  const { removals, verdicts } = plan;
  if (removals.length > 0) {
    const totals = totalsOf(removals);
    yield* section('reasons', 'Why', reasonsMarkup(totals));
    yield* section('goes', 'What goes', removalsMarkup(removals, totals));
  } else yield '<section><h2>What goes</h2><p>Nothing.</p></section>\n';
  if (verdicts.length > 0) yield* section('verdicts', 'What the keep rules say', verdictsMarkup(verdicts));
  if (plan.frozen.length + plan.leftAlone.length + plan.heldBackBlobs > 0) {
    yield* section('held', 'What is held back', heldBackMarkup(plan));
  }
}

function* reasonsMarkup({ reasons }: Totals): Generator<string> {
  yield '<div class="box" tabindex="0" role="region" aria-labelledby="reasons"><table><thead><tr><th scope="col" class="number">How many</th><th scope="col">What</th><th scope="col">Because</th><th scope="col" class="number">Size</th></tr></thead><tbody>\n';
  for (const { kind, code, count, bytes } of reasons) {
    const [one, many] = words.KIND_WORDS[kind];
    yield `<tr><td class="number">${grouped(count)}</td><td>${count === 1 ? one : many}</td><td>${escaped(words.reasonText(code))}</td><td class="number">${bytes === 0 ? '' : bytesMarkup(bytes)}</td></tr>\n`;
  }
  yield '</tbody></table></div>\n';
}

function* heldBackMarkup({ frozen, leftAlone, heldBackBlobs }: Plan): Generator<string> {
  for (const { repository, causes } of frozen.slice(0, MOST_PLACES)) {
    yield `<h3><span class="name">${escaped(repository)}</span></h3><p>Frozen: only what is named literally goes from it.</p><ul>`;
    for (const { code, path, reference } of causes.slice(0, MOST_PLACES)) {
      yield `<li>${escaped(words.problemText(code))}: <span class="name">${escaped(path)}</span>. To thaw: restore that file, push again, or <code>${escaped(words.thawText(reference))}</code></li>`;
    }
    yield '</ul>\n';
  }
  yield moreMarkup(frozen.length);
  for (const left of leftAlone.slice(0, MOST_PLACES)) {
    yield `<p><span class="name">${escaped(left.repository)}</span> ${escaped(words.leftAloneText(left))}</p>\n`;
  }
  yield moreMarkup(leftAlone.length);
  if (heldBackBlobs > 0) {
    yield `<p>${counted(heldBackBlobs, 'unreferenced blob')} held back: a manifest that can not be read may need them.</p>\n`;
  }
}

function moreMarkup(count: number): string {
  return count > MOST_PLACES ? `<p class="soft">and ${grouped(count - MOST_PLACES)} more; --json lists all</p>\n` : '';
}

function* problemsMarkup(problems: readonly Problem[]): Generator<string> {
  for (const code of new Set(problems.map((problem) => problem.code))) {
    const same = problems.filter((problem) => problem.code === code);
    const text = words.problemText(code);
    yield `<h3>${escaped(text[0]!.toUpperCase() + text.slice(1))} <span class="soft">${grouped(same.length)}</span></h3><p class="soft">${escaped(words.problemTodo(code))}</p><ul>`;
    for (const { path, detail } of same.slice(0, MOST_PLACES)) {
      const place = path === '' ? (detail ?? '') : detail === undefined ? path : `${path} (${detail})`;
      if (place !== '') yield `<li class="name">${escaped(place)}</li>`;
    }
    yield `</ul>\n${moreMarkup(same.length)}`;
  }
}

function* tableMarkup({ columns, rows }: ReportTable, at: number): Generator<string> {
  const kind = (is: string): string => (is === 'text' ? '' : ' class="number"');
  yield `<div class="filter" data-of="rows-${at}" hidden><label for="filter-${at}">Filter</label><input id="filter-${at}" type="search" autocomplete="off" spellcheck="false"> <output for="filter-${at}" class="soft"></output></div>\n`;
  yield `<div class="box" tabindex="0" role="region" aria-labelledby="table-${at}"><table id="rows-${at}"><thead><tr>`;
  for (const { title, is } of columns) yield `<th scope="col"${kind(is)}>${escaped(title)}</th>`;
  yield '</tr></thead><tbody>\n';
  for (const row of rows.slice(0, MOST_TABLE_ROWS)) {
    const cells = row.map((cell, column) => {
      const is = columns[column]?.is ?? 'text';
      if (typeof cell === 'string') return `<td${kind(is)}><span class="name">${escaped(cell)}</span></td>`;
      return `<td${kind(is)}>${is === 'bytes' ? bytesMarkup(cell) : grouped(cell)}</td>`;
    });
    yield `<tr>${cells.join('')}</tr>\n`;
  }
  if (rows.length > MOST_TABLE_ROWS) {
    yield `<tr><td colspan="${columns.length}" class="soft">and ${grouped(rows.length - MOST_TABLE_ROWS)} more; --json lists all</td></tr>`;
  }
  yield '</tbody></table></div>\n';
}

function* requestMarkup({ request }: Plan): Generator<string> {
  const { references, patterns, keepInUse, ...others } = request;
  const few = (list: readonly string[]): readonly string[] =>
    list.length > MOST_PLACES
      ? [...list.slice(0, MOST_PLACES), `and ${grouped(list.length - MOST_PLACES)} more`]
      : list;
  const shown = { ...others, references: few(references), patterns: few(patterns), keepInUse: few(keepInUse) };
  yield `<details><summary>As the plan was given it</summary><pre>${jsonMarkup(shown)}</pre></details>\n`;
}

function jsonMarkup(value: unknown): string {
  return JSON.stringify(value, undefined, 2).split('\n').map(escaped).join('\n');
}
