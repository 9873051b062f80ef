// Looks at everything that is to go, while the registry still runs: what must come from a disk has come then, and the moves, for which
// the registry is down, do not wait for it. Changes nothing and decides nothing: each move looks again.

import type { Tree } from '../model/tree.js';
import type { RemovalList } from '../plan/removal.js';
import { SignalCheck } from './signal-check.js';
import { Writer } from './writer.js';

/**
 * Lists the folder of each of `removals` until `signal` comes: the way to it and its own inode, which its move needs, have been read
 * then, and so has what the look over the trash lists.
 */
export async function lookAhead(tree: Tree, removals: RemovalList, signal: AbortSignal): Promise<void> {
  const writer = new Writer();
  const breather = new SignalCheck();
  for (let index = 0; index < removals.length && !signal.aborted; index += 1) {
    const { path } = removals.at(index);
    try {
      const place = `${tree.v2}/${path}`;
      if (writer.lstat(place)?.isDirectory() === true) writer.names(place);
    } catch {
      // ignored error: nothing rests on this look; where the move fails too, that one is reported
    }
    await breather.step();
  }
}
