// What did not go and why: frozen repositories with the way to unfreeze them, what was left alone on purpose, and the problems met.

import type { Problem } from '../../inventory/inventory.js';
import type { Plan } from '../../plan/types.js';
import { problemPlace, problemsByCode } from '../problem-groups.js';
import { counted, grouped } from '../text.js';
import * as words from '../words.js';
import { escaped, nameMarkup, proseMarkup } from './markup.js';

/** Paths shown of one kind of problem. */
const MOST_PLACES = 50;

export function* heldBackMarkup({ frozen, leftAlone, heldBackBlobs }: Plan, root: string): Generator<string> {
  for (const { repository, causes } of frozen.slice(0, MOST_PLACES)) {
    yield `<div class="card"><h3>${nameMarkup(repository)} <span class="soft">frozen: only what is named literally goes from it</span></h3><ul>`;
    for (const cause of causes.slice(0, MOST_PLACES)) {
      yield `<li>${capital(words.problemText(cause.code))}: ${nameMarkup(cause.path)}<br>To unfreeze: restore that file, push again, or <code>${escaped(words.commandOn(root, words.unfreezeText(cause)))}</code></li>`;
    }
    yield `</ul>${more(causes.length)}</div>\n`;
  }
  yield more(frozen.length);
  if (leftAlone.length > 0) {
    yield '<ul>';
    for (const left of leftAlone.slice(0, MOST_PLACES)) {
      yield `<li>${nameMarkup(left.repository)} ${escaped(words.leftAloneText(left))}</li>\n`;
    }
    yield '</ul>';
  }
  yield more(leftAlone.length);
  if (heldBackBlobs > 0) {
    yield `<p>${counted(heldBackBlobs, 'unreferenced blob')} held back: a manifest that cannot be read may need them.</p>\n`;
  }
}

export function* problemsMarkup(problems: readonly Problem[]): Generator<string> {
  for (const [code, same] of problemsByCode(problems)) {
    const tone = words.isRemark(code) ? 'plain' : 'bad';
    yield `<div class="card ${tone}"><h3>${capital(words.problemText(code))} <span class="soft">${grouped(same.length)}</span></h3>`;
    yield `<p class="soft">${proseMarkup(words.problemTodo(code))}</p><ul>`;
    for (const problem of same.slice(0, MOST_PLACES)) {
      const place = problemPlace(problem);
      if (place !== '') yield `<li>${nameMarkup(place)}</li>`;
    }
    yield `</ul>${more(same.length)}</div>\n`;
  }
}

function more(count: number): string {
  return count > MOST_PLACES ? `<p class="soft">and ${grouped(count - MOST_PLACES)} more; --json lists all</p>\n` : '';
}

function capital(text: string): string {
  return escaped(text.slice(0, 1).toUpperCase() + text.slice(1));
}
