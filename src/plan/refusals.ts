// Refusals that look at the registry as a whole: a tree that seems wrong is not cleaned (rules, section 5).

import { MISSING } from '../inventory/manifest-table.js';
import { refusal } from '../model/errors.js';
import { isPattern } from '../model/names.js';
import type { Draft, RepositoryDraft } from './draft.js';

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
    'Nothing was done. Check the mounts; where the blobs are really gone, `regsweep gc --broken` removes what cannot be pulled.',
  );
}

/** Deleting every blob of a tree without revisions, or more than the share allowed. */
export function refuseTooMuch(draft: Draft): void {
  const { inventory, request } = draft;
  const blobs = inventory.blobs.count;
  refuseEmptying(draft);
  if (blobs === 0) return;
  const noRevisions = draft.repositories.every((part) => part.reach.revisions.size === 0);
  if (request.command !== 'rm' && noRevisions && draft.blobs.size === blobs && !request.allowEmpty) {
    throw refusal(
      'nothing-referenced',
      `No repository has a revision, and all ${blobs} blobs would go: this looks like a wrong or half-mounted tree.`,
      'Nothing was done. To empty the registry, use --allow-empty.',
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

/** `rm` of every repository of a registry, by a pattern or a list; one that is named may be all there is. */
function refuseEmptying({ repositories, request }: Draft): void {
  if (request.command !== 'rm' || request.allowEmpty) return;
  const held = repositories.filter(({ reach, repository }) => reach.revisions.size + repository.tags.names.length > 0);
  const byPattern = request.references.some(isPattern);
  const isEmptied = ({ named, tags, repository }: RepositoryDraft): boolean =>
    // What only follows what it describes was not asked for.
    named.whole || (named.tags.size + named.digests.size > 0 && tags.size === repository.tags.names.length);
  if (held.length < (byPattern ? 1 : 2) || !held.every(isEmptied)) return;
  throw refusal(
    'empties-registry',
    `No image of the registry would be left: this takes ${held.length === 1 ? 'its one repository' : `all of its ${held.length} repositories`}.`,
    'Nothing was done. To empty the registry, use --allow-empty.',
  );
}

/** `gc` where most repositories that link layers hold no manifest: these are kept elsewhere, as OpenShift 3 did. */
export function refuseManifestsElsewhere({ repositories, request }: Draft): void {
  if (request.command !== 'gc' || request.tagless) return;
  const linking = repositories.filter(({ repository }) => repository.layerLinks.length > 0);
  const bare = linking.filter(({ reach }) => reach.revisions.size === 0);
  // Where none holds any, nothing is referenced: that refusal says more.
  if (bare.length * 2 <= linking.length || bare.length === linking.length) return;
  throw refusal(
    'manifests-elsewhere',
    `${bare.length} of ${linking.length} repositories with layers hold no manifest: manifests seem to be kept elsewhere (OpenShift kept them in etcd).`,
    'Nothing was done. If these layers are really unused, use --tagless.',
  );
}
