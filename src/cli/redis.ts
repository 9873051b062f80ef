// The redis that a registry caches blob descriptors in, and the command that takes the registry's keys out of it. It outlives the
// registry's process: with it, pushes would skip layers that are gone.

import { type RegistryConfig, type Settings, scalarText, type Value } from '../execute/registry-config.js';
import { shellWord } from '../report/text.js';

export interface Redis {
  /** `HOST:PORT`, `HOST`, or the path of a socket; none: redis's own default. Of a sentinel setup the sentinels. */
  readonly addresses: readonly string[];
  /** The name under which sentinels know the master. */
  readonly master: string | undefined;
  readonly database: string | undefined;
  readonly user: string | undefined;
  readonly password: boolean;
  /** Options that turn TLS on; undefined where it is off. */
  readonly tls: readonly string[] | undefined;
  readonly sentinelUser: string | undefined;
  readonly sentinelPassword: boolean;
}

/** The redis of a registry's configuration: 2.x says `redis.addr`, 3.x `redis.addrs`, Harbor `cache.layerinfo: redis`. */
export function redisOf({ redis, cachesInRedis }: Pick<RegistryConfig, 'redis' | 'cachesInRedis'>): Redis | undefined {
  if (!cachesInRedis && redis === undefined) return undefined;
  const settings: Settings = redis ?? new Map();
  const text = (key: string) => scalarText(settings.get(key));
  const database = text('db');
  return {
    addresses: [...listOf(settings.get('addrs')), ...listOf(settings.get('addr'))].flatMap((each) => each.split(',')),
    master: text('mastername') ?? text('sentinelmasterset'),
    database: database !== undefined && /^[1-9]\d*$/.test(database) ? database : undefined,
    user: text('username'),
    password: text('password') !== undefined,
    tls: tlsOf(settings.get('tls')),
    sentinelUser: text('sentinelusername'),
    sentinelPassword: text('sentinelpassword') !== undefined,
  };
}

/** 2.x says `tls.enabled`, 3.x names files. */
function tlsOf(tls: Value | undefined): readonly string[] | undefined {
  if (!(tls instanceof Map)) return undefined;
  const certificate = scalarText(tls.get('certificate'));
  const key = scalarText(tls.get('key'));
  const [authority] = listOf(tls.get('clientcas'));
  if (tls.get('enabled') !== true && certificate === undefined && authority === undefined) return undefined;
  return [
    '--tls',
    ...(certificate === undefined ? [] : ['--cert', certificate]),
    ...(key === undefined ? [] : ['--key', key]),
    ...(authority === undefined ? [] : ['--cacert', authority]),
  ];
}

function listOf(value: Value | undefined): readonly string[] {
  const values: readonly (Value | undefined)[] = Array.isArray(value)
    ? value
    : value instanceof Map
      ? [...value.values()]
      : [value];
  return values.map(scalarText).filter((each) => each !== undefined);
}

/** Keys of what a registry caches of its tree (distribution registry/storage/cache/redis). A redis may hold more than that. */
const CACHED: readonly string[] = ['blobs::*', 'repository::*'];

/**
 * A line of POSIX shell that takes the registry's keys out of that redis and leaves all others. A password is asked for, not
 * printed; it goes by the environment, since `--askpass` would ask each of the commands in the pipe.
 */
export function flushCommand(redis: Redis): string {
  const { addresses, master, database, password, tls = [] } = redis;
  const options = [
    ...tls,
    ...(redis.user === undefined ? [] : ['--user', redis.user]),
    ...(database === undefined ? [] : ['-n', database]),
  ];
  if (master !== undefined) return throughSentinel(redis, master, options);
  const single = addresses.length < 2;
  // Several addresses are a cluster: each node holds keys of its own, and one `del` may not name keys of two.
  const flushes = (single ? [addresses[0]] : addresses).map((address) =>
    flush(words([...placeOf(address), ...options]), single ? '' : ' -n 1'),
  );
  return [...(password ? [ask('redis password', 'REDISCLI_AUTH')] : []), ...flushes].join('; ');
}

/** Asks the first sentinel that answers where the master is. In a shell of its own, whose arguments are the answer. */
function throughSentinel(redis: Redis, master: string, options: readonly string[]): string {
  const { addresses, password, sentinelPassword, sentinelUser, tls = [] } = redis;
  const user = sentinelUser === undefined ? [] : ['--user', sentinelUser];
  const asked = addresses
    .map(
      (address) =>
        `${words([...placeOf(address, '26379'), ...tls, ...user])} sentinel get-master-addr-by-name ${shellWord(master)}`,
    )
    .join(' || ');
  const first = sentinelPassword ? [ask('sentinel password', 'REDISCLI_AUTH')] : [];
  const second = password ? [ask('redis password', 'REDISCLI_AUTH')] : sentinelPassword ? ['unset REDISCLI_AUTH'] : [];
  const client = `redis-cli -h "$1" -p "$2"${options.map((word) => ` ${shellWord(word)}`).join('')}`;
  return `(${[...first, `set -- $(${asked})`, ...second, flush(client, '')].join('; ')})`;
}

function flush(client: string, most: string): string {
  const patterns = CACHED.map((pattern) => `'${pattern}'`).join(' ');
  return `for p in ${patterns}; do ${client} --scan --pattern "$p" | xargs -r${most} ${client} del; done`;
}

function words(options: readonly string[]): string {
  return ['redis-cli', ...options.map(shellWord)].join(' ');
}

function placeOf(address: string | undefined, usualPort?: string): readonly string[] {
  if (address?.startsWith('/')) return ['-s', address];
  const [, bracketed, plain, port = usualPort] = /^(?:\[(.*?)\]|(.*?))(?::(\d+))?$/.exec(address ?? '') ?? [];
  const host = bracketed ?? plain ?? '';
  return [...(host === '' ? [] : ['-h', host]), ...(port === undefined ? [] : ['-p', port])];
}

function ask(what: string, variable: string): string {
  return `printf '${what}: '; stty -echo; read -r ${variable}; stty echo; export ${variable}`;
}
