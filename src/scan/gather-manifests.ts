// Each manifest of a tree once, however many repositories link it: what revisions and tags name, what a tag whose link cannot be
// read may name, and young blobs, which may be manifests whose links are not written yet.

import type { DigestId } from '../inventory/digest-table.js';
import { BLOB_PRESENT, type Blobs, type Repository } from '../inventory/inventory.js';
import { linkedAsLayers } from '../inventory/linked-as-layers.js';
import { MANIFEST_PROBLEMS } from '../inventory/manifest-problems.js';
import {
  isDoubtful,
  type ManifestState,
  ManifestTable,
  MISSING,
  READ,
  UNREADABLE,
} from '../inventory/manifest-table.js';
import { blobDataPath, blobPath } from '../model/layout.js';
import { batches } from './batches.js';
import { internAll, type PackedDigests, packAll } from './digest-list.js';
import { DigestSet } from './digest-set.js';
import type { Gathering } from './gathering.js';
import type { RawManifests } from './manifests.js';

/** Manifests in one task. */
const MANIFEST_BATCH = 512;

export async function gatherManifests(
  gathering: Gathering,
  repositories: readonly Repository[],
  blobs: Blobs,
): Promise<ManifestTable> {
  const manifests = new ManifestTable();
  const { wanted, contents } = wantedIn(repositories, gathering.digests.size);
  const young = new Set(gathering.young.blobs);
  const orphans = new Set(young);
  for (const [content, ids] of contents) {
    wanted.add(content);
    for (const id of ids) orphans.delete(id);
  }
  for (const id of orphans) if (wanted.has(id)) orphans.delete(id);
  for (const id of orphans) wanted.add(id);
  for (
    let ids = wanted.ids();
    ids.length > 0;
    ids = notYetWanted(repositories, manifests, blobs, wanted, { young, orphans })
  ) {
    const unread = takeOver(manifests, gathering, ids, blobs);
    const tasks = batches(unread, MANIFEST_BATCH).map((batch) => ({
      do: 'manifests' as const,
      digests: packAll(gathering.digests, batch),
    }));
    await gathering.each('manifests', tasks, unread.length, (raw, task) => {
      take(manifests, gathering, blobs, raw, task.digests, orphans);
    });
  }
  // A revision of another algorithm holds its content's manifest.
  for (const [content, ids] of contents) for (const id of ids) manifests.copy(id, manifests, content);
  return manifests;
}

/** What revisions and tags name, and by content the revisions that are other names of it. */
function wantedIn(repositories: readonly Repository[], digests: number) {
  const contents = new Map<DigestId, DigestId[]>();
  const wanted = new DigestSet(digests);
  for (const { revisions, tags, aliases, possibleTargets: suspects } of repositories) {
    for (const ids of suspects.values()) for (const id of ids) wanted.add(id);
    for (const id of revisions) {
      const content = aliases.size === 0 ? undefined : aliases.get(id as DigestId);
      if (content === undefined) wanted.add(id);
      else contents.set(content, [...(contents.get(content) ?? []), id as DigestId]);
    }
    for (const id of tags.current) if (id >= 0) wanted.add(id);
  }
  return { wanted, contents };
}

/** Manifests that only an index lists, since they are linked as layers; they are wanted from now on. */
function notYetWanted(
  repositories: readonly Repository[],
  manifests: ManifestTable,
  { state }: Blobs,
  wanted: DigestSet,
  { young, orphans }: { readonly young: Set<DigestId>; readonly orphans: Set<DigestId> },
): readonly DigestId[] {
  const found: DigestId[] = [];
  const want = (id: DigestId): void => {
    if (state[id] !== BLOB_PRESENT || wanted.has(id)) return;
    wanted.add(id);
    found.push(id);
  };
  // What a young index lists, linked or not, keeps what it names.
  for (const index of young) {
    for (let n = 0; n < manifests.count(index); n += 1) {
      const listed = manifests.reference(index, n);
      if (manifests.role(index, n) !== 'manifest' || wanted.has(listed)) continue;
      young.add(listed);
      orphans.add(listed);
      want(listed);
    }
  }
  for (const repository of repositories) {
    const { revisions, tags, possibleTargets: suspects } = repository;
    const held = [...revisions, ...tags.current, ...[...suspects.values()].flat()] as DigestId[];
    for (const id of linkedAsLayers(repository, manifests, held)) want(id);
  }
  return found;
}

/** Takes over what an earlier scan knows of `wanted`. Returns what must be read. */
function takeOver(
  manifests: ManifestTable,
  { reuse }: Gathering,
  wanted: readonly DigestId[],
  blobs: Blobs,
): readonly DigestId[] {
  if (reuse === undefined) return wanted;
  const known = reuse.manifests;
  return wanted.filter((id) => {
    if (known.state(id) !== READ || blobs.state[id] !== BLOB_PRESENT) return true;
    manifests.copy(id, known);
    return false;
  });
}

function take(
  manifests: ManifestTable,
  gathering: Gathering,
  blobs: Blobs,
  raw: RawManifests,
  asked: PackedDigests,
  orphans: ReadonlySet<DigestId>,
): void {
  const { digests, problems } = gathering;
  const ids = internAll(digests, asked);
  const targets = internAll(digests, raw.targets);
  const subjects = new Map(raw.subjects);
  const errors = new Map(raw.errors);
  let at = 0;
  for (let i = 0; i < ids.length; i += 1) {
    const id = ids[i] as DigestId;
    const state = vanishedState(raw.states[i]! as ManifestState, id, gathering, blobs);
    const subject = subjects.get(i);
    const first = at;
    at += raw.counts[i]!;
    // A young blob that no link names need not be a manifest at all.
    if (orphans.has(id) && (isDoubtful(state) || state === MISSING)) continue;
    manifests.set(
      id,
      state,
      raw.kinds[i]!,
      targets.subarray(first, at),
      raw.roles.subarray(first, at),
      subject === undefined ? undefined : digests.intern(subject),
    );
    const code = MANIFEST_PROBLEMS[state];
    if (code === undefined) continue;
    const detail = errors.get(i);
    const digest = digests.text(id);
    problems.push({ code, path: blobDataPath(digest), digest, ...(detail === undefined ? {} : { detail }) });
  }
}

/** A manifest whose blob a listing showed and that is gone when it is read is unreadable, not missing: the registry may run. */
function vanishedState(
  state: ManifestState,
  id: DigestId,
  { v2, reader, digests }: Gathering,
  blobs: Blobs,
): ManifestState {
  if (state !== MISSING || blobs.state[id] !== BLOB_PRESENT) return state;
  return reader.lstat(`${v2}/${blobPath(digests.text(id))}`) === undefined ? UNREADABLE : MISSING;
}
