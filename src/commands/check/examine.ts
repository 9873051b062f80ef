// Everything that `check` looks at beyond a scan, put together: links read, blob folders looked into, blobs hashed where that is
// asked for, and the findings that follow.

import { markWithoutData } from '../../cli/without-data.js';
import type { DigestId } from '../../inventory/digest-table.js';
import type { LinkFault } from '../../inventory/faults.js';
import { BLOB_PRESENT, type Inventory } from '../../inventory/inventory.js';
import type { Digest } from '../../model/digest.js';
import { BLOBS, blobDataPath, GOING_BELOW_V2, OURS_BELOW_ROOT, REPOSITORIES } from '../../model/layout.js';
import { readManifestAt } from '../../scan/manifests.js';
import type { Scan } from '../../scan/scan.js';
import { TreeReader } from '../../scan/tree-reader.js';
import type { Finding } from './finding.js';
import { findingsOf } from './findings.js';
import { suspicious } from './suspicious.js';

const FOREIGN = /foreign|nondistributable/;

export interface CheckScope {
  /** All blobs; else those of the repositories in scope. */
  readonly all: boolean;
  /** Hash blobs too; those modified after `sinceMs` where that is given. */
  readonly content: boolean;
  readonly sinceMs: number | undefined;
  readonly onProgress: (phase: string, done: number, total: number, unit: 'things' | 'bytes') => void;
  /** Called between the parts; what it throws ends the examination. */
  readonly onStep: () => void;
}

export interface CheckedTree {
  readonly findings: readonly Finding[];
  /** Number of blobs looked at. */
  readonly blobs: number;
  readonly hashed: { readonly blobs: number; readonly bytes: number; readonly ms: number } | undefined;
}

/** Examines the repositories at `scope` of the tree at `v2`, which was scanned with blob sizes and leftovers. */
export async function examine(
  scan: Scan,
  v2: string,
  scope: ReadonlySet<number>,
  { all, content, sinceMs, onProgress, onStep }: CheckScope,
): Promise<CheckedTree> {
  const { inventory } = scan;
  await markWithoutData(v2, inventory, withoutBytes(inventory));
  const tags = [...scope].map((at) => [at, [...inventory.repositories[at]!.tags.names.keys()]] as const);
  await scan.answer({ ask: 'histories', tags: new Map(tags), dangling: true });
  const links: LinkFault[] = [];
  for (const [some, done] of portions([...scope], 256)) {
    for (const fault of await scan.links(some)) links.push(fault);
    onProgress('links of repositories', done, scope.size, 'things');
    onStep();
  }
  const blobs = blobsOf(inventory, scope, all);
  const strays = all ? [...besideBlobsAndRepositories(v2)] : [];
  for (const [some, done] of portions(blobs, 32_768)) {
    for (const path of await scan.strays(some)) strays.push(path);
    onProgress('blob folders', done, blobs.length, 'things');
    onStep();
  }
  const total = blobs.reduce((sum, id) => sum + (inventory.blobs.sizeBytes[id] ?? 0), 0);
  const begun = performance.now();
  const hashed = content
    ? await scan.content(blobs, aliasesIn(inventory, scope), sinceMs, (bytes) =>
        onProgress('hashing', bytes, total, 'bytes'),
      )
    : undefined;
  const ms = Math.round(performance.now() - begun);
  onStep();
  const foreignLayers = foreignIn(v2, suspicious(inventory, scope, links));
  const findings = findingsOf(inventory, scope, { links, strays, content: hashed?.faults ?? [], foreignLayers });
  return { findings, blobs: blobs.length, hashed: hashed && { blobs: hashed.blobs, bytes: hashed.bytes, ms } };
}

/** Those with bytes are there: only the rest need be looked at once more. */
function withoutBytes({ blobs, digests }: Inventory): readonly Digest[] {
  const empty: Digest[] = [];
  for (let id = 0; id < digests.size; id += 1) {
    if (blobs.state[id] === BLOB_PRESENT && !(blobs.sizeBytes[id]! > 0)) empty.push(digests.text(id as DigestId));
  }
  return empty;
}

/** `all` in portions of `size`, each with how many there are up to its end. */
function* portions<T>(all: readonly T[], size: number): Generator<readonly [some: readonly T[], done: number]> {
  for (let at = 0; at < all.length; at += size) yield [all.slice(at, at + size), Math.min(all.length, at + size)];
}

/** What lies in v2 by a registry's hand, or ours. */
const OWN_NAMES: ReadonlySet<string> = new Set([BLOBS, REPOSITORIES, OURS_BELOW_ROOT, GOING_BELOW_V2]);

function besideBlobsAndRepositories(v2: string): readonly string[] {
  const names = new TreeReader().names(v2) ?? [];
  return names.filter((name) => !OWN_NAMES.has(name)).sort();
}

/** Links whose name is a hash of what they lead to, in another algorithm: name to blob. */
function aliasesIn({ repositories, digests, blobs }: Inventory, scope: ReadonlySet<number>): Map<DigestId, DigestId> {
  const found = new Map<DigestId, DigestId>();
  for (const position of scope) {
    for (const [alias, stored] of repositories[position]!.aliases)
      if (blobs.state[stored] === BLOB_PRESENT && !digests.text(alias).startsWith('tarsum')) found.set(alias, stored);
  }
  return found;
}

/** Blobs to hash: all, or what the repositories in scope link and name. */
function blobsOf(inventory: Inventory, scope: ReadonlySet<number>, all: boolean): readonly DigestId[] {
  const { state } = inventory.blobs;
  if (all) {
    const ids: DigestId[] = [];
    for (let id = 0; id < inventory.digests.size; id += 1) if (state[id] === BLOB_PRESENT) ids.push(id as DigestId);
    return ids;
  }
  const ids = new Set<number>();
  for (const position of scope) {
    const { revisions, layerLinks, tags } = inventory.repositories[position]!;
    for (const id of [...revisions, ...layerLinks, ...tags.current]) if (state[id] === BLOB_PRESENT) ids.add(id);
  }
  return [...ids] as DigestId[];
}

/** By manifest, the layers that it says are kept elsewhere. */
function foreignIn(v2: string, manifests: readonly Digest[]): ReadonlyMap<Digest, ReadonlySet<Digest>> {
  const reader = new TreeReader();
  const found = new Map<Digest, ReadonlySet<Digest>>();
  for (const digest of manifests) {
    const { manifest } = readManifestAt(`${v2}/${blobDataPath(digest)}`, digest, reader);
    const foreign = manifest?.references.filter(({ mediaType }) => FOREIGN.test(mediaType ?? '')) ?? [];
    if (foreign.length > 0) found.set(digest, new Set(foreign.map((layer) => layer.digest)));
  }
  return found;
}
