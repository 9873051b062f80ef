// Nothing that the user asks to be written may lie inside the registry's root: other tools would take it for something of the
// registry's, and a dry run opens nothing there.

import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { usageError } from '../model/errors.js';

/** Throws `usage` where `place`, a real path, is `root` or lies inside it. `--option FILE` is what the user wrote. */
export async function refuseInsideRoot(option: string, file: string, place: string, root: string): Promise<void> {
  const inside = path.relative(await realpath(root), place);
  if (inside !== '' && (inside === '..' || inside.startsWith(`..${path.sep}`) || path.isAbsolute(inside))) return;
  throw usageError(`--${option} ${file} lies inside the registry's root.`, 'Save it elsewhere.');
}

/** Where `file` is, or would be made: symbolic links followed. Undefined where its folder is not there. */
export async function resolvedPath(file: string): Promise<string | undefined> {
  const whole = path.resolve(file);
  try {
    return await realpath(whole);
  } catch {
    // Ignored error: what is not there yet is made in its folder; a link that dangles is no file to append to.
  }
  try {
    return path.join(await realpath(path.dirname(whole)), path.basename(whole));
  } catch {
    return undefined; // ignored error: without its folder it cannot be opened, which fails later with a message of its own
  }
}
