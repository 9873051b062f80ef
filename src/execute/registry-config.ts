// A registry's configuration, read as the registry reads it: the first YAML document by yaml.v2's rules (YAML 1.1, merge keys, the
// last of doubled keys counts), then the environment, whose values are YAML too. What cannot be read for certain throws: a guess
// here costs a live tree. Source: distribution's configuration/parser.go and configuration.go.

import path from 'node:path';
import type { Alias, Document, ParsedNode, Scalar } from 'yaml';

export interface RegistryConfig {
  /** The one storage driver; undefined where none is named. */
  readonly driver: string | undefined;
  /** The root directory of the `filesystem` driver, cleaned as Go cleans paths; undefined for other drivers. */
  readonly root: string | undefined;
  /** `maintenance.readonly.enabled` is true for certain. */
  readonly readonly: boolean;
  /** True where blob descriptors are cached in a redis. */
  readonly cachesInRedis: boolean;
  /** The settings under `redis`, if any; keys in lower case. */
  readonly redis: Settings | undefined;
}

export type Value = null | boolean | string | Uncertain | readonly Value[] | Settings;
export type Settings = Map<string, Value>;

/** A scalar that is not surely a string, a boolean or null: a number, a date, a tagged value. */
export class Uncertain {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** A map inside a driver's settings, as YAML gives it. The registry ignores variables that reach into one. */
class FixedSettings extends Map<string, Value> {}

export type Variables = readonly (readonly [name: string, value: string])[];

export const DEFAULT_CONFIGS: readonly string[] = ['/etc/docker/registry/config.yml', '/etc/distribution/config.yml'];
export const DEFAULT_ROOT = '/var/lib/registry';

/** Keys of `storage` that are not drivers. */
const NOT_DRIVERS = new Set(['cache', 'delete', 'maintenance', 'redirect', 'tag']);
/** A configuration has a few dozen values; aliases of aliases could make billions. */
const MOST_VALUES = 100_000;

/** Reads the text of a configuration file and the environment over it. Throws where either is not understood. */
export async function readRegistryConfig(text: string, variables: Variables): Promise<RegistryConfig> {
  const parse = await parser();
  const content = settingsOf(parse(text), 'the configuration');
  let storage = storageOf(content.get('storage') ?? null);
  const redis = new Map<string, Value>([['redis', mutable(content.get('redis') ?? null)]]);
  for (const [name, value] of [...variables].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))) {
    const [prefix, section, ...keys] = name.split('_');
    if (prefix !== 'REGISTRY') continue;
    if (section === 'STORAGE' && keys.length === 0) storage = storageOf(parse(value));
    else if (section === 'STORAGE') setDriver(storage, keys, parse(value));
    else if (section === 'REDIS') setAt(redis, ['REDIS', ...keys], mutable(parse(value)));
  }
  return configOf(storage, redis.get('redis'));
}

/** The text that a variable stands for where the registry takes a string. */
export async function textOfVariable(value: string): Promise<string> {
  const parsed = (await parser())(value);
  if (typeof parsed !== 'string' || parsed === '') throw new Error(`${value} is not a directory's name in YAML`);
  return parsed;
}

/** The text of a scalar, as the registry reads it where it wants a string. */
export function scalarText(value: Value | undefined): string | undefined {
  if (value instanceof Uncertain) return value.text;
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function configOf(storage: Settings, redis: Value | undefined): RegistryConfig {
  const drivers = [...storage.keys()].filter((key) => !NOT_DRIVERS.has(key));
  if (drivers.length > 1) throw new Error(`several storage drivers: ${drivers.join(', ')}`);
  const [driver] = drivers;
  if (driver !== 'filesystem' && driver?.toLowerCase() === 'filesystem') throw new Error(`storage driver '${driver}'`);
  const cache = settingsIn(storage, 'cache');
  const readonly = settingsIn(storage, 'maintenance')?.get('readonly');
  return {
    driver,
    root: driver === 'filesystem' ? rootOf(settingsIn(storage, driver)) : undefined,
    readonly: readonly instanceof FixedSettings && readonly.get('enabled') === true,
    cachesInRedis: ['blobdescriptor', 'layerinfo'].some((key) => cache?.get(key) === 'redis'),
    redis: redis instanceof Map ? redis : undefined,
  };
}

function rootOf(driver: Settings | undefined): string {
  if (driver?.has('rootdirectory') !== true) return DEFAULT_ROOT;
  const root = driver.get('rootdirectory');
  if (typeof root !== 'string' || root === '') throw new Error('rootdirectory is not surely a text');
  return path.posix.normalize(root);
}

function settingsIn(settings: Settings, key: string): Settings | undefined {
  const value = settings.get(key);
  return value instanceof Map ? value : undefined;
}

/** `storage`: a driver's name, or a map of settings by driver. */
function storageOf(value: Value): Settings {
  if (value === null) return new Map();
  if (typeof value === 'string') return new Map([[value, new Map<string, Value>()]]);
  return new Map([...settingsOf(value, 'storage')].map(([key, each]) => [key, settingsOf(each, `storage.${key}`)]));
}

function settingsOf(value: Value, what: string): Settings {
  if (value === null) return new Map();
  if (!(value instanceof Map)) throw new Error(`${what} is not a map`);
  return new Map(value);
}

function setDriver(storage: Settings, keys: readonly string[], value: Value): void {
  setAt(storage, keys, keys.length === 1 ? settingsOf(value, `storage.${keys[0]!.toLowerCase()}`) : value);
}

/** Sets what a variable names. A key that is there is found in any case and kept; one that is made is in lower case. */
function setAt(settings: Settings, [key = '', ...further]: readonly string[], value: Value): void {
  if (further.length === 0) {
    settings.set(key.toLowerCase(), value);
    return;
  }
  const there = [...settings].find(([each, held]) => each.toUpperCase() === key && held !== null)?.[1];
  if (there === undefined) {
    const made = new Map<string, Value>();
    setAt(made, further, value);
    settings.set(key.toLowerCase(), made);
  } else if (there instanceof Map && !(there instanceof FixedSettings)) setAt(there, further, value);
}

/** `redis` has fields that variables may reach at any depth. */
function mutable(value: Value): Value {
  if (!(value instanceof Map)) return value;
  return new Map([...value].map(([key, each]) => [key.toLowerCase(), mutable(each)]));
}

/** Reads the first YAML document of a text. Throws where it is not well formed. */
async function parser(): Promise<(text: string) => Value> {
  const yaml = await import('yaml');
  return (text) => {
    const documents = yaml.parseAllDocuments(text, {
      version: '1.1',
      merge: true,
      uniqueKeys: false,
      prettyErrors: false,
      logLevel: 'silent',
    });
    const document = 'empty' in documents ? undefined : documents[0];
    if (document === undefined) return null;
    const [error] = document.errors;
    if (error !== undefined) throw error;
    return new Reading(yaml, document).valueOf(document.contents);
  };
}

class Reading {
  readonly #yaml: typeof import('yaml');
  readonly #document: Document;
  #values = 0;

  constructor(yaml: typeof import('yaml'), document: Document) {
    this.#yaml = yaml;
    this.#document = document;
  }

  valueOf(node: unknown): Value {
    this.#values += 1;
    if (this.#values > MOST_VALUES) throw new Error('it refers to itself, or is too large');
    const { isAlias, isMap, isScalar, isSeq } = this.#yaml;
    if (node === null || node === undefined) return null;
    if (isAlias(node)) return this.valueOf(this.#target(node));
    if (isScalar(node)) return scalarOf(node);
    if (isSeq(node)) return node.items.map((item) => this.valueOf(item));
    if (!isMap(node)) throw new Error('it holds what is not YAML');
    const settings = new FixedSettings();
    // In their order: whatever comes later counts, a merged map too.
    for (const { key, value } of node.items) {
      if (isMerge(key)) for (const [name, each] of this.#merged(value)) settings.set(name, each);
      else settings.set(this.#keyOf(key), this.valueOf(value));
    }
    return settings;
  }

  /** What a merge key adds; of a list the earlier maps count. */
  #merged(node: unknown): Iterable<readonly [string, Value]> {
    const value = this.valueOf(node);
    const maps = Array.isArray(value) ? [...value].reverse() : [value];
    return maps.flatMap((each) => {
      if (each instanceof FixedSettings) return [...each];
      throw new Error('a merge key names something that is not a map');
    });
  }

  #keyOf(node: unknown): string {
    const target = this.#yaml.isAlias(node) ? this.#target(node) : node;
    if (target === null || !this.#yaml.isScalar(target)) throw new Error('a key is not a scalar');
    return target.type === 'PLAIN' ? (target.source ?? '') : String(target.value);
  }

  #target(alias: Alias): ParsedNode {
    const target = alias.resolve(this.#document);
    if (target === undefined) throw new Error(`*${alias.source} names no anchor before it`);
    return target as ParsedNode;
  }
}

function isMerge(key: unknown): boolean {
  const { type, source } = (key ?? {}) as Partial<Scalar>;
  return type === 'PLAIN' && source === '<<';
}

const STRING_TAG = 'tag:yaml.org,2002:str';
/** Plain words that every version of YAML takes for a string, unless it takes them for a boolean or null. */
const PLAIN_TEXT = /\/|^[A-Za-z_][\w.-]*$/;

function scalarOf({ type, value, tag, source = '' }: Scalar): Value {
  if (tag !== undefined && tag !== STRING_TAG) return new Uncertain(source);
  if (type !== 'PLAIN' || tag === STRING_TAG) return typeof value === 'string' ? value : new Uncertain(source);
  if (value === null || typeof value === 'boolean') return value;
  return typeof value === 'string' && PLAIN_TEXT.test(value) ? value : new Uncertain(source);
}
