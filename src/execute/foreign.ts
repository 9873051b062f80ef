// What of an item is not written by the registry: the names that a registry gives are known for each kind, and so is what its crashes
// leave. Only the operator deletes anything else.

import { CURRENT, DATA, HASH_STATES, INDEX, isLeftoverName, LINK, SIGNATURES, STARTED_AT } from '../model/layout.js';
import type { RemovalKind } from '../plan/removal.js';
import type { Reader } from './reader.js';
import type { DeletingCalls } from './writer.js';

/** What the folder of each kind of item holds by a registry's own hand. */
const OWN: Readonly<Partial<Record<RemovalKind, ReadonlySet<string>>>> = {
  tag: new Set([CURRENT, INDEX]),
  history: new Set([LINK]),
  revision: new Set([LINK, SIGNATURES]),
  layerLink: new Set([LINK]),
  upload: new Set([DATA, STARTED_AT, HASH_STATES]),
  blob: new Set([DATA]),
};

/** Names in the item's folder that no registry gives; none where it is gone, or a file. Throws what the system says. */
export function foreignEntries(kind: RemovalKind, folder: string, reader: Reader): readonly string[] {
  if (OWN[kind] === undefined) return NONE;
  try {
    return othersAmong(reader.names(folder), OWN[kind]);
  } catch (error) {
    return noneIfAbsent(error);
  }
}

/** As {@link foreignEntries}, by calls that others need not wait for. */
export async function findForeignEntries(
  kind: RemovalKind,
  folder: string,
  calls: DeletingCalls,
): Promise<readonly string[]> {
  if (OWN[kind] === undefined) return NONE;
  try {
    return othersAmong(await calls.names(folder), OWN[kind]);
  } catch (error) {
    return noneIfAbsent(error);
  }
}

function othersAmong(names: readonly string[], own: ReadonlySet<string>): readonly string[] {
  // By far the most hold one file.
  if (names.length === 1 && own.has(names[0]!)) return NONE;
  return names.filter((name) => !own.has(name) && !isLeftoverName(name));
}

/** An item that is gone, or a file alone, holds nothing else. */
function noneIfAbsent(error: unknown): readonly string[] {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
  return NONE;
}

const NONE: readonly string[] = [];
