// The code cache is an aid: whatever became of it, the program does the same.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runProgram } from './run.js';

const ROOT = path.resolve(import.meta.dirname, '../..');
const built = path.join('dist', `regsweep-${process.version}-${process.arch}.cache`);
let folder: string;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'regsweep-start-'));
  for (const name of ['bin', 'dist', 'package.json'])
    fs.cpSync(path.join(ROOT, name), path.join(folder, name), { recursive: true });
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

/** What `ls` prints about the tree of the demo, by a program whose code cache `change` changed; and whether V8 took the cache. */
async function listing(change: (cache: string) => void): Promise<{ readonly stdout: string; readonly taken: boolean }> {
  change(path.join(folder, built));
  const program = path.join(folder, 'bin/regsweep.js');
  const ran = await runProgram(process.execPath, [program, 'ls', '--root', path.join(ROOT, 'fixtures/demo')]);
  expect(ran).toMatchObject({ status: 0, stderr: '' });
  const ask = `const { script } = (await import('${folder}/dist/start.js')).load('${folder}/dist');
    console.log(script.cachedDataRejected);`;
  const asked = await runProgram(process.execPath, ['--input-type=module', '-e', ask]);
  return { stdout: ran.stdout, taken: asked.stdout.trim() === 'false' };
}

test('no import is left in the bundle: with a code cache a script may not import', () => {
  expect(fs.readFileSync('dist/regsweep.cjs', 'utf8')).not.toMatch(/[^.\w$]import\(/);
});

test('the cache that the build made is taken', async () => {
  expect((await listing(() => undefined)).taken).toBe(true);
});

test.each<[string, (cache: string) => void]>([
  ['missing', (cache) => fs.rmSync(cache)],
  ['empty', (cache) => fs.writeFileSync(cache, '')],
  ['cut off', (cache) => fs.truncateSync(cache, 100_000)],
  [
    'a folder',
    (cache) => {
      fs.rmSync(cache);
      fs.mkdirSync(cache);
    },
  ],
  [
    'changed in one byte',
    (cache) => {
      const content = fs.readFileSync(cache);
      content[200_000]! ^= 1;
      fs.writeFileSync(cache, content);
    },
  ],
  ['of another bundle', () => fs.appendFileSync(path.join(folder, 'dist/regsweep.cjs'), '\n')],
])('a cache that is %s is passed over', async (_, change) => {
  const whole = await listing(() => undefined);
  expect(await listing(change)).toEqual({ stdout: whole.stdout, taken: false });
});

test('no run writes one', async () => {
  const { taken } = await listing((cache) => fs.rmSync(cache));
  expect(taken).toBe(false);
  expect(fs.existsSync(path.join(folder, built))).toBe(false);
});
