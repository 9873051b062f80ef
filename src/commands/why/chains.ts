// What keeps a thing: the shortest chain from it up to each root that holds it. Roots are tags; revisions that no tag refers to; layer
// links that no revision explains; and doubt: what a damaged repository keeps, and what the whole registry keeps for it.

import type { DigestId } from '../../inventory/digest-table.js';
import { type Inventory, type Repository, TAG_OK } from '../../inventory/inventory.js';
import { isDoubtful, MISSING } from '../../inventory/manifest-table.js';
import type { Digest } from '../../model/digest.js';
import type { RepositoryName, TagName } from '../../model/names.js';
import { RepositoryDraft } from '../../plan/draft.js';
import { requestOf } from '../../plan/request.js';
import type { Frozen } from '../../plan/types.js';
import { HolderPaths, type Link } from './holder-paths.js';

export type { Link } from './holder-paths.js';

/** What holds a thing in the end. */
export type Root =
  | { readonly kind: 'tag'; readonly tag: TagName }
  /** A signature's tag, which goes with the image that it describes. */
  | { readonly kind: 'signature'; readonly tag: TagName }
  | { readonly kind: 'untagged'; readonly digest: Digest }
  | { readonly kind: 'layerLink' }
  /** A layer link that a manifest which is not there may explain. */
  | { readonly kind: 'unexplained'; readonly digest: Digest }
  /** The repository is frozen: all that it holds stays. */
  | { readonly kind: 'frozen'; readonly causes: Frozen['causes'] }
  /** What cannot be read here may name it, whatever repository that lies in (docs/decisions/0001). */
  | { readonly kind: 'doubt'; readonly causes: Frozen['causes'] };

export interface Chain {
  readonly repository: RepositoryName;
  readonly root: Root;
  /** From the thing upwards. */
  readonly links: readonly Link[];
}

/** True for a root that a collection leaves; a signature's tag may turn out to go with what it describes. */
export function holds({ kind }: Root): boolean {
  return kind === 'tag' || kind === 'frozen' || kind === 'unexplained' || kind === 'doubt';
}

/** Every root that keeps `id`, in every repository; shortest chains first, then by name. */
export function chainsOf(inventory: Inventory, id: DigestId): readonly Chain[] {
  const found: Chain[] = [];
  inventory.repositories.forEach((repository, position) => {
    if (!touches(inventory, repository, id)) return;
    for (const chain of chainsIn(inventory, position, id)) found.push(chain);
  });
  return found.sort((a, b) => rank(a) - rank(b) || a.links.length - b.links.length || compareRoots(a, b));
}

/** True where something of the repository is `id`, or names it: without that nothing there holds it. */
function touches({ manifests }: Inventory, repository: Repository, id: DigestId): boolean {
  const { revisions, layerLinks, tags, possibleTargets: suspects, aliases, signatures } = repository;
  if (revisions.includes(id) || layerLinks.includes(id) || tags.current.includes(id)) return true;
  const same = new Set([id]);
  for (const [alias, content] of aliases) if (content === id) same.add(alias);
  if (same.size > 1) return true;
  const names = (manifest: number): boolean => manifest >= 0 && manifests.references(manifest as DigestId).includes(id);
  if (revisions.some(names) || tags.current.some(names)) return true;
  for (const ids of suspects.values()) if (ids.includes(id) || ids.some(names)) return true;
  for (const ids of signatures.values()) if (ids.includes(id)) return true;
  return false;
}

function draftAt(inventory: Inventory, position: number): RepositoryDraft {
  return new RepositoryDraft(inventory, requestOf({ command: 'gc', nowMs: 0 }), position, undefined, true);
}

function chainsIn(inventory: Inventory, position: number, id: DigestId): readonly Chain[] {
  const { digests } = inventory;
  const draft = draftAt(inventory, position);
  const { repository, reach } = draft;
  const { name, tags } = repository;
  const climb = new HolderPaths(inventory, reach, id);
  const chains: Chain[] = [];
  tags.names.forEach((tag, at) => {
    const current = tags.current[at]! as DigestId;
    // A tag holds what it names, though that be no manifest that is there.
    const links =
      current < 0 ? undefined : current === id ? [] : reach.revisions.has(current) && climb.linksTo(current);
    if (!links) return;
    chains.push({ repository: name, root: { kind: 'tag', tag }, links: [...links, { as: 'tag', digest: undefined }] });
  });
  if (draft.frozen) {
    const [nearest] = climb.holders();
    const links = nearest === undefined ? linkIn(repository, id) : climb.linksTo(nearest);
    if (links !== undefined) chains.push({ repository: name, root: { kind: 'frozen', causes: draft.frozenBy }, links });
    return chains;
  }
  const tagged = reach.closure([...tags.current].filter((current) => current >= 0) as DigestId[]);
  const untagged = [...climb.holders()].filter((holder) => !tagged.has(holder));
  const tops = untagged.filter((holder) => climb.isTop(holder));
  // An index may describe what it lists: then neither is above the other, and the farthest stands for both.
  for (const holder of tops.length > 0 ? tops : untagged.slice(-1)) {
    const root = { kind: 'untagged', digest: digests.text(holder) } as const;
    chains.push({ repository: name, root, links: climb.linksTo(holder)! });
  }
  const links = chains.length > 0 ? undefined : linkIn(repository, id);
  if (links === undefined) return chains;
  const missing = draft.missesManifest ? missingIn(inventory, repository) : undefined;
  if (missing === undefined) return [{ repository: name, root: { kind: 'layerLink' }, links }];
  return [{ repository: name, root: { kind: 'unexplained', digest: digests.text(missing) }, links }];
}

function linkIn({ layerLinks, aliases }: Repository, id: DigestId): readonly Link[] | undefined {
  const linked = layerLinks.includes(id) || layerLinks.some((link) => aliases.get(link as DigestId) === id);
  return linked ? [{ as: 'layerLink', digest: undefined }] : undefined;
}

function missingIn({ manifests }: Inventory, { revisions, tags }: Repository): DigestId | undefined {
  const all = [...revisions, ...tags.current] as DigestId[];
  return all.find((id) => id >= 0 && manifests.state(id) === MISSING);
}

/** Where a manifest or tag cannot be read, it may name any blob that was never linked as a layer: what may name `id`. */
export function doubtsOf(inventory: Inventory, id: DigestId): readonly Chain[] {
  const { repositories, manifests } = inventory;
  if (repositories.some((repository) => linkIn(repository, id) !== undefined)) return [];
  const unread = (manifest: number): boolean => manifest >= 0 && isDoubtful(manifests.state(manifest as DigestId));
  return repositories.flatMap(({ name, revisions, tags, possibleTargets: suspects }, position): Chain[] => {
    const mute = [...suspects].filter(([, ids]) => ids.length === 0).map(([tag]) => tag);
    const may = [...suspects.values()].some((ids) => ids.some(unread));
    if (mute.length === 0 && !may && !revisions.some(unread) && !tags.current.some(unread)) return [];
    const unnamed = new Set(mute.map((tag) => `${name}:${tags.names[tag]!}`));
    const causes = draftAt(inventory, position).frozenBy.filter(
      ({ code, reference }) => code.startsWith('manifest-') || unnamed.has(reference),
    );
    return causes.length === 0 ? [] : [{ repository: name, root: { kind: 'doubt', causes }, links: [] }];
  });
}

/** Why a tag that cannot be read stays: it freezes its repository. */
export function chainOfBrokenTag(inventory: Inventory, position: number, tag: number): Chain | undefined {
  const { name, tags } = inventory.repositories[position]!;
  if (tags.state[tag] === TAG_OK) return undefined;
  const reference = `${name}:${tags.names[tag]!}`;
  const causes = draftAt(inventory, position).frozenBy.filter((cause) => cause.reference === reference);
  return { repository: name, root: { kind: 'frozen', causes }, links: [] };
}

/** Doubt last: what names the thing tells more. */
function rank({ root }: Chain): number {
  return root.kind === 'frozen' ? 1 : 0;
}

function compareRoots(a: Chain, b: Chain): number {
  const key = ({ repository, root }: Chain): string =>
    `${repository} ${'tag' in root ? root.tag : 'digest' in root ? root.digest : ''}`;
  return key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0;
}
