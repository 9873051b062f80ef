// Why a run ends with exit status 3, one plain line each, for stderr: what was frozen, left alone, unreadable or not removed. With
// --quiet and --json these lines are all that a person sees of it.

import type { Frozen, LeftAlone } from '../plan/types.js';
import type { ResultOutcome } from './result.js';
import { counted } from './text.js';
import { commandOn, leftAloneText, problemText, unfreezeText } from './words.js';

/** What a plan leaves alone, by repository; of many causes the first one, since each line must stay readable in a mail. */
export function* heldBackLines(
  root: string,
  frozen: readonly Frozen[],
  leftAlone: readonly LeftAlone[],
): Generator<string> {
  for (const { repository, causes } of frozen) {
    const [first] = causes;
    if (first === undefined) continue;
    const more = causes.length > 1 ? ` (and ${counted(causes.length - 1, 'more cause')})` : '';
    yield `${repository} is frozen: ${problemText(first.code)}: ${first.path}${more}; restore that file, push again, or ${commandOn(root, unfreezeText(first))}`;
  }
  for (const left of leftAlone) yield `${left.repository} was ${leftAloneText(left)}`;
}

/** What a run could not remove. */
export function* failureLines({ failures, stepsSkipped }: ResultOutcome): Generator<string> {
  for (const { path, code, message } of failures) yield `not removed: ${path} (${code}): ${message}`;
  if (stepsSkipped > 0) yield `${counted(stepsSkipped, 'step')} not tried: what they depend on is still there.`;
}
