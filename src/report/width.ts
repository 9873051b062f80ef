// How many columns of a terminal a text takes: two for wide characters and emoji, none for marks that sit on the one before and
// for colour. Text is cut between whole characters as a reader sees them.

const ASCII = /^[ -~]*$/;
/** Escape sequences that set a colour or weight. */
const PAINT = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g');
/** East Asian wide and full-width forms, and what is shown as a picture (UAX 11, UTS 51). */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|\ufe0f/u;
const NOTHING = /^[\p{Mn}\p{Me}\p{Cf}]*$/u;

let segmenter: Intl.Segmenter | undefined;

function charactersOf(text: string): readonly string[] {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return [...segmenter.segment(text)].map(({ segment }) => segment);
}

function widthOf(character: string): number {
  if (NOTHING.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

/** Columns that `text` takes. */
export function width(text: string): number {
  if (ASCII.test(text)) return text.length;
  const plain = text.replace(PAINT, '');
  if (ASCII.test(plain)) return plain.length;
  return charactersOf(plain).reduce((sum, character) => sum + widthOf(character), 0);
}

/** `text` in `most` columns. Names differ at their ends, so the middle goes; of lists the end does. */
export function shorten(text: string, most: number, cut: 'middle' | 'end' = 'middle'): string {
  if (width(text) <= most) return text;
  const characters = charactersOf(text.replace(PAINT, ''));
  const head = cut === 'end' ? most - 1 : Math.ceil((most - 1) / 2);
  const first = taken(characters, head);
  const last = cut === 'end' ? [] : [...taken(characters.slice(first.length).reverse(), most - 1 - head)].reverse();
  return `${first.join('')}…${last.join('')}`;
}

/** The first of `characters` that fit into `most` columns. */
function taken(characters: readonly string[], most: number): readonly string[] {
  let columns = 0;
  const end = characters.findIndex((character) => {
    columns += widthOf(character);
    return columns > most;
  });
  return end < 0 ? characters : characters.slice(0, end);
}
