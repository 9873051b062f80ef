// Refusals that look at the registry as a whole: a tree that seems wrong is not cleaned (SPEC 3, exit 4).

import { MISSING } from '../inventory/manifest-table.js';
import { refusal } from '../model/errors.js';
import type { Draft } from './draft.js';

const MISSING_SHARE = 0.05;

/** `gc` on a tree of which more than 5 % of the revisions have no blob: a wrong or half-mounted tree. */
export function refuseMissingManifests(draft: Draft): void {
  const { inventory, request } = draft;
  if (request.command !== 'gc' || request.broken) return;
  let all = 0;
  let missing = 0;
  for (const { repository } of draft.repositories) {
    all += repository.revisions.length;
    for (const id of repository.revisions) if (inventory.manifests.state(id as never) === MISSING) missing += 1;
  }
  if (missing <= all * MISSING_SHARE) return;
  throw refusal(
    'too-many-missing',
    `${missing} of ${all} revisions have no manifest blob: this looks like a wrong or half-mounted tree.`,
    'Nothing was done. Check the mounts; where the blobs are really gone, `regsweep gc --broken` removes what can not be served.',
  );
}

/** Deleting every blob of a tree without revisions, or more than the share allowed. */
export function refuseTooMuch(draft: Draft): void {
  const { inventory, request } = draft;
  const blobs = inventory.blobs.count;
  if (request.command === 'rm' || blobs === 0) return;
  const noRevisions = draft.repositories.every((part) => part.reach.revisions.size === 0);
  if (noRevisions && draft.blobs.size === blobs && !request.allowEmpty) {
    throw refusal(
      'nothing-referenced',
      `No repository has a revision, and all ${blobs} blobs would go: this looks like a wrong or half-mounted tree.`,
      'Nothing was done. Where the registry is really to be emptied, give --allow-empty.',
    );
  }
  const percent = (draft.blobs.size / blobs) * 100;
  if (percent <= request.maxDeletePercent) return;
  throw refusal(
    'max-delete',
    `${draft.blobs.size} of ${blobs} blobs (${percent.toFixed(1)} %) would go, more than --max-delete ${request.maxDeletePercent}.`,
    'Nothing was done. Look at the plan with --dry-run and a larger --max-delete.',
  );
}
