// A plan made anew, cut down to what an earlier one showed. Only the earlier one was confirmed; what is
// cut off stays, and with it what it names and the folders that hold it.

import type { DigestId } from '../inventory/digest-table.js';
import { keyOf } from './difference.js';
import type { Removal, RemovalList } from './removal.js';
import type { Plan } from './types.js';

export interface Narrowed {
  readonly plan: Plan;
  /** Tags and revisions that would go now and were not shown: to be refused. */
  readonly notShown: readonly Removal[];
}

/** `now` without what `shown` did not hold. Both are plans of one request over one digest table. */
export function narrow(now: Plan, shown: RemovalList): Narrowed {
  const { removals } = now;
  const known = new Set<string>();
  for (const removal of shown) known.add(keyOf(removal));
  const stays = new Uint8Array(removals.length);
  const notShown: Removal[] = [];
  const named = new Set<DigestId>();
  const held = new Set<string>();
  for (let index = 0; index < removals.length; index += 1) {
    const removal = removals.at(index);
    const { kind, path } = removal;
    const digest = removals.digestIdAt(index);
    const needed = (kind === 'blob' && named.has(digest!)) || (kind === 'directory' && held.has(path));
    if (!needed && known.has(keyOf(removal))) continue;
    stays[index] = 1;
    if (kind === 'tag' || kind === 'revision') notShown.push(removal);
    if (digest !== undefined) named.add(digest);
    // Removals stand in step order: everything that a folder holds comes before the folder.
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
      const folder = path.slice(0, at);
      if (held.has(folder)) break;
      held.add(folder);
    }
  }
  return { plan: { ...now, removals: removals.only((index) => stays[index] === 0) }, notShown };
}
