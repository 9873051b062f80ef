// A manifest's text to what it names (docs/storage.md): each kind that a registry stores, and each way in which a text can hide what it
// names, which is a fault and never an empty list.

import { describe, expect, test } from 'vitest';
import { type Manifest, parseManifest } from '../../src/manifest/parse.js';

const digest = (n: number): string => `sha256:${n.toString(16).padStart(64, '0')}`;
const [A, B, C, D] = [1, 2, 3, 4].map(digest) as [string, string, string, string];
const parsed = (json: unknown): Manifest => {
  const found = parseManifest(JSON.stringify(json));
  if (typeof found === 'string') throw new Error(`a fault: ${found}`);
  return found;
};
const named = (json: unknown) => parsed(json).references.map((reference) => `${reference.role} ${reference.digest}`);

const TYPE = {
  image: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  schema2: 'application/vnd.docker.distribution.manifest.v2+json',
  list: 'application/vnd.docker.distribution.manifest.list.v2+json',
  artifact: 'application/vnd.oci.artifact.manifest.v1+json',
  oras: 'application/vnd.cncf.oras.artifact.manifest.v1+json',
};

describe('what each kind names', () => {
  test.each([
    ['OCI image', { mediaType: TYPE.image }],
    ['schema 2', { mediaType: TYPE.schema2 }],
    ['without a media type', {}],
  ])('%s: config and layers', (_, more) => {
    const json = { schemaVersion: 2, ...more, config: { digest: A, size: 1 }, layers: [{ digest: B }, { digest: B }] };
    expect(named(json)).toEqual([`layer ${B}`, `layer ${B}`, `config ${A}`]);
    expect(parsed(json).kind).toBe('image');
  });

  test.each([
    ['OCI index', { mediaType: TYPE.index }],
    ['manifest list', { mediaType: TYPE.list }],
    ['without a media type', {}],
    ['an image by its media type', { mediaType: TYPE.image }],
  ])('%s: children, with their platforms', (_, more) => {
    const platform = { os: 'linux', architecture: 'arm', variant: 'v7' };
    const json = { schemaVersion: 2, ...more, manifests: [{ digest: A, platform }, { digest: B }] };
    expect(named(json)).toEqual([`manifest ${A}`, `manifest ${B}`]);
    expect(parsed(json)).toMatchObject({ kind: 'index', references: [{ platform: 'linux/arm/v7' }, {}] });
  });

  test.each([TYPE.artifact, TYPE.oras])('%s: blobs, and a subject that is no reference', (mediaType) => {
    const json = { mediaType, blobs: [{ digest: A }], subject: { digest: B } };
    expect(named(json)).toEqual([`blob ${A}`]);
    expect(parsed(json)).toMatchObject({ kind: 'artifact', subject: B });
  });

  test('schema 1: layers, repeated ones too, and its own date', () => {
    const history = [{ v1Compatibility: '{"created":"2015-01-02T03:04:05Z"}' }, { v1Compatibility: 'no json' }];
    const json = { schemaVersion: 1, architecture: 'amd64', fsLayers: [{ blobSum: A }, { blobSum: A }], history };
    expect(named(json)).toEqual([`layer ${A}`, `layer ${A}`]);
    expect(parsed(json)).toMatchObject({ kind: 'schema1', created: '2015-01-02T03:04:05Z', platform: 'linux/amd64' });
  });

  test('everything at once: every list counts, whatever the media type', () => {
    const json = {
      mediaType: TYPE.image,
      config: { digest: A },
      layers: [{ digest: B }],
      manifests: [{ digest: C }],
      blobs: [{ digest: D }],
    };
    expect(named(json)).toHaveLength(4);
  });

  test('empty lists are known shapes', () => {
    for (const json of [{ manifests: [] }, { layers: [] }, { blobs: [] }]) expect(named(json)).toEqual([]);
  });

  test('an unknown media type: every descriptor at any depth, but not the subject', () => {
    const json = {
      mediaType: 'application/vnd.example+json',
      a: [{ b: { digest: A } }, { digest: B, c: { digest: C } }],
      subject: { digest: D },
    };
    expect(named(json).map((text) => text.split(' ')[1])).toEqual([A, B, C]);
    expect(parsed(json).subject).toBe(D);
  });
});

describe('what hides something is a fault', () => {
  test.each(['', '{', 'null', '[]', '"text"', '1', '{"layers":[}', '{"a":1} {"b":2}', '\ufeff{"layers":[]}'])(
    '%j',
    (text) => {
      expect(typeof parseManifest(text)).toBe('string');
    },
  );

  const entries: Readonly<Record<string, unknown>> = {
    'no fields': {},
    'a version alone': { schemaVersion: 2, mediaType: TYPE.image },
    'layers that are no list': { layers: { digest: A } },
    'a layer that is no object': { layers: ['x'] },
    'a layer without a digest': { layers: [{ size: 1 }] },
    'a layer whose digest is none': { layers: [{ digest: 'sha256:x' }] },
    'a digest in upper case': { layers: [{ digest: A.toUpperCase() }] },
    'a digest of an unknown algorithm': { layers: [{ digest: `md5:${'0'.repeat(32)}` }] },
    'a config that is a list': { config: [{ digest: A }] },
    'fsLayers without a blobSum': { schemaVersion: 1, fsLayers: [{ digest: A }] },
    'fsLayers that are none': { schemaVersion: 1, fsLayers: null },
    'a subject that is no descriptor': { layers: [], subject: A },
    'a bad digest deep inside an unknown type': {
      mediaType: 'application/x',
      a: [{ b: { digest: 'x' } }],
      c: { digest: A },
    },
    'Layers beside a config': { config: { digest: A }, Layers: [{ digest: B }] },
    'MANIFESTS beside manifests': { manifests: [{ digest: A }], MANIFESTS: [{ digest: B }] },
    fslayers: { schemaVersion: 1, fslayers: [{ blobSum: A }], layers: [] },
    'a long s, which Go folds too': { config: { digest: A }, 'layer\u017f': [{ digest: B }] },
    'Digest beside digest': { layers: [{ digest: A, Digest: B }] },
    'Digest inside an unknown type': { mediaType: 'application/x', a: { Digest: A }, b: { digest: B } },
  };
  test.each(Object.keys(entries))('%s', (name) => {
    expect(parseManifest(JSON.stringify(entries[name]))).toBe('unknown-shape');
  });

  test('nested deeper than anything sane', () => {
    const deep = `${'{"a":'.repeat(5000)}{"digest":"${A}"}${'}'.repeat(5000)}`;
    expect(parseManifest(`{"mediaType":"application/x","a":${deep}}`)).toBe('unknown-shape');
  });

  test('annotations may be spelt as anybody likes', () => {
    const json = { layers: [{ digest: A, annotations: { Digest: 'x', Layers: 'y' } }], annotations: { Config: 'z' } };
    expect(named(json)).toEqual([`layer ${A}`]);
  });

  test("keys that only look like fields do not reach an object's own inheritance", () => {
    const text = `{"layers":[{"digest":"${A}"}],"__proto__":{"config":{"digest":"${B}"}},"constructor":1}`;
    expect(parseManifest(text)).toMatchObject({ references: [{ digest: A }] });
  });
});
