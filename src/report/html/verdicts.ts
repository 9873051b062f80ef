// Every tag that keep rules judged, with the rule that decided, by repository: those that lose most first, and of each what goes
// first. Tags that no row is left for are named all the same, so that they are found.

import type { Verdict } from '../../plan/types.js';
import { counted, grouped } from '../text.js';
import * as words from '../words.js';
import { escaped, nameMarkup } from './markup.js';
import { groupHead, type Letters, names, tableOf, tailRow } from './table.js';

const MOST_ROWS = 4000;
/** Letters that names of tags without a row of their own take in all. */
const MOST_LETTERS = 500_000;
const COLUMNS = 3;

export function* verdictsMarkup(verdicts: readonly Verdict[]): Generator<string> {
  const columns = ['Verdict', 'Tag', 'Because'].map((title) => ({ title, isNumber: false }));
  const head = {
    id: 'judged',
    section: 'verdicts',
    filter: 'Search: a repository, a tag, a rule, keep, remove',
    columns,
  };
  yield* tableOf(head, bodies(verdicts));
}

function* bodies(verdicts: readonly Verdict[]): Generator<string> {
  const groups = new Map<string, { readonly goes: Verdict[]; readonly stays: Verdict[] }>();
  for (const verdict of verdicts) {
    const group = groups.get(verdict.repository) ?? { goes: [], stays: [] };
    groups.set(verdict.repository, group);
    (verdict.keep ? group.stays : group.goes).push(verdict);
  }
  const sorted = [...groups].sort(([, a], [, b]) => b.goes.length - a.goes.length);
  const most = Math.max(2, Math.floor(MOST_ROWS / sorted.length));
  const letters: Letters = { left: MOST_LETTERS };
  for (const [repository, { goes, stays }] of sorted) {
    const note = `${counted(goes.length, 'tag')} to remove, ${grouped(stays.length)} to keep`;
    yield `<tbody>${groupHead(COLUMNS, nameMarkup(repository), note)}`;
    const all = [...goes, ...stays];
    for (const verdict of all.slice(0, most)) yield rowMarkup(verdict);
    for (const keep of [false, true]) {
      const rest = all.slice(most).filter((verdict) => verdict.keep === keep);
      if (rest.length > 0)
        yield tailRow(
          COLUMNS,
          `${keep ? 'keep' : 'remove'} ${grouped(rest.length)} more${names(
            rest.map(({ tag }) => tag),
            letters,
          )}`,
        );
    }
    yield '</tbody>\n';
  }
}

function rowMarkup(verdict: Verdict): string {
  const word = verdict.keep ? 'keep' : '<span class="mark">remove</span>';
  return `<tr><td>${word}</td><td>${nameMarkup(verdict.tag)}</td><td>${escaped(words.verdictText(verdict))}</td></tr>\n`;
}
