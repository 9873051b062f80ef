// What is wrong with a tree, and which pulls it breaks. Pure: from what a scan found, what the links really hold, and what hashing
// told. `damage` breaks pulls; `litter` only takes space; a `note` is worth knowing.

import type { DigestId } from '../inventory/digest-table.js';
import { BLOB_BARE, BLOB_PRESENT, type Inventory, type ProblemCode } from '../inventory/inventory.js';
import { MISSING, READ } from '../inventory/manifest-table.js';
import type { Digest } from '../model/digest.js';
import {
  blobPath,
  currentLinkPath,
  historyEntryPath,
  LINK,
  layerLinkPath,
  repositoryPath,
  revisionPath,
  uploadPath,
} from '../model/layout.js';
import type { RepositoryName } from '../model/names.js';
import { Reach } from '../plan/reach.js';
import { type Elsewhere, Naming } from './naming.js';

export type FindingCode =
  | ProblemCode
  | 'tag-without-revision'
  | 'layer-missing'
  | 'layer-not-linked'
  | 'child-missing'
  | 'history-dangling'
  | 'layer-link-dangling'
  | 'blob-bare'
  | 'link-content'
  | 'link-missing'
  | 'history-link'
  | 'empty-folder'
  | 'signature-missing'
  | 'leftover'
  | 'upload-undated'
  | 'blob-content'
  | 'blob-unreadable';

export interface Finding {
  readonly code: FindingCode;
  readonly severity: 'damage' | 'litter' | 'note';
  /** Relative to v2. */
  readonly path: string;
  readonly repository: RepositoryName | undefined;
  readonly digest: Digest | undefined;
  readonly detail: string | undefined;
  /** Tags, as `repository:tag`, whose pulls fail or may fail for it. */
  readonly breaks: readonly string[];
}

/** A link whose content is not its folder's digest, or an entry that no registry writes beside one. */
export interface LinkFault {
  readonly repository: RepositoryName;
  readonly of: 'revision' | 'layerLink' | 'history' | 'foreign';
  /** Undefined for a foreign entry. */
  readonly digest: Digest | undefined;
  /** Relative to v2. */
  readonly path: string;
  /** As it was read; undefined where there is no link. */
  readonly content: string | undefined;
}
/** A blob that is not what its digest says, or could not be read. */
export interface ContentFault {
  readonly digest: Digest;
  readonly error: string | undefined;
}
export interface Evidence {
  readonly links: readonly LinkFault[];
  readonly content: readonly ContentFault[];
  /** Paths of foreign entries in blob folders. */
  readonly strays: readonly string[];
  /** By manifest, the layers that it says are kept elsewhere: for its sake they need not be stored here. */
  readonly foreignLayers: ReadonlyMap<Digest, ReadonlySet<Digest>>;
}

const DAMAGE: ReadonlySet<ProblemCode> = new Set([
  'manifest-unreadable',
  'manifest-too-large',
  'manifest-truncated',
  'manifest-digest-mismatch',
  'manifest-unknown-shape',
  'manifest-missing',
  'tag-link-missing',
  'tag-link-empty',
  'tag-link-garbled',
  'layer-link-garbled',
  'revision-link-garbled',
]);
const LITTER: ReadonlySet<ProblemCode> = new Set(['foreign-entry']);

/** All findings in the repositories at `positions` and in the blob store, by severity and path. */
export function findingsOf(
  inventory: Inventory,
  positions: ReadonlySet<number>,
  evidence: Evidence,
): readonly Finding[] {
  const elsewhere = elsewhereBy(inventory, evidence.foreignLayers);
  const parts = new Map(
    [...positions].map((at) => [inventory.repositories[at]!.name, new Part(inventory, at, elsewhere)]),
  );
  const breaks = (id: DigestId | undefined): string[] =>
    id === undefined ? [] : [...parts.values()].flatMap((part) => part.tagsNaming(id));
  const found: Finding[] = [];
  for (const { code, path, repository, digest, detail } of inventory.problems) {
    const part = repository === undefined ? undefined : parts.get(repository);
    if (repository !== undefined && part === undefined) continue;
    const severity = DAMAGE.has(code) ? 'damage' : LITTER.has(code) ? 'litter' : 'note';
    const tag = code.startsWith('tag-link') ? (part?.tagAt(path) ?? []) : [];
    const id = digest === undefined ? undefined : inventory.digests.find(digest);
    if (id !== undefined) part?.faulty.add(id);
    // A link is its repository's alone; content is everybody's.
    const broken = id === undefined ? tag : part === undefined ? breaks(id) : part.tagsByLink(id);
    found.push(finding(code, severity, path, { repository, digest, detail, breaks: broken }));
  }
  const unlinked = new Set(evidence.links.flatMap(({ path, content }) => (content === undefined ? [path] : [])));
  // One by one: there may be more than a call takes arguments.
  for (const part of parts.values()) for (const each of part.findings(unlinked)) found.push(each);
  const told = new Set(found.map(({ path }) => path));
  for (const fault of evidence.links) {
    const each = parts.get(fault.repository)!.linkFinding(fault);
    if (!told.has(each.path)) found.push(each);
  }
  for (const path of evidence.strays) found.push(finding('foreign-entry', 'litter', path));
  for (const path of [...inventory.emptyBlobFolders, ...inventory.emptyFolders])
    found.push(finding('empty-folder', 'litter', path));
  for (const { digest, error } of evidence.content) {
    const id = inventory.digests.find(digest);
    if (error === undefined && id !== undefined && inventory.blobs.state[id] !== BLOB_PRESENT) {
      // Another name of a blob: its link leads to what is not its content.
      for (const part of parts.values()) found.push(...part.wrongAlias(id));
      continue;
    }
    const code = error === undefined ? 'blob-content' : 'blob-unreadable';
    const names = breaks(inventory.digests.find(digest));
    found.push(finding(code, 'damage', blobPath(digest), { digest, detail: error, breaks: names }));
  }
  for (const each of bareBlobs(inventory, found)) found.push(each);
  for (const { path, repository } of inventory.leftovers)
    found.push(finding('leftover', 'litter', path, { repository }));
  const rank = { damage: 0, litter: 1, note: 2 };
  return found.sort(
    (a, b) => rank[a.severity] - rank[b.severity] || compare(a.path, b.path) || compare(a.code, b.code),
  );
}

function elsewhereBy({ digests }: Inventory, layers: Evidence['foreignLayers']): Elsewhere {
  const found = new Map<DigestId, ReadonlySet<DigestId>>();
  for (const [manifest, foreign] of layers) {
    const id = digests.find(manifest);
    if (id !== undefined) found.set(id, new Set([...foreign].flatMap((layer) => digests.find(layer) ?? [])));
  }
  return found;
}

/** Blob folders without data, but for those that a finding tells of already, by what needs them. */
function bareBlobs({ digests, blobs }: Inventory, found: readonly Finding[]): readonly Finding[] {
  const told = new Set(found.map(({ digest }) => digest));
  const bare: Finding[] = [];
  for (let id = 0; id < digests.size; id += 1) {
    if (blobs.state[id] !== BLOB_BARE) continue;
    const digest = digests.text(id as DigestId);
    if (!told.has(digest)) bare.push(finding('blob-bare', 'litter', blobPath(digest), { digest }));
  }
  return bare;
}

const MOST_SHOWN = 100;

/** What a link holds, as a remark on it. */
function contentText(content: string | undefined): string {
  if (content === undefined) return 'no link';
  return content === '' ? 'empty' : `holds ${content.slice(0, MOST_SHOWN)}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function finding(
  code: FindingCode,
  severity: Finding['severity'],
  path: string,
  more: Partial<Pick<Finding, 'repository' | 'digest' | 'detail' | 'breaks'>> = {},
): Finding {
  return { code, severity, path, repository: undefined, digest: undefined, detail: undefined, breaks: [], ...more };
}

/** Manifests that name what their repository does not hold, or links wrongly: those layers may be kept elsewhere. */
export function suspicious(
  inventory: Inventory,
  positions: ReadonlySet<number>,
  links: readonly LinkFault[],
): readonly Digest[] {
  const { digests } = inventory;
  const faulty = new Map<RepositoryName, Set<DigestId>>();
  for (const { repository, digest } of [...links, ...inventory.problems]) {
    const id = repository === undefined || digest === undefined ? undefined : digests.find(digest);
    if (id === undefined) continue;
    const same = faulty.get(repository!);
    if (same === undefined) faulty.set(repository!, new Set([id]));
    else same.add(id);
  }
  const found = new Set<Digest>();
  for (const position of positions) {
    const part = new Part(inventory, position, new Map());
    for (const { revision } of part.lacking()) found.add(digests.text(revision));
    const wrong = faulty.get(part.name);
    if (wrong !== undefined) for (const revision of part.naming(wrong)) found.add(digests.text(revision));
  }
  return [...found];
}

class Part {
  readonly name: RepositoryName;
  /** What has a link that can not be read: told by that link. */
  readonly faulty = new Set<DigestId>();
  readonly #inventory: Inventory;
  readonly #position: number;
  readonly #reach: Reach;
  readonly #linked: ReadonlySet<number>;
  readonly #layers: ReadonlySet<number>;
  readonly #elsewhere: Elsewhere;
  readonly #links: Naming;
  readonly #content: Naming;

  constructor(inventory: Inventory, position: number, elsewhere: Elsewhere) {
    const repository = inventory.repositories[position]!;
    this.name = repository.name;
    this.#inventory = inventory;
    this.#position = position;
    this.#reach = new Reach(inventory, repository);
    this.#linked = new Set(repository.revisions);
    this.#layers = new Set(repository.layerLinks);
    this.#elsewhere = elsewhere;
    this.#links = new Naming(inventory, this.#reach, elsewhere, false);
    this.#content = new Naming(inventory, this.#reach, elsewhere, true);
  }

  /** `repository:tag` whose current link lies at `path`. */
  tagAt(path: string): readonly string[] {
    const { names } = this.#reach.repository.tags;
    return names.filter((tag) => currentLinkPath(this.name, tag) === path).map((tag) => `${this.name}:${tag}`);
  }

  /** What a link that does not hold its folder's digest means here. */
  linkFinding({ of, digest, path, content }: LinkFault): Finding {
    if (digest === undefined) return finding('foreign-entry', 'litter', path, { repository: this.name });
    const id = this.#inventory.digests.find(digest);
    const more = { repository: this.name, digest, detail: contentText(content) };
    if (of === 'history') return finding('history-link', 'litter', path, more);
    const breaks = id === undefined ? [] : this.tagsByLink(id);
    if (content !== undefined) return finding('link-content', 'damage', path, { ...more, breaks });
    // The API's delete takes a link and leaves its folder: that breaks nothing where no manifest names it.
    if (id !== undefined && (of === 'revision' || this.#links.has(id)))
      return finding('link-missing', 'damage', path, { repository: this.name, digest, breaks });
    return finding('empty-folder', 'litter', path.slice(0, path.lastIndexOf('/')), { repository: this.name, digest });
  }

  /** A link of another algorithm that leads to other content than its name says, where it is one here. */
  wrongAlias(id: DigestId): readonly Finding[] {
    const content = this.#reach.repository.aliases.get(id);
    if (content === undefined) return [];
    const { digests } = this.#inventory;
    const path = `${layerLinkPath(this.name, digests.text(id))}/${LINK}`;
    const detail = contentText(digests.text(content));
    return [{ ...this.#found('link-content', 'damage', path, id, this.tagsNaming(id)), detail }];
  }

  /** Tags whose pull needs the link of `id`: blobs are looked up by the name that a manifest gives them. */
  tagsByLink(id: DigestId): readonly string[] {
    return this.#links.tags(id);
  }

  /** Tags whose image names `id`. */
  tagsNaming(id: DigestId): readonly string[] {
    return this.#content.tags(id);
  }

  /** `unlinked`: paths of links that are not there. */
  findings(unlinked: ReadonlySet<string>): readonly Finding[] {
    const { digests, manifests, facts } = this.#inventory;
    const { tags, uploads } = this.#reach.repository;
    const found: Finding[] = [];
    tags.names.forEach((tag, at) => {
      const current = tags.current[at]! as DigestId;
      if (
        current >= 0 &&
        !this.#linked.has(current) &&
        !this.#layers.has(current) &&
        manifests.state(current) !== MISSING
      ) {
        const path = revisionPath(this.name, digests.text(current));
        found.push(this.#found('tag-without-revision', 'damage', path, current, [`${this.name}:${tag}`]));
      }
      for (const old of facts.histories.of(this.#position, this.#reach.repository, at)) {
        if (old === current || this.#reach.revisions.has(old)) continue;
        found.push(
          this.#found('history-dangling', 'litter', historyEntryPath(this.name, tag, digests.text(old)), old, []),
        );
      }
    });
    for (const { revision, named, child, stored } of this.lacking()) {
      const digest = digests.text(named);
      if (this.faulty.has(named) || this.#elsewhere.get(revision)?.has(named) === true) continue;
      const code = child ? 'child-missing' : stored ? 'layer-not-linked' : 'layer-missing';
      const path = revisionPath(this.name, digests.text(revision));
      // An index may list what lies elsewhere; an image is nothing without its layers.
      const severity = child ? 'note' : 'damage';
      const content = this.#reach.repository.aliases.get(named);
      const detail = content === undefined ? digest : `${digest}, which is ${digests.text(content)}`;
      found.push({ ...this.#found(code, severity, path, named, this.tagsNaming(revision)), detail });
    }
    for (const link of this.#dangling()) {
      const path = layerLinkPath(this.name, digests.text(link));
      if (!unlinked.has(`${path}/${LINK}`)) found.push(this.#found('layer-link-dangling', 'litter', path, link, []));
    }
    for (const [revision, signatures] of this.#reach.repository.signatures) {
      for (const signature of signatures) {
        if (this.#inventory.blobs.state[signature] === BLOB_PRESENT) continue;
        const path = revisionPath(this.name, digests.text(revision));
        found.push({
          ...this.#found('signature-missing', 'note', path, signature, []),
          detail: digests.text(signature),
        });
      }
    }
    for (const path of this.#empty()) found.push(finding('empty-folder', 'litter', path, { repository: this.name }));
    for (const { id, startedMs } of uploads) {
      if (startedMs === undefined)
        found.push(finding('upload-undated', 'litter', uploadPath(this.name, id), { repository: this.name }));
    }
    return found;
  }

  /** Manifests here that name any of `ids`. */
  *naming(ids: ReadonlySet<DigestId>): Generator<DigestId> {
    for (const revision of this.#reach.revisions) {
      for (const id of this.#inventory.manifests.references(revision) as Iterable<number> as Iterable<DigestId>) {
        if (!ids.has(id)) continue;
        yield revision;
        break;
      }
    }
  }

  /** What manifests here name and the repository does not hold. */
  *lacking(): Generator<{ revision: DigestId; named: DigestId; child: boolean; stored: boolean }> {
    const { manifests, blobs } = this.#inventory;
    for (const revision of this.#reach.revisions) {
      if (manifests.state(revision) !== READ) continue;
      const index = manifests.kind(revision) === 'index';
      for (let n = 0; n < manifests.count(revision); n += 1) {
        const named = manifests.reference(revision, n);
        const content = this.#reach.repository.aliases.get(named) ?? named;
        const stored = blobs.state[content] === BLOB_PRESENT;
        if ((this.#linked.has(named) || this.#layers.has(named)) && stored) continue;
        // A child that is linked and gone is told as a missing manifest.
        if (index && this.#linked.has(named)) continue;
        // A build cache lists layers.
        const child = index && manifests.role(revision, n) === 'manifest' && !this.#layers.has(named);
        yield { revision, named, child, stored };
      }
    }
  }

  /** Layer links to nothing that no manifest here names either. */
  *#dangling(): Generator<DigestId> {
    const { blobs } = this.#inventory;
    const { aliases } = this.#reach.repository;
    const named = this.#content;
    for (const link of this.#layers as Iterable<number> as Iterable<DigestId>) {
      const content = aliases.get(link) ?? link;
      if (blobs.state[content] !== BLOB_PRESENT && !named.has(link) && !named.has(content)) yield link;
    }
  }

  /** Folders whose link an API delete took, and a repository that holds nothing. */
  *#empty(): Generator<string> {
    const { name, tags, revisions, layerLinks, uploads, foreign, emptyFolders, folders } = this.#reach.repository;
    const base = repositoryPath(name);
    const nothing = tags.names.length + revisions.length + layerLinks.length + uploads.length + foreign.length === 0;
    if (nothing) yield base;
    const reserved = new Set(folders.map((folder) => `${base}/${folder}`));
    for (const path of emptyFolders) if (!reserved.has(path)) yield path;
  }

  #found(
    code: FindingCode,
    severity: Finding['severity'],
    path: string,
    id: DigestId,
    breaks: readonly string[],
  ): Finding {
    return finding(code, severity, path, { repository: this.name, digest: this.#inventory.digests.text(id), breaks });
  }
}
