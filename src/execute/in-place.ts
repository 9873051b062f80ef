// `--in-place`: what a run works with where the disk has no room for its record and its trash. Each item is deleted where it lies, in
// the plan's order, so every prefix is legal as it is for a run with a trash; but nothing can be put back.

import { CURRENT, GOING_BELOW_V2 } from '../model/layout.js';
import type { Tree } from '../model/tree.js';
import type { RemovalKind } from '../plan/removal.js';
import type { Plan } from '../plan/types.js';
import { erase } from './erase.js';
import { IN_PLACE } from './mounts.js';
import type { RunRecord, Step } from './run.js';
import type { Writer } from './writer.js';

/** The steps of `plan` as a record that is never written. A folder is removed only where it is empty, so it needs no place. */
export function recordInPlace({ removals, request }: Plan): RunRecord {
  const steps: Step[] = [];
  for (const { step, kind, path, bytes } of removals) {
    steps.push({ step, kind, path, bytes, ...(kind === 'directory' ? {} : { trash: IN_PLACE }) });
  }
  return { id: '', command: request.command, keepTrash: false, trashes: [], steps, folders: [] };
}

/** The folders from which something went since the last flush: an unchanged folder would flush nothing. */
export class ChangedFolders {
  readonly #tree: Tree;
  readonly #writer: Writer;
  readonly #paths = new Set<string>();

  constructor(tree: Tree, writer: Writer) {
    this.#tree = tree;
    this.#writer = writer;
  }

  note({ kind, path }: Step): void {
    if (kind !== 'directory') this.#paths.add(path.slice(0, path.lastIndexOf('/')));
  }

  flush(): void {
    for (const path of this.#paths) {
      try {
        this.#writer.sync(`${this.#tree.v2}/${path}/.`);
      } catch (error) {
        // Ignored error: an object store's mount drops a folder together with the last file in it.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
    }
    this.#paths.clear();
  }
}

/** What is more than one file, and must not be half there. */
const WHOLE: ReadonlySet<RemovalKind> = new Set(['tag', 'revision']);

/**
 * Deletes the item of `kind` at `source`. A tag or a revision first leaves whole, by a rename within the file system, which takes no room:
 * see {@link clearGoing}. Where that is another one than v2's, a tag's current goes first: without it a tag is none.
 */
export async function deleteInPlace(tree: Tree, kind: RemovalKind, source: string, writer: Writer): Promise<void> {
  if (WHOLE.has(kind)) {
    await clearGoing(tree, writer);
    try {
      writer.renameFolder(source, goingOf(tree));
      await clearGoing(tree, writer);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    }
  }
  if (kind === 'tag') await erase(`${source}/${CURRENT}`, writer);
  await erase(source, writer);
}

/** Deletes what was taken out of the tree and not yet deleted when a run was cut off. Only for the holder of the lock. */
export async function clearGoing(tree: Tree, writer: Writer): Promise<void> {
  const going = goingOf(tree);
  if (writer.lstat(going)?.isDirectory() === true) await erase(going, writer);
}

/** Beside the pointer, where no registry looks: one item at a time. */
function goingOf(tree: Tree): string {
  return `${tree.v2}/${GOING_BELOW_V2}`;
}
