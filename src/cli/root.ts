// Which registry to work on (SPEC 2): --root, the registry's own environment variable, its configuration file, then the usual
// places. Says where the answer came from, and whether a redis must be flushed afterwards. Only looks, never writes.

import { readFile } from 'node:fs/promises';
import { EXIT, RegsweepError, usageError } from '../model/errors.js';

export interface RootChoice {
  /** The registry's root directory, or v2 itself: as given. */
  readonly path: string;
  /** Where it was found: `--root`, a variable's name, a configuration file, or `default`. */
  readonly from: string;
  /** The redis that the registry's configuration names, if any. */
  readonly redis: Redis | undefined;
}

/** A blob descriptor cache that outlives the registry's process (FIELD, hazard 19). */
export interface Redis {
  readonly host: string | undefined;
  readonly port: string | undefined;
  readonly database: string | undefined;
  readonly password: boolean;
}

export interface RootOptions {
  readonly root: string | undefined;
  readonly config: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

const USUAL_CONFIGS: readonly string[] = ['/etc/docker/registry/config.yml', '/etc/distribution/config.yml'];
const USUAL_ROOT = '/var/lib/registry';
const ROOT_VARIABLE = 'REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY';
/** Keys of `storage` that are no driver (distribution configuration.go, Storage.Type). */
const NO_DRIVER = new Set(['cache', 'delete', 'maintenance', 'readonly', 'redirect', 'tag']);

/**
 * The root to work on. Throws `usage` where a configuration file that is needed can not be read, and `unsupported-driver`
 * where it names another driver than `filesystem`. `usualConfigs` is an argument for tests.
 */
export async function chooseRoot(
  { root, config, environment }: RootOptions,
  usualConfigs: readonly string[] = USUAL_CONFIGS,
): Promise<RootChoice> {
  const told = rootTold({ root, environment });
  const file = await readConfig(config, usualConfigs, told === undefined);
  const redis = file && redisOf(file.content);
  if (told !== undefined) return { ...told, redis };
  if (file !== undefined) return { path: rootOf(file), from: file.path, redis };
  const data = environment['REGISTRY_DATA_DIR'];
  if (data !== undefined && data !== '') return { path: data, from: 'REGISTRY_DATA_DIR', redis };
  return { path: USUAL_ROOT, from: 'default', redis };
}

/** The root where the command line or the environment say it, for which no configuration need be read. */
export function rootTold({
  root,
  environment,
}: Pick<RootOptions, 'root' | 'environment'>): Pick<RootChoice, 'path' | 'from'> | undefined {
  if (root !== undefined) return { path: root, from: '--root' };
  const variable = environment[ROOT_VARIABLE];
  return variable === undefined || variable === '' ? undefined : { path: variable, from: ROOT_VARIABLE };
}

interface ConfigFile {
  readonly path: string;
  readonly content: Readonly<Record<string, unknown>>;
}

/** The configuration given, else the first usual one that is there. Not `needed`: one that can not be read is left alone. */
async function readConfig(
  given: string | undefined,
  usual: readonly string[],
  needed: boolean,
): Promise<ConfigFile | undefined> {
  for (const path of given === undefined ? usual : [given]) {
    try {
      const text = await readFile(path, 'utf8');
      const { parse } = await import('yaml');
      const content: unknown = parse(text);
      if (isObject(content)) return { path, content };
      throw new Error('it holds no settings');
    } catch (error) {
      if (given === undefined && codeOf(error) === 'ENOENT') continue; // ignored error: a usual place need not exist
      if (given === undefined && !needed) continue; // ignored error: the root is told; only the hint on redis is lost
      throw new RegsweepError(
        'usage',
        EXIT.usage,
        `the registry's configuration can not be read: ${messageOf(error)}`,
        {
          path,
          hint: 'Name the tree itself with --root DIR.',
          cause: error,
        },
      );
    }
  }
  return undefined;
}

function rootOf({ path, content }: ConfigFile): string {
  const storage = content['storage'];
  const drivers = isObject(storage) ? Object.keys(storage).filter((key) => !NO_DRIVER.has(key)) : [];
  const driver = typeof storage === 'string' ? storage : drivers[0];
  if (driver === undefined)
    throw usageError(`${path} names no storage driver.`, 'Name the tree itself with --root DIR.');
  if (driver !== 'filesystem') {
    throw new RegsweepError('unsupported-driver', EXIT.usage, `${path} stores in '${driver}', not in a file system.`, {
      path,
      hint: `regsweep cleans trees of the 'filesystem' driver only. If the tree is mounted here, name it with --root DIR.`,
    });
  }
  const settings = isObject(storage) ? storage['filesystem'] : undefined;
  const directory = isObject(settings) ? settings['rootdirectory'] : undefined;
  return typeof directory === 'string' && directory !== '' ? directory : USUAL_ROOT;
}

/** The redis of a registry's configuration: 2.x says `redis.addr`, 3.x `redis.addrs`, Harbor `cache.layerinfo: redis`. */
export function redisOf(config: Readonly<Record<string, unknown>>): Redis | undefined {
  const storage = config['storage'];
  const cache = isObject(storage) ? storage['cache'] : undefined;
  const cached = isObject(cache) && (cache['blobdescriptor'] === 'redis' || cache['layerinfo'] === 'redis');
  const redis = config['redis'];
  if (!cached && !isObject(redis)) return undefined;
  const settings = isObject(redis) ? redis : {};
  const addresses = settings['addrs'];
  const address = Array.isArray(addresses) ? addresses[0] : settings['addr'];
  const [, host, port] = typeof address === 'string' ? (/^\[?(.*?)\]?(?::(\d+))?$/.exec(address) ?? []) : [];
  const database = settings['db'];
  return {
    host: host === '' ? undefined : host,
    port,
    database: typeof database === 'number' && database > 0 ? String(database) : undefined,
    password: typeof settings['password'] === 'string' && settings['password'] !== '',
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
