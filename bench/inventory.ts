// An inventory without a tree: images of three digests each (manifest, config, a layer of their own; all share one base layer), in as many
// repositories as asked for, with random digests. What a plan needs to be tried at sizes that no disk here holds.

import { randomFillSync } from 'node:crypto';
import { type DigestId, DigestTable, WORDS } from '../src/inventory/digest-table.js';
import { Histories } from '../src/inventory/histories.js';
import { BLOB_PRESENT, type Inventory, type Repository, TAG_OK } from '../src/inventory/inventory.js';
import { KINDS, ManifestTable, READ, ROLES } from '../src/inventory/manifest-table.js';
import type { RepositoryName, TagName } from '../src/model/names.js';

export interface InventorySize {
  readonly digests: number;
  readonly repositories: number;
}

/** Of nine images eight are tagged, as in the trees of the benchmark. */
const TAGGED_OF_NINE = 8;
const DAY_MS = 86_400_000;
/** When the newest tag was pushed; a tag a day before that. */
export const NOW_MS = 1_800_000_000_000;
const ROLES_OF_IMAGE = [ROLES.indexOf('config'), ROLES.indexOf('layer'), ROLES.indexOf('layer')];
const FOLDERS = ['_manifests', '_manifests/tags', '_manifests/revisions', '_manifests/revisions/sha256', '_layers'];

export function madeInventory({ digests: wanted, repositories }: InventorySize): Inventory {
  const digests = new DigestTable();
  const manifests = new ManifestTable();
  const fresh = freshDigests(digests);
  const base = fresh();
  const images = Math.floor((wanted - 1) / 3);
  const made: Repository[] = [];
  for (let r = 0, from = 0; r < repositories; r += 1) {
    const to = Math.round((images * (r + 1)) / repositories);
    made.push(repositoryOf(`team-${r % 20}/service-${r}`, to - from, base, digests, manifests, fresh));
    from = to;
  }
  made.sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    whole: true,
    digests,
    repositories: made,
    manifests,
    blobs: {
      state: new Uint8Array(digests.size).fill(BLOB_PRESENT),
      count: digests.size,
      sizeBytes: new Float64Array(0),
      diskBytes: new Float64Array(0),
    },
    leftovers: [],
    emptyBlobFolders: [],
    emptyFolders: [],
    problems: [],
    withinGrace: { blobs: new Set(), revisions: new Map(), layerLinks: new Map(), tags: new Map() },
    facts: { histories: new Histories(), newerThanTags: new Map(), createdMs: new Map(), details: new Map() },
  };
}

function repositoryOf(
  name: string,
  images: number,
  base: DigestId,
  digests: DigestTable,
  manifests: ManifestTable,
  fresh: () => DigestId,
): Repository {
  const revisions = new Uint32Array(images);
  const layerLinks = new Uint32Array(1 + 2 * images);
  layerLinks[0] = base;
  const tagged: DigestId[] = [];
  for (let i = 0; i < images; i += 1) {
    const [manifest, config, layer] = [fresh(), fresh(), fresh()];
    manifests.set(manifest, READ, KINDS.indexOf('image'), [config, base, layer], ROLES_OF_IMAGE, undefined);
    revisions[i] = manifest;
    layerLinks.set([config, layer], 1 + 2 * i);
    if (i % 9 < TAGGED_OF_NINE) tagged.push(manifest);
  }
  const byDigest = (a: number, b: number): number => digests.compare(a as DigestId, b as DigestId);
  return {
    name: name as RepositoryName,
    tags: {
      names: tagged.map((_, i) => `v1.${String(i).padStart(8, '0')}` as TagName),
      current: Int32Array.from(tagged),
      state: new Uint8Array(tagged.length).fill(TAG_OK),
      pushedMs: Float64Array.from(tagged, (_, i) => NOW_MS - (tagged.length - i) * DAY_MS),
    },
    possibleTargets: new Map(),
    revisions: revisions.sort(byDigest),
    layerLinks: layerLinks.sort(byDigest),
    aliases: new Map(),
    doubtfulLinks: [],
    signatures: new Map(),
    uploads: [],
    folders: FOLDERS,
    emptyFolders: [],
    foreign: [],
  };
}

/** Hands out digests of random bytes. */
function freshDigests(table: DigestTable): () => DigestId {
  const words = new Uint32Array(WORDS * 8192);
  let at = words.length;
  return () => {
    if (at === words.length) {
      randomFillSync(words);
      at = 0;
    }
    at += WORDS;
    return table.internWords(words, at - WORDS);
  };
}
