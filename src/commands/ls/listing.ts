// From what a scan found to what `ls` shows: images with their size, platforms and dates, and under each the signatures and
// referrers that describe it. Sizes count what the disk holds, each blob once; nothing is read that is not shown.

import { companionSubject } from '../../inventory/companions.js';
import type { DigestId } from '../../inventory/digest-table.js';
import { type Inventory, type Repository, TAG_OK } from '../../inventory/inventory.js';
import { isDoubtful, MISSING } from '../../inventory/manifest-table.js';
import type { Digest } from '../../model/digest.js';
import { blobPath } from '../../model/layout.js';
import { isPattern } from '../../model/names.js';
import type { Named } from '../../plan/name-finder.js';
import { namedBy, Reach } from '../../plan/reach.js';
import { requestOf } from '../../plan/request.js';
import { select } from '../../plan/select.js';
import type { Scan } from '../../scan/scan.js';
import type { Companion, ListedImage, ListedRepository, Listing } from './view.js';

/** The listing of what `patterns` name (none: everything). Throws `no-such-name` for an exact name that is not there. */
export async function listingOf(
  scan: Scan,
  root: string,
  patterns: readonly string[],
  nowMs: number,
): Promise<Listing> {
  const { inventory } = scan;
  const { named, problems } = selected(inventory, patterns, nowMs);
  const drafts = [...named].sort(([a], [b]) => a - b).map(([position, what]) => draftOf(inventory, position, what));
  const manifests = new Set(drafts.flatMap(({ images }) => images.flatMap(({ shown }) => shown)));
  await scan.answer({ ask: 'details', manifests: [...manifests] });
  const blobs = [...new Set(drafts.flatMap(({ images }) => images.flatMap(({ blobs }) => [...blobs])))];
  const { bytes } = await scan.weigh({
    length: blobs.length,
    kindAt: () => 'blob',
    digestIdAt: (at) => blobs[at],
    pathAt: (at) => blobPath(inventory.digests.text(blobs[at]!)),
  });
  const sizes = new Map(blobs.map((id, at) => [id, bytes[at] ?? 0]));
  return {
    root,
    repositories: drafts.map((draft) => listed(inventory, draft, sizes)),
    bytes: bytes.reduce((sum, each) => sum + each, 0),
    problems: [...inventory.problems, ...problems],
  };
}

/** What the patterns name; a pattern that matches nothing is a problem, an exact name an error. */
function selected(inventory: Inventory, patterns: readonly string[], nowMs: number) {
  if (patterns.length === 0) {
    const whole = inventory.repositories.map((_, position): [number, Named] => [position, WHOLE]);
    return { named: new Map(whole), problems: [] };
  }
  const request = (references: readonly string[], ignoreMissing: boolean) =>
    select(inventory, requestOf({ command: 'rm', nowMs, references, ignoreMissing }));
  const exact = request(
    patterns.filter((text) => !isPattern(text)),
    false,
  );
  const globs = request(patterns.filter(isPattern), true);
  const named = new Map(exact.named);
  for (const [position, { whole, tags, digests }] of globs.named) {
    const before = named.get(position) ?? { whole: false, tags: new Set(), digests: new Set() };
    named.set(position, {
      whole: whole || before.whole,
      tags: new Set([...before.tags, ...tags]),
      digests: new Set([...before.digests, ...digests]),
    });
  }
  return { named, problems: globs.problems };
}

const WHOLE: Named = { whole: true, tags: new Set(), digests: new Set() };

/** An image before sizes and details are known. */
interface ImageDraft {
  /** Position in the repository's tags, or undefined for a revision listed by digest. */
  readonly tag: number | undefined;
  readonly id: DigestId | undefined;
  readonly blobs: ReadonlySet<DigestId>;
  /** Manifests whose details are shown: the image's own, and its referrers'. */
  readonly shown: readonly DigestId[];
  readonly referrers: readonly DigestId[];
  readonly signatures: readonly number[];
}

interface RepositoryDraft {
  readonly repository: Repository;
  readonly images: readonly ImageDraft[];
  readonly untagged: number;
}

function draftOf(inventory: Inventory, position: number, named: Named): RepositoryDraft {
  const repository = inventory.repositories[position]!;
  const reach = new Reach(inventory, repository);
  const { names, current } = repository.tags;
  const signatures = signatureTags(inventory, repository);
  const described = new Set<number>();
  const images: ImageDraft[] = [];
  const draft = (tag: number | undefined, id: DigestId | undefined): void => {
    if (id === undefined) {
      images.push({ tag, id, blobs: NO_IDS, shown: [], referrers: [], signatures: [] });
      return;
    }
    const own = ownManifests(inventory, reach, id);
    const all = reach.closure(own);
    const referrers = [...all].filter((each) => !own.has(each) && inventory.manifests.subject(each) !== undefined);
    const byTag = new Set(referrersByTag(signatures, all).filter((at) => at !== tag));
    for (const at of byTag) described.add(at);
    const blobs = blobsOf(inventory, repository, own);
    images.push({ tag, id, blobs, shown: [id, ...referrers], referrers, signatures: [...byTag].sort((a, b) => a - b) });
  };
  const isCompanion = (tag: number): boolean => companionSubject(inventory.digests, repository, tag) !== undefined;
  const order = [...names.keys()].sort((a, b) => Number(isCompanion(a)) - Number(isCompanion(b)) || a - b);
  for (const at of order) {
    if ((!named.whole && !named.tags.has(at)) || (named.whole && described.has(at))) continue;
    draft(at, repository.tags.state[at] === TAG_OK ? (current[at] as DigestId) : undefined);
  }
  for (const id of named.digests) draft(undefined, id);
  const tagged = reach.closure([...current].filter((id) => id >= 0) as DigestId[]);
  return { repository, images, untagged: [...reach.revisions].filter((id) => !tagged.has(id)).length };
}

const NO_IDS: ReadonlySet<DigestId> = new Set();

/** Digest id of a subject to the positions of the tags that are signatures of it. */
function signatureTags(inventory: Inventory, repository: Repository): ReadonlyMap<DigestId, readonly number[]> {
  const found = new Map<DigestId, number[]>();
  for (const at of repository.tags.names.keys()) {
    const subject = companionSubject(inventory.digests, repository, at);
    const id = subject === undefined ? undefined : inventory.digests.find(subject);
    if (id === undefined) continue;
    const same = found.get(id);
    if (same === undefined) found.set(id, [at]);
    else same.push(at);
  }
  return found;
}

function referrersByTag(
  signatures: ReadonlyMap<DigestId, readonly number[]>,
  of: Iterable<DigestId>,
): readonly number[] {
  if (signatures.size === 0) return [];
  return [...of].flatMap((id) => signatures.get(id) ?? []);
}

/** The manifest and what it lists, at any depth: what a pull of all platforms takes; no referrers. */
function ownManifests(inventory: Inventory, reach: Reach, root: DigestId): ReadonlySet<DigestId> {
  const own = new Set([root]);
  for (const id of own) {
    for (const listed of inventory.manifests.references(id)) {
      if (reach.revisions.has(listed as DigestId)) own.add(listed as DigestId);
    }
  }
  return own;
}

function blobsOf(
  inventory: Inventory,
  repository: Repository,
  manifests: ReadonlySet<DigestId>,
): ReadonlySet<DigestId> {
  const blobs = new Set<DigestId>();
  for (const manifest of manifests) {
    // Whether each is there the weighing tells.
    namedBy(inventory, repository, manifest, (id) => blobs.add(id));
  }
  return blobs;
}

function listed(inventory: Inventory, draft: RepositoryDraft, sizes: ReadonlyMap<DigestId, number>): ListedRepository {
  const { repository, images, untagged } = draft;
  return {
    repository: repository.name,
    revisions: repository.revisions.length,
    untagged,
    images: images.map((image) => listedImage(inventory, repository, image, sizes)),
  };
}

function listedImage(
  inventory: Inventory,
  repository: Repository,
  { tag, id, blobs, referrers, signatures }: ImageDraft,
  sizes: ReadonlyMap<DigestId, number>,
): ListedImage {
  const details = id === undefined ? undefined : inventory.facts.details.get(id);
  const { tags } = repository;
  const text = (digest: number): Digest | undefined =>
    digest < 0 ? undefined : inventory.digests.text(digest as DigestId);
  const created = details?.createdMs;
  const companions: Companion[] = [
    ...signatures.map(
      (at): Companion => ({
        how: 'signature',
        tag: tags.names[at],
        digest: text(tags.current[at]!),
        artifactType: undefined,
      }),
    ),
    ...referrers.map(
      (referrer): Companion => ({
        how: 'referrer',
        tag: undefined,
        digest: text(referrer),
        artifactType: inventory.facts.details.get(referrer)?.artifactType,
      }),
    ),
  ];
  return {
    tag: tag === undefined ? undefined : tags.names[tag],
    digest: id === undefined ? undefined : text(id),
    state: stateOf(inventory, id),
    kind: details?.kind,
    mediaType: details?.mediaType,
    artifactType: details?.artifactType,
    platforms: details?.platforms ?? [],
    bytes: [...blobs].reduce((sum, blob) => sum + (sizes.get(blob) ?? 0), 0),
    pushedMs: tag === undefined ? undefined : tags.pushedMs[tag],
    createdMs: created === undefined || Number.isNaN(created) ? undefined : created,
    companions,
  };
}

function stateOf(inventory: Inventory, id: DigestId | undefined): ListedImage['state'] {
  if (id === undefined) return 'broken-link';
  const state = inventory.manifests.state(id);
  if (isDoubtful(state)) return 'unreadable';
  return state === MISSING ? 'missing' : 'ok';
}
