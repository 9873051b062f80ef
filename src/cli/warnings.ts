// What a dry run should say of a tree beside its plan, and where it cannot show one. Looks, with a door that cannot change anything.

import { findServing, isDanger, type Serving } from '../execute/guard.js';
import { LookingDoor } from '../execute/looking-door.js';
import { heldElsewhere, stateElsewhere } from '../execute/pointer.js';
import { undoingRuns, unfinishedRuns } from '../execute/runs.js';
import { sharedBlobs } from '../execute/shared-blobs.js';
import { refusal } from '../model/errors.js';
import type { Tree } from '../model/tree.js';
import { shellWord } from '../report/text.js';

/**
 * What a dry run should say of the tree, such as that a registry serves it. `stops`: the real run would stop that registry. `ownBlobs`: the user says that no other registry uses these blobs.
 */
export async function warnings(
  tree: Tree,
  { stops, ownBlobs }: { readonly stops: boolean; readonly ownBlobs: boolean },
): Promise<readonly string[]> {
  const door = new LookingDoor();
  const elsewhere = stateElsewhere(tree, door);
  const shared = ownBlobs ? undefined : sharedBlobs(tree, door);
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

/**
 * A run puts back first what an interrupted one took, or finishes an undo that was cut off, and plans on the tree as it is then.
 * That tree is not there yet: a dry run throws the refusal `interrupted-run`.
 */
export function refuseInterruptedRuns(tree: Tree): void {
  const door = new LookingDoor();
  const [undoing] = undoingRuns(tree, door);
  const id = undoing ?? unfinishedRuns(tree, door).at(-1);
  if (id === undefined) return;
  throw refusal(
    'interrupted-run',
    undoing === undefined
      ? `Run ${id} was interrupted. What it took is put back before anything else is removed, so a dry run cannot show what a run would remove.`
      : `The undo of run ${id} was interrupted. It is finished before anything is removed, so a dry run cannot show what a run would remove.`,
    `Nothing was touched. Put it back first: regsweep undo ${id} --root ${shellWord(tree.root)}`,
  );
}
