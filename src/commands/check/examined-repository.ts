// One repository as `check` looks at it: what it lacks, what in it is dangling, and which tags a fault breaks.

import { type DigestId, ids } from '../../inventory/digest-table.js';
import type { LinkFault } from '../../inventory/faults.js';
import { BLOB_PRESENT, type Inventory } from '../../inventory/inventory.js';
import { MISSING, READ } from '../../inventory/manifest-table.js';
import {
  currentLinkPath,
  historyEntryPath,
  LINK,
  layerLinkPath,
  repositoryPath,
  revisionPath,
  uploadPath,
} from '../../model/layout.js';
import type { RepositoryName } from '../../model/names.js';
import { Reach } from '../../plan/reach.js';
import { type Finding, type FindingCode, finding } from './finding.js';
import { type Elsewhere, Naming } from './naming.js';

export class ExaminedRepository {
  readonly name: RepositoryName;
  /** What has a link that cannot be read: told by that link. */
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

  /** A link of another algorithm whose content is not what its name says. */
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

  /** Manifests here that name any of `those`. */
  *naming(those: ReadonlySet<DigestId>): Generator<DigestId> {
    for (const revision of this.#reach.revisions) {
      for (const id of ids(this.#inventory.manifests.references(revision))) {
        if (!those.has(id)) continue;
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
        // A child that is linked and gone is reported as a missing manifest.
        if (index && this.#linked.has(named)) continue;
        // A build cache lists layers.
        const child = index && !this.#layers.has(named);
        yield { revision, named, child, stored };
      }
    }
  }

  /** Layer links to nothing that no manifest here names either. */
  *#dangling(): Generator<DigestId> {
    const { blobs } = this.#inventory;
    const { aliases } = this.#reach.repository;
    const named = this.#content;
    for (const link of ids(this.#layers)) {
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

const MOST_SHOWN = 100;

/** What a link holds, as a remark on it. */
function contentText(content: string | undefined): string {
  if (content === undefined) return 'no link';
  return content === '' ? 'empty' : `holds ${content.slice(0, MOST_SHOWN)}`;
}
