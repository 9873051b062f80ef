// What regsweep leaves in v2 while trash is kept, beside `blobs` and `repositories`, is nothing to a real registry and its collector.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Registry, registryAvailable } from '../support/registry.js';

const PROGRAM = path.resolve('bin/regsweep.js');
let registry: Registry;
beforeEach(() => {
  registry = new Registry(fs.mkdtempSync(path.join(os.tmpdir(), 'regsweep-real-')));
});
afterEach(async () => {
  await registry.remove();
  fs.rmSync(registry.root, { recursive: true, force: true });
});

describe.skipIf(!registryAvailable)('with a real registry', () => {
  test('the mark in v2 changes nothing that it lists, serves, takes or collects', async () => {
    await registry.start();
    await registry.push('app', '1', ['base', 'one']);
    await registry.push('app', '2', ['base', 'two']);
    await registry.stop();
    const regsweep = (...words: readonly string[]) =>
      spawnSync(process.execPath, [PROGRAM, ...words, '--root', registry.root], { encoding: 'utf8' });
    const ran = regsweep('rm', 'app:1', '--yes', '--keep-trash');
    expect(ran.status, ran.stderr).toBe(0);
    const mark = path.join(registry.root, 'docker/registry/v2/.regsweep');
    expect(fs.lstatSync(mark).isSymbolicLink()).toBe(true);

    await registry.start();
    expect(await registry.catalog()).toEqual(['app']);
    expect(await registry.tags('app')).toEqual(['2']);
    await registry.pull('app', '2');
    await registry.push('app', '3', ['base', 'three']);
    await registry.pull('app', '3');
    await registry.stop();

    const config = path.join(registry.root, 'config.yml');
    fs.writeFileSync(config, `version: 0.1\nstorage: {filesystem: {rootdirectory: ${registry.root}}}\n`);
    const collected = spawnSync('docker-registry', ['garbage-collect', '-m', config], { encoding: 'utf8' });
    expect(collected.status, collected.stderr).toBe(0);
    expect(collected.stdout + collected.stderr).not.toContain('.regsweep');
    expect(fs.lstatSync(mark).isSymbolicLink()).toBe(true);
    expect(regsweep('undo', '--yes').status).toBe(0);
    expect(fs.existsSync(mark)).toBe(false);
    await registry.start();
    expect(await registry.tags('app')).toEqual(['1', '2', '3']);
    for (const tag of ['1', '2', '3']) await registry.pull('app', tag);
  });
});
