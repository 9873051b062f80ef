// The files that one command line names must be different ones: a page that is written over the plan just saved, or a log
// that grows into the list of what is in use, would destroy what the user wanted. Told before any of them is opened.

import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { usageError } from '../model/errors.js';
import type { CommandData } from './command.js';
import { type Argument, named } from './option.js';
import { GLOBAL_OPTIONS } from './options.js';
import type { Values } from './parser.js';

/** Throws `usage` where a file that `command` would write by its `values` is another of those that they name. */
export async function refuseSameFile(command: CommandData, values: Values): Promise<void> {
  const files = named<Argument & { readonly writes?: true }>({
    ...command.arguments,
    ...command.options,
    ...GLOBAL_OPTIONS,
  }).filter(({ takes }) => takes === 'FILE');
  const seen = new Map<string, string>();
  for (const { name, writes } of [...files.filter((each) => !each.writes), ...files.filter((each) => each.writes)]) {
    const file = values[name];
    const label = name in command.arguments ? `the ${name}` : `--${name}`;
    if (typeof file !== 'string' || (file === '-' && !writes)) continue;
    for (const identity of await identities(file)) {
      const other = seen.get(identity);
      if (other !== undefined && other !== label && writes) {
        throw usageError(`${other} and ${label} name the same file: ${file}`, 'Give each a name of its own.');
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
