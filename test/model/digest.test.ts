// A digest is parsed strictly or not at all: a path is built from it, so what is no digest must never become one.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { algorithmOf, digestOf, encodedOf, isSha256, parseDigest, shortDigest } from '../../src/model/digest.js';

const HEX = 'ab'.repeat(32);

describe('what is a digest', () => {
  test.each([
    `sha256:${HEX}`,
    `sha384:${'0'.repeat(96)}`,
    `sha512:${'f'.repeat(128)}`,
    `blake3:${HEX}`,
    `tarsum+sha256:${HEX}`,
    `tarsum.v1+sha256:${HEX}`,
    `tarsum.dev+sha256:${HEX}`,
  ])('%s', (text) => {
    const digest = parseDigest(text)!;
    expect(`${algorithmOf(digest)}:${encodedOf(digest)}`).toBe(text);
    expect(digestOf(algorithmOf(digest), encodedOf(digest))).toBe(text);
    expect(isSha256(digest)).toBe(text.startsWith('sha256:'));
    expect(text.startsWith(shortDigest(digest))).toBe(true);
  });
});

describe('what is none', () => {
  test.each([
    '',
    ':',
    'sha256',
    'sha256:',
    `:${HEX}`,
    HEX,
    `sha256:${HEX}\n`,
    ` sha256:${HEX}`,
    `sha256:${HEX} `,
    `sha256:${HEX.toUpperCase()}`,
    `SHA256:${HEX}`,
    `sha256:${HEX.slice(1)}`,
    `sha256:${HEX}a`,
    `sha256:${HEX.slice(1)}g`,
    `sha256:${'../'.repeat(21)}a`,
    `sha256:${HEX.slice(2)}/.`,
    `sha256:${HEX.slice(1)}\0`,
    `sha256::${HEX.slice(1)}`,
    `sha512:${HEX}`,
    `md5:${'0'.repeat(32)}`,
    `constructor:${HEX}`,
    `__proto__:${HEX}`,
    `toString:${HEX}`,
    `tarsum+sha256:${HEX}x`,
    `tarsum../x+sha256:${HEX}`,
    `tarsum.v1+md5:${HEX}`,
  ])('%j', (text) => {
    expect(parseDigest(text)).toBeUndefined();
  });

  test('any text that parses is plain: no slash but in no digest, no dots that climb, no white space', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.string().map((text) => `sha256:${text}`),
        ),
        (text) => {
          const digest = parseDigest(text);
          if (digest !== undefined) expect(digest).toMatch(/^[a-z0-9.+]+:[0-9a-f]+$/);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('one changed character makes a digest another or none, never the same', () => {
    const place = fc.nat({ max: 70 });
    fc.assert(
      fc.property(place, fc.string({ minLength: 1, maxLength: 1 }), (at, character) => {
        const text = `sha256:${HEX}`;
        const changed = text.slice(0, at) + character + text.slice(at + 1);
        const digest = parseDigest(changed);
        expect(digest === undefined || digest === changed).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
