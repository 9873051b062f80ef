// A manifest's text to what it names. Every kind that a registry stores is one shape here (docs/storage.md): references that keep
// what they name, and a `subject` that does not. Text whose references cannot all be reported is a fault, never an empty list.

import { type Digest, parseDigest } from '../model/digest.js';
import { hasDoubledKey, mayHaveDoubledKey } from './doubled-keys.js';
import { isForeignLayer, isKnownManifestType } from './media-types.js';

/** The part of a manifest that names a digest. What the named thing *is* the repository's links decide, not this. */
export type Role = 'config' | 'layer' | 'foreign' | 'manifest' | 'blob';

export interface Descriptor {
  readonly role: Role;
  readonly digest: Digest;
  readonly mediaType: string | undefined;
  /** `os/architecture[/variant]` of an index entry, where given. */
  readonly platform: string | undefined;
}

export type ManifestKind = 'schema1' | 'image' | 'index' | 'artifact' | 'other';

export interface Manifest {
  readonly kind: ManifestKind;
  readonly mediaType: string | undefined;
  readonly references: readonly Descriptor[];
  /** The manifest that this one refers to (OCI 1.1): a weak edge, it keeps nothing. */
  readonly subject: Digest | undefined;
  readonly artifactType: string | undefined;
  /** RFC 3339, from the newest schema 1 history entry; other kinds say it in their config. */
  readonly created: string | undefined;
  /** Schema 1 says its architecture itself. */
  readonly platform: string | undefined;
}

/** Why a manifest's references cannot be reported. */
export type ManifestFault = 'not-json' | 'unknown-shape';

type Json = Record<string, unknown>;

/** What was found so far in one manifest. */
interface Found {
  readonly references: Descriptor[];
  /** Keys of the objects that were read: at most as many as the manifest has. */
  keys: number;
}

/** The API's own limit on a manifest, in bytes (distribution maxManifestBodySize). */
export const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;

const FIELDS = [
  ['layers', 'layer'],
  ['manifests', 'manifest'],
  ['blobs', 'blob'],
] as const;

/** Parses a manifest of any kind; a {@link ManifestFault} where not every reference can be reported. Never throws. */
export function parseManifest(text: string): Manifest | ManifestFault {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return 'not-json'; // ignored error: the fault itself is the answer, and a fault freezes the repository
  }
  const found: Found = { references: [], keys: 0 };
  if (!isObject(json) || !isPlain(json, TOP_KEYS, found)) return 'unknown-shape';
  const { mediaType, artifactType, schemaVersion: version } = json;
  if (!isOptionalString(mediaType) || !isOptionalString(artifactType)) return 'unknown-shape';
  if (version !== undefined && !Number.isInteger(version)) return 'unknown-shape';
  const { references } = found;
  const known = mediaType === undefined || isKnownManifestType(mediaType);
  let shaped = false;
  if (known) {
    for (const [field, role] of FIELDS) {
      const entries = json[field];
      if (entries === undefined) continue;
      if (!addAll(found, entries, role)) return 'unknown-shape';
      shaped = true;
    }
    const config = json['config'];
    if (config !== undefined) {
      if (!addDescriptor(found, config, 'config')) return 'unknown-shape';
      shaped = true;
    }
  } else if (!addEveryDescriptor(found, json, 'blob', 0)) {
    return 'unknown-shape';
  }
  const layers = json['fsLayers'];
  if (layers !== undefined) {
    if (!addSchema1Layers(found, layers)) return 'unknown-shape';
    shaped = true;
  }
  if (!shaped && references.length === 0) return 'unknown-shape';
  const subject = subjectOf(json['subject']);
  if (subject === 'unknown-shape') return 'unknown-shape';
  // Each key has a colon behind it and each reference one in it; where other objects were read, keys were counted otherwise.
  const colons = known && layers === undefined ? found.keys + references.length : 0;
  if (mayHaveDoubledKey(text, colons) && hasDoubledKey(text)) return 'unknown-shape';
  const schema1 = layers !== undefined && version === 1;
  return {
    kind: kindOf(json, schema1),
    mediaType: mediaType ?? stringOf(json['media_type']),
    references,
    subject,
    artifactType,
    created: schema1 ? schema1Created(json['history']) : undefined,
    platform: schema1 ? platformOf({ os: 'linux', architecture: json['architecture'] }) : undefined,
  };
}

/** The keys that are read in the manifest itself, in a descriptor and in a layer of schema 1: in lower case, to their spelling. */
const TOP_KEYS = spellings(
  'schemaVersion',
  'mediaType',
  'artifactType',
  'config',
  'layers',
  'manifests',
  'blobs',
  'subject',
  'fsLayers',
);
const DESCRIPTOR_KEYS = spellings('digest', 'mediaType');
const SCHEMA1_LAYER_KEYS = spellings('blobSum');

function spellings(...keys: readonly string[]): ReadonlyMap<string, string> {
  return new Map(keys.map((key) => [key.toLowerCase(), key]));
}

/**
 * True where every key that a registry would read is spelt as here. Go's decoder compares keys by Unicode case folding: `Layers`,
 * and even `layer\u017f`, is `layers` to it.
 */
function isPlain(json: Json, keys: ReadonlyMap<string, string>, found: Found): boolean {
  let count = 0;
  for (const key in json) {
    count += 1;
    if (PLAIN_KEYS.has(key)) continue;
    const spelling = keys.get(key.toUpperCase().toLowerCase());
    if (spelling !== undefined && spelling !== key) return false;
  }
  found.keys += count;
  return true;
}

/** Keys of most objects: no need to look closer. */
const PLAIN_KEYS: ReadonlySet<string> = new Set([
  'mediaType',
  'digest',
  'size',
  'config',
  'layers',
  'schemaVersion',
  'platform',
]);

function kindOf(json: Json, schema1: boolean): ManifestKind {
  if (schema1) return 'schema1';
  if (Array.isArray(json['manifests'])) return 'index';
  if (json['config'] !== undefined || json['layers'] !== undefined) return 'image';
  return json['blobs'] !== undefined ? 'artifact' : 'other';
}

function addAll(into: Found, entries: unknown, role: Role): boolean {
  return Array.isArray(entries) && entries.every((entry) => addDescriptor(into, entry, role));
}

function addDescriptor(into: Found, entry: unknown, role: Role): boolean {
  if (!isObject(entry) || !isPlain(entry, DESCRIPTOR_KEYS, into)) return false;
  const digest = typeof entry['digest'] === 'string' ? parseDigest(entry['digest']) : undefined;
  const { mediaType } = entry;
  if (digest === undefined || !isOptionalString(mediaType)) return false;
  const { platform } = entry;
  if (isObject(platform)) for (const _ in platform) into.keys += 1;
  into.references.push({
    role: mediaType === undefined ? role : roleOf(role, mediaType),
    digest,
    mediaType,
    platform: isObject(platform) ? platformOf(platform) : undefined,
  });
  return true;
}

/** A build cache is an index of layers, and a foreign layer need not be in the registry. */
function roleOf(role: Role, mediaType: string): Role {
  if (role === 'manifest') return isKnownManifestType(mediaType) ? role : 'blob';
  return role === 'layer' && isForeignLayer(mediaType) ? 'foreign' : role;
}

function addSchema1Layers(into: Found, layers: unknown): boolean {
  if (!Array.isArray(layers)) return false;
  return layers.every(
    (layer) =>
      isObject(layer) &&
      isPlain(layer, SCHEMA1_LAYER_KEYS, into) &&
      addDescriptor(into, { digest: layer['blobSum'] }, 'layer'),
  );
}

/** Unknown media type: every object that looks like a descriptor counts, at any depth, but the weak `subject`. */
function addEveryDescriptor(into: Found, value: unknown, role: Role, depth: number): boolean {
  if (depth > 64) return false;
  if (Array.isArray(value)) return value.every((entry) => addEveryDescriptor(into, entry, role, depth + 1));
  if (!isObject(value)) return true;
  if ('digest' in value ? !addDescriptor(into, value, role) : !isPlain(value, DESCRIPTOR_KEYS, into)) return false;
  return Object.entries(value).every(([key, entry]) => {
    if ((depth === 0 && key === 'subject') || key === 'fsLayers') return true;
    return addEveryDescriptor(into, entry, ROLE_OF_KEY[key] ?? role, depth + 1);
  });
}

const ROLE_OF_KEY: Readonly<Record<string, Role>> = { config: 'config', layers: 'layer', manifests: 'manifest' };

function subjectOf(value: unknown): Digest | 'unknown-shape' | undefined {
  if (value === undefined) return undefined;
  const found: Found = { references: [], keys: 0 };
  return addDescriptor(found, value, 'manifest') ? found.references[0]!.digest : 'unknown-shape';
}

/** `os/architecture[/variant]`, or undefined when the architecture is not told. */
export function platformOf(platform: Readonly<Record<string, unknown>>): string | undefined {
  const architecture = stringOf(platform['architecture']);
  if (architecture === undefined || architecture === '') return undefined;
  const variant = stringOf(platform['variant']);
  const base = `${stringOf(platform['os']) ?? 'linux'}/${architecture}`;
  return variant === undefined || variant === '' ? base : `${base}/${variant}`;
}

function schema1Created(history: unknown): string | undefined {
  const newest = Array.isArray(history) && isObject(history[0]) ? history[0]['v1Compatibility'] : undefined;
  if (typeof newest !== 'string') return undefined;
  try {
    const compatibility: unknown = JSON.parse(newest);
    return isObject(compatibility) ? stringOf(compatibility['created']) : undefined;
  } catch {
    return undefined; // ignored error: a date that cannot be read is unknown, and unknown keeps
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isOptionalString(value: unknown): value is string | undefined {
  return value === undefined || typeof value === 'string';
}

function stringOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
