// The configuration as the registry reads it: for generated files and environments, the root and the read-only mode that we read are
// those of a real registry. A configuration that it serves and we do not understand is allowed: the guard refuses there.

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readRegistryConfig } from '../../src/execute/registry-config.js';
import { registryAvailable } from '../support/registry.js';

/** REGSWEEP_CONFIGS=300 looks at that many. */
const COUNT = Number(process.env['REGSWEEP_CONFIGS'] ?? 40);
const SEED = Number(process.env['REGSWEEP_SEED'] ?? 1);

let folder: string;
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'regsweep-config-'));
  // Under a name that the guard does not look at: what it does not understand here must not stop the tests beside this one.
  if (registryAvailable) fs.copyFileSync(programPath('docker-registry'), path.join(folder, 'served'));
});
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

function programPath(name: string): string {
  const folders = (process.env['PATH'] ?? '').split(':');
  return folders.map((each) => path.join(each, name)).find((file) => fs.existsSync(file))!;
}

interface Sample {
  readonly text: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** A small generator of its own: the same seed gives the same samples. */
function random(seed: number): (below: number) => number {
  let state = seed * 2_654_435_761;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 0x9e3779b9) | 0;
    return ((state >>> 1) ^ (state >>> 17)) % below;
  };
}

/** Names of roots in the working directory of a sample; every one of them is a path of its own. */
function sampleOf(pick: <T>(...of: readonly T[]) => T, place: string): Sample {
  const root = (name: string): string => {
    const at = `${place}/${name}`;
    return pick(
      at,
      `"${at}"`,
      `'${at}'`,
      `!!str ${at}`,
      `${at}/`,
      `${place}/x/../${name}`,
      `"${place}\\x2f${name}"`,
      `./${name}`,
      name,
    );
  };
  const enabled = () => pick('true', 'false', 'True', 'TRUE', 'yes', 'no', 'on', 'off', '"true"', '1', 'y');
  const inner = (): string =>
    pick(
      `{rootdirectory: ${root('a')}}`,
      `{rootdirectory: ${root('a')}, rootdirectory: ${root('b')}}`,
      '{<<: *one}',
      `{<<: *one, rootdirectory: ${root('c')}}`,
      `{rootdirectory: ${root('d')}, <<: *one}`,
      '{<<: [*one, *two]}',
      '*two',
      `{rootDirectory: ${root('e')}, rootdirectory: ${root('f')}}`,
      `{maxthreads: 100, rootdirectory: *path}`,
      `\n    rootdirectory: >-\n      ${place}/folded`,
      `\n    rootdirectory: |-\n      ${place}/literal`,
      `\n    ? rootdirectory\n    : ${root('g')}`,
    );
  const maintenance = pick(
    '',
    '',
    `  maintenance: {readonly: {enabled: ${enabled()}}}\n`,
    `  maintenance: {readonly: {enabled: false, enabled: ${enabled()}}}\n`,
    '  maintenance: {readonly: {<<: *ro}}\n',
  );
  const storage = pick(
    () => `storage:\n  filesystem: ${inner()}\n${maintenance}`,
    () => `storage:\n  delete: {enabled: true}\n${maintenance}  filesystem: ${inner()}\n`,
    () => `storage: {inmemory: {}}\nstorage:\n  filesystem: ${inner()}\n${maintenance}`,
    () => `storage: {<<: {filesystem: {rootdirectory: ${root('m')}}}}\n`,
    () => `storage:\n  filesystem: {rootdirectory: ${root('n')}}\n  filesystem: ${inner()}\n${maintenance}`,
    () => `storage:\n  inmemory: {}\n${maintenance}`,
    () => `<<: {storage: {filesystem: ${pick('{<<: *one}', '*two')}}}\n`,
  )();
  const head = pick('', '---\n', '# a comment\n---\n', '\ufeff', '%YAML 1.1\n---\n');
  const anchors = `x-one: &one {rootdirectory: ${root('one')}}\nx-two: &two {rootdirectory: ${root('two')}}\nx-path: &path ${place}/path\nx-ro: &ro {enabled: true}\n`;
  const further = pick(
    '',
    'health: {}\nhealth: {}\n',
    'log: {level: error}\nlog: {level: error}\n',
    'unknown: [1, 2]\n',
  );
  const tail = pick(
    '',
    '---\n',
    '...\n',
    '---\nstorage: {filesystem: {rootdirectory: /nowhere}}\n',
    '---\n[',
    '...\n---\n{}\n',
  );
  const environment: Record<string, string> = {};
  if (pick(0, 0, 1)) environment['REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY'] = root('env');
  if (pick(0, 0, 0, 1))
    environment['REGISTRY_STORAGE_FILESYSTEM'] = pick(`{rootdirectory: ${root('fs')}}`, `rootdirectory: ${root('fs')}`);
  if (pick(0, 0, 0, 1)) {
    environment['REGISTRY_STORAGE'] = pick(`{filesystem: {rootdirectory: ${root('st')}}}`, `{inmemory: }`, 'inmemory');
  }
  if (pick(0, 0, 0, 0, 1)) environment['REGISTRY_STORAGE_MAINTENANCE_READONLY'] = `{enabled: ${enabled()}}`;
  if (pick(0, 0, 0, 0, 1)) environment['REGISTRY_STORAGE_MAINTENANCE_READONLY_ENABLED'] = enabled();
  if (pick(0, 0, 0, 0, 0, 1)) environment['REGISTRY_STORAGE_filesystem_rootdirectory'] = root('low');
  return { text: `${head}version: 0.1\n${anchors}${further}${storage}${tail}`, environment };
}

interface Served {
  /** Where the first push was written; undefined where it was not written below the sample's place. */
  readonly root: string | undefined;
  readonly readonly: boolean;
}

/** Undefined where the registry does not start. */
async function serve({ text, environment }: Sample, place: string): Promise<Served | undefined> {
  const port = await freePort();
  const config = path.join(place, 'config.yml');
  fs.writeFileSync(config, text);
  const child = spawn(path.join(folder, 'served'), ['serve', config], {
    cwd: place,
    env: { PATH: process.env['PATH'], REGISTRY_HTTP_ADDR: `127.0.0.1:${port}`, ...environment },
    stdio: 'ignore',
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  try {
    const url = `http://127.0.0.1:${port}/v2/a/blobs/uploads/`;
    while (child.exitCode === null && child.signalCode === null) {
      const status = await fetch(url, { method: 'POST' }).then(
        (response) => response.status,
        () => undefined,
      );
      if (status === undefined) await new Promise((resolve) => setTimeout(resolve, 20));
      else return { root: written(place), readonly: status === 405 };
    }
    return undefined;
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}

function written(place: string): string | undefined {
  const entries = fs.readdirSync(place, { recursive: true, encoding: 'utf8' });
  const found = entries.find((entry) => /(?:^|\/)docker\/registry\/v2$/.test(entry));
  return found === undefined ? undefined : path.join(place, found, '../../..');
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe.skipIf(!registryAvailable)('as a real registry reads it', () => {
  test(
    `${COUNT} configurations and environments`,
    async () => {
      const counts = { served: 0, understood: 0, readonly: 0 };
      for (let n = 0; n < COUNT; n += 1) {
        const place = path.join(folder, String(n));
        fs.mkdirSync(place);
        const below = random(SEED * 10_007 + n);
        for (let warm = 0; warm < 5; warm += 1) below(7);
        const sample = sampleOf((...of) => of[below(of.length)]!, place);
        const served = await serve(sample, place);
        const read = await readRegistryConfig(sample.text, Object.entries(sample.environment)).catch(() => undefined);
        const shown = JSON.stringify({ seed: SEED, n, ...sample, served, read }, undefined, 1);
        if (served === undefined) continue;
        counts.served += 1;
        if (read === undefined) continue;
        counts.understood += 1;
        expect(read.readonly, shown).toBe(served.readonly);
        if (served.readonly) counts.readonly += 1;
        else if (read.root === undefined) expect(served.root, shown).toBeUndefined();
        else expect(served.root, shown).toBe(path.resolve(place, read.root));
      }
      process.stderr.write(`configurations: ${JSON.stringify(counts)}\n`);
      expect(counts.understood).toBeGreaterThan(counts.served * 0.8);
      expect(counts.served).toBeGreaterThan(COUNT / 3);
    },
    30_000 + COUNT * 3_000,
  );
});
