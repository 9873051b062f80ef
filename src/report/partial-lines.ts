// Why a run ends with exit status 3, one plain line each, for stderr: what was frozen, left alone, unreadable or not removed. With
// --quiet and --json these lines are all that a person sees of it.

import type { Frozen, LeftAlone } from '../plan/types.js';
import type { Listing } from './listing.js';
import type { ResultOutcome, UndoResult } from './result.js';
import { counted, printable, shortDigest } from './text.js';
import { undoStayText } from './undo.js';
import { leftAloneText, problemText, unfreezeText } from './words.js';

/** What a plan leaves alone, by repository; of many causes the first one, since each line must stay readable in a mail. */
export function* heldBackLines(frozen: readonly Frozen[], leftAlone: readonly LeftAlone[]): Generator<string> {
  for (const { repository, causes } of frozen) {
    const [first] = causes;
    if (first === undefined) continue;
    const more = causes.length > 1 ? ` (and ${counted(causes.length - 1, 'more cause')})` : '';
    yield `${repository} is frozen: ${problemText(first.code)}: ${first.path}${more}; restore that file, push again, or ${unfreezeText(first)}`;
  }
  for (const left of leftAlone) yield `${left.repository} was ${leftAloneText(left)}`;
}

/** What a run could not remove. */
export function* failureLines({ failures, stepsSkipped }: ResultOutcome): Generator<string> {
  for (const { path, code, message } of failures) yield `not removed: ${path} (${code}): ${message}`;
  if (stepsSkipped > 0) yield `${counted(stepsSkipped, 'step')} not tried: what they depend on is still there.`;
}

/** What an undo leaves in the trash. */
export function* stayingLines({ stays, outcome }: UndoResult): Generator<string> {
  for (const item of stays) yield `stays in the trash: ${item.kind} ${item.path}: ${undoStayText(item)}`;
  for (const path of outcome?.inTheWay ?? []) yield `stays in the trash: ${path}: it came back meanwhile`;
  for (const { path, code, message } of outcome?.failures ?? []) yield `not put back: ${path} (${code}): ${message}`;
}

/** Images that a listing shows and whose manifest cannot be read. */
export function* unreadableLines({ repositories }: Listing): Generator<string> {
  for (const { repository, images } of repositories) {
    for (const { tag, digest, state } of images) {
      if (state !== 'unreadable') continue;
      const name = tag === undefined ? `${repository}@${shortDigest(digest ?? '')}` : `${repository}:${tag}`;
      yield `the manifest of ${printable(name)} cannot be read; \`regsweep check\` says more`;
    }
  }
}
