// What bin/ starts: the bundled program, with V8's code cache where the build left one. A cache counts only if it was made by this
// Node from these very bytes and came over whole; any other, or none, costs time and nothing else. No run writes one.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { Script } from 'node:vm';

export interface Programs {
  regsweep(words: readonly string[]): Promise<void>;
  deleteDockerRegistryImage(words: readonly string[]): Promise<void>;
}

/** The bundle, in the folder of this file once it is built. */
const BUNDLE = 'regsweep.cjs';

/** Runs one of the programs of the bundle with what the command line gives it; it sets the exit status. */
export function start(program: keyof Programs): void {
  void load(import.meta.dirname).programs[program](process.argv.slice(2));
}

/** Loads the programs of the bundle in `folder`. */
export function load(folder: string): { readonly programs: Programs; readonly script: Script } {
  const filename = path.join(folder, BUNDLE);
  // All of it is ASCII.
  const source = readFileSync(filename);
  const cachedData = usable(cacheFile(folder), source);
  const script = new Script(
    `(function (exports, require, module, __filename, __dirname) {${source.toString('latin1')}\n})`,
    {
      filename,
      ...(cachedData === undefined ? {} : { cachedData }),
    },
  );
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(filename), module, filename, folder);
  return { programs: module.exports as Programs, script };
}

/** The code cache of the bundle in `folder` for the Node that runs this. */
export function cacheFile(folder: string): string {
  return path.join(folder, `regsweep-${process.version}-${process.arch}.cache`);
}

/** A cache as its file holds it: the checksum of the bundle, that of the cache, the cache. */
export function checkedCache(cache: Buffer, source: Buffer): Buffer {
  return Buffer.concat([checksum(source), checksum(cache), cache]);
}

function usable(file: string, source: Buffer): Buffer | undefined {
  let content: Buffer;
  try {
    content = readFileSync(file);
  } catch {
    return undefined; // ignored error: the program runs without it
  }
  const cache = content.subarray(64);
  const whole = checksum(source).equals(content.subarray(0, 32)) && checksum(cache).equals(content.subarray(32, 64));
  return whole ? cache : undefined;
}

function checksum(content: Buffer): Buffer {
  return createHash('sha256').update(content).digest();
}
