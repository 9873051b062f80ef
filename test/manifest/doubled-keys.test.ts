// Every key that is read, in every object that holds it, doubled in every spelling that Go's decoder takes for it, or of the wrong
// type: what a registry reads cannot be known, so the manifest has no known shape.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hasDoubledKey } from '../../src/manifest/doubled-keys.js';
import { parseManifest } from '../../src/manifest/parse.js';
import { MEDIA } from '../support/content.js';

const digest = (n: number): string => `sha256:${n.toString(16).padStart(64, '0')}`;
const [A, B] = [digest(1), digest(2)] as const;

/** An object of each kind, as the place where a key is doubled: the text around it, and its keys with a plain and another value. */
interface Place {
  readonly around: (object: string) => string;
  readonly keys: Readonly<Record<string, readonly [plain: unknown, other: unknown]>>;
}

const descriptor = (of: string): unknown => ({ mediaType: 'application/x', size: 1, digest: of });
const DESCRIPTOR: Place['keys'] = { digest: [A, B], mediaType: ['application/x', MEDIA.index] };
const top = (mediaType: string, more: Place['keys']): Place => ({
  around: (object) => object,
  keys: { schemaVersion: [2, 1], mediaType: [mediaType, 'application/y'], ...more },
});

const PLACES: Readonly<Record<string, Place>> = {
  'OCI image': top(MEDIA.image, {
    config: [descriptor(A), descriptor(B)],
    layers: [[descriptor(A)], [descriptor(B)]],
    subject: [descriptor(A), descriptor(B)],
    artifactType: ['application/a', 'application/b'],
  }),
  'schema 2': top(MEDIA.schema2, {
    config: [descriptor(A), descriptor(B)],
    layers: [[descriptor(A)], [descriptor(B)]],
  }),
  index: top(MEDIA.index, { manifests: [[descriptor(A)], [descriptor(B)]] }),
  artifact: top('application/vnd.oci.artifact.manifest.v1+json', { blobs: [[descriptor(A)], [descriptor(B)]] }),
  'schema 1': {
    around: (object) => object,
    keys: { schemaVersion: [1, 2], fsLayers: [[{ blobSum: A }], [{ blobSum: B }]] },
  },
  'a layer of schema 1': {
    around: (object) => `{"schemaVersion":1,"fsLayers":[{"blobSum":"${B}"},${object}]}`,
    keys: { blobSum: [A, B] },
  },
  'a layer': { around: (object) => `{"schemaVersion":2,"layers":[${object}]}`, keys: DESCRIPTOR },
  'a config': { around: (object) => `{"schemaVersion":2,"config":${object},"layers":[]}`, keys: DESCRIPTOR },
  'a child': { around: (object) => `{"schemaVersion":2,"manifests":[${object}]}`, keys: DESCRIPTOR },
  'a subject': { around: (object) => `{"schemaVersion":2,"layers":[],"subject":${object}}`, keys: DESCRIPTOR },
  'a descriptor of an unknown type': {
    around: (object) => `{"mediaType":"application/x","deep":[{"in":${object}}]}`,
    keys: DESCRIPTOR,
  },
};

/** Every way to spell `key` again that Go's decoder takes for it, as it stands between quotes. */
function spellings(key: string): string[] {
  const last = key.length - 1;
  const unicode = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  const all = [
    key,
    key.toUpperCase(),
    key.toLowerCase(),
    key[0]!.toUpperCase() + key.slice(1),
    key.slice(0, last) + unicode(key[last]!),
    unicode(key[0]!.toUpperCase()) + key.slice(1),
    ...(key.includes('s') ? [key.replace('s', '\u017f'), key.replace('s', '\\u017f')] : []),
  ];
  return [...new Set(all)];
}

const written = (members: readonly (readonly [string, unknown])[]): string =>
  `{${members.map(([key, value]) => `"${key}":${JSON.stringify(value)}`).join(',')}}`;

const CASES = Object.entries(PLACES).flatMap(([name, place]) =>
  Object.keys(place.keys).map((key) => ({ name, key, place })),
);

describe.each(CASES)('$key in $name', ({ key, place }) => {
  const plain = Object.entries(place.keys).map(([each, [value]]) => [each, value] as const);

  test('is read where it stands once', () => {
    expect(parseManifest(place.around(written(plain)))).toMatchObject({ references: expect.anything() });
  });

  test.each(spellings(key))('doubled as %j, before and after', (spelling) => {
    const other = [spelling, place.keys[key]![1]] as const;
    expect(parseManifest(place.around(written([...plain, other])))).toBe('unknown-shape');
    expect(parseManifest(place.around(written([other, ...plain])))).toBe('unknown-shape');
  });

  test.each(spellings(key).filter((spelling) => JSON.parse(`"${spelling}"`) !== key))('alone as %j', (spelling) => {
    const members = plain.map(([each, value]) => [each === key ? spelling : each, value] as const);
    expect(parseManifest(place.around(written(members)))).toBe('unknown-shape');
  });

  const wrong = [null, 1.5, true, { a: 1 }, [1], ['x'], [null], [[]], 'sha256:x'].filter(
    (value) => !((key === 'mediaType' || key === 'artifactType') && typeof value === 'string'),
  );
  test.each(wrong)('of the wrong type: %j', (value) => {
    const members = plain.map(([each, old]) => [each, each === key ? value : old] as const);
    expect(parseManifest(place.around(written(members)))).toBe('unknown-shape');
  });
});

test('the pair that was reported', () => {
  const layers = `{"schemaVersion":1,"fsLayers":[{"blobSum":"${A}","BlobSum":"${B}"}]}`;
  expect(parseManifest(layers)).toBe('unknown-shape');
});

describe('hasDoubledKey', () => {
  const doubled = hasDoubledKey;

  test.each([
    ['{"a":1,"a":2}', true],
    ['{"a" : 1, "b" : 2, "b" : 2}', true],
    ['{"a":{"b":1},"c":[{"b":1,"b":1}]}', true],
    ['{"a":1,"\\u0061":2}', true],
    ['{"\\"":1,"\\u0022":2}', true],
    ['{"__proto__":1,"__proto__":2}', true],
    ['{"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}]}', false],
    ['{"a":":","b":" :","c":"\\":"}', false],
    ['{"a":"\\\\","b":"\\\\\\"a"}', false],
    ['{"A":1,"a":2}', false],
    ['[]', false],
  ])('%s: %s', (text, expected) => {
    expect(doubled(text)).toBe(expected);
  });

  test('nested a million deep', () => {
    const deep = (inside: string): string => `${'['.repeat(1_000_000)}${inside}${']'.repeat(1_000_000)}`;
    expect(doubled(deep('{"a":1}'))).toBe(false);
    expect(doubled(deep('{"a":1,"a":1}'))).toBe(true);
  });

  test('JSON as any writer puts it holds none; with one member written again it does', () => {
    fc.assert(
      fc.property(fc.object({ maxDepth: 4 }), fc.constantFrom(0, 1, '\t'), (object, indent) => {
        const text = JSON.stringify(object, undefined, indent);
        expect(doubled(text)).toBe(false);
        const [key] = Object.keys(JSON.parse(text));
        if (key === undefined) return;
        expect(doubled(`${text.slice(0, text.lastIndexOf('}'))},${JSON.stringify(key)}:1}`)).toBe(true);
      }),
    );
  });
});
