// Text for a terminal: sizes, ages, counts and names made fit to print. A name from disk may hold anything, so nothing of it
// reaches the terminal before control characters are shown instead of obeyed.

import prettyBytes from 'pretty-bytes';

/** How bytes are shown: `human` is 1.23 GB (powers of 1000, three digits), `exact` every digit. */
export type ByteStyle = 'human' | 'exact';

export function bytesText(bytes: number, style: ByteStyle = 'human'): string {
  if (style === 'exact') return String(bytes);
  return prettyBytes(bytes);
}

/** `1 tag`, `2 tags`, `12,345 tags`; `many` where the plural is no mere `s`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}

/** `12,345`. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

/** `2026-11-20 14:03`, in UTC; empty where the time is not known. */
export function timeText(ms: number | undefined): string {
  if (ms === undefined || !Number.isFinite(ms)) return '';
  return new Date(ms).toISOString().slice(0, 16).replace('T', ' ');
}

const UNITS: readonly (readonly [ms: number, name: string])[] = [
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
  [1000, 'second'],
];

/** `3 days`, `2 hours`: the largest unit that fits. */
export function ageText(ms: number): string {
  for (const [unitMs, name] of UNITS) if (ms >= unitMs) return counted(Math.floor(ms / unitMs), name);
  return 'less than a second';
}

/** `name` with control characters as `\x1b`, so that a hostile or garbled name can neither move the cursor nor break a line. */
export function printable(name: string): string {
  return name.replace(CONTROL, (character) => {
    const code = character.codePointAt(0)!;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
  });
}

/** C0, DEL, C1, line separators, and what has no shape of its own: marks that turn the direction of text, spaces of no width. */
const CONTROL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** The first few of `names`, and how many more there are. */
export function listed(names: readonly string[], most = 8): string {
  const more = names.length > most ? `, and ${grouped(names.length - most)} more` : '';
  return names.slice(0, most).map(printable).join(', ') + more;
}

/**
 * `text` as one word for a POSIX shell. Where it holds what would be shown instead of obeyed it is spelled in octal within
 * `$'…'` (bash, zsh, ksh, POSIX 2024), so that the word that is shown is the word that was meant.
 */
export function shellWord(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  if (printable(text) === text) return `'${text.replaceAll("'", "'\\''")}'`;
  const spelled = text
    .replace(/['\\]/g, '\\$&')
    .replace(CONTROL, (character) =>
      [...new TextEncoder().encode(character)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join(''),
    );
  return `$'${spelled}'`;
}
