// Plain English as a test: what is printed, written and named reads as a native speaker would say it. Each row is a phrase that
// was here once and what to say instead.

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '..');

/** In prose, messages, comments and test titles alike. The list grows as the sentences are rewritten. */
const PHRASES: readonly (readonly [RegExp, string])[] = [
  [/\bcan not\b/i, 'cannot'],
  [/\bleads? nowhere\b/i, 'is dangling'],
  [/\bthaw/i, 'unfreeze'],
  [/\bleave[sd]? away\b|\bleft away\b/i, 'omit'],
  [/\bagreed to\b/i, 'confirmed'],
  [/\d damages\b/i, 'problems'],
  [/\bremarks besides\b/i, 'notes'],
];

interface Text {
  readonly name: string;
  readonly lines: readonly string[];
}

function tracked(...patterns: string[]): Text[] {
  const listed = execFileSync('git', ['ls-files', '-z', '--', ...patterns], { cwd: ROOT, encoding: 'utf8' });
  return listed
    .split('\0')
    .filter((name) => name !== '' && name !== 'test/english.test.ts' && fs.existsSync(path.join(ROOT, name)))
    .map((name) => ({ name, lines: fs.readFileSync(path.join(ROOT, name), 'utf8').split('\n') }));
}

function faultsIn(texts: readonly Text[], rows: readonly (readonly [RegExp, string])[]): string[] {
  return texts.flatMap(({ name, lines }) =>
    lines.flatMap((line, at) =>
      rows
        .filter(([phrase]) => phrase.test(line))
        .map(([phrase, instead]) => `${name}:${at + 1}: "${phrase.exec(line)![0]}": write ${instead}`),
    ),
  );
}

describe('plain English', () => {
  test('in the source', () => {
    const sources = tracked('src/*.ts', 'bin', 'scripts/*.ts', 'bench/*.ts');
    expect(faultsIn(sources, PHRASES)).toEqual([]);
  });

  test('in the tests', () => {
    expect(faultsIn(tracked('test/*.ts'), PHRASES)).toEqual([]);
  });

  test('in what is read', () => {
    expect(faultsIn(tracked('*.md', 'contrib', 'schema'), PHRASES)).toEqual([]);
  });

  test('in the help and the man page', () => {
    const regsweep = (...words: string[]): string =>
      execFileSync(process.execPath, [path.join(ROOT, 'bin/regsweep.js'), ...words, '--help'], { encoding: 'utf8' });
    const commands = ['ls', 'du', 'check', 'why', 'rm', 'retain', 'gc', 'apply', 'undo', 'trash', 'completion'];
    const texts = [[], ...commands.map((command) => [command])].map((words) => ({
      name: `regsweep ${words.join(' ')} --help`,
      lines: regsweep(...words).split('\n'),
    }));
    const man = fs.readFileSync(path.join(ROOT, 'dist/man/regsweep.1'), 'utf8').split('\n');
    expect(faultsIn([...texts, { name: 'regsweep(1)', lines: man }], PHRASES)).toEqual([]);
  });
});

describe('every document that is cited exists', () => {
  const sources = tracked('src/*.ts', 'test/*.ts', 'scripts/*.ts', 'bench/*.ts', '*.md', 'contrib', 'schema', 'bin');

  test('no document outside the repository', () => {
    const outside = /\b(?:SPEC|FIELD|HOUSE|PERFORMANCE|STORAGE)(?:\.md)? ?\d|\b(?:SPEC|PERFORMANCE\.md|HOUSE\.md)\b/;
    expect(faultsIn(sources, [[outside, 'a rule of docs/rules.md']])).toEqual([]);
  });

  test('every path to a document', () => {
    const missing = sources.flatMap(({ name, lines }) =>
      lines.flatMap((line, at) =>
        [...line.matchAll(/(?<![\w/.-])(docs\/[\w./-]+\.md)/g)]
          .filter(([, file]) => !fs.existsSync(path.join(ROOT, file!)))
          .map(([, file]) => `${name}:${at + 1}: ${file} does not exist`),
      ),
    );
    expect(missing).toEqual([]);
  });

  test('every rule', () => {
    const rules = fs.readFileSync(path.join(ROOT, 'docs/rules.md'), 'utf8');
    const known = new Set<string>();
    let section = '';
    for (const line of rules.split('\n')) {
      section = /^## (\d+)\./.exec(line)?.[1] ?? section;
      const number = /^(\d+)\. /.exec(line)?.[1];
      if (number !== undefined) known.add(`${section}.${number}`);
    }
    const missing = sources.flatMap(({ name, lines }) =>
      lines.flatMap((line, at) =>
        [...line.matchAll(/\brules? (\d+\.\d+)/g)]
          .filter(([, rule]) => !known.has(rule!))
          .map(([, rule]) => `${name}:${at + 1}: there is no rule ${rule} in docs/rules.md`),
      ),
    );
    expect(missing).toEqual([]);
  });
});
