// The files that one command line names must be different ones: a page that is written over the plan just saved, or a log
// that grows into the list of what is in use, would destroy what the user wanted. Told before any of them is opened.

import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { usageError } from '../model/errors.js';

/** Options that name a file which is written, and those that name one which is read; `plan` is the argument of `apply`. */
const WRITTEN = ['plan-out', 'report', 'log-file'];
const READ = ['plan', 'keep-in-use', 'from-file', 'policy', 'config', 'config-file'];

/** Throws `usage` where a file that `options` would have written is another of those that they name. */
export async function refuseSameFile(options: Readonly<Record<string, unknown>>): Promise<void> {
  const seen = new Map<string, string>();
  for (const name of [...READ, ...WRITTEN]) {
    const file = options[name];
    if (typeof file !== 'string' || (file === '-' && READ.includes(name))) continue;
    const label = name === 'plan' ? 'the plan' : `--${name}`;
    for (const identity of await identities(file)) {
      const other = seen.get(identity);
      if (other !== undefined && other !== label && WRITTEN.includes(name)) {
        throw usageError(`${other} and --${name} name the same file: ${file}`, 'Give each a name of its own.');
      }
      seen.set(identity, label);
    }
  }
}

/** What tells a file from others, whether it is there yet or not: its resolved path, and its place on the disk. */
async function identities(file: string): Promise<readonly string[]> {
  const whole = path.resolve(file);
  try {
    const { dev, ino } = await stat(whole, { bigint: true });
    return [`${dev} ${ino}`, await realpath(whole)];
  } catch {
    // ignored error: a file that does not exist yet is compared by folder and name; one that cannot be read fails when it is opened
    const folder = await realpath(path.dirname(whole)).catch(() => path.dirname(whole));
    return [path.join(folder, path.basename(whole))];
  }
}
