// Every tag that keep rules judged, with the rule that decided: what goes first. Capped as the removals are.

import type { Verdict } from '../../plan/types.js';
import { grouped } from '../text.js';
import * as words from '../words.js';
import { escaped } from './markup.js';

const MOST = 3000;

export function* verdictsMarkup(verdicts: readonly Verdict[]): Generator<string> {
  const sorted = [...verdicts].sort((a, b) => Number(a.keep) - Number(b.keep));
  yield '<div class="filter" data-of="judged" hidden><label for="filter-judged">Filter: a tag, a rule, keep or remove</label>';
  yield '<input id="filter-judged" type="search" autocomplete="off" spellcheck="false"> <output for="filter-judged" class="soft"></output></div>\n';
  yield '<div class="box" tabindex="0" role="region" aria-labelledby="verdicts"><table id="judged"><thead><tr><th scope="col">Verdict</th><th scope="col">Tag</th><th scope="col">Because</th></tr></thead><tbody>\n';
  for (const verdict of sorted.slice(0, MOST)) {
    const { keep, repository, tag } = verdict;
    yield `<tr><td>${keep ? 'keep' : '<span class="badge goes">remove</span>'}</td><td><span class="name">${escaped(`${repository}:${tag}`)}</span></td><td>${escaped(words.verdictText(verdict))}</td></tr>\n`;
  }
  if (verdicts.length > MOST) {
    yield `<tr><td colspan="3" class="soft">and ${grouped(verdicts.length - MOST)} more; --json lists all</td></tr>`;
  }
  yield '</tbody></table></div>\n';
}
