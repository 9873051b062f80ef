// Names by the grammar of distribution's reference package (docs/storage.md): what a registry accepted and what it refused when it was
// asked, and what a host in front is.

import { describe, expect, test } from 'vitest';
import {
  isPattern,
  isRepositoryName,
  isTagName,
  namedDigest,
  repositoryOnDisk,
  withoutHost,
} from '../../src/model/names.js';

describe('repositories', () => {
  test.each([
    'a/b/c/d/e/f/g/h/i/j',
    'a__b',
    'a---b',
    'A/b',
    'Ab.com/x',
    'a.b',
    'a_b',
    '0',
    'x'.repeat(255),
    'localhost:5000/x',
  ])('the registry takes %s', (name) => expect(isRepositoryName(name)).toBe(true));

  test.each([
    '',
    '/',
    'a/',
    '/a',
    'a//b',
    'a..b',
    'a_-b',
    'a/B',
    '-a',
    'a-',
    '_a',
    'a/_b',
    'a b',
    'a\n',
    '..',
    '.',
    'ä',
    'a:b',
  ])('the registry refuses %j', (name) => expect(isRepositoryName(name)).toBe(false));

  test('a name on disk is of parts that the grammar knows, wherever they stand', () => {
    for (const name of ['a', 'Team/App', 'x/y/z', 'localhost:5000/a', 'x'.repeat(255)])
      expect(repositoryOnDisk(name)).toBe(name);
    for (const name of [
      '',
      '.',
      '..',
      'a/..',
      'a//b',
      '/a',
      'a/',
      '_a',
      'a/_manifests',
      'a\0b',
      'A B',
      'a\nb',
      'a..b',
      '-',
    ])
      expect(repositoryOnDisk(name)).toBeUndefined();
  });

  test('a long name is judged at once', () => {
    expect(isRepositoryName('a-'.repeat(100_000))).toBe(false);
    expect(isRepositoryName(`${'a'.repeat(500)}!`)).toBe(false);
  });
});

describe('tags', () => {
  test.each(['v1', 'latest', '_x', 'link', 'current', 'index', 'data', '1.2-3', 'A', 'x'.repeat(128)])('%s', (name) =>
    expect(isTagName(name)).toBe(true),
  );
  test.each(['', '-a', '.a', 'a/b', 'a:b', 'a b', 'a\n', 'ä', 'x'.repeat(129), '..'])('not %j', (name) =>
    expect(isTagName(name)).toBe(false),
  );
});

describe('companion tags', () => {
  const hex = 'ab'.repeat(32);
  test.each([
    [`sha256-${hex}`, `sha256:${hex}`],
    [`sha256-${hex}.sig`, `sha256:${hex}`],
    [`sha256-${hex}.att`, `sha256:${hex}`],
    [`sha512-${hex}${hex}.sbom`, `sha512:${hex}${hex}`],
    [`sha256-${hex}.`, `sha256:${hex}`],
    [`sha256-${hex}.SIG`, `sha256:${hex}`],
    [`sha256-${hex}-1`, `sha256:${hex}`],
    [`prod-sha256-${hex}.sig`, `sha256:${hex}`],
    [`sha256-${hex}0`, undefined],
    [`sha256-${hex.slice(1)}`, undefined],
    [`sha512-${hex}`, undefined],
    [`sha256-${hex.toUpperCase()}`, undefined],
    ['v1', undefined],
  ])('%s describes %s', (tag, subject) => expect(namedDigest(tag)).toBe(subject));
});

test.each([
  ['registry.example.com/app', 'app'],
  ['registry:5000/team/app', 'team/app'],
  ['localhost/app', 'app'],
  ['team/app', undefined],
  ['app', undefined],
  ['/app', undefined],
  ['registry.example.com', undefined],
])('%s without its host is %s', (name, bare) => expect(withoutHost(name)).toBe(bare));

test.each([
  ['app', false],
  ['a*', true],
  ['a?', true],
  ['[ab]', true],
  ['{a,b}', true],
  ['a+b', false],
])('%s is a pattern: %s', (text, is) => expect(isPattern(text)).toBe(is));
