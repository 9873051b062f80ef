// All that is wrong with a tree, and which pulls it breaks. Pure: from what a scan found, what the links really hold, and what
// hashing told.

import type { DigestId } from '../../inventory/digest-table.js';
import type { ContentFault, LinkFault } from '../../inventory/faults.js';
import { BLOB_PRESENT, BLOB_WITHOUT_DATA, type Inventory, type ProblemCode } from '../../inventory/inventory.js';
import type { Digest } from '../../model/digest.js';
import { blobPath } from '../../model/layout.js';
import { ExaminedRepository } from './examined-repository.js';
import { type Finding, finding } from './finding.js';
import type { Elsewhere } from './naming.js';

/** What was looked at beyond a scan. */
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
  'tag-unreadable',
  'revision-unreadable',
  'layer-link-unreadable',
  'blob-unreadable',
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
    [...positions].map((at) => [inventory.repositories[at]!.name, new ExaminedRepository(inventory, at, elsewhere)]),
  );
  const breaks = (id: DigestId | undefined): string[] =>
    id === undefined ? [] : [...parts.values()].flatMap((part) => part.tagsNaming(id));
  const found: Finding[] = [];
  for (const { code, path, repository, digest, detail } of inventory.problems) {
    const part = repository === undefined ? undefined : parts.get(repository);
    if (repository !== undefined && part === undefined) continue;
    const severity = DAMAGE.has(code) ? 'damage' : LITTER.has(code) ? 'litter' : 'note';
    const tag = code.startsWith('tag-') ? (part?.tagAt(path) ?? []) : [];
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
  for (const each of blobsWithoutData(inventory, found)) found.push(each);
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

/** Blob folders without data, but for those that a finding reports already, by what needs them. */
function blobsWithoutData({ digests, blobs }: Inventory, found: readonly Finding[]): readonly Finding[] {
  const told = new Set(found.map(({ digest }) => digest));
  const bare: Finding[] = [];
  for (let id = 0; id < digests.size; id += 1) {
    if (blobs.state[id] !== BLOB_WITHOUT_DATA) continue;
    const digest = digests.text(id as DigestId);
    if (!told.has(digest)) bare.push(finding('blob-bare', 'litter', blobPath(digest), { digest }));
  }
  return bare;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
