// Entity to path and back, against the paths as distribution spells them, and no path that leads anywhere else.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Digest, digestOf } from '../../src/model/digest.js';
import { type Entity, entityAt, isLeftoverName, pathOf } from '../../src/model/layout.js';
import { isTagName, type RepositoryName, repositoryOnDisk, type TagName } from '../../src/model/names.js';
import { at } from '../support/tree-paths.js';

const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });
const digest: fc.Arbitrary<Digest> = fc.oneof(
  { weight: 3, arbitrary: hex(64).map((encoded) => digestOf('sha256', encoded)!) },
  hex(128).map((encoded) => digestOf('sha512', encoded)!),
  hex(64).map((encoded) => digestOf('tarsum.v1+sha256', encoded)!),
  hex(64).map((encoded) => digestOf('tarsum+sha256', encoded)!),
);
const plain = hex(64).map((encoded) => digestOf('sha256', encoded)!);
const part = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 });
const repository: fc.Arbitrary<RepositoryName> = fc
  .array(part, { minLength: 1, maxLength: 4 })
  .map((parts) => repositoryOnDisk(parts.join('/')))
  .filter((name) => name !== undefined);
const tag: fc.Arbitrary<TagName> = part.filter(isTagName);

const entity: fc.Arbitrary<Entity> = fc.oneof(
  fc.record({ kind: fc.constant('repository' as const), repository }),
  fc.record({ kind: fc.constant('tag' as const), repository, tag }),
  fc.record({ kind: fc.constant('history' as const), repository, tag, digest: plain }),
  fc.record({ kind: fc.constant('revision' as const), repository, digest: plain }),
  fc.record({ kind: fc.constant('layerLink' as const), repository, digest }),
  fc.record({ kind: fc.constant('blob' as const), digest: plain }),
);

describe('entity to path and back', () => {
  test('every entity comes back from its path', () => {
    fc.assert(
      fc.property(entity, (thing) => {
        expect(entityAt(pathOf(thing))).toEqual(thing);
      }),
      { numRuns: 1000 },
    );
  });

  test('the paths are those of distribution', () => {
    fc.assert(
      fc.property(repository, tag, plain, digest, (repo, name, revision, layer) => {
        const folder = (link: string): string => link.slice(0, link.lastIndexOf('/'));
        expect(pathOf({ kind: 'tag', repository: repo, tag: name })).toBe(at.tag(repo, name));
        const history = { kind: 'history' as const, repository: repo, tag: name, digest: revision };
        expect(pathOf(history)).toBe(folder(at.history(repo, name, revision)));
        expect(pathOf({ kind: 'revision', repository: repo, digest: revision })).toBe(
          folder(at.revision(repo, revision)),
        );
        expect(pathOf({ kind: 'layerLink', repository: repo, digest: layer })).toBe(folder(at.layer(repo, layer)));
        expect(pathOf({ kind: 'blob', digest: revision })).toBe(folder(at.blob(revision)));
      }),
    );
  });

  test('any path that is an entity is spelled exactly as that entity', () => {
    const words = fc.constantFrom(
      'repositories',
      'blobs',
      '_manifests',
      '_layers',
      '_uploads',
      'tags',
      'revisions',
      'index',
      'current',
      'link',
      'sha256',
      'ab',
      'ab'.repeat(32),
      '..',
      '.',
      '',
      'app',
      'tarsum',
      'v1',
      'data',
    );
    fc.assert(
      fc.property(fc.array(words, { maxLength: 8 }), (parts) => {
        const path = parts.join('/');
        const found = entityAt(path);
        if (found === undefined) return;
        expect(pathOf(found)).toBe(path);
        expect(path.split('/')).not.toEqual(expect.arrayContaining(['..']));
        expect(path).toMatch(/^(?:repositories|blobs)\/./);
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    '',
    '/',
    'repositories',
    'repositories/',
    'repositories/_manifests',
    'repositories/../x',
    'repositories/app/',
    'repositories/app/_manifests',
    'repositories/app/_manifests/tags',
    'repositories/app/_manifests/tags/..',
    'repositories/app/_manifests/tags/v1/current',
    'repositories/app/_layers/sha256',
    'repositories/app/_layers/sha256/ab',
    `repositories/app/_layers/sha256/${'ab'.repeat(32)}/link`,
    'repositories/app/_uploads',
    'repositories/app/_uploads/..',
    'repositories/app/_uploads/a/data',
    'blobs/sha256',
    'blobs/sha256/ab',
    `blobs/sha256/cd/${'ab'.repeat(32)}`,
    `blobs/sha256/ab/${'ab'.repeat(32)}/data`,
    '.regsweep/lock',
  ])("'%s' is no entity of its own", (path) => {
    expect(entityAt(path)).toBeUndefined();
  });
});

test.each([
  ['link.01234567-89ab-cdef-0123-456789abcdef.tmp', true],
  ['data.01234567-89ab-cdef-0123-456789abcdef.tmp', true],
  ['startedat.01234567-89ab-cdef-0123-456789abcdef.tmp', true],
  ['notes.01234567-89ab-cdef-0123-456789abcdef.tmp', false],
  ['link.tmp', false],
  ['link.01234567-89AB-cdef-0123-456789abcdef.tmp', false],
  ['link.01234567-89ab-cdef-0123-456789abcdef.tmp~', false],
  ['link', false],
])('%s is a leftover: %s', (name, is) => {
  expect(isLeftoverName(name)).toBe(is);
});
