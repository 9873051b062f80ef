// Temporary files that crashed writes of registry 3.1 and newer left beside their targets. A pattern search below given folders,
// asked for by `gc` alone; fast-glob is told everything, for its defaults hide dot entries and swallow errors.

import { lstatSync, readdirSync, statSync } from 'node:fs';
import fastGlob from 'fast-glob';
import type { Leftover } from '../inventory/inventory.js';
import { isLeftoverName, REPOSITORIES, RESERVED } from '../model/layout.js';
import { repositoryOnDisk } from '../model/names.js';
import { unreadable } from './door.js';

/** Leftovers below `folders`, which are relative to v2, in no order. Throws `tree-unreadable`. */
export function findLeftovers(v2: string, folders: readonly string[]): readonly Leftover[] {
  return folders.flatMap((folder) => search(v2, folder).flatMap((path) => leftoverAt(v2, `${folder}/${path}`)));
}

function search(v2: string, folder: string): readonly string[] {
  try {
    // A file in a folder's place was told already, as what no registry writes.
    if (statSync(`${v2}/${folder}`, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
    return fastGlob.sync('**/*.tmp', {
      cwd: `${v2}/${folder}`,
      dot: true,
      onlyFiles: true,
      followSymbolicLinks: false,
      suppressErrors: false,
      unique: false,
      caseSensitiveMatch: true,
    });
  } catch (error) {
    throw unreadable(`${v2}/${folder}`, error);
  }
}

function leftoverAt(v2: string, path: string): Leftover[] {
  const parts = path.split('/');
  const stats = isLeftoverName(parts.at(-1)!) ? lstatSync(`${v2}/${path}`, { throwIfNoEntry: false }) : undefined;
  if (stats === undefined) return [];
  const end = parts.findIndex((part) => RESERVED.includes(part));
  const repository = parts[0] === REPOSITORIES && end > 0 ? repositoryOnDisk(parts.slice(1, end).join('/')) : undefined;
  const alone = readdirSync(`${v2}/${parts.slice(0, -1).join('/')}`).every(isLeftoverName);
  return [{ path, repository, modifiedMs: stats.mtimeMs, bytes: stats.size, alone }];
}
