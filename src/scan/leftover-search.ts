// The search for leftovers below given folders. Any folder may hold one and nothing but a listing tells, so all are listed: what a
// registry lays out by a bare walk, which keeps nothing, and the name spaces around it by a pattern. fast-glob is given
// everything, for its defaults hide dot entries and swallow errors; it is loaded where a search is made.

import { readdirSync, statSync } from 'node:fs';
import fastGlob from 'fast-glob';
import type { Leftover } from '../inventory/inventory.js';
import { isLeftoverName, REPOSITORIES, RESERVED } from '../model/layout.js';
import { leftoverAt } from './leftovers.js';
import { type TreeReader, unreadable } from './tree-reader.js';

/** A repository's own folders, wherever below a name space: they hold nearly all folders of a tree. */
const OWN = `**/{${RESERVED.join(',')}}`;
/** Folders that no registry writes, `.snapshot` and `@eaDir` among them, are not opened: they may not even be readable. */
const FOREIGN = ['**/[!A-Za-z0-9_]*/**', '**/*[!A-Za-z0-9._:-]*/**'];
const OURS = /^[A-Za-z0-9_][\w.:+=-]*$/;

/** Leftovers below `folders`, which are relative to v2, in no order. Throws `tree-unreadable`. */
export function findLeftovers(v2: string, folders: readonly string[], reader: TreeReader): readonly Leftover[] {
  return folders.flatMap((folder) => search(v2, folder).flatMap((path) => leftoverAt(v2, path, reader)));
}

/** Paths relative to v2 that may be leftovers. No symlink below `folder` is followed. */
function search(v2: string, folder: string): readonly string[] {
  const found: string[] = [];
  try {
    // A file in a folder's place was reported before, as not written by the registry.
    if (statSync(`${v2}/${folder}`, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
    if (!folder.startsWith(`${REPOSITORIES}/`)) walk(v2, folder, found);
    else {
      for (const path of around(`${v2}/${folder}`)) {
        if (path.endsWith('/')) walk(v2, `${folder}/${path.slice(0, -1)}`, found);
        else found.push(`${folder}/${path}`);
      }
    }
  } catch (error) {
    throw unreadable(`${v2}/${folder}`, error);
  }
  return found;
}

/** What lies in name spaces outside repositories' own folders, and these folders themselves, which end in a slash. */
function around(folder: string): readonly string[] {
  return fastGlob
    .sync(['**/*.tmp', OWN], {
      cwd: folder,
      ignore: [`${OWN}/*`, `${OWN}/*/**`, ...FOREIGN],
      dot: true,
      onlyFiles: false,
      markDirectories: true,
      followSymbolicLinks: false,
      suppressErrors: false,
      unique: false,
      caseSensitiveMatch: true,
    })
    .filter((path) => !path.endsWith('.tmp/'));
}

function walk(v2: string, folder: string, found: string[]): void {
  for (const entry of readdirSync(`${v2}/${folder}`, { withFileTypes: true })) {
    if (!OURS.test(entry.name)) continue;
    if (entry.isDirectory()) walk(v2, `${folder}/${entry.name}`, found);
    else if (isLeftoverName(entry.name)) found.push(`${folder}/${entry.name}`);
  }
}
