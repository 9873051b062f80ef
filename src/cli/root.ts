// Which registry to work on: --root, the registry's own environment variable, its configuration file, then the usual
// places. Says where the answer came from, and whether a redis must be flushed afterwards. Only looks, never writes.

import { readFile } from 'node:fs/promises';
import {
  DEFAULT_CONFIGS,
  DEFAULT_ROOT,
  type RegistryConfig,
  readRegistryConfig,
  textOfVariable,
  type Variables,
} from '../execute/registry-config.js';
import { EXIT, RegsweepError, usageError } from '../model/errors.js';
import { type Redis, redisOf } from './redis.js';

export interface RootChoice {
  /** The registry's root directory, or v2 itself: as given. */
  readonly path: string;
  /** Where it was found: `--root`, a variable's name, a configuration file, or `default`. */
  readonly from: string;
  /** The redis that the registry's configuration names, if any. */
  readonly redis: Redis | undefined;
}

export interface RootOptions {
  readonly root: string | undefined;
  readonly config: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

const ROOT_VARIABLE = 'REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY';
/** Variables that, without a configuration file, say where the registry stores. */
const STORAGE_VARIABLE = /^REGISTRY_STORAGE(?:_FILESYSTEM)?$/;
const NAME_THE_ROOT = 'Name the tree itself with --root DIR.';

/**
 * The root to work on. Throws `usage` where a configuration that is needed cannot be read, and `unsupported-driver`
 * where it names another driver than `filesystem`. `usualConfigs` is an argument for tests.
 */
export async function chooseRoot(
  { root, config, environment }: RootOptions,
  usualConfigs: readonly string[] = DEFAULT_CONFIGS,
): Promise<RootChoice> {
  const given = await rootGiven({ root, environment });
  const variables = Object.entries(environment).filter((entry): entry is [string, string] => (entry[1] ?? '') !== '');
  const source = await readConfig({ given: config, usual: usualConfigs, needed: given === undefined, variables });
  const redis = source && redisOf(source.config);
  if (given !== undefined) return { ...given, redis };
  if (source !== undefined && (source.isFile || source.config.driver !== undefined)) {
    return { path: rootOf(source), from: source.name, redis };
  }
  const data = environment['REGISTRY_DATA_DIR'];
  if (data !== undefined && data !== '') return { path: data, from: 'REGISTRY_DATA_DIR', redis };
  return { path: DEFAULT_ROOT, from: 'default', redis };
}

/** The root where the command line or the environment names it, for which no configuration need be read. */
export async function rootGiven({
  root,
  environment,
}: Pick<RootOptions, 'root' | 'environment'>): Promise<Pick<RootChoice, 'path' | 'from'> | undefined> {
  if (root !== undefined) return { path: root, from: '--root' };
  const variable = environment[ROOT_VARIABLE];
  if (variable === undefined || variable === '') return undefined;
  return {
    path: await textOfVariable(variable).catch((cause: Error) => {
      throw usageError(`${ROOT_VARIABLE} is not understood: ${cause.message}.`, NAME_THE_ROOT);
    }),
    from: ROOT_VARIABLE,
  };
}

interface Source {
  /** The file, or the variable that stands in for one. */
  readonly name: string;
  readonly isFile: boolean;
  readonly config: RegistryConfig;
}

/**
 * The configuration given, else the first usual one that is there, with the environment over it; where there is no file, the
 * environment alone. Not `needed`: one that cannot be read is ignored.
 */
async function readConfig({
  given,
  usual,
  needed,
  variables,
}: {
  readonly given: string | undefined;
  readonly usual: readonly string[];
  readonly needed: boolean;
  readonly variables: Variables;
}): Promise<Source | undefined> {
  const faulty = (path: string, cause: unknown) =>
    new RegsweepError('usage', EXIT.usage, `the registry's configuration cannot be read: ${(cause as Error).message}`, {
      path,
      hint: NAME_THE_ROOT,
      cause,
    });
  for (const path of given === undefined ? usual : [given]) {
    try {
      return { name: path, isFile: true, config: await readRegistryConfig(await readFile(path, 'utf8'), variables) };
    } catch (error) {
      if (given === undefined && (error as NodeJS.ErrnoException).code === 'ENOENT') continue; // ignored error: a usual place need not exist
      if (given === undefined && !needed) continue; // ignored error: the root is given; only the hint about redis is lost
      throw faulty(path, error);
    }
  }
  if (!variables.some(([name]) => /^REGISTRY_(?:STORAGE|REDIS)/.test(name))) return undefined;
  const name = variables.find(([name]) => STORAGE_VARIABLE.test(name))?.[0] ?? 'the environment';
  try {
    return { name, isFile: false, config: await readRegistryConfig('', variables) };
  } catch (error) {
    if (!needed) return undefined; // ignored error: as above
    throw faulty(name, error);
  }
}

function rootOf({ name, config: { driver, root } }: Source): string {
  if (driver === undefined) throw usageError(`${name} names no storage driver.`, NAME_THE_ROOT);
  if (root === undefined) {
    throw new RegsweepError('unsupported-driver', EXIT.usage, `${name} stores in '${driver}', not in a file system.`, {
      path: name,
      hint: `regsweep cleans trees of the 'filesystem' driver only. If the tree is mounted here, name it with --root DIR.`,
    });
  }
  if (root.startsWith('/')) return root;
  throw usageError(`${name}: '${root}' depends on the directory that the registry starts in.`, NAME_THE_ROOT);
}
