// Text made safe for HTML. A name from disk may hold anything, so all of it passes here: markup is escaped, and control
// characters and marks that turn the direction of text are shown instead of obeyed.

import { bytesText, grouped, printable } from '../text.js';

/** `text` for the content of an element or a quoted attribute. */
export function escaped(text: string): string {
  return printable(text).replace(/[&<>"'`]/g, (character) => `&#${character.codePointAt(0)};`);
}

/** Bytes as people read them, with the exact number as a tooltip. */
export function bytesMarkup(bytes: number): string {
  return bytes < 1000 ? bytesText(bytes) : `<span title="${grouped(bytes)} bytes">${bytesText(bytes)}</span>`;
}

/** `text` in the type of names and paths. */
export function nameMarkup(text: string): string {
  return `<span class="name">${escaped(text)}</span>`;
}

/** A sentence, with what stands between backquotes as code. */
export function proseMarkup(text: string): string {
  return escaped(text).replace(/&#96;(.*?)&#96;/g, '<code>$1</code>');
}

/** A section with a heading that can be linked to. */
export function* section(id: string, title: string, body: Iterable<string>): Generator<string> {
  yield `<section aria-labelledby="${id}"><h2 id="${id}">${escaped(title)}</h2>\n`;
  yield* body;
  yield '</section>\n';
}
