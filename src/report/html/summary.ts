// The first thing to read: what it comes to in one sentence, how much of the whole that is, and the numbers behind it.

import { outcomeLines } from '../outcome-lines.js';
import type { ChangeResult } from '../result.js';
import { PLAIN } from '../table.js';
import { bytesText, counted, grouped } from '../text.js';
import type { Totals } from '../totals.js';
import type { Figure, ReportData, ReportSummary, StorageMap, Tone } from './data.js';
import { bytesMarkup, escaped, proseMarkup } from './markup.js';
import { MARKS } from './treemap.js';

/** What the bar is long, in the units of its drawing. */
const BAR = 1000;

/** The summary that `data` brings, or that of its change. */
export function summaryOf(
  { change, summary, storage }: ReportData,
  totals: Totals | undefined,
): ReportSummary | undefined {
  return change === undefined || totals === undefined ? summary : changeSummary(change, totals, storage);
}

/** The state of things, for the head of the page. */
export function* stateMarkup(summary: ReportSummary | undefined): Generator<string> {
  if (summary === undefined) return;
  yield `<p class="state ${summary.state.tone}">${escaped(summary.state.text)}</p>\n`;
}

export function* summaryMarkup(
  { lead, figures, remarks }: ReportSummary,
  storage: StorageMap | undefined,
): Generator<string> {
  yield `<p class="lead">${escaped(lead)}</p>\n`;
  if (storage !== undefined && storage.bytes > 0 && storage.marks !== 'broken') yield barMarkup(storage);
  yield '<dl class="figures">';
  for (const { title, value, is, tone } of figures) {
    const kind = tone === undefined || tone === 'plain' ? '' : ` class="${tone}"`;
    const text = is === 'bytes' ? bytesMarkup(value) : grouped(value);
    yield `<div${kind}><dt>${escaped(title)}</dt><dd>${text}</dd></div>`;
  }
  yield '</dl>\n';
  if (remarks.length > 0)
    yield `<ul class="remarks">${remarks.map((line) => `<li>${proseMarkup(line)}</li>`).join('\n')}</ul>\n`;
}

/** How much of the whole is marked, as a bar with its words. */
function barMarkup({ bytes, goesBytes, marks }: StorageMap): string {
  const { key } = MARKS[marks];
  const share = Math.min(1, goesBytes / bytes);
  const width = share === 0 ? 0 : Math.max(3, Math.round(BAR * share));
  const label = `${bytesText(goesBytes)} of ${bytesText(bytes)}: ${key[1]}`;
  return (
    `<svg class="${marks === 'back' ? 'bar back' : 'bar'}" viewBox="0 0 ${BAR} 10" preserveAspectRatio="none" role="img" aria-label="${escaped(label)}">` +
    `<rect class="stays" width="${BAR}" height="10"/><rect class="goes" width="${width}" height="10"/></svg>\n`
  );
}

function changeSummary(change: ChangeResult, totals: Totals, storage: StorageMap | undefined): ReportSummary {
  const { plan, outcome, dryRun, next, window } = change;
  const lines =
    outcome === undefined
      ? []
      : [...outcomeLines(outcome, plan.removals, next, { style: PLAIN, bytes: 'human' }, window)];
  // On a terminal a word in bold and two spaces begin a line.
  const remarks = lines.map((line) => line.trim().replace(/^(\S.{0,30}?) {2,}/, '$1: '));
  const held = plan.frozen.length + plan.leftAlone.length;
  if (held > 0)
    remarks.push(`${counted(held, 'repository', 'repositories')} held back, in whole or in part: see below.`);
  return {
    lead: leadOf(change, totals, storage),
    state: stateOf(outcome?.status, dryRun),
    figures: figuresOf(totals),
    remarks,
  };
}

function leadOf({ outcome, plan }: ChangeResult, { bytes }: Totals, storage: StorageMap | undefined): string {
  const all = storage === undefined || storage.bytes === 0 ? '' : ` of ${bytesText(storage.bytes)}`;
  if (plan.removals.length === 0 || outcome?.status === 'nothing') return 'Nothing to remove';
  if (outcome === undefined) return `Would free ${bytesText(bytes)}${all}`;
  const { status, bytesFreed, trashKept } = outcome;
  if (status === 'declined') return `Would have freed ${bytesText(bytes)}${all}`;
  return trashKept ? `Moved ${bytesText(bytesFreed)}${all} to the trash` : `Freed ${bytesText(bytesFreed)}${all}`;
}

const STATES = {
  done: ['Done', 'good'],
  incomplete: ['Finished with failures', 'bad'],
  interrupted: ['Interrupted', 'bad'],
  declined: ['Declined: nothing was changed', 'plain'],
  nothing: ['Nothing to do', 'good'],
} as const;

function stateOf(status: keyof typeof STATES | undefined, dryRun: boolean): { text: string; tone: Tone } {
  if (status === undefined) return { text: dryRun ? 'Dry run: nothing was changed' : 'A plan', tone: 'plain' };
  const [text, tone] = STATES[status];
  return { text, tone };
}

/** Of some repositories nothing goes but empty folders. */
function losing({ repositories }: Totals): number {
  return repositories.filter((counts) => {
    const { tags, history, revisions, layerLinks, uploads, blobs, leftovers } = counts;
    return tags + history + revisions + layerLinks + uploads + blobs + leftovers > 0;
  }).length;
}

function figuresOf(totals: Totals): readonly Figure[] {
  const figures: readonly (readonly [title: string, value: number, always: boolean])[] = [
    ['Repositories', losing(totals), true],
    ['Tags', totals.tags, true],
    ['Revisions', totals.revisions, true],
    ['Layer links', totals.layerLinks, true],
    ['Blobs', totals.blobs, true],
    ['Uploads', totals.uploads, false],
    ['Leftovers', totals.leftovers, false],
  ];
  return figures
    .filter(([, value, always]) => always || value > 0)
    .map(([title, value]) => ({ title, value, is: 'count' }));
}
