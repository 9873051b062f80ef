// Deletes what lies in a trash folder of ours, or an item in its place, by exact calls. Follows no symlink. What most folders of an
// item hold is known, so that is deleted without being looked up; where there is more, it is.

import { CURRENT, DATA, LINK } from '../model/layout.js';
import type { RemovalKind } from '../plan/removal.js';
import type { WritingDoor } from './door.js';

/** The one file that an item of a kind holds, as a rule. */
const CORES: Readonly<Partial<Record<RemovalKind, string>>> = {
  history: LINK,
  revision: LINK,
  layerLink: LINK,
  blob: DATA,
};

/** Deletes what lies at `path`, whatever it holds. Nothing there is fine. */
export function erase(path: string, door: WritingDoor): void {
  const stats = door.lstat(path);
  if (stats === undefined) return;
  if (stats.isDirectory()) eraseFolder(path, door);
  else door.unlink(path);
}

/**
 * Deletes the item of `kind` in the trash at `path`, as {@link erase}, with fewer calls where it holds what such an item does. It was
 * moved there as a folder, so no symlink is followed.
 */
export function eraseItem(kind: RemovalKind | undefined, path: string, door: WritingDoor): void {
  const core = kind === undefined ? undefined : CORES[kind];
  if (core === undefined || !eraseKnown(path, core, door)) erase(path, door);
}

function eraseFolder(folder: string, door: WritingDoor): void {
  for (const entry of door.entries(folder)) {
    const path = `${folder}/${entry.name}`;
    if (!entry.isDirectory()) door.unlink(path);
    else if (!holdsLink(entry.name) || !eraseKnown(path, LINK, door)) eraseFolder(path, door);
  }
  door.rmdir(folder);
}

/** `current` and, below `index`, a digest: folders of a tag that hold a link and nothing else. */
function holdsLink(name: string): boolean {
  return name === CURRENT || name.length >= SHORTEST_DIGEST;
}
const SHORTEST_DIGEST = 64;

/** What the system answers where something else is there than was thought. */
const OTHERWISE: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ENOTEMPTY', 'EEXIST', 'ENOTDIR', 'EISDIR']);

/** Deletes `folder`, a folder that holds the one file `core`. False where it holds anything else: it is to be looked up then. */
function eraseKnown(folder: string, core: string, door: WritingDoor): boolean {
  try {
    door.unlink(`${folder}/${core}`);
    door.rmdir(folder);
    return true;
  } catch (error) {
    if (OTHERWISE.has((error as NodeJS.ErrnoException).code)) return false;
    throw error;
  }
}
