// What goes so far, repository by repository, while a plan is being made. Each step of `plan` adds to it and none takes back,
// so the steps can be read one after another.

import { type DigestId, type DigestTable, ids } from '../inventory/digest-table.js';
import { doubtPath } from '../inventory/doubtful-links.js';
import {
  type Inventory,
  type Leftover,
  type Problem,
  type Repository,
  TAG_OK,
  TAG_PROBLEMS,
  TAG_UNREADABLE,
} from '../inventory/inventory.js';
import { MANIFEST_PROBLEMS } from '../inventory/manifest-problems.js';
import { isDoubtful, MISSING } from '../inventory/manifest-table.js';
import { algorithmOf } from '../model/digest.js';
import * as layout from '../model/layout.js';
import { Lister } from './lister.js';
import type { Named } from './name-finder.js';
import { Reach } from './reach.js';
import type { Reason } from './removal.js';
import { RemovedBlobs } from './removed-blobs.js';
import type { Request } from './request.js';
import { withinGrace } from './rules/grace.js';
import type { Selection } from './select.js';
import type { Cause, Frozen, LeftAlone, Verdict } from './types.js';

/** One repository's part of a draft. */
export class RepositoryDraft {
  readonly #digests: DigestTable;
  readonly position: number;
  readonly repository: Repository;
  readonly reach: Reach;
  readonly named: Named;
  readonly inScope: boolean;
  /** Why only what is named literally goes; empty where nothing froze the repository. */
  readonly frozenBy: Frozen['causes'];
  /** True where a revision or tag names a manifest that is not there. */
  readonly missesManifest: boolean;
  readonly #isMissing: (id: number) => boolean;
  /** Revisions that stay whatever leads to them: in use elsewhere, or younger than the grace. */
  readonly pinned = new Set<DigestId>();
  /** Tags that must stay, since what is in use elsewhere is reached by them. */
  readonly pinnedTags = new Set<number>();
  readonly tags = new Map<number, Reason>();
  readonly revisions = new Map<DigestId, Reason>();
  readonly layerLinks = new Map<DigestId, Reason>();
  readonly uploads = new Map<string, Reason>();
  readonly history: { readonly tag: number; readonly digest: DigestId; readonly reason: Reason }[] = [];

  constructor(inventory: Inventory, request: Request, position: number, named: Named | undefined, inScope: boolean) {
    this.#digests = inventory.digests;
    this.position = position;
    this.repository = inventory.repositories[position]!;
    this.reach = new Reach(inventory, this.repository);
    this.named = named ?? { whole: false, tags: new Set(), digests: new Set() };
    this.inScope = inScope;
    this.frozenBy = causesOf(inventory, request, this);
    this.#isMissing = (id) => id >= 0 && inventory.manifests.state(id as DigestId) === MISSING;
    this.missesManifest =
      this.repository.revisions.some(this.#isMissing) || this.repository.tags.current.some(this.#isMissing);
  }

  get frozen(): boolean {
    return this.frozenBy.length > 0;
  }

  /** Digests that the tags which stay name. */
  *remainingCurrents(): Generator<DigestId> {
    const { current } = this.repository.tags;
    for (let position = 0; position < current.length; position += 1) {
      if (current[position]! >= 0 && !this.tags.has(position)) yield current[position] as DigestId;
    }
  }

  /** Manifests that stay. */
  *remainingRevisions(): Generator<DigestId> {
    for (const revision of this.reach.revisions) if (!this.revisions.has(revision)) yield revision;
  }

  /** True where a revision or tag that stays names a manifest that is not there. */
  stillMissesManifest(): boolean {
    for (const id of this.remainingRevisions()) if (this.#isMissing(id)) return true;
    for (const id of this.remainingCurrents()) if (this.#isMissing(id)) return true;
    return false;
  }

  /** Paths of one link folder of each algorithm that stays: enough to tell which folders cannot become empty. */
  heldBy(kind: 'revisions' | 'layerLinks'): readonly string[] {
    const held = new Map<string, string>();
    const path = kind === 'revisions' ? layout.revisionPath : layout.layerLinkPath;
    for (const id of ids(this.repository[kind])) {
      if (this[kind].has(id) || (held.size > 0 && this.#digests.packed(id) !== undefined && held.has('sha256')))
        continue;
      const digest = this.#digests.text(id);
      held.set(algorithmOf(digest), path(this.repository.name, digest));
    }
    return [...held.values()];
  }

  get changes(): boolean {
    return this.tags.size + this.revisions.size + this.layerLinks.size + this.uploads.size > 0 || this.named.whole;
  }
}

/** The whole draft: every repository, since what one keeps another may not free. */
export interface Draft {
  readonly inventory: Inventory;
  readonly request: Request;
  readonly selection: Selection;
  readonly repositories: readonly RepositoryDraft[];
  readonly blobs: RemovedBlobs;
  /** What stays since it is within the grace, or a blob that is refers to it. */
  readonly withinGrace: ReadonlySet<DigestId>;
  /** Of `retain`: every tag in scope. */
  readonly verdicts: Verdict[];
  /** What steps leave alone on purpose. */
  readonly leftAlone: LeftAlone[];
  /** What is to be said beside what goes. */
  readonly problems: Problem[];
  heldBackBlobs: number;
  /** Temporary files that go. */
  leftovers: readonly Leftover[];
}

export function draftOf(inventory: Inventory, request: Request, selection: Selection): Draft {
  const repositories = inventory.repositories.map(
    (_, position) =>
      new RepositoryDraft(inventory, request, position, selection.named.get(position), selection.scope.has(position)),
  );
  const young = withinGrace(inventory);
  for (const { pinned, reach } of young.size === 0 ? [] : repositories) {
    for (const revision of reach.revisions) if (young.has(revision)) pinned.add(revision);
  }
  for (const [position, young] of inventory.withinGrace.revisions) {
    for (const revision of young) repositories[position]!.pinned.add(revision);
  }
  for (const [position, young] of inventory.withinGrace.tags) {
    const { names, current } = repositories[position]!.repository.tags;
    names.forEach((name, tag) => {
      if (current[tag]! >= 0 && young.has(name)) repositories[position]!.pinned.add(current[tag] as DigestId);
    });
  }
  return {
    inventory,
    request,
    selection,
    repositories,
    blobs: new RemovedBlobs(inventory.digests),
    withinGrace: young,
    verdicts: [],
    leftAlone: [],
    problems: [],
    heldBackBlobs: 0,
    leftovers: [],
  };
}

/** True for a tag that `--broken` removes: its link cannot be read as a digest, or the manifest is not there. */
export function isBrokenTag(inventory: Inventory, repository: Repository, tag: number): boolean {
  if (repository.tags.state[tag] !== TAG_OK) return true;
  return inventory.manifests.state(repository.tags.current[tag] as DigestId) === MISSING;
}

/** True where neither a pin nor the grace holds the tag. */
export function mayGo(draft: Draft, part: RepositoryDraft, tag: number): boolean {
  const young = draft.inventory.withinGrace.tags.get(part.position)?.has(part.repository.tags.names[tag]!) === true;
  return !young && !part.pinnedTags.has(tag);
}

function causesOf(inventory: Inventory, request: Request, draft: RepositoryDraft): Frozen['causes'] {
  const { repository, named, reach, inScope } = draft;
  const causes: Cause[] = [];
  const broken = request.broken && inScope;
  for (let tag = 0; tag < repository.tags.names.length; tag += 1) {
    const state = repository.tags.state[tag]!;
    if (state === TAG_OK) continue;
    // One that --broken removes leaves no doubt behind; one that the grace holds does, and so does one that may be elsewhere.
    const removable = broken && state !== TAG_UNREADABLE;
    if (removable && inventory.withinGrace.tags.get(draft.position)?.has(repository.tags.names[tag]!) !== true)
      continue;
    const path = state === TAG_UNREADABLE ? layout.tagPath : layout.currentLinkPath;
    causes.push({
      code: TAG_PROBLEMS[state]!,
      path: path(repository.name, repository.tags.names[tag]!),
      reference: `${repository.name}:${repository.tags.names[tag]!}`,
    });
  }
  for (const cause of doubtfulLinks(inventory, draft)) causes.push(cause);
  const doubtful = [...reach.revisions].filter(
    (id) => isDoubtful(inventory.manifests.state(id)) && !named.digests.has(id),
  );
  if (doubtful.length === 0) return causes;
  const listers = listersIn(inventory, draft);
  for (const id of doubtful.sort((a, b) => inventory.digests.compare(a, b))) {
    const digest = inventory.digests.text(id);
    causes.push({
      code: MANIFEST_PROBLEMS[inventory.manifests.state(id)]!,
      path: layout.blobDataPath(digest),
      reference: `${repository.name}@${digest}`,
      ...listers(id),
    });
  }
  return causes;
}

/** For a manifest, those of the repository that list it directly; nothing where there is none. */
function listersIn({ digests, manifests }: Inventory, { repository, reach }: RepositoryDraft) {
  const listedBy = new Map<DigestId, Lister[]>();
  const listers = new Map<DigestId, Lister>();
  for (const revision of ids(digests.sorted(reach.revisions))) {
    for (const listed of new Set(ids(manifests.references(revision)))) {
      if (listed === revision || !reach.revisions.has(listed)) continue;
      const lister = listers.get(revision) ?? new Lister(`${repository.name}@${digests.text(revision)}`);
      listers.set(revision, lister);
      const known = listedBy.get(listed);
      if (known === undefined) listedBy.set(listed, [lister]);
      else known.push(lister);
    }
  }
  for (const [id, lister] of listers) for (const each of listedBy.get(id) ?? []) lister.listedBy.push(each);
  return (id: DigestId): Pick<Cause, 'listedBy'> => {
    const direct = listedBy.get(id);
    return direct === undefined ? {} : { listedBy: direct };
  };
}

/** Links that may refer to anything; a garbled one of a layer only where a manifest here names it. */
function doubtfulLinks(inventory: Inventory, { repository, reach, named }: RepositoryDraft): Frozen['causes'] {
  if (repository.doubtfulLinks.length === 0) return [];
  const namedBy = new Map<DigestId, DigestId>();
  for (const revision of reach.revisions) {
    if (named.digests.has(revision)) continue;
    for (const id of inventory.manifests.references(revision)) namedBy.set(id as DigestId, revision);
  }
  return repository.doubtfulLinks.flatMap(({ code, digest }) => {
    const by = code === 'layer-link-garbled' ? namedBy.get(digest) : digest;
    if (by === undefined || named.digests.has(by)) return [];
    return [
      {
        code,
        path: doubtPath(repository.name, code, inventory.digests.text(digest)),
        reference: `${repository.name}@${inventory.digests.text(by)}`,
      },
    ];
  });
}
