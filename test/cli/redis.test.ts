// The command that a result prints for the registry's redis, run as printed against a real one: what the registry cached of
// its tree goes, everything else in that redis stays.

import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { flushCommand, type Redis } from '../../src/cli/redis.js';
import { World } from '../support/world.js';
import { regsweep } from './run.js';

const there = ['redis-server', 'redis-cli'].every((name) => spawnSync(name, ['--version']).status === 0);
const PASSWORD = "it's a $ecret";

const NONE: Redis = {
  addresses: [],
  master: undefined,
  database: undefined,
  user: undefined,
  password: false,
  tls: undefined,
  sentinelUser: undefined,
  sentinelPassword: false,
};

test.each([
  [{}, 'redis-cli --scan --pattern "$p" |'],
  [{ addresses: ['a b:1'], database: '2' }, "redis-cli -h 'a b' -p 1 -n 2 --scan"],
  [{ addresses: ['r'], password: true }, 'read -r REDISCLI_AUTH'],
  [{ addresses: ['/run/redis.sock'] }, 'redis-cli -s /run/redis.sock --scan'],
  [{ addresses: ['a:1', 'b:2'] }, 'xargs -r -n 1 redis-cli -h b -p 2 del'],
])('of %j', (redis, part) => {
  expect(flushCommand({ ...NONE, ...redis })).toContain(part);
});

describe.skipIf(!there)('against a real redis', () => {
  let folder: string;
  let port: number;
  let server: ChildProcess;
  let world: World;

  beforeAll(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'regsweep-redis-'));
    port = await freePort();
    const words = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder];
    server = spawn('redis-server', words, { stdio: 'ignore' });
    await answering();
  });
  afterAll(async () => {
    const ended = new Promise((resolve) => server.once('exit', resolve));
    server.kill();
    await ended;
    fs.rmSync(folder, { recursive: true });
  });
  beforeEach(() => {
    world = World.create();
  });
  afterEach(() => {
    world.remove();
    redis(0, 'flushall');
  });

  test('its keys of blobs and repositories go; other keys and other databases stay', async () => {
    fill(3);
    fill(0);
    const command = await printed(`addr: "127.0.0.1:${port}", db: 3`);
    const ran = spawnSync('sh', ['-c', command], { encoding: 'utf8' });
    expect(ran.status, ran.stderr).toBe(0);
    expect(keys(3)).toEqual(['my-blobs::x', 'session:1']);
    expect(keys(0)).toHaveLength(305);
    expect(spawnSync('sh', ['-c', command]).status, 'nothing left to flush is no error').toBe(0);
  });

  test('a password is asked for, and neither printed nor told to other users by the arguments', async () => {
    fill(0);
    redis(0, 'config', 'set', 'requirepass', PASSWORD);
    const command = await printed(`addr: "127.0.0.1:${port}", password: "${PASSWORD}"`);
    expect(command).not.toContain(PASSWORD);
    const ran = spawnSync('sh', ['-c', command], { encoding: 'utf8', input: `${PASSWORD}\n` });
    execFileSync('redis-cli', ['-p', String(port), 'config', 'set', 'requirepass', ''], {
      env: { ...process.env, REDISCLI_AUTH: PASSWORD },
    });
    expect(keys(0), ran.stderr).toEqual(['my-blobs::x', 'session:1']);
  });

  test.each([
    ['a password of digits alone', 'password: 0123456', '0123456'],
    ['the same in quotes', "password: '0123456'", '0123456'],
    ['a user of its own', `username: cache, password: "${PASSWORD}"`, PASSWORD],
  ])('%s: the command runs as printed', async (_, settings, password) => {
    fill(0);
    if (settings.startsWith('username')) {
      redis(0, 'acl', 'setuser', 'cache', 'on', `>${password}`, '~*', '+@all');
      redis(0, 'acl', 'setuser', 'default', 'off');
    } else redis(0, 'config', 'set', 'requirepass', password);
    const command = await printed(`addr: "127.0.0.1:${port}", ${settings}`);
    const ran = spawnSync('sh', ['-c', command], { encoding: 'utf8', input: `${password}\n` });
    const open = settings.startsWith('username')
      ? ['--user', 'cache', 'acl', 'setuser', 'default', 'on']
      : ['config', 'set', 'requirepass', ''];
    execFileSync('redis-cli', ['-p', String(port), ...open], { env: { ...process.env, REDISCLI_AUTH: password } });
    expect(keys(0), ran.stderr).toEqual(['my-blobs::x', 'session:1']);
  });

  test.skipIf(spawnSync('openssl', ['version']).status !== 0)(
    'TLS with certificates of both sides, as 3.x configures it',
    async () => {
      fill(0);
      const [key, cert] = ['key', 'cert'].map((name) => path.join(folder, name)) as [string, string];
      const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
      const made = [
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-days',
        '1',
        ...subject,
        '-keyout',
        key,
        '-out',
        cert,
      ];
      execFileSync('openssl', made, { stdio: 'ignore' });
      const secure = await freePort();
      redis(0, 'config', 'set', 'tls-cert-file', cert, 'tls-key-file', key, 'tls-ca-cert-file', cert);
      redis(0, 'config', 'set', 'tls-port', String(secure));
      const tls = `{certificate: ${cert}, key: ${key}, clientcas: [${cert}]}`;
      const command = await printed(`addrs: ["127.0.0.1:${secure}"], tls: ${tls}`);
      const ran = spawnSync('sh', ['-c', command], { encoding: 'utf8' });
      redis(0, 'config', 'set', 'tls-port', '0');
      expect(keys(0), ran.stderr).toEqual(['my-blobs::x', 'session:1']);
    },
  );

  test('through a sentinel, which says where the master is', async () => {
    fill(0);
    const sentinelPort = await freePort();
    const file = path.join(folder, 'sentinel.conf');
    fs.writeFileSync(file, `port ${sentinelPort}\nsentinel monitor main 127.0.0.1 ${port} 1\ndir ${folder}\n`);
    const sentinel = spawn('redis-server', [file, '--sentinel'], { stdio: 'ignore' });
    try {
      const asked = ['-p', String(sentinelPort), 'sentinel', 'get-master-addr-by-name', 'main'];
      for (let tries = 0; tries < 200; tries += 1) {
        if (spawnSync('redis-cli', asked, { encoding: 'utf8' }).stdout.includes(String(port))) break;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      const command = await printed(`addrs: ["127.0.0.1:${sentinelPort}"], sentinelmasterset: main`);
      const ran = spawnSync('sh', ['-c', command], { encoding: 'utf8' });
      expect(keys(0), ran.stderr).toEqual(['my-blobs::x', 'session:1']);
    } finally {
      sentinel.kill();
    }
  });

  /** The command as a cleaning prints it whose registry's configuration names `settings` for its redis. */
  async function printed(settings: string): Promise<string> {
    world.image('app', 'v1', { layers: ['own'] });
    const config = path.join(world.root, 'config.yml');
    fs.writeFileSync(config, `redis: {${settings}}\nstorage: {filesystem: {rootdirectory: ${world.root}}}\n`);
    const ran = await regsweep(['rm', 'app:v1', '--yes', '--json', '--config', config]);
    expect(ran.status, ran.stderr).toBe(0);
    const { next } = JSON.parse(ran.stdout) as { next: readonly { code: string; command?: string }[] };
    return next.find(({ code }) => code === 'flush-redis')!.command!;
  }

  /** Keys as distribution writes them, and a few of somebody else. */
  function fill(database: number): void {
    redis(database, 'hset', 'repository::team/app::blobs::sha256:00', 'mediatype', 'x');
    redis(database, 'sadd', 'repository::team/app::blobs', 'sha256:00');
    redis(database, 'set', 'session:1', 'kept');
    redis(database, 'set', 'my-blobs::x', 'kept');
    const many = Array.from({ length: 301 }, (_, n) => [`blobs::sha256:${n}`, '1']).flat();
    redis(database, 'mset', ...many);
  }

  function redis(database: number, ...words: readonly string[]): string {
    return execFileSync('redis-cli', ['-p', String(port), '-n', String(database), ...words], { encoding: 'utf8' });
  }

  function keys(database: number): string[] {
    return redis(database, 'keys', '*').trim().split('\n').sort();
  }

  async function answering(): Promise<void> {
    for (let tries = 0; tries < 100; tries += 1) {
      if (spawnSync('redis-cli', ['-p', String(port), 'ping'], { encoding: 'utf8' }).stdout === 'PONG\n') return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error('redis-server does not answer');
  }
});

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
