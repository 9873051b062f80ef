// Looks at what a run took, where no one else can reach it any more, for what is not written by the registry. Beside the data of a blob it goes
// back to its place; with anything else it stays where it is, and the trash is marked: only the operator deletes it.

import { DATA } from '../model/layout.js';
import type { Tree } from '../model/tree.js';
import { ensureFolder } from './folders.js';
import { findForeignEntries } from './foreign.js';
import { type Owner, ownersOf } from './owners.js';
import { KEPT_MARK, type RunRecord, runFolder, type Step, trashEntry, trashFolders } from './run.js';
import { eachItem, entriesOf, type ItemWork } from './trash-items.js';
import type { Writer } from './writer.js';

export interface TrashInspection {
  /** What is not written by the registry, relative to v2, where it lay. */
  readonly foreign: readonly string[];
  /** True where some of it lies in the trash now. */
  readonly stays: boolean;
}

/** Throws what the system says; can be started again then. */
export async function inspectTrash(
  tree: Tree,
  record: RunRecord,
  writer: Writer,
  signal?: AbortSignal,
): Promise<TrashInspection> {
  const found: { readonly step: number; readonly names: readonly string[] }[] = [];
  for (const [number, trash] of trashFolders(tree, record).entries()) {
    if (writer.lstat(trash) === undefined) continue;
    const kindOf = (step: number) => {
      const { kind, trash: at = 0 } = record.steps[step - 1] ?? {};
      return at === number ? kind : undefined;
    };
    const look: ItemWork = async ({ step, kind }, item, calls) => {
      const names = kind === undefined ? [] : await findForeignEntries(kind, item, calls);
      if (names.length > 0) found.push({ step, names });
    };
    const failures = await eachItem(trash, entriesOf(trash, kindOf, writer).items, writer, look, { signal });
    for (const failure of failures) throw failure;
  }
  found.sort((a, b) => a.step - b.step);
  let stays = false;
  const owners = ownersOf(record);
  for (const { step: number, names } of found) {
    const step = record.steps[number - 1]!;
    if (step.kind !== 'blob' || !giveBack(tree, step, trashEntry(tree, record, step)!, names, owners, writer))
      stays = true;
  }
  const mark = `${runFolder(tree, record.id)}/${KEPT_MARK}`;
  if (stays && writer.lstat(mark) === undefined) writer.write(mark, ['']);
  const foreign = found.flatMap(({ step, names }) => names.map((name) => `${record.steps[step - 1]!.path}/${name}`));
  return { foreign, stays };
}

/**
 * Puts `names`, which lay beside the data of a blob, where they were. The data stays here: a registry that runs again must not find
 * it for a moment. False where something newer has their place.
 */
function giveBack(
  tree: Tree,
  { path }: Step,
  entry: string,
  names: readonly string[],
  owners: ReadonlyMap<string, Owner>,
  writer: Writer,
): boolean {
  const place = `${tree.v2}/${path}`;
  if (writer.lstat(place) === undefined) {
    ensureFolder(tree, path.slice(0, path.lastIndexOf('/')), owners, writer);
    const { mode, uid, gid } = writer.lstat(entry)!;
    writer.mkdir(place, { mode: mode & 0o7777, uid, gid });
  }
  const free = names.filter((name) => name !== DATA && writer.lstat(`${place}/${name}`) === undefined);
  for (const name of free) writer.rename(`${entry}/${name}`, `${place}/${name}`);
  return free.length === names.length;
}
