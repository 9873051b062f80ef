// Rule 3.11: folders that this plan empties, and with `gc` those found empty, deepest first. A folder goes only when
// everything known in it goes; execution removes it only while it is really empty.

import type { DigestId } from '../../inventory/digest-table.js';
import { BLOB_ABSENT } from '../../inventory/inventory.js';
import type { Digest } from '../../model/digest.js';
import * as layout from '../../model/layout.js';
import type { RepositoryName } from '../../model/names.js';
import type { Draft, RepositoryDraft } from '../draft.js';
import { type Reason, reason } from '../removal.js';
import { foldersOfLeftovers } from './leftovers.js';

export interface EmptyFolder {
  readonly repository: RepositoryName | undefined;
  /** Relative to v2. */
  readonly path: string;
  readonly reason: Reason;
}

const EMPTIED = reason('emptied');
const EMPTY = reason('empty');

/** Every folder that goes, in the order of removal. */
export function emptyFolders(draft: Draft): readonly EmptyFolder[] {
  const folders = new Map<string, EmptyFolder>();
  const gone = new Set<string>();
  const left = foldersOfLeftovers(draft);
  for (const part of draft.repositories) {
    const sweeps = draft.request.command === 'gc' && part.inScope && !part.frozen;
    if (!part.changes && !sweeps && part.history.length === 0) continue;
    const foreign = part.repository.foreign.filter((path) => !left.has(path));
    for (const folder of foldersOf(draft, part, foreign, sweeps)) folders.set(folder.path, folder);
    if (leavesNothing(part, foreign) && (part.changes || sweeps)) gone.add(part.repository.name);
  }
  for (const folder of emptyParents(draft, gone)) folders.set(folder.path, folder);
  if (draft.request.command === 'gc' && draft.selection.unscoped) {
    for (const path of draft.inventory.emptyFolders) folders.set(path, { repository: undefined, path, reason: EMPTY });
  }
  for (const [path, entity] of left) {
    folders.set(path, { repository: 'repository' in entity ? entity.repository : undefined, path, reason: EMPTIED });
  }
  const blobs = [...left.values()].flatMap((entity) => (entity.kind === 'blob' ? [entity.digest] : []));
  for (const folder of blobFolders(draft, blobs)) folders.set(folder.path, folder);
  const depth = (path: string): number => path.split('/').length;
  return [...folders.values()].sort((a, b) => depth(b.path) - depth(a.path) || (a.path < b.path ? -1 : 1));
}

/** True where nothing that a registry or an operator knows is left of a repository. */
function leavesNothing(part: RepositoryDraft, foreign: readonly string[]): boolean {
  const { repository } = part;
  return (
    foreign.length === 0 &&
    part.tags.size === repository.tags.names.length &&
    part.revisions.size === part.reach.revisions.size &&
    part.layerLinks.size === repository.layerLinks.length &&
    part.uploads.size === repository.uploads.length
  );
}

function foldersOf(
  draft: Draft,
  part: RepositoryDraft,
  foreign: readonly string[],
  sweeps: boolean,
): readonly EmptyFolder[] {
  const { repository } = part;
  const base = layout.repositoryPath(repository.name);
  const found = new Set(repository.emptyFolders);
  const takesFound = sweeps || part.named.whole || leavesNothing(part, foreign);
  const never = [
    layout.layersPath(repository.name),
    layout.tagsPath(repository.name),
    layout.revisionsPath(repository.name),
  ].filter((path) => repository.folders.includes(path.slice(base.length + 1)));
  const keepsRevision = part.revisions.size < part.reach.revisions.size;
  const staying = [...foreign, ...keptPaths(part), ...(takesFound ? [] : found), ...(keepsRevision ? never : [])];
  const holding = withParents(staying);
  const result: EmptyFolder[] = [];
  const add = (path: string): void => {
    if (holding.has(path)) return;
    result.push({ repository: repository.name, path, reason: found.has(path) ? EMPTY : EMPTIED });
  };
  if (takesFound) for (const path of found) add(path);
  for (const folder of repository.folders) if (!found.has(`${base}/${folder}`)) add(`${base}/${folder}`);
  for (const path of emptiedHistories(draft, part)) add(path);
  return result;
}

/** These paths and every folder above each. */
function withParents(paths: readonly string[]): ReadonlySet<string> {
  const all = new Set<string>();
  for (const path of paths) {
    for (let at = path; at !== '' && !all.has(at); at = at.slice(0, Math.max(0, at.lastIndexOf('/')))) all.add(at);
  }
  return all;
}

/** Paths below which something stays: one a folder is enough. */
function keptPaths(part: RepositoryDraft): readonly string[] {
  const { repository } = part;
  const paths: string[] = [];
  const tag = repository.tags.names.find((_, position) => !part.tags.has(position));
  if (tag !== undefined) paths.push(layout.tagPath(repository.name, tag));
  paths.push(...part.heldBy('revisions'), ...part.heldBy('layerLinks'));
  const upload = repository.uploads.find(({ id }) => !part.uploads.has(id));
  if (upload !== undefined) paths.push(layout.uploadPath(repository.name, upload.id));
  return paths;
}

function emptiedHistories({ inventory }: Draft, part: RepositoryDraft): readonly string[] {
  const { repository } = part;
  const left = new Map<number, number>();
  const { histories } = inventory.facts;
  for (const entry of part.history) {
    if (!left.has(entry.tag)) left.set(entry.tag, [...histories.of(part.position, repository, entry.tag)].length);
    left.set(entry.tag, left.get(entry.tag)! - 1);
  }
  return [...left]
    .filter(([, count]) => count === 0)
    .flatMap(([tag]) => {
      const index = layout.historyPath(repository.name, repository.tags.names[tag]!);
      return [`${index}/sha256`, index];
    });
}

/** Folders of repositories that go whole, and of name spaces that hold nothing else. */
function emptyParents(draft: Draft, gone: ReadonlySet<string>): readonly EmptyFolder[] {
  const staying = new Set<string>();
  const others = draft.request.command === 'gc' && draft.selection.unscoped ? [] : draft.inventory.emptyFolders;
  const names = [
    ...draft.inventory.repositories.map(({ name }) => name as string),
    ...others.map((path) => path.slice(layout.REPOSITORIES.length + 1)),
    ...foreignStaying(draft).map((path) => layout.parentOf(path).slice(layout.REPOSITORIES.length + 1)),
  ];
  const held = new Set(names.slice(draft.inventory.repositories.length));
  for (const name of names) {
    if (gone.has(name) && !held.has(name)) continue;
    const parts = name.split('/');
    for (let n = 1; n <= parts.length; n += 1) staying.add(parts.slice(0, n).join('/'));
  }
  const paths = new Set<string>();
  for (const name of gone) {
    const parts = name.split('/');
    for (let n = parts.length; n > 0 && !staying.has(parts.slice(0, n).join('/')); n -= 1)
      paths.add(parts.slice(0, n).join('/'));
  }
  return [...paths].map((name) => ({
    repository: name as RepositoryName,
    path: layout.repositoryPath(name as RepositoryName),
    reason: EMPTIED,
  }));
}

/** Folders `blobs/<alg>/<xx>` and `blobs/<alg>` that lose their last blob; with an unscoped `gc` also those found empty. */
function blobFolders(draft: Draft, neverWritten: readonly Digest[]): readonly EmptyFolder[] {
  const { digests, blobs } = draft.inventory;
  const folders: EmptyFolder[] = [];
  const sweeps = draft.request.command === 'gc' && draft.selection.unscoped;
  if (sweeps) {
    for (const path of draft.inventory.emptyBlobFolders) folders.push({ repository: undefined, path, reason: EMPTY });
  }
  const unwritten = new Set(neverWritten.map((digest) => digests.find(digest)!));
  const goes = (id: DigestId): boolean => draft.blobs.has(id) || unwritten.has(id);
  const prefixes: string[] = [];
  const prefix = (id: DigestId): string => {
    const spell = (): string => layout.parentOf(layout.blobPath(digests.text(id)));
    const byte = digests.firstByte(id);
    if (byte === undefined) return spell();
    prefixes[byte] ??= spell();
    return prefixes[byte];
  };
  const holding = new Set<string>();
  for (const id of draft.blobs.ids()) holding.add(prefix(id));
  for (const id of unwritten) holding.add(prefix(id));
  const losing = new Set([...holding].flatMap((path) => [path, layout.parentOf(path)]));
  for (const { path } of folders) if (path.split('/').length > 2) losing.add(layout.parentOf(path));
  if (losing.size === 0) return folders;
  // A folder holds more than blobs where a folder in it is empty, or something lies there that is not a blob.
  const others = [...(sweeps ? [] : draft.inventory.emptyBlobFolders), ...foreignBelow(draft, layout.BLOBS)];
  for (const path of others)
    for (let at = layout.parentOf(path); at !== ''; at = layout.parentOf(at)) losing.delete(at);
  for (let id = 0; id < digests.size && losing.size > 0; id += 1) {
    if ((blobs.state[id] ?? BLOB_ABSENT) === BLOB_ABSENT || goes(id as DigestId)) continue;
    losing.delete(prefix(id as DigestId));
    losing.delete(layout.parentOf(prefix(id as DigestId)));
  }
  for (const path of losing) folders.push({ repository: undefined, path, reason: EMPTIED });
  return folders;
}

function foreignBelow({ inventory }: Draft, folder: string): readonly string[] {
  return inventory.problems.flatMap(({ code, path }) =>
    (code === 'foreign-entry' || code === 'blob-unreadable') && path.startsWith(`${folder}/`) ? [path] : [],
  );
}

/** Foreign entries beside and between repositories, which stay; so do the folders that hold them. */
function foreignStaying(draft: Draft): readonly string[] {
  const going = new Set(draft.leftovers.map(({ path }) => path));
  return draft.inventory.problems.flatMap(({ code, path, repository }) =>
    code === 'foreign-entry' &&
    repository === undefined &&
    path.startsWith(`${layout.REPOSITORIES}/`) &&
    !going.has(path)
      ? [path]
      : [],
  );
}
