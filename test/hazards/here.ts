// The built program in this process: what bin/regsweep.js loads, without the third of a second that each start of Node and its
// modules takes. What it writes is caught; it is given its root and its lists by path, so that nothing else of this process shows.

import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Ran } from '../cli/run.js';

const BUILT = pathToFileURL(path.resolve('build/src/cli/program.js')).href;
const { run } = (await import(/* @vite-ignore */ BUILT)) as typeof import('../../src/cli/program.js');

// Each run listens for errors of the streams as long as the process lives, which elsewhere is once.
process.stdout.setMaxListeners(0);
process.stderr.setMaxListeners(0);

/** Runs `regsweep` with `words` on `root`; `input` stands for what a `-` would read. */
export async function regsweepHere(words: readonly string[], root: string, input?: string): Promise<Ran> {
  const list = `${root}.input`;
  if (input !== undefined) fs.writeFileSync(list, input);
  const given = words.map((word) => (word === '-' && input !== undefined ? list : word));
  const out = caught(process.stdout);
  const err = caught(process.stderr);
  try {
    const status = await run([...given, '--root', root]);
    return { status, stdout: out.text(), stderr: err.text() };
  } finally {
    out.release();
    err.release();
    fs.rmSync(list, { force: true });
  }
}

/** Catches what is written to a stream until it is released. */
function caught(stream: NodeJS.WriteStream): { text(): string; release(): void } {
  const write = stream.write;
  let text = '';
  stream.write = (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
    text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
    const done = rest.find((each) => typeof each === 'function') as (() => void) | undefined;
    done?.();
    return true;
  };
  return {
    text: () => text,
    release: () => {
      stream.write = write;
    },
  };
}
