// Digests as small numbers: the same digest is the same number, however it came in, and its text comes back unchanged.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type DigestId, DigestTable } from '../../src/inventory/digest-table.js';
import { ManifestTable, READ, TRUNCATED } from '../../src/inventory/manifest-table.js';
import { algorithmOf, type Digest, digestOf, encodedOf } from '../../src/model/digest.js';
import { DigestList, eachDigest, internAll, packAll } from '../../src/scan/digest-list.js';

const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });
const digest: fc.Arbitrary<Digest> = fc.oneof(
  { weight: 4, arbitrary: hex(64).map((encoded) => digestOf('sha256', encoded)!) },
  hex(128).map((encoded) => digestOf('sha512', encoded)!),
  hex(64).map((encoded) => digestOf('tarsum.v1+sha256', encoded)!),
  // Many that differ in one character only.
  fc.nat({ max: 63 }).map((at) => digestOf('sha256', `${'0'.repeat(at)}1${'0'.repeat(63 - at)}`)!),
);

test('text in, text out; once is enough', () => {
  fc.assert(
    fc.property(fc.array(digest, { maxLength: 200 }), (digests) => {
      const table = new DigestTable();
      const ids = digests.map((each) => table.intern(each));
      expect(ids.map((id) => table.text(id))).toEqual(digests);
      expect(digests.map((each) => table.find(each))).toEqual(ids);
      expect(table.size).toBe(new Set(digests).size);
    }),
  );
});

test('packed on the way between threads, they are the same', () => {
  fc.assert(
    fc.property(fc.array(digest, { maxLength: 200 }), (digests) => {
      const list = new DigestList();
      for (const each of digests) list.push(each);
      const table = new DigestTable();
      const ids = internAll(table, structuredClone(list.packed()));
      expect([...ids].map((id) => table.text(id as DigestId))).toEqual(digests);
      expect(digests.map((each) => table.intern(each))).toEqual([...ids]);
    }),
  );
});

test('folders become digests, as many as there are; what spells none is reported and leaves no trace', () => {
  fc.assert(
    fc.property(fc.array(digest, { minLength: 600, maxLength: 1200 }), (digests) => {
      const list = new DigestList();
      for (const each of digests) {
        expect(list.pushFolder(algorithmOf(each), encodedOf(each))).toBe(true);
        expect(list.pushFolder('sha256', encodedOf(each).slice(1))).toBe(false);
        expect(list.pushFolder('sha256', `${'a'.repeat(63)}\u0130`)).toBe(false);
      }
      const table = new DigestTable();
      const packed = structuredClone(list.packed());
      expect([...internAll(table, packed)].map((id) => table.text(id as DigestId))).toEqual(digests);
      const texts: Digest[] = [];
      eachDigest(packAll(table, [...internAll(table, packed)] as DigestId[]), (each, i) => {
        texts[i] = each;
      });
      expect(texts).toEqual(digests);
    }),
    { numRuns: 20 },
  );
});

test('what was never put in is not found, at any size', () => {
  const table = new DigestTable();
  const nth = (n: number): Digest => digestOf('sha256', n.toString(16).padStart(64, '0'))!;
  for (let n = 0; n < 20_000; n += 1) table.intern(nth(n));
  expect(table.size).toBe(20_000);
  for (let n = 0; n < 20_000; n += 997) expect(table.text(table.find(nth(n))!)).toBe(nth(n));
  expect(table.find(nth(20_000))).toBeUndefined();
  expect(table.size).toBe(20_000);
});

test('their order is that of their text', () => {
  fc.assert(
    fc.property(fc.uniqueArray(digest, { maxLength: 60 }), (digests) => {
      const table = new DigestTable();
      const ids = digests.map((each) => table.intern(each));
      const sorted = [...ids].sort((a, b) => table.compare(a, b)).map((id) => table.text(id));
      const sha256 = sorted.filter((text) => text.startsWith('sha256:'));
      expect(sha256).toEqual([...sha256].sort());
      expect([...sorted].sort()).toEqual([...digests].sort());
    }),
  );
});

test('a manifest keeps its own references, however many came before and after', () => {
  const table = new ManifestTable();
  const edges = (id: number) => Array.from({ length: id % 7 }, (_, n) => (id * 7 + n) % 5000);
  for (let id = 0; id < 5000; id += 3) {
    const targets = edges(id);
    table.set(
      id as DigestId,
      READ,
      1,
      targets,
      targets.map((_, n) => n % 4),
      undefined,
    );
  }
  for (let id = 0; id < 5000; id += 3) expect([...table.references(id as DigestId)]).toEqual(edges(id));
  table.set(3 as DigestId, TRUNCATED, 0, [9], [3], 7 as DigestId);
  expect(table.state(3 as DigestId)).toBe(TRUNCATED);
  expect([...table.references(3 as DigestId)]).toEqual([9]);
  expect(table.subject(3 as DigestId)).toBe(7);
  expect([...table.references(6 as DigestId)]).toEqual(edges(6));
  expect(table.state(1 as DigestId)).toBe(0);
  expect(table.count(99_999 as DigestId)).toBe(0);
});

test('sorted as their texts are, those that begin alike too; the first byte is the first of the text', () => {
  const alike = fc
    .nat({ max: 0xffff })
    .map((n) => digestOf('sha256', `${'ab'.repeat(30)}${n.toString(16).padStart(4, '0')}`)!);
  const sha256 = hex(64).map((encoded) => digestOf('sha256', encoded)!);
  for (const any of [fc.oneof(alike, sha256), fc.oneof(alike, digest)]) {
    fc.assert(
      fc.property(fc.uniqueArray(any, { maxLength: 200 }), (digests) => {
        const table = new DigestTable();
        const ids = digests.map((each) => table.intern(each));
        expect([...table.sorted(ids)].map((id) => table.text(id as DigestId))).toEqual([...digests].sort());
        for (const id of ids) {
          const first = table.firstByte(id);
          const text = table.text(id);
          if (text.startsWith('sha256:')) expect(first).toBe(Number.parseInt(text.slice(7, 9), 16));
          else expect(first).toBeUndefined();
        }
      }),
    );
  }
});
