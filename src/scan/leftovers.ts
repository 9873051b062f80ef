// Temporary files that crashed writes of registry 3.1 and newer left beside their targets, below given folders (decision 6).
// Any folder may hold one and nothing but a listing tells, so all are listed: what a registry lays out by a bare
// walk, which keeps nothing, and the name spaces around it by a pattern. fast-glob is told everything, for its defaults hide
// dot entries and swallow errors.

import { lstatSync, readdirSync, statSync } from 'node:fs';
import fastGlob from 'fast-glob';
import type { Leftover } from '../inventory/inventory.js';
import { isLeftoverName, REPOSITORIES, RESERVED } from '../model/layout.js';
import { repositoryOnDisk } from '../model/names.js';
import { type ReadingDoor, unreadable } from './door.js';
import { modifiedMsOf } from './times.js';

/** A repository's own folders, wherever below a name space: they hold nearly all folders of a tree. */
const OWN = `**/{${RESERVED.join(',')}}`;

/**
 * True where one of `links`, relative to v2, came into its place by a rename or was touched since: a registry before 3.1
 * writes in place and leaves no temporary file, and its links' two times are one (driver/filesystem `PutContent`, #4624).
 */
export function mayHaveLeftovers(v2: string, links: Iterable<string>, door: ReadingDoor): boolean {
  for (const link of links) {
    const stats = door.lstat(`${v2}/${link}`);
    if (stats !== undefined && stats.ctimeMs !== stats.mtimeMs) return true;
  }
  return false;
}

/** Looks again at leftovers found before: those still there, as they are now. */
export function leftoversStillAt(v2: string, paths: readonly string[]): readonly Leftover[] {
  return paths.flatMap((path) => leftoverAt(v2, path));
}

/** Leftovers below `folders`, which are relative to v2, in no order. Throws `tree-unreadable`. */
export function findLeftovers(v2: string, folders: readonly string[]): readonly Leftover[] {
  return folders.flatMap((folder) => search(v2, folder).flatMap((path) => leftoverAt(v2, path)));
}

/** Paths relative to v2 that may be leftovers. No symlink below `folder` is followed. */
function search(v2: string, folder: string): readonly string[] {
  const found: string[] = [];
  try {
    // A file in a folder's place was told already, as what no registry writes.
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
      ignore: [`${OWN}/*`, `${OWN}/*/**`],
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
    if (entry.isDirectory()) walk(v2, `${folder}/${entry.name}`, found);
    else if (isLeftoverName(entry.name)) found.push(`${folder}/${entry.name}`);
  }
}

function leftoverAt(v2: string, path: string): Leftover[] {
  const parts = path.split('/');
  const stats = isLeftoverName(parts.at(-1)!) ? lstatSync(`${v2}/${path}`, { throwIfNoEntry: false }) : undefined;
  if (stats?.isFile() !== true) return [];
  const end = parts.findIndex((part) => RESERVED.includes(part));
  const repository = parts[0] === REPOSITORIES && end > 0 ? repositoryOnDisk(parts.slice(1, end).join('/')) : undefined;
  const alone = readdirSync(`${v2}/${parts.slice(0, -1).join('/')}`).every(isLeftoverName);
  return [{ path, repository, modifiedMs: modifiedMsOf(stats), bytes: stats.size, alone }];
}
