// The guard before a real registry: it is found however it was given its root, and wherever it sees it; another tree's is not.

import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PROGRAM, regsweep } from '../cli/run.js';
import { registryAvailable } from '../support/registry.js';
import { differences, snapshot } from '../support/snapshot.js';
import { World } from '../support/world.js';

let folder: string;
let world: World;
const children: ReturnType<typeof spawn>[] = [];

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'regsweep-guard-'));
  world = new World(path.join(folder, 'root'));
  world.image('team/app', '1.0', { layers: ['one'] });
  world.image('team/app', '1.1', { layers: ['two'] });
});
afterEach(async () => {
  for (const child of children.splice(0)) await end(child);
  fs.rmSync(folder, { recursive: true, force: true });
});

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts what `words` say, with a registry's configuration for `root` in the folder, and waits until it answers. */
async function serve(
  root: string | undefined,
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<ReturnType<typeof spawn>> {
  const port = await freePort();
  const storage = root === undefined ? 'inmemory: {}' : `filesystem: {rootdirectory: ${root}}`;
  fs.writeFileSync(
    path.join(folder, 'config.yml'),
    `version: 0.1\nlog: {level: error}\nstorage:\n  ${storage}\nhttp: {addr: 127.0.0.1:${port}}\n`,
  );
  const [program = '', ...rest] = words;
  const child = spawn(program, rest, {
    cwd: folder,
    env: { ...process.env, ...environment },
    stdio: 'ignore',
    detached: true,
  });
  children.push(child);
  for (let tries = 0; tries < 200; tries += 1) {
    const up = await fetch(`http://127.0.0.1:${port}/v2/`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (up) return child;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the registry did not start');
}

async function end(child: ReturnType<typeof spawn>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  process.kill(-child.pid!, 'SIGKILL');
  await ended;
}

const run = (...words: readonly string[]) => regsweep(['rm', 'team/app:1.0', '--yes', ...words], { root: world.root });

async function refused(): Promise<void> {
  const before = snapshot(world.root);
  const ran = await run();
  expect(ran.status, ran.stderr).toBe(4);
  expect(ran.stderr).toMatch(/A registry is serving this tree: process \d+, `[^`]*(?:serve|-f config)/);
  expect(differences(before, snapshot(world.root))).toEqual([]);
}

const REGISTRY = spawnSync('sh', ['-c', 'command -v docker-registry'], { encoding: 'utf8' }).stdout.trim();
const LOADER = '/lib64/ld-linux-x86-64.so.2';
const AS_NOBODY = ['--reuid', '65534', '--regid', '65534', '--clear-groups', '--'];
const othersMayRun = spawnSync('setpriv', [...AS_NOBODY, process.execPath, PROGRAM, '--version']).status === 0;
const maySeparate = spawnSync('unshare', ['-m', 'true']).status === 0;

describe.skipIf(!registryAvailable)('a registry that serves this tree', () => {
  test('by a configuration at a relative path: refused while it runs, fine once it has stopped', async () => {
    const child = await serve(world.root, ['docker-registry', 'serve', 'config.yml']);
    await refused();
    const dry = await regsweep(['gc', '--dry-run'], { root: world.root });
    expect(dry.status).toBe(0);
    expect(dry.stderr).toContain('a registry is serving this tree');
    await end(child);
    expect((await run()).status).toBe(0);
  });

  test('by the environment, over what its configuration says', async () => {
    const elsewhere = path.join(folder, 'elsewhere');
    await serve(elsewhere, ['docker-registry', 'serve', path.join(folder, 'config.yml')], {
      REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: world.root,
    });
    await refused();
  });

  test('by a configuration that the environment names', async () => {
    await serve(world.root, ['docker-registry', 'serve'], {
      REGISTRY_CONFIGURATION_PATH: path.join(folder, 'config.yml'),
    });
    await refused();
  });

  test.each([
    ['REGISTRY_STORAGE_FILESYSTEM', (root: string) => `{rootdirectory: ${root}}`],
    ['REGISTRY_STORAGE', (root: string) => `{filesystem: {rootdirectory: ${root}}}`],
  ])('by the whole of %s', async (name, value) => {
    await serve(path.join(folder, 'elsewhere'), ['docker-registry', 'serve', 'config.yml'], {
      [name]: value(world.root),
    });
    await refused();
  });

  test('not by a file whose storage the environment replaces: that registry serves the default root', async () => {
    await serve(world.root, ['docker-registry', 'serve', 'config.yml'], { REGISTRY_STORAGE: 'filesystem' });
    expect((await run()).status).toBe(0);
  });

  test.skipIf(!maySeparate)('through an absolute symlink that is valid in its own view alone', async () => {
    const data = path.join(folder, 'data');
    fs.mkdirSync(data);
    fs.symlinkSync(data, path.join(folder, 'by-link'));
    const line = `mount --bind ${world.root} ${data} && exec docker-registry serve config.yml`;
    await serve(path.join(folder, 'by-link'), ['unshare', '-m', 'sh', '-c', line]);
    await refused();
  });

  test('to a run that is given v2 alone, by a symlink of another name', async () => {
    await serve(world.root, ['docker-registry', 'serve', 'config.yml']);
    const link = path.join(folder, 'storage');
    fs.symlinkSync(world.v2, link);
    const before = snapshot(folder);
    const ran = await regsweep(['rm', 'team/app:1.0', '--yes'], { root: link });
    expect(ran.status, ran.stderr).toBe(4);
    expect(ran.stderr).toContain('A registry is serving this tree');
    expect(differences(before, snapshot(folder))).toEqual([]);
  });

  test('by another root with the same v2', async () => {
    const other = path.join(folder, 'other');
    fs.mkdirSync(path.join(other, 'docker/registry'), { recursive: true });
    fs.symlinkSync(world.v2, path.join(other, 'docker/registry/v2'));
    await serve(other, ['docker-registry', 'serve', 'config.yml']);
    await refused();
  });

  test('through a symlink', async () => {
    fs.symlinkSync(world.root, path.join(folder, 'by-link'));
    await serve(path.join(folder, 'by-link'), ['docker-registry', 'serve', 'config.yml']);
    await refused();
  });

  test.skipIf(!maySeparate)(
    'in a mount view of its own, where the tree is called otherwise, as in a container',
    async () => {
      const inside = path.join(folder, 'var/lib/registry');
      fs.mkdirSync(inside, { recursive: true });
      const line = `mount --bind ${world.root} ${inside} && exec docker-registry serve config.yml`;
      await serve(inside, ['unshare', '-m', 'sh', '-c', line]);
      expect(fs.readdirSync(inside)).toEqual([]);
      await refused();
    },
  );

  test('of another tree is none of ours, and neither is one that stores elsewhere than on disk', async () => {
    await serve(path.join(folder, 'another'), ['docker-registry', 'serve', 'config.yml']);
    await serve(undefined, ['docker-registry', 'serve', 'config.yml']);
    expect((await run()).status).toBe(0);
  });

  test('a driver set by the environment without a root serves the default one, whatever the configuration says', async () => {
    await serve(world.root, ['docker-registry', 'serve', 'config.yml'], {
      REGISTRY_STORAGE_FILESYSTEM: '{maxthreads: 50}',
    });
    expect((await run()).status).toBe(0);
  });

  test.each([
    ['dockerregistry', ['serve', 'config.yml']],
    ['.registry-wrapped', ['serve', 'config.yml']],
    ['distribution', ['serve', 'config.yml']],
  ])('by a program called %s', async (name, words) => {
    fs.symlinkSync(REGISTRY, path.join(folder, name));
    await serve(world.root, [path.join(folder, name), ...words]);
    await refused();
  });

  test.each([
    ['an init before it', ['timeout', '600', 'docker-registry', 'serve', 'config.yml']],
    ['another name on its command line', ['bash', '-c', 'exec -a storage docker-registry serve config.yml']],
  ])('with %s', async (_, words) => {
    await serve(world.root, words);
    await refused();
  });

  test.skipIf(!fs.existsSync(LOADER))('by the loader of programs', async () => {
    await serve(world.root, [LOADER, REGISTRY, 'serve', 'config.yml']);
    await refused();
  });

  test('without the word serve, as up to 2.3', async () => {
    fs.writeFileSync(path.join(folder, 'config.yml'), `storage: {filesystem: {rootdirectory: ${world.root}}}\n`);
    // Stands in for a program that is no longer to be had: any that runs on with a file's name will do.
    fs.copyFileSync('/usr/bin/tail', path.join(folder, 'registry'));
    const child = spawn(path.join(folder, 'registry'), ['-f', 'config.yml'], {
      cwd: folder,
      stdio: 'ignore',
      detached: true,
    });
    children.push(child);
    await new Promise((resolve) => child.once('spawn', resolve));
    await refused();
  });

  test('read-only: goes on, and says that it must be restarted', async () => {
    await serve(world.root, ['docker-registry', 'serve', 'config.yml'], {
      REGISTRY_STORAGE_MAINTENANCE_READONLY: '{enabled: true}',
    });
    const ran = await run();
    expect(ran.status, ran.stderr).toBe(0);
    expect(ran.stderr).toMatch(/process \d+ serves this tree read-only: restart it afterwards/);
  });

  test.each([
    ['60s', 'takes two seconds to end', 0],
    ['100ms', 'goes on', 4],
  ])('--stop-timeout %s and a registry that %s after the stop command: exit %i', async (timeout, _, status) => {
    const child = await serve(world.root, ['docker-registry', 'serve', 'config.yml']);
    const stop = status === 0 ? `(sleep 2; kill -9 ${child.pid}) >/dev/null 2>&1 &` : 'true';
    const ran = await run('--shell', '--stop-command', stop, '--start-command', 'true', '--stop-timeout', timeout);
    expect(ran.status, ran.stderr).toBe(status);
    expect(world.exists('repositories/team/app/_manifests/tags/1.0')).toBe(status !== 0);
  });

  test.skipIf(!maySeparate || !othersMayRun)(
    'of another user, which cannot be looked into: refused by its pid',
    async () => {
      fs.writeFileSync(
        path.join(folder, 'config.yml'),
        `version: 0.1\nstorage: {filesystem: {rootdirectory: ${world.root}}}\nhttp: {addr: 127.0.0.1:${await freePort()}}\n`,
      );
      fs.chmodSync(folder, 0o755);
      spawnSync('chown', ['-R', '65534:65534', world.root]);
      const before = snapshot(world.root);
      // In a view of processes of their own, so that no other test's registry is the one that is named.
      const line = `docker-registry serve config.yml & echo $!; until grep -q serve /proc/$!/cmdline; do sleep 0.1; done
      setpriv ${AS_NOBODY.join(' ')} "$@"; status=$?; kill $!; exit $status`;
      const words = ['-c', line, 'sh', process.execPath, PROGRAM, 'rm', 'team/app:1.0', '--yes', '--root', world.root];
      const ran = spawnSync('unshare', ['-m', '-p', '--fork', '--mount-proc', 'sh', ...words], {
        cwd: folder,
        encoding: 'utf8',
      });
      expect(ran.status, ran.stderr).toBe(4);
      const [pid] = ran.stdout.split('\n');
      expect(ran.stderr).toContain(
        `A registry may be serving this tree: process ${pid}, \`docker-registry serve config.yml\`: `,
      );
      expect(ran.stderr).toContain('Run this as root');
      expect(differences(before, snapshot(world.root))).toEqual([]);
    },
  );

  test('--force-running goes on, and says so', async () => {
    await serve(world.root, ['docker-registry', 'serve', 'config.yml']);
    const ran = await run('--force-running');
    expect(ran.status).toBe(0);
    expect(ran.stderr).toMatch(/going on though process \d+ serves this tree/);
  });
});
