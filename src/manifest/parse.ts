// A manifest's text to what it names. Every kind that a registry stores is one shape here (STORAGE 4): references that keep
// what they name, and a `subject` that does not. Text whose references can not all be told is a fault, never an empty list.

import { type Digest, parseDigest } from '../model/digest.js';
import { isKnownManifestType } from './media-types.js';

/** The part of a manifest that names a digest. What the named thing *is* the repository's links decide, not this. */
export type Role = 'config' | 'layer' | 'manifest' | 'blob';

export interface Reference {
  readonly role: Role;
  readonly digest: Digest;
  /** Bytes, as the descriptor declares them; 0 where none is given (schema 1). */
  readonly sizeBytes: number;
  readonly mediaType: string | undefined;
  /** `os/architecture[/variant]` of an index entry, where given. */
  readonly platform: string | undefined;
}

export type ManifestKind = 'schema1' | 'image' | 'index' | 'artifact' | 'other';

export interface Manifest {
  readonly kind: ManifestKind;
  readonly mediaType: string | undefined;
  readonly references: readonly Reference[];
  /** The manifest that this one refers to (OCI 1.1): a weak edge, it keeps nothing. */
  readonly subject: Digest | undefined;
  readonly artifactType: string | undefined;
  /** RFC 3339, from the newest schema 1 history entry; other kinds say it in their config. */
  readonly created: string | undefined;
  /** Schema 1 says its architecture itself. */
  readonly platform: string | undefined;
}

/** Why a manifest's references can not be told. */
export type ManifestFault = 'not-json' | 'unknown-shape';

type Json = Record<string, unknown>;

/** The API's own limit on a manifest, in bytes (distribution maxManifestBodySize). */
export const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;

const FIELDS = [
  ['layers', 'layer'],
  ['manifests', 'manifest'],
  ['blobs', 'blob'],
] as const;

/** Parses a manifest of any kind; a {@link ManifestFault} where not every reference can be told. Never throws. */
export function parseManifest(text: string): Manifest | ManifestFault {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return 'not-json'; // ignored error: the fault itself is the answer, and a fault freezes the repository
  }
  if (!isObject(json) || isMisspelt(json, NAMING)) return 'unknown-shape';
  const mediaType = stringOf(json['mediaType']);
  const references: Reference[] = [];
  const known = mediaType === undefined || isKnownManifestType(mediaType);
  let shaped = false;
  if (known) {
    for (const [field, role] of FIELDS) {
      const entries = json[field];
      if (entries === undefined) continue;
      if (entries !== null && !addAll(references, entries, role)) return 'unknown-shape';
      shaped = true;
    }
    const config = json['config'];
    // A key given twice: Go takes no value for "as before", so a registry may still read what a first `config` names.
    if (config === null && json['layers'] !== undefined) return 'unknown-shape';
    if (config !== undefined && config !== null) {
      if (!addDescriptor(references, config, 'config')) return 'unknown-shape';
      shaped = true;
    }
  } else if (!addEveryDescriptor(references, json, 'blob', 0)) {
    return 'unknown-shape';
  }
  const layers = json['fsLayers'];
  if (layers !== undefined) {
    if (!addSchema1Layers(references, layers)) return 'unknown-shape';
    shaped = true;
  }
  if (!shaped && references.length === 0) return 'unknown-shape';
  const subject = subjectOf(json['subject']);
  if (subject === 'unknown-shape') return 'unknown-shape';
  const schema1 = layers !== undefined && json['schemaVersion'] === 1;
  return {
    kind: kindOf(json, schema1),
    mediaType: mediaType ?? stringOf(json['media_type']),
    references,
    subject,
    artifactType: stringOf(json['artifactType']),
    created: schema1 ? schema1Created(json['history']) : undefined,
    platform: schema1 ? platformOf({ os: 'linux', architecture: json['architecture'] }) : undefined,
  };
}

/** Fields that name something: in lower case, to how they are spelt. */
const NAMING: ReadonlyMap<string, string> = new Map(
  ['layers', 'manifests', 'blobs', 'config', 'fsLayers', 'subject'].map((key) => [key.toLowerCase(), key]),
);
/** Keys of most objects, spelt as they are: no need to look closer. */
const USUAL: ReadonlySet<string> = new Set(['mediaType', 'digest', 'config', 'layers', 'manifests', 'platform']);
const DIGEST: ReadonlyMap<string, string> = new Map([['digest', 'digest']]);

/** True where a registry would read a field that is spelt otherwise here: Go compares keys without regard to case. */
function isMisspelt(json: Json, fields: ReadonlyMap<string, string>): boolean {
  for (const key in json) {
    if (key.length < 5 || key.length > 9 || USUAL.has(key)) continue;
    const spelt = fields.get(key.toUpperCase().toLowerCase());
    if (spelt !== undefined && spelt !== key) return true;
  }
  return false;
}

function kindOf(json: Json, schema1: boolean): ManifestKind {
  if (schema1) return 'schema1';
  if (Array.isArray(json['manifests'])) return 'index';
  if (json['config'] !== undefined || json['layers'] !== undefined) return 'image';
  return json['blobs'] !== undefined ? 'artifact' : 'other';
}

function addAll(into: Reference[], entries: unknown, role: Role): boolean {
  return Array.isArray(entries) && entries.every((entry) => addDescriptor(into, entry, role));
}

function addDescriptor(into: Reference[], entry: unknown, role: Role): boolean {
  if (!isObject(entry) || isMisspelt(entry, DIGEST)) return false;
  const digest = typeof entry['digest'] === 'string' ? parseDigest(entry['digest']) : undefined;
  if (digest === undefined) return false;
  const size = entry['size'];
  const mediaType = stringOf(entry['mediaType']);
  // A build cache is an index of layers.
  const isOther = role === 'manifest' && mediaType !== undefined && !isKnownManifestType(mediaType);
  into.push({
    role: isOther ? 'blob' : role,
    digest,
    sizeBytes: typeof size === 'number' && size > 0 ? size : 0,
    mediaType,
    platform: isObject(entry['platform']) ? platformOf(entry['platform']) : undefined,
  });
  return true;
}

function addSchema1Layers(into: Reference[], layers: unknown): boolean {
  if (!Array.isArray(layers)) return false;
  return layers.every((layer) => isObject(layer) && addDescriptor(into, { digest: layer['blobSum'] }, 'layer'));
}

/** Unknown media type: every object that looks like a descriptor counts, at any depth, but the weak `subject`. */
function addEveryDescriptor(into: Reference[], value: unknown, role: Role, depth: number): boolean {
  if (depth > 64) return false;
  if (Array.isArray(value)) return value.every((entry) => addEveryDescriptor(into, entry, role, depth + 1));
  if (!isObject(value)) return true;
  if (typeof value['digest'] === 'string' ? !addDescriptor(into, value, role) : isMisspelt(value, DIGEST)) return false;
  return Object.entries(value).every(([key, entry]) => {
    if ((depth === 0 && key === 'subject') || key === 'fsLayers') return true;
    return addEveryDescriptor(into, entry, ROLE_OF_KEY[key] ?? role, depth + 1);
  });
}

const ROLE_OF_KEY: Readonly<Record<string, Role>> = { config: 'config', layers: 'layer', manifests: 'manifest' };

function subjectOf(value: unknown): Digest | 'unknown-shape' | undefined {
  if (value === undefined || value === null) return undefined;
  const digest = isObject(value) && typeof value['digest'] === 'string' ? parseDigest(value['digest']) : undefined;
  return digest ?? 'unknown-shape';
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
    return undefined; // ignored error: a date that can not be read is unknown, and unknown keeps
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function stringOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
