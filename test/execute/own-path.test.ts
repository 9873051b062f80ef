// Paths checked in turn, by their folder, are judged as each is alone: whatever came before.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isOwnPath, OwnPaths } from '../../src/execute/own-path.js';
import { REMOVAL_KINDS } from '../../src/plan/removal.js';

const A = 'ab'.repeat(32);
const B = `ab${'0'.repeat(62)}`;
const FOLDERS = [
  'blobs/sha256/ab',
  'blobs/sha256/cd',
  'blobs/sha512/ab',
  'blobs/sha256/..',
  'repositories/app/_manifests/tags',
  'repositories/app/_manifests/tags/v1/index/sha256',
  'repositories/app/_manifests/revisions/sha256',
  'repositories/app/_manifests/revisions/sha512',
  'repositories/app/_layers/sha256',
  'repositories/app/_layers/tarsum/v1/sha256',
  'repositories/app/_uploads',
  'repositories/../_layers/sha256',
  'repositories/_layers/sha256',
  'repositories//_manifests/tags',
  'repositories/app',
  'blobs',
  '',
];
const NAMES = [
  A,
  B,
  `cd${A.slice(2)}`,
  A.toUpperCase(),
  `${A}0`,
  A.repeat(2),
  'v1',
  'link',
  '.',
  '..',
  '',
  'a\0b',
  `${A}\n`,
];

test('in any order, of every kind, what is beside an own path is one only where it is one alone', () => {
  const all = FOLDERS.flatMap((folder) => NAMES.map((name) => `${folder}/${name}`));
  const own = REMOVAL_KINDS.filter((kind) => all.some((path) => isOwnPath(kind, path)));
  expect(own).toEqual(
    expect.arrayContaining(['tag', 'history', 'revision', 'layerLink', 'upload', 'blob', 'directory']),
  );
  // In each folder the first that is one, then every name.
  for (const kind of REMOVAL_KINDS) {
    for (const first of all.filter((path) => isOwnPath(kind, path))) {
      for (const path of all) {
        const paths = new OwnPaths();
        paths.has(kind, first);
        expect(paths.has(kind, path), `${kind}: ${first}, then ${path}`).toBe(isOwnPath(kind, path));
      }
    }
  }
  const kinds = fc.constantFrom(...REMOVAL_KINDS);
  fc.assert(
    fc.property(fc.array(fc.tuple(kinds, fc.constantFrom(...all)), { minLength: 2, maxLength: 12 }), (asked) => {
      const paths = new OwnPaths();
      for (const [kind, path] of asked) expect(paths.has(kind, path)).toBe(isOwnPath(kind, path));
    }),
    { numRuns: 500 },
  );
});
