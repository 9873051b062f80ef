// What keeps a thing: the shortest chain from it up to each root that holds it. Roots are tags; revisions that no tag leads to; layer
// links that no revision explains; and doubt. What has no root at all is what a collection deletes.

import type { DigestId } from '../inventory/digest-table.js';
import type { Inventory, Repository } from '../inventory/inventory.js';
import { isDoubtful } from '../inventory/manifest-table.js';
import type { Role } from '../manifest/parse.js';
import type { Digest } from '../model/digest.js';
import type { RepositoryName, TagName } from '../model/names.js';
import { Reach } from '../plan/reach.js';

/** One step up: `digest` is held by what follows, as this. */
export interface Link {
  /** `tag`: a tag's current; `referrer`: by the subject that it describes; `signature`: by a schema 1 manifest's signatures. */
  readonly as: Role | 'tag' | 'referrer' | 'signature' | 'layerLink' | 'revision';
  /** Of the holder; undefined for a tag. */
  readonly digest: Digest | undefined;
}

export interface Chain {
  readonly repository: RepositoryName;
  /** What holds it in the end. */
  readonly root:
    | { readonly kind: 'tag'; readonly tag: TagName }
    | { readonly kind: 'untagged'; readonly digest: Digest }
    | { readonly kind: 'layerLink' }
    | { readonly kind: 'doubt'; readonly digest: Digest };
  /** From the thing upwards. */
  readonly links: readonly Link[];
}

/** Every root that keeps `id`, in every repository; shortest chains first, then by name. */
export function chainsOf(inventory: Inventory, id: DigestId): readonly Chain[] {
  return inventory.repositories
    .flatMap((repository) => chainsIn(inventory, repository, id))
    .sort((a, b) => a.links.length - b.links.length || compareRoots(a, b));
}

function chainsIn(inventory: Inventory, repository: Repository, id: DigestId): readonly Chain[] {
  const { digests, manifests } = inventory;
  const name = repository.name;
  const reach = new Reach(inventory, repository);
  const steps = climb(inventory, repository, reach, id);
  const chains: Chain[] = [];
  const tagged = reach.closure([...repository.tags.current].filter((current) => current >= 0) as DigestId[]);
  repository.tags.names.forEach((tag, at) => {
    const current = repository.tags.current[at]! as DigestId;
    const links = current < 0 ? undefined : chainTo(inventory, steps, id, current);
    if (links === undefined) return;
    chains.push({ repository: name, root: { kind: 'tag', tag }, links: [...links, { as: 'tag', digest: undefined }] });
  });
  for (const revision of reach.revisions) {
    const links = chainTo(inventory, steps, id, revision);
    if (links === undefined) continue;
    const digest = digests.text(revision);
    if (isDoubtful(manifests.state(revision)))
      chains.push({ repository: name, root: { kind: 'doubt', digest }, links });
    else if (!tagged.has(revision) && isTop(inventory, reach, revision)) {
      chains.push({ repository: name, root: { kind: 'untagged', digest }, links });
    }
  }
  if (chains.length > 0) return chains;
  const linked = (repository.layerLinks as Iterable<number> as Iterable<DigestId>)[Symbol.iterator]();
  for (let next = linked.next(); next.done !== true; next = linked.next()) {
    if (next.value !== id && repository.aliases.get(next.value) !== id) continue;
    // What can not be read may name it: then everything that is linked there stays.
    const unread = [...reach.revisions].find((revision) => isDoubtful(manifests.state(revision)));
    const root =
      unread === undefined
        ? ({ kind: 'layerLink' } as const)
        : ({ kind: 'doubt', digest: digests.text(unread) } as const);
    return [{ repository: name, root, links: [{ as: 'layerLink', digest: undefined }] }];
  }
  return [];
}

/** True where no other manifest of the repository holds the revision. */
function isTop({ manifests }: Inventory, reach: Reach, revision: DigestId): boolean {
  const subject = manifests.subject(revision);
  if (subject !== undefined && reach.revisions.has(subject)) return false;
  for (const other of reach.revisions) {
    if (other !== revision && manifests.references(other).includes(revision)) return false;
  }
  return true;
}

interface Step {
  /** The thing below. */
  readonly from: DigestId;
  readonly as: Link['as'];
}

/** From `id` up, breadth first: each manifest that holds it, to how it was reached first. */
function climb(
  inventory: Inventory,
  repository: Repository,
  reach: Reach,
  id: DigestId,
): ReadonlyMap<DigestId, Step | undefined> {
  const { manifests } = inventory;
  const reached = new Map<DigestId, Step | undefined>();
  if (reach.revisions.has(id)) reached.set(id, undefined);
  let level: DigestId[] = [id];
  // An alias and its content are one blob.
  for (const [alias, content] of repository.aliases) if (content === id) level.push(alias);
  while (level.length > 0) {
    const wanted = new Set(level);
    const next: DigestId[] = [];
    for (const revision of reach.revisions) {
      if (reached.has(revision)) continue;
      const step = stepTo(inventory, repository, revision, wanted);
      if (step === undefined) continue;
      reached.set(revision, step);
      next.push(revision);
    }
    // A referrer is held by what it describes.
    for (const below of wanted) {
      const subject = manifests.subject(below);
      if (subject === undefined || !reach.revisions.has(below)) continue;
      if (!reach.revisions.has(subject) || reached.has(subject)) continue;
      reached.set(subject, { from: below, as: 'referrer' });
      next.push(subject);
    }
    level = next;
  }
  return reached;
}

function stepTo(
  { manifests }: Inventory,
  repository: Repository,
  revision: DigestId,
  wanted: ReadonlySet<DigestId>,
): Step | undefined {
  for (let n = 0, count = manifests.count(revision); n < count; n += 1) {
    const named = manifests.reference(revision, n);
    if (wanted.has(named)) return { from: named, as: manifests.role(revision, n) };
  }
  for (const signature of repository.signatures.get(revision) ?? []) {
    if (wanted.has(signature)) return { from: signature, as: 'signature' };
  }
  return undefined;
}

/** The links from `id` up to `top`, or undefined where it does not hold it. */
function chainTo(
  { digests }: Inventory,
  steps: ReadonlyMap<DigestId, Step | undefined>,
  id: DigestId,
  top: DigestId,
): readonly Link[] | undefined {
  if (!steps.has(top)) return undefined;
  const links: Link[] = [];
  for (let at = top; at !== id; ) {
    const step = steps.get(at);
    if (step === undefined) break;
    links.unshift({ as: step.as, digest: digests.text(at) });
    at = step.from;
  }
  return links;
}

function compareRoots(a: Chain, b: Chain): number {
  const key = ({ repository, root }: Chain): string =>
    `${repository} ${root.kind === 'tag' ? root.tag : root.kind === 'layerLink' ? '' : root.digest}`;
  return key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0;
}
