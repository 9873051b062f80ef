// A line as it stands in a shell, up to the cursor, taken apart into words as the shell would. Nothing is run: of expansions
// only ~ and plain variables of the environment are known, and a word that holds another is marked as not known.

export interface Word {
  /** Without its quotes. */
  readonly text: string;
  /** As typed. */
  readonly raw: string;
  /** False where the shell would make something else of it that cannot be reported from here. */
  readonly known: boolean;
  /** False where `text` is not letter by letter what was typed, quotes aside. */
  readonly literal: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

const VARIABLE = /^\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})/;
/** What a backslash takes its meaning from, within double quotes. */
const QUOTABLE = /[$`"\\\n]/;

/** The words of `line`; the last is the one at the cursor, empty after a blank. */
export function splitWords(line: string, environment: Environment): readonly Word[] {
  const words: Word[] = [];
  let at = 0;
  for (;;) {
    while (/\s/.test(line[at] ?? '')) at += 1;
    const word = wordAt(line, at, environment);
    words.push(word);
    at += word.raw.length;
    if (at >= line.length) return words;
  }
}

function wordAt(line: string, start: number, environment: Environment): Word {
  let at = start;
  let text = '';
  let quote = '';
  let known = true;
  let literal = true;
  const home = /^~(?=\/|\s|$)/.test(line.slice(at));
  if (home) {
    text = environment['HOME'] ?? '~';
    literal = false;
    at += 1;
  }
  while (at < line.length) {
    const character = line[at]!;
    if (quote === '' && /\s/.test(character)) break;
    at += 1;
    if (character === quote) quote = '';
    else if (quote === "'") text += character;
    else if (character === "'" && quote === '') quote = character;
    else if (character === '"') quote = character;
    else if (character === '\\') {
      const next = line[at] ?? '';
      at += next.length;
      text += quote === '' || QUOTABLE.test(next) ? next : `\\${next}`;
    } else if (character === '$' || character === '`') {
      const [whole, plain, braced] = VARIABLE.exec(line.slice(at - 1)) ?? [];
      const value = environment[plain ?? braced ?? ''];
      literal = false;
      if (whole === undefined || value === undefined) known = false;
      else {
        text += value;
        at += whole.length - 1;
      }
    } else text += character;
  }
  return { text, raw: line.slice(start, at), known, literal };
}
