// The guard before a real registry: it is found however it was told its root, and wherever it sees it; another tree's is not.

import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { regsweep } from '../cli/run.js';
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
  expect(ran.stderr).toMatch(/A registry is serving this tree: process \d+, `[^`]*registry serve/);
  expect(differences(before, snapshot(world.root))).toEqual([]);
}

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

  test.skipIf(!maySeparate)('through an absolute symlink that leads to the tree in its own view alone', async () => {
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

  test('by another root that leads to the same v2', async () => {
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

  test('--force-running goes on, and says so', async () => {
    await serve(world.root, ['docker-registry', 'serve', 'config.yml']);
    const ran = await run('--force-running');
    expect(ran.status).toBe(0);
    expect(ran.stderr).toMatch(/going on though process \d+ serves this tree/);
  });
});
