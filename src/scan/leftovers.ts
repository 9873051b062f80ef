// Temporary files that crashed writes of registry 3.1 and newer left beside their targets. A pattern search over the whole
// tree, asked for by `gc` alone; fast-glob is told everything, for its defaults hide dot entries and swallow errors.

import { lstatSync } from 'node:fs';
import fastGlob from 'fast-glob';
import type { Leftover } from '../inventory/inventory.js';
import { isLeftoverName, REPOSITORIES, RESERVED } from '../model/layout.js';
import { repositoryOnDisk } from '../model/names.js';
import { unreadable } from './door.js';

export async function findLeftovers(v2: string): Promise<readonly Leftover[]> {
  const paths = await fastGlob(['**/link.*.tmp', '**/data.*.tmp', '**/startedat.*.tmp'], {
    cwd: v2,
    dot: true,
    onlyFiles: true,
    followSymbolicLinks: false,
    suppressErrors: false,
    unique: true,
    caseSensitiveMatch: true,
  }).catch((error: unknown) => {
    throw unreadable(v2, error);
  });
  return paths
    .filter((path) => isLeftoverName(path.slice(path.lastIndexOf('/') + 1)))
    .sort()
    .flatMap((path) => {
      const stats = lstatSync(`${v2}/${path}`, { throwIfNoEntry: false });
      if (stats === undefined) return [];
      const parts = path.split('/');
      const end = parts.findIndex((part) => RESERVED.includes(part));
      const repository =
        parts[0] === REPOSITORIES && end > 0 ? repositoryOnDisk(parts.slice(1, end).join('/')) : undefined;
      return [{ path, repository, modifiedMs: stats.mtimeMs, bytes: stats.size }];
    });
}
