// What a dry run should say of a tree beside its plan. Looks, with a reader that cannot change anything.

import { findServing, isDanger, type Serving } from '../execute/guard.js';
import { heldElsewhere, stateElsewhere } from '../execute/pointer.js';
import { Reader } from '../execute/reader.js';
import { sharedBlobs } from '../execute/shared-blobs.js';
import type { Tree } from '../model/tree.js';

/**
 * What a dry run should say of the tree: what a real run would refuse, or would be in its way. `stops`: the
 * real run would stop that registry. `ownBlobs`: the user says that no other registry uses these blobs.
 */
export async function warnings(
  tree: Tree,
  { stops, ownBlobs }: { readonly stops: boolean; readonly ownBlobs: boolean },
): Promise<readonly string[]> {
  const reader = new Reader();
  const elsewhere = stateElsewhere(tree, reader);
  const shared = ownBlobs ? undefined : sharedBlobs(tree, reader);
  return [
    ...(elsewhere === undefined ? [] : [`${heldElsewhere(tree, elsewhere).message} A real run refuses.`]),
    ...(shared === undefined
      ? []
      : [
          `another registry may use the same blobs: ${shared.path} is ${shared.target}; a real run refuses without --own-blobs.`,
        ]),
    ...(await findServing(tree)).map((serving) => warningOf(serving, stops)),
  ];
}

function warningOf(serving: Serving, stops: boolean): string {
  const { pid, command, doubt } = serving;
  const which = `process ${pid}, \`${command}\``;
  if (doubt !== undefined) {
    return `a registry may be serving this tree (${which}): ${doubt}; a real run ${stops ? 'stops it and looks again' : 'refuses'}.`;
  }
  if (!isDanger(serving)) return `a registry is serving this tree read-only (${which}); restart it after a real run.`;
  return `a registry is serving this tree (${which}): what it writes now may be missing here; a real run ${stops ? 'stops it and looks again' : 'refuses'}.`;
}
