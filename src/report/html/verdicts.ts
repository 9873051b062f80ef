// Every tag that keep rules judged, with the rule that decided, by repository: those that lose most first, and of each what goes
// first. Tags that no row is left for are named all the same, so that they are found.

import type { Verdict } from '../../plan/types.js';
import { counted, grouped } from '../text.js';
import * as words from '../words.js';
import { escaped, nameMarkup } from './markup.js';
import { groupHead, type Letters, MOST_GROUPS, moreGroups, names, tableOf, tailRow } from './table.js';

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
  for (const [repository, { goes, stays }] of sorted.slice(0, MOST_GROUPS)) {
    const note = `${counted(goes.length, 'tag')} to remove, ${grouped(stays.length)} to keep`;
    yield `<tbody>${groupHead(COLUMNS, nameMarkup(repository), note)}`;
    const all = [...goes, ...stays];
    for (const verdict of all.slice(0, most)) yield rowMarkup(verdict);
    const rest = new Map<string, Verdict[]>();
    for (const verdict of all.slice(most)) {
      const why = ruleText(verdict);
      const same = rest.get(why);
      if (same === undefined) rest.set(why, [verdict]);
      else same.push(verdict);
    }
    for (const [why, same] of rest) {
      const text = `${same[0]!.keep ? 'keep' : 'remove'} ${grouped(same.length)} more, ${escaped(why)}`;
      const tags = same.map(({ tag }) => tag);
      yield tailRow(COLUMNS, `${text}${names(tags, letters)}`);
    }
    yield '</tbody>\n';
  }
  yield moreGroups(COLUMNS, sorted.length);
}

/** Why, without what is a single tag's own. */
function ruleText({ repository, tag, keep, rule }: Verdict): string {
  return words.verdictText({ repository, tag, keep, rule });
}

function rowMarkup(verdict: Verdict): string {
  const word = verdict.keep ? 'keep' : '<span class="mark">remove</span>';
  return `<tr><td>${word}</td><td>${nameMarkup(verdict.tag)}</td><td>${escaped(words.verdictText(verdict))}</td></tr>\n`;
}
