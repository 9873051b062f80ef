import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hasValidChecksum } from '../../src/cli/checksum.js';
import { durationMs } from '../../src/cli/durations.js';
import { readInUse, readReferences } from '../../src/cli/input-file.js';
import { nextSteps } from '../../src/cli/next-steps.js';
import { percentOf } from '../../src/cli/percent.js';
import { planFile } from '../../src/cli/plan-file.js';
import { redisOf } from '../../src/cli/redis.js';
import { chooseRoot } from '../../src/cli/root.js';
import { readRegistryConfig } from '../../src/execute/registry-config.js';

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'regsweep-cli-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

function file(name: string, content: string): string {
  const at = path.join(folder, name);
  fs.writeFileSync(at, content);
  return at;
}

const VARIABLE = 'REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY';

describe('the root', () => {
  const choose = (
    given: { root?: string; config?: string; environment?: Record<string, string> } = {},
    usual: readonly string[] = [],
  ) => chooseRoot({ root: given.root, config: given.config, environment: given.environment ?? {} }, usual);

  test('--root beats the variable, the variable the configuration, that REGISTRY_DATA_DIR, that the default', async () => {
    const config = file('config.yml', 'storage:\n  filesystem:\n    rootdirectory: /of/config\n');
    const environment = { [VARIABLE]: '/of/variable', REGISTRY_DATA_DIR: '/of/data' };
    expect(await choose({ root: '/of/option', config, environment })).toMatchObject({
      path: '/of/option',
      from: '--root',
    });
    expect(await choose({ config, environment })).toMatchObject({ path: '/of/variable', from: VARIABLE });
    const data = { REGISTRY_DATA_DIR: '/of/data' };
    expect(await choose({ config, environment: data })).toMatchObject({ path: '/of/config', from: config });
    expect(await choose({ environment: data })).toMatchObject({ path: '/of/data', from: 'REGISTRY_DATA_DIR' });
    expect(await choose()).toMatchObject({ path: '/var/lib/registry', from: 'default' });
  });

  test('an empty variable is no answer', async () => {
    expect(await choose({ environment: { [VARIABLE]: '', REGISTRY_DATA_DIR: '' } })).toMatchObject({ from: 'default' });
  });

  test('the first usual configuration that is there is read', async () => {
    const there = file('there.yml', 'storage: {filesystem: {rootdirectory: /of/usual}}');
    const usual = [path.join(folder, 'absent.yml'), there];
    expect(await choose({}, usual)).toMatchObject({ path: '/of/usual', from: there });
  });

  test('a configuration without a directory means the default one', async () => {
    const config = file('config.yml', 'version: 0.1\nstorage:\n  cache: {blobdescriptor: inmemory}\n  filesystem:\n');
    expect(await choose({ config })).toMatchObject({ path: '/var/lib/registry' });
  });

  test('another driver is refused by name', async () => {
    const config = file('config.yml', 'storage:\n  delete: {enabled: true}\n  s3: {bucket: b}\n');
    await expect(choose({ config })).rejects.toMatchObject({
      code: 'unsupported-driver',
      exitStatus: 2,
      message: expect.stringContaining("'s3'"),
    });
    expect(await choose({ config, root: '/mounted' })).toMatchObject({ path: '/mounted' });
  });

  test('a configuration that is given and cannot be read, or holds nothing, is an error; a usual one too where it is needed', async () => {
    const garbled = file('garbled.yml', 'storage: [');
    const absent = path.join(folder, 'absent.yml');
    await expect(choose({ config: garbled })).rejects.toMatchObject({ code: 'usage', path: garbled });
    await expect(choose({ config: absent })).rejects.toMatchObject({ code: 'usage', path: absent });
    await expect(choose({ config: absent, root: '/r' })).rejects.toMatchObject({ code: 'usage' });
    await expect(choose({ config: file('empty.yml', '') })).rejects.toMatchObject({ code: 'usage' });
    await expect(choose({}, [garbled])).rejects.toMatchObject({ code: 'usage', path: garbled });
    expect(await choose({ root: '/r' }, [garbled])).toMatchObject({ path: '/r', redis: undefined });
  });

  test('the redis of the configuration is found, wherever the root came from', async () => {
    const config = file('config.yml', 'redis: {addr: "cache:6380", db: 2, password: x}\nstorage: {filesystem: {}}');
    expect(await choose({ config, root: '/r' })).toMatchObject({
      redis: { addresses: ['cache:6380'], database: '2', password: true },
    });
  });

  test.each([
    ['{redis: {addrs: ["a:1", "b:2"]}}', { addresses: ['a:1', 'b:2'] }],
    ['{redis: {addr: "[::1]:6379"}}', { addresses: ['[::1]:6379'] }],
    ['{redis: {addr: a, password: 12345}}', { addresses: ['a'], password: true }],
    ['{redis: {addr: a, tls: {enabled: true}}}', { tls: ['--tls'] }],
    ['{storage: {filesystem: , cache: {blobdescriptor: redis}}}', { addresses: [] }],
    ['{storage: {filesystem: , cache: {layerinfo: redis}}}', { addresses: [] }],
  ])('redis in %s', async (text, found) => {
    expect(redisOf(await readRegistryConfig(text, []))).toMatchObject(found);
  });

  test('no redis where none is named', async () => {
    expect(redisOf(await readRegistryConfig('storage: {cache: {blobdescriptor: inmemory}}', []))).toBeUndefined();
  });

  test.each([
    [{ REGISTRY_STORAGE_CACHE_BLOBDESCRIPTOR: 'redis' }, []],
    [{ REGISTRY_REDIS_ADDR: 'cache:6380' }, ['cache:6380']],
    [{ REGISTRY_REDIS_ADDRS: '[a:1, b:2]' }, ['a:1', 'b:2']],
    [{ REGISTRY_REDIS_ADDRS_0: 'a:1', REGISTRY_REDIS_PASSWORD: '7' }, ['a:1']],
  ])('redis named by the environment alone: %j', async (environment, addresses) => {
    expect(await choose({ root: '/r', environment })).toMatchObject({ redis: { addresses } });
  });

  const ANCHORED = 'x: &a {rootdirectory: /of/anchor}\nversion: 0.1\nstorage: {filesystem: {<<: *a}}\n';
  test.each([
    ['a merge key', ANCHORED, {}, '/of/anchor'],
    ['a doubled key elsewhere', 'health: {}\nhealth: {}\nstorage: {filesystem: {rootdirectory: /r}}', {}, '/r'],
    ['a doubled rootdirectory', 'storage: {filesystem: {rootdirectory: /a, rootdirectory: /b}}', {}, '/b'],
    ['several documents', 'storage: {filesystem: {rootdirectory: /a}}\n---\nstorage: [', {}, '/a'],
    ['a trailing ---', 'storage: {filesystem: {rootdirectory: /a}}\n---\n', {}, '/a'],
    ['a value that is YAML', '', { [VARIABLE]: '"/of/variable"' }, '/of/variable'],
    ['REGISTRY_STORAGE', '', { REGISTRY_STORAGE: '{filesystem: {rootdirectory: /s}}' }, '/s'],
    ['REGISTRY_STORAGE_FILESYSTEM', '', { REGISTRY_STORAGE_FILESYSTEM: '{rootdirectory: /f}' }, '/f'],
    ['a path that is not clean', 'storage: {filesystem: {rootdirectory: /a/link/../b//}}', {}, '/a/b/'],
  ])('%s is read as the registry reads it', async (_, text, environment, root) => {
    const config = text === '' ? {} : { config: file('config.yml', text) };
    expect(await choose({ ...config, environment })).toMatchObject({ path: root });
  });

  test.each(['123', '2020-01-01', '!!binary aGk=', '[/a]', '{a: b}', '', '""', 'relative', './relative'])(
    'rootdirectory: %s is not guessed at',
    async (value) => {
      const config = file('config.yml', `storage:\n  filesystem:\n    rootdirectory: ${value}\n`);
      await expect(choose({ config })).rejects.toMatchObject({
        code: 'usage',
        hint: expect.stringContaining('--root'),
      });
    },
  );
});

describe('ages', () => {
  test.each([
    ['0', 0],
    ['90s', 90_000],
    ['168h', 604_800_000],
    ['30d', 2_592_000_000],
    ['2w', 1_209_600_000],
    ['1.5 hours', 5_400_000],
  ])('%s', (text, ms) => {
    expect(durationMs('grace', text)).toBe(ms);
  });

  test.each(['', ' ', '7', '-7d', '7 x', 'soon', '1d12h', '1e9d', 'Infinity', '0x10h'])(
    "'%s' is a usage error that names option and value",
    (text) => {
      expect(() => durationMs('uploads-older-than', text)).toThrow(`--uploads-older-than '${text}'`);
    },
  );
});

describe('percentages', () => {
  test('from 0 to 100, with or without the sign', () => {
    expect([percentOf('max-delete', '0'), percentOf('max-delete', '20%'), percentOf('max-delete', '99.5')]).toEqual([
      0, 20, 99.5,
    ]);
  });
  test.each(['', '-1', '101', 'all', '1e1', 'NaN'])("'%s' is a usage error", (text) => {
    expect(() => percentOf('max-delete', text)).toThrow(
      `--max-delete must be a percentage from 0 to 100, not '${text}'`,
    );
  });
});

describe('lists from files', () => {
  test('a reference a line; comments, blank lines, a mark and line ends of Windows are ignored', async () => {
    const list = file(
      'list',
      `\ufeff# old ones\r\nteam/app:1.0\r\n\r\n  team/web@sha256:${'a'.repeat(64)} # pinned once\r\nc:d\n`,
    );
    expect(await readReferences('from-file', list)).toEqual([
      'team/app:1.0',
      `team/web@sha256:${'a'.repeat(64)}`,
      'c:d',
    ]);
  });

  test('what kubectl prints: several a line, with the scheme of the runtime', async () => {
    const list = file(
      'in-use',
      `r.example.com/app:1 r.example.com/web:2\ndocker-pullable://r.example.com/app@sha256:${'a'.repeat(64)}\n`,
    );
    expect(await readInUse(list)).toEqual([
      'r.example.com/app:1',
      'r.example.com/web:2',
      `r.example.com/app@sha256:${'a'.repeat(64)}`,
    ]);
  });

  test('a list of what is in use that names nothing is refused: who wrote it has failed', async () => {
    await expect(readInUse(file('empty', '# nothing\n'))).rejects.toMatchObject({ code: 'usage' });
  });

  test('a file that is not there is a usage error with its path', async () => {
    const absent = path.join(folder, 'absent');
    await expect(readReferences('from-file', absent)).rejects.toMatchObject({ exitStatus: 2, path: absent });
  });
});

describe('a saved plan', () => {
  test('is written whole, over an older one', async () => {
    const at = file('plan.json', 'old');
    await (await planFile(at, fs.mkdtempSync(path.join(folder, 'root-')))).write(['{\n  "a"', ': 1\n}\n']);
    const text = fs.readFileSync(at, 'utf8');
    expect(JSON.parse(text)).toMatchObject({ a: 1 });
    expect(hasValidChecksum(text)).toBe(true);
    expect(hasValidChecksum(text.replace('1', '2'))).toBe(false);
    expect(fs.readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  test('never lies inside the root, not even by a symbolic link, nor replaces what is no file', async () => {
    fs.mkdirSync(path.join(folder, 'root/docker'), { recursive: true });
    fs.symlinkSync(path.join(folder, 'root/docker'), path.join(folder, 'by-link'));
    const root = path.join(folder, 'root');
    for (const at of ['root/plan.json', 'root/docker/plan.json', 'by-link/plan.json']) {
      await expect(planFile(path.join(folder, at), root), at).rejects.toMatchObject({ code: 'usage' });
    }
    await expect(planFile('/dev/null', root)).rejects.toThrow('is not a regular file');
    await expect(planFile(path.join(folder, 'absent/plan.json'), root)).rejects.toMatchObject({ exitStatus: 2 });
  });
});

describe('what is next', () => {
  const outcome = {
    status: 'done',
    run: 'r1',
    stepsDone: 3,
    stepsSkipped: 0,
    bytesFreed: 9,
    trashKept: false,
    deletedInPlace: false,
    failures: [],
    foreign: [],
  } as const;

  test('start the registry; before that flush its redis, with the command', () => {
    const redis = {
      addresses: ['cache:6380'],
      master: undefined,
      database: '2',
      user: undefined,
      password: true,
      tls: undefined,
      sentinelUser: undefined,
      sentinelPassword: false,
    };
    expect(nextSteps('/srv', outcome, redis)).toEqual([
      { code: 'flush-redis', command: expect.stringContaining('redis-cli -h cache -p 6380 -n 2 --scan') },
      { code: 'start-registry' },
    ]);
  });

  test('kept trash is reported with the command that frees it', () => {
    expect(nextSteps('/srv', { ...outcome, trashKept: true }, undefined)[0]).toEqual({
      code: 'empty-trash',
      command: 'regsweep trash empty r1 --root /srv',
    });
  });

  test('nothing, where nothing was done', () => {
    expect(nextSteps('/srv', { ...outcome, status: 'declined', stepsDone: 0 }, undefined)).toEqual([]);
  });
});
