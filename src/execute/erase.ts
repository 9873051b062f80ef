// Deletes what lies in a trash folder of ours, or an item in its place, by exact calls. Follows no symlink. What most folders of an
// item hold is known, so that is deleted without being looked up; where there is more, it is.

import { CURRENT, DATA, LINK } from '../model/layout.js';
import type { RemovalKind } from '../plan/removal.js';
import type { DeletingCalls } from './writer.js';

/** The one file that an item of a kind holds, as a rule: without it the item is none. */
export const CORES: Readonly<Partial<Record<RemovalKind, string>>> = {
  history: LINK,
  revision: LINK,
  layerLink: LINK,
  blob: DATA,
};

/** Deletes what lies at `path`, whatever it holds. Nothing there is fine. */
export async function erase(path: string, calls: DeletingCalls): Promise<void> {
  const stats = calls.lstat(path);
  if (stats === undefined) return;
  if (stats.isDirectory()) await eraseFolder(path, calls);
  else await calls.unlink(path);
}

/**
 * Deletes the item of `kind` in the trash at `path`, as {@link erase}, with fewer calls where it holds what such an item does. It was
 * moved there as a folder, so no symlink is followed.
 */
export async function eraseItem(kind: RemovalKind | undefined, path: string, calls: DeletingCalls): Promise<void> {
  const core = kind === undefined ? undefined : CORES[kind];
  if (core === undefined || !(await eraseKnown(path, core, calls))) await erase(path, calls);
}

async function eraseFolder(folder: string, calls: DeletingCalls): Promise<void> {
  for (const entry of await calls.entries(folder)) {
    const path = `${folder}/${entry.name}`;
    if (!entry.isDirectory()) await calls.unlink(path);
    else if (!holdsLink(entry.name) || !(await eraseKnown(path, LINK, calls))) await eraseFolder(path, calls);
  }
  await calls.rmdir(folder);
}

/** `current` and, below `index`, a digest: folders of a tag that hold a link and nothing else. */
function holdsLink(name: string): boolean {
  return name === CURRENT || name.length >= SHORTEST_DIGEST;
}
const SHORTEST_DIGEST = 64;

/** What the system answers where something else is there than was thought. */
const OTHERWISE: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ENOTEMPTY', 'EEXIST', 'ENOTDIR', 'EISDIR']);

/** Deletes `folder`, a folder that holds the one file `core`. False where it holds anything else: it is to be looked up then. */
async function eraseKnown(folder: string, core: string, calls: DeletingCalls): Promise<boolean> {
  try {
    await calls.unlink(`${folder}/${core}`);
    await calls.rmdir(folder);
    return true;
  } catch (error) {
    if (OTHERWISE.has((error as NodeJS.ErrnoException).code)) return false;
    throw error;
  }
}
