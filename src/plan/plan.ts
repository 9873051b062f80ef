// What goes and why, on one screen: the rules in order, each in a file named as docs/rules.md names it. Pure: the same inventory,
// request and clock are the same plan. Where a rule needs what a scan does not read unasked, it asks and goes on once it has the answer.

import type { Inventory } from '../inventory/inventory.js';
import type { Question } from '../inventory/questions.js';
import { invariant } from '../model/errors.js';
import { draftOf } from './draft.js';
import { refuseManifestsElsewhere, refuseMissingManifests, refuseTooMuch } from './refusals.js';
import type { Request } from './request.js';
import { deleteBlobs } from './rules/blobs.js';
import { removeBrokenRevisions, removeBrokenTags } from './rules/broken.js';
import { companionTags, removeCompanionTags, removeDanglingCompanions } from './rules/companion-tags.js';
import { removeHistory } from './rules/history.js';
import { pinInUse } from './rules/in-use.js';
import { removeLayerLinks } from './rules/layer-links.js';
import { deleteLeftovers } from './rules/leftovers.js';
import { removeNamedTags } from './rules/named-tags.js';
import { removeUnretained } from './rules/retention.js';
import { readHistoriesOfRemovedTags, refuseListedInFrozen, removeRevisions } from './rules/revisions.js';
import { refuseTaglessRegistry } from './rules/untagged.js';
import { deleteUploads } from './rules/uploads.js';
import { select } from './select.js';
import { sequence } from './sequence.js';
import type { Plan } from './types.js';

/** Plans `request` on `inventory`. Yields questions; throws refusals, and usage errors for names that are not there. */
export function* planRequest(inventory: Inventory, request: Request): Generator<Question, Plan, void> {
  invariant(inventory.whole, 'a plan on an inventory of some repositories only would delete what the others need.');
  const draft = draftOf(inventory, request, select(inventory, request)); // what is frozen, and what the grace keeps (3.13, 4)
  refuseMissingManifests(draft);
  refuseManifestsElsewhere(draft);
  pinInUse(draft); // 3.14: what runs somewhere stays

  const companions = companionTags(draft);
  removeNamedTags(draft); // 3.1 to 3.3: the request names them
  removeBrokenTags(draft); // 3.12: they cannot be pulled
  yield* removeUnretained(draft); // 6: no keep rule keeps them
  removeDanglingCompanions(draft, companions); // 3.5: what they describe is in no repository
  refuseListedInFrozen(draft);
  do {
    yield* readHistoriesOfRemovedTags(draft);
    removeRevisions(draft); // 3.1 to 3.4: named, released by a tag that goes, or untagged
    removeBrokenRevisions(draft); // 3.12: their manifest is not there
  } while (removeCompanionTags(draft, companions)); // 3.5: what they describe goes
  yield* refuseTaglessRegistry(draft);

  removeLayerLinks(draft); // 3.6: no revision names them any more
  deleteUploads(draft); // 3.9: they are too old
  deleteBlobs(draft); // 3.7: no repository needs them
  yield* removeHistory(draft); // 3.8: their revision goes
  deleteLeftovers(draft); // 3.10: a crash left them
  refuseTooMuch(draft);
  return sequence(draft); // in a safe order, with the folders that are then empty (3.11, 7.1)
}
