// The few marks of a man page that ours needs (man(7), as groff and mandoc both read it). Every text passes through `roff`, so
// that none is taken for a mark, and what may be pasted comes out in the letters that it was written in.

import { wrapped } from '../report/table.js';

/** Source lines stay readable. */
const COLUMNS = 78;

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\e',
  "'": '\\(aq',
  '"': '\\(dq',
  '^': '\\(ha',
  '~': '\\(ti',
  '`': '\\(ga',
  '…': '...',
};

/** Text as roff prints it, letter by letter; a dash is the one of options, since it may be pasted. */
export function roff(text: string): string {
  const escaped = [...text].map((each) => ESCAPES[each] ?? (each > '~' ? `\\[u${codeOf(each)}]` : each)).join('');
  return escaped.replaceAll('-', '\\-').replace(/^\./, '\\&.');
}

export function bold(text: string): string {
  return `\\fB${roff(text)}\\fR`;
}

export function italic(text: string): string {
  return `\\fI${roff(text)}\\fR`;
}

/** Prose: options and what stands in backquotes in bold, broken into lines of which none begins as a mark does. */
export function prose(text: string): string {
  const words = text.split(' ').join('\n');
  const marked = words.replace(/`([^`]+)`|(?<![\w-])(--[a-z][a-z-]+)|([^\s`]+|`)/g, (_, code, option, other) =>
    code === undefined
      ? option === undefined
        ? roff(other as string)
        : bold(option as string)
      : boldWords(code as string),
  );
  return wrapped(marked.replaceAll('\n', ' '), COLUMNS);
}

function boldWords(code: string): string {
  return code.split('\n').map(bold).join('\n');
}

/** A paragraph. */
export function paragraph(text: string): string {
  return `.PP\n${prose(text)}`;
}

/** A term, already marked, and what it means, hanging below it. */
export function tagged(term: string, text: string): string {
  return `.TP\n${term}\n${prose(text)}`;
}

/** Lines to paste, as they are. */
export function code(lines: readonly string[]): string {
  return `.PP\n.RS 2\n.nf\n${lines.map(bold).join('\n')}\n.fi\n.RE`;
}

function codeOf(character: string): string {
  return character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
}
