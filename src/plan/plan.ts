// What goes and why, on one screen. Pure: the same inventory, request and clock are the same plan. Where an answer depends on
// something that a scan does not read unasked, the plan asks, is answered through `inventory.facts`, and goes on.

import type { Inventory } from '../inventory/inventory.js';
import type { Question } from '../inventory/questions.js';
import { invariant } from '../model/errors.js';
import { dropBlobs, dropHistory, dropLayerLinks, dropUploads } from './contents.js';
import { draftOf } from './draft.js';
import { pinInUse } from './in-use.js';
import {
  dropBrokenTags,
  dropDanglingSignatures,
  dropNamedTags,
  dropRevisions,
  dropSignatureTags,
  readHistoriesOfRemovedTags,
  refuseListedInFrozen,
  refuseTaglessRegistry,
  signatureTags,
} from './references.js';
import { refuseManifestsElsewhere, refuseMissingManifests, refuseTooMuch } from './refuse.js';
import type { Request } from './request.js';
import { dropUnretained } from './retain.js';
import { select } from './select.js';
import { sequence } from './sequence.js';
import type { Plan } from './types.js';

/** Plans `request` on `inventory`. Yields questions; throws refusals and usage errors for names. */
export function* planning(inventory: Inventory, request: Request): Generator<Question, Plan, void> {
  invariant(inventory.whole, 'a plan on an inventory of some repositories only would delete what the others need.');
  const draft = draftOf(inventory, request, select(inventory, request));
  refuseMissingManifests(draft);
  refuseManifestsElsewhere(draft);
  draft.problems.push(...pinInUse(draft));
  const signatures = signatureTags(draft);

  dropNamedTags(draft);
  dropBrokenTags(draft);
  yield* dropUnretained(draft);
  dropDanglingSignatures(draft, signatures);
  refuseListedInFrozen(draft);
  do {
    yield* readHistoriesOfRemovedTags(draft);
    dropRevisions(draft);
  } while (dropSignatureTags(draft, signatures));
  yield* refuseTaglessRegistry(draft);

  dropLayerLinks(draft);
  dropUploads(draft);
  dropBlobs(draft);
  yield* dropHistory(draft);
  refuseTooMuch(draft);
  return sequence(draft);
}
