// Finds every repository: any folder below v2/repositories, at any depth, that holds a reserved folder. Symlinks are followed
// as the registry follows them; a folder reached twice is walked once.

import type { Problem } from '../inventory/inventory.js';
import * as layout from '../model/layout.js';
import { type RepositoryName, repositoryOnDisk } from '../model/names.js';
import { type ReadingDoor, unreadable } from './door.js';

export interface RepositoryNames {
  readonly names: readonly RepositoryName[];
  /** Name-space folders that hold nothing but empty folders, relative to v2, each after what lies in it. */
  readonly emptyFolders: readonly string[];
  readonly problems: readonly Problem[];
}

/** A name of 255 characters has 128 parts at the most; a domain in front may double it. */
const MAX_DEPTH = 256;

export function findRepositories(v2: string, door: ReadingDoor): RepositoryNames {
  const names: RepositoryName[] = [];
  const emptyFolders: string[] = [];
  const problems: Problem[] = [];
  const linked = new Set<string>();
  /** Says whether the folder holds nothing but empty folders. */
  const walk = (name: string, depth: number): boolean => {
    const path = name === '' ? layout.REPOSITORIES : `${layout.REPOSITORIES}/${name}`;
    if (depth > MAX_DEPTH)
      throw unreadable(`${v2}/${path}`, new Error(`deeper than ${MAX_DEPTH} folders, which no repository is`));
    const entries = door.entries(`${v2}/${path}`);
    if (entries === undefined) {
      if (name === '') return false;
      throw unreadable(`${v2}/${path}`, new Error('it vanished while it was being read'));
    }
    let empty = name !== '';
    if (name !== '' && entries.some((entry) => layout.RESERVED.includes(entry.name) && entry.folder)) {
      names.push(repositoryOnDisk(name)!);
    }
    for (const entry of entries) {
      if (layout.RESERVED.includes(entry.name) && entry.folder) {
        empty = false;
        continue;
      }
      const below = name === '' ? entry.name : `${name}/${entry.name}`;
      if (!entry.folder || repositoryOnDisk(below) === undefined) {
        problems.push({ code: 'foreign-entry', path: `${layout.REPOSITORIES}/${below}` });
        empty = false;
        continue;
      }
      if (entry.symlink) {
        empty = false;
        problems.push({ code: 'symlinked', path: `${layout.REPOSITORIES}/${below}` });
        const stats = door.stat(`${v2}/${layout.REPOSITORIES}/${below}`)!;
        const identity = `${stats.dev}:${stats.ino}`;
        if (linked.has(identity)) continue;
        linked.add(identity);
      }
      if (!walk(below, depth + 1)) empty = false;
    }
    if (empty) emptyFolders.push(path);
    return empty;
  };
  walk('', 0);
  names.sort((a, b) => (a < b ? -1 : 1));
  return { names, emptyFolders, problems };
}
