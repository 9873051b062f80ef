// Patterns over names of repositories and tags: `*`, `?`, `[…]`, `{a,b}`, and `**` across `/`, anchored at both ends. A pattern
// becomes a small state machine that never backtracks: a match takes at most pattern × name steps, whatever either holds.

import { usageError } from './errors.js';

/** Patterns as long as a list of a few hundred tags in braces; longer ones are a mistake. */
const MOST_CHARACTERS = 16_384;
const MOST_NESTED = 100;

type Accepts = (code: number) => boolean;

/** A state consumes one character and goes to the next state, or (without `accepts`) goes on to every state in `to`. */
interface State {
  readonly accepts?: Accepts;
  to: number[];
}

const SLASH = 47;
const anything: Accepts = () => true;
const notSlash: Accepts = (code) => code !== SLASH;

/** A test for names that `pattern` matches in full. Throws a usage error for a pattern that is malformed or too long. */
export function globMatcher(pattern: string): (name: string) => boolean {
  const states = new Compiler(pattern).compile();
  return (name) => run(states, name).matched;
}

/** How many states a match of `name` visits: the bound on its cost, as a test counts it. */
export function stepsToMatch(pattern: string, name: string): number {
  return run(new Compiler(pattern).compile(), name).steps;
}

/** The last state is the end of the pattern. */
function run(states: readonly State[], name: string): { readonly matched: boolean; readonly steps: number } {
  const seenAt = new Int32Array(states.length).fill(-1);
  let steps = 0;
  const closure = (from: readonly number[], at: number): readonly number[] => {
    const pending = [...from];
    const reached: number[] = [];
    while (pending.length > 0) {
      const index = pending.pop()!;
      if (seenAt[index] === at) continue;
      seenAt[index] = at;
      steps += 1;
      const { accepts, to } = states[index]!;
      if (accepts !== undefined) reached.push(index);
      else for (const next of to) pending.push(next);
    }
    return reached;
  };
  let current = closure([0], 0);
  for (let at = 0; at < name.length && current.length > 0; at += 1) {
    const code = name.charCodeAt(at);
    current = closure(
      current.flatMap((index) => (states[index]!.accepts!(code) ? states[index]!.to : [])),
      at + 1,
    );
  }
  return { matched: seenAt[states.length - 1] === name.length, steps };
}

class Compiler {
  readonly #pattern: string;
  readonly #states: State[] = [];
  #at = 0;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  compile(): readonly State[] {
    if (this.#pattern.length > MOST_CHARACTERS) {
      throw usageError(
        `The pattern '${this.#pattern.slice(0, 40)}…' is longer than ${MOST_CHARACTERS} characters.`,
        'Split it into several patterns.',
      );
    }
    this.#sequence(0, true, '');
    this.#add({ to: [] });
    return this.#states;
  }

  #add(state: State): number {
    return this.#states.push(state) - 1;
  }

  #one(accepts: Accepts): void {
    this.#add({ accepts, to: [this.#states.length + 1] });
  }

  /** Any number of characters, each one accepted. */
  #many(accepts: Accepts): void {
    const split = this.#add({ to: [] });
    this.#add({ accepts, to: [split] });
    this.#states[split]!.to = [split + 1, split + 2];
  }

  /**
   * Compiles up to the end, or inside braces up to `,` or `}`. `opens` is true where a part of a name begins here; `after` is the
   * character that follows the braces.
   */
  #sequence(depth: number, opens: boolean, after: string): void {
    let partBegins = opens;
    while (this.#at < this.#pattern.length) {
      const character = this.#pattern[this.#at]!;
      if (depth > 0 && (character === ',' || character === '}')) return;
      this.#at += 1;
      if (character === '*') this.#stars(depth, partBegins, after);
      else if (character === '?') this.#one(notSlash);
      else if (character === '[') this.#one(this.#set());
      else if (character === '{' && this.#hasComma()) this.#braces(depth + 1, partBegins, after);
      else this.#literal(character === '\\' ? (this.#pattern[this.#at++] ?? '\\') : character);
      partBegins = this.#pattern[this.#at - 1] === '/';
    }
  }

  #literal(character: string): void {
    const wanted = character.charCodeAt(0);
    this.#one((code) => code === wanted);
  }

  /** `**` crosses `/` where it is a whole part; anywhere else it is `*`. */
  #stars(depth: number, partBegins: boolean, after: string): void {
    let count = 1;
    for (; this.#pattern[this.#at] === '*'; this.#at += 1) count += 1;
    let next = this.#pattern[this.#at] ?? '';
    if (depth > 0 && (next === ',' || next === '}')) next = after;
    const crosses = count > 1 && partBegins && (next === '' || next === '/');
    if (!crosses || this.#pattern[this.#at] !== '/') {
      this.#many(crosses ? anything : notSlash);
      return;
    }
    // `a/**/b` is also `a/b`.
    this.#at += 1;
    const skip = this.#add({ to: [] });
    this.#many(anything);
    this.#literal('/');
    this.#states[skip]!.to = [skip + 1, this.#states.length];
  }

  #braces(depth: number, partBegins: boolean, outer: string): void {
    if (depth > MOST_NESTED) throw this.#malformed('its braces are nested too deeply');
    const next = this.#pattern[this.#closing() + 1] ?? '';
    const after = depth > 1 && (next === ',' || next === '}') ? outer : next;
    const split = this.#add({ to: [] });
    const ends: number[] = [];
    do {
      this.#states[split]!.to.push(this.#states.length);
      this.#sequence(depth, partBegins, after);
      ends.push(this.#add({ to: [] }));
      this.#at += 1;
    } while (this.#pattern[this.#at - 1] === ',');
    for (const end of ends) this.#states[end]!.to = [this.#states.length];
  }

  /** `{a}` is text, as in a shell. A range is refused rather than taken for text that matches nothing. */
  #hasComma(): boolean {
    const closing = this.#closing();
    const inside = this.#pattern.slice(this.#at, closing);
    if (/^[^,{}]*\.\.[^,{}]*$/.test(inside)) throw this.#malformed('write {1,2,3} or [1-3] for a range');
    return this.#commaBefore(closing);
  }

  #commaBefore(closing: number): boolean {
    let depth = 0;
    for (let at = this.#at; at < closing; at += 1) {
      const character = this.#pattern[at];
      if (character === '\\') at += 1;
      else if (character === '[') at = this.#setEnd(at);
      else if (character === '{') depth += 1;
      else if (character === '}') depth -= 1;
      else if (character === ',' && depth === 0) return true;
    }
    return false;
  }

  /** Position of the `}` that closes the brace just read. */
  #closing(): number {
    let depth = 1;
    for (let at = this.#at; at < this.#pattern.length; at += 1) {
      const character = this.#pattern[at];
      if (character === '\\') at += 1;
      else if (character === '[') at = this.#setEnd(at);
      else if (character === '{') depth += 1;
      else if (character === '}' && --depth === 0) return at;
    }
    throw this.#malformed('a { is not closed');
  }

  /** Position of the `]` that closes the `[` at `open`. A `]` that comes first is text. */
  #setEnd(open: number): number {
    const first = /[!^]/.test(this.#pattern[open + 1] ?? '') ? open + 2 : open + 1;
    const end = this.#pattern.indexOf(']', first + 1);
    if (end < 0) throw this.#malformed('a [ is not closed');
    return end;
  }

  #set(): Accepts {
    const end = this.#setEnd(this.#at - 1);
    const negated = /[!^]/.test(this.#pattern[this.#at]!);
    const text = this.#pattern.slice(this.#at + (negated ? 1 : 0), end);
    if (text.startsWith('[:')) throw this.#malformed('write [a-z] or [0-9] for a class of characters');
    this.#at = end + 1;
    const ranges: (readonly [number, number])[] = [];
    for (let at = 0; at < text.length; at += 1) {
      const low = text.charCodeAt(at);
      const isRange = text[at + 1] === '-' && at + 2 < text.length;
      const high = isRange ? text.charCodeAt(at + 2) : low;
      if (high < low) throw this.#malformed(`the range ${text.slice(at, at + 3)} is in reverse`);
      ranges.push([low, high]);
      if (isRange) at += 2;
    }
    return (code) => code !== SLASH && ranges.some(([low, high]) => code >= low && code <= high) !== negated;
  }

  #malformed(why: string): Error {
    return usageError(
      `'${this.#pattern.slice(0, 200)}' is not a valid pattern: ${why}.`,
      'Patterns are made of * ? [ab] {a,b} and **.',
    );
  }
}
