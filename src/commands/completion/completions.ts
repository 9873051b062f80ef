// The answer to a shell that asks what the word at the cursor may become: first a line that says what kind it is, then a value a
// line, with a tab and its description where it has one. Always ends well: a prompt is no place for errors.

import { splitWords, type Word } from './line.js';
import { type Candidate, type Definitions, wantedAt } from './wanted.js';

/** What a name may be made of. Nothing else is handed to a shell, whatever lies in the tree. */
const SAFE = /^[A-Za-z0-9._/:@=+-]+$/;

export interface CompletionRequest {
  /** The command line up to the cursor. */
  readonly line: string;
  /**
   * The part of the word at the cursor that bash will replace: it breaks words at `:`, `=` and `@`. Values come without what
   * stands in front of it. Undefined: the whole word.
   */
  readonly replaced?: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly definitions: Definitions;
}

/** The lines to print; none where nothing can be offered. */
export async function completions({
  line,
  replaced,
  environment,
  definitions,
}: CompletionRequest): Promise<readonly string[]> {
  try {
    const [, ...words] = splitWords(line, environment);
    if (words.length === 0) return [];
    const wanted = wantedAt(words, definitions);
    if (wanted.kind === 'nothing') return [];
    const kept = replaced === undefined ? 0 : lengthBefore(words.at(-1)!, replaced);
    if (wanted.kind === 'one of') return lines(wanted.candidates, kept);
    if (wanted.takes === 'FILE') return ['files'];
    if (wanted.takes === 'DIR') return ['folders'];
    const { namesFromTree } = await import('./tree-names.js');
    const { takes, prefix, head, options, given } = wanted;
    const names = await namesFromTree({ takes, prefix, options, environment });
    const values = names.filter((name) => SAFE.test(name) && !given.includes(name));
    return lines(
      values.map((name) => ({ value: head + name })),
      kept,
    );
  } catch {
    return []; // ignored error: no tree, no permission; nothing to offer is the whole answer
  }
}

/** How many characters of the word, quotes aside, stand in front of what bash replaces. */
function lengthBefore({ raw }: Word, replaced: string): number {
  if (!raw.endsWith(replaced)) return 0;
  return splitWords(raw.slice(0, raw.length - replaced.length), {})[0]!.text.length;
}

function lines(candidates: readonly Candidate[], kept: number): readonly string[] {
  if (candidates.length === 0) return [];
  const told = candidates.map(({ value, describe }) =>
    describe === undefined ? value.slice(kept) : `${value.slice(kept)}\t${describe}`,
  );
  return ['names', ...told];
}
