// Temporary files that crashed writes of registry 3.1 and newer left beside their targets: what tells that there may be any, and
// what is known of one (decision 6).

import type { Leftover } from '../inventory/inventory.js';
import { isLeftoverName, REPOSITORIES, RESERVED } from '../model/layout.js';
import { repositoryOnDisk } from '../model/names.js';
import { modifiedMsOf } from './times.js';
import type { TreeReader } from './tree-reader.js';

/**
 * True where one of `links`, relative to v2, came into its place by a rename or was touched since: a registry before 3.1
 * writes in place and leaves no temporary file, and its links' two times are one (driver/filesystem `PutContent`, #4624).
 * True as well where none of them is there: nothing tells then.
 */
export function mayHaveLeftovers(v2: string, links: Iterable<string>, reader: TreeReader): boolean {
  let seen = false;
  for (const link of links) {
    const stats = reader.lstat(`${v2}/${link}`);
    if (stats === undefined) continue; // gone since it was listed, or never there: it tells nothing
    if (stats.ctimeMs !== stats.mtimeMs) return true;
    seen = true;
  }
  return !seen;
}

/** Looks again at leftovers found before: those still there, as they are now. */
export function leftoversStillAt(v2: string, paths: readonly string[], reader: TreeReader): readonly Leftover[] {
  return paths.flatMap((path) => leftoverAt(v2, path, reader));
}

/** The leftover at `path`, relative to v2; none where something else is there by now. */
export function leftoverAt(v2: string, path: string, reader: TreeReader): Leftover[] {
  const parts = path.split('/');
  const stats = isLeftoverName(parts.at(-1)!) ? reader.lstat(`${v2}/${path}`) : undefined;
  if (stats?.isFile() !== true) return [];
  const end = parts.findIndex((part) => RESERVED.includes(part));
  const repository = parts[0] === REPOSITORIES && end > 0 ? repositoryOnDisk(parts.slice(1, end).join('/')) : undefined;
  const alone = (reader.names(`${v2}/${parts.slice(0, -1).join('/')}`) ?? []).every(isLeftoverName);
  return [{ path, repository, modifiedMs: modifiedMsOf(stats), bytes: stats.size, alone }];
}
