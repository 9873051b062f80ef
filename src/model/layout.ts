// The storage tree's paths (distribution registry/storage/paths.go): entity to path and back. The only file that spells
// the reserved folders. All paths here are relative to `docker/registry/v2`, `/` between parts, and made of parsed names only.

import { algorithmOf, type Digest, digestOf, encodedOf, isSha256 } from './digest.js';
import { isPlainPart, isTagName, type RepositoryName, repositoryOnDisk, type TagName } from './names.js';

/** Path below the registry's root directory (driver/filesystem, storagePathRoot + storagePathVersion). */
export const V2_BELOW_ROOT = 'docker/registry/v2';
/** GitLab's fork: the marker that a metadata database owns the tree. */
export const DATABASE_LOCK_BELOW_ROOT = 'docker/registry/lockfiles/database-in-use';
export const DATABASE_LOCK_BESIDE_V2 = 'lockfiles/database-in-use';
/** A pull-through cache keeps its expiry times here. */
export const PROXY_STATE_BELOW_ROOT = 'scheduler-state.json';
/** Everything that is ours lies here, outside v2, which other tools walk. */
export const OURS_BELOW_ROOT = '.regsweep';
/** Beside v2's pointer: the item that a run with --in-place is deleting. */
export const GOING_BELOW_V2 = '.regsweep-going';

export const BLOBS = 'blobs';
export const REPOSITORIES = 'repositories';
export const MANIFESTS = '_manifests';
export const LAYERS = '_layers';
export const UPLOADS = '_uploads';
/** A folder that holds any of these is a repository. */
export const RESERVED: readonly string[] = [MANIFESTS, LAYERS, UPLOADS];
export const TAGS = 'tags';
export const REVISIONS = 'revisions';
export const SIGNATURES = 'signatures';
export const CURRENT = 'current';
export const INDEX = 'index';
export const LINK = 'link';
export const DATA = 'data';
export const STARTED_AT = 'startedat';
export const HASH_STATES = 'hashstates';

/** What can be the folder of a digest's algorithm. */
const ALGORITHM = /^[a-z0-9]+$/;
export function isAlgorithmFolder(name: string): boolean {
  return ALGORITHM.test(name);
}

/** Left by a crash of the registry 3.1 or newer beside the file it was about to replace. */
const LEFTOVER = /^(?:link|data|startedat)\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.tmp$/;
export function isLeftoverName(name: string): boolean {
  return LEFTOVER.test(name);
}

/** Anything in the tree that is named, removed or deleted on its own. */
export type Entity =
  | { readonly kind: 'repository'; readonly repository: RepositoryName }
  | { readonly kind: 'tag'; readonly repository: RepositoryName; readonly tag: TagName }
  | { readonly kind: 'history'; readonly repository: RepositoryName; readonly tag: TagName; readonly digest: Digest }
  | { readonly kind: 'revision'; readonly repository: RepositoryName; readonly digest: Digest }
  | { readonly kind: 'layerLink'; readonly repository: RepositoryName; readonly digest: Digest }
  | { readonly kind: 'upload'; readonly repository: RepositoryName; readonly upload: string }
  | { readonly kind: 'blob'; readonly digest: Digest };

const SHA256 = 'sha256:';

/** `sha256/<hex>`; the algorithm's `+`, `.` and `;` become folders (paths.go blobAlgorithmReplacer). */
function digestPath(digest: Digest): string {
  if (isSha256(digest)) return `sha256/${digest.slice(SHA256.length)}`;
  return `${algorithmOf(digest).replace(/[+.;]/g, '/')}/${encodedOf(digest)}`;
}

export function repositoryPath(repository: RepositoryName): string {
  return `${REPOSITORIES}/${repository}`;
}
export function tagsPath(repository: RepositoryName): string {
  return `${REPOSITORIES}/${repository}/${MANIFESTS}/${TAGS}`;
}
export function tagPath(repository: RepositoryName, tag: TagName): string {
  return `${tagsPath(repository)}/${tag}`;
}
export function currentLinkPath(repository: RepositoryName, tag: TagName): string {
  return `${tagPath(repository, tag)}/${CURRENT}/${LINK}`;
}
export function historyPath(repository: RepositoryName, tag: TagName): string {
  return `${tagPath(repository, tag)}/${INDEX}`;
}
export function historyEntryPath(repository: RepositoryName, tag: TagName, digest: Digest): string {
  return `${historyPath(repository, tag)}/${digestPath(digest)}`;
}
export function revisionsPath(repository: RepositoryName): string {
  return `${REPOSITORIES}/${repository}/${MANIFESTS}/${REVISIONS}`;
}
export function revisionPath(repository: RepositoryName, digest: Digest): string {
  return `${revisionsPath(repository)}/${digestPath(digest)}`;
}
export function layersPath(repository: RepositoryName): string {
  return `${REPOSITORIES}/${repository}/${LAYERS}`;
}
export function layerLinkPath(repository: RepositoryName, digest: Digest): string {
  if (isSha256(digest)) return `${layersPath(repository)}/${digestPath(digest)}`;
  const path = algorithmOf(digest);
  if (path.startsWith('tarsum')) return `${layersPath(repository)}/${tarsumPath(digest)}`;
  return `${layersPath(repository)}/${digestPath(digest)}`;
}
export function uploadsPath(repository: RepositoryName): string {
  return `${REPOSITORIES}/${repository}/${UPLOADS}`;
}
export function uploadPath(repository: RepositoryName, upload: string): string {
  return `${uploadsPath(repository)}/${upload}`;
}
export function blobPath(digest: Digest): string {
  // Most of all paths are these: cut by their length.
  if (isSha256(digest))
    return `${BLOBS}/sha256/${digest.slice(SHA256.length, SHA256.length + 2)}/${digest.slice(SHA256.length)}`;
  const encoded = encodedOf(digest);
  return `${BLOBS}/${algorithmOf(digest)}/${encoded.slice(0, 2)}/${encoded}`;
}
export function blobDataPath(digest: Digest): string {
  return `${blobPath(digest)}/${DATA}`;
}

/** `tarsum/<version>/<alg>/<hex>`; without a version the registry writes `tarsum/v0`. */
function tarsumPath(digest: Digest): string {
  const [algorithm = '', hash = ''] = algorithmOf(digest).split('+');
  return `tarsum/${algorithm.split('.')[1] ?? 'v0'}/${hash}/${encodedOf(digest)}`;
}

/** What a path lies in; empty at the top. */
export function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

/** The path of an entity's own folder. */
export function pathOf(entity: Entity): string {
  switch (entity.kind) {
    case 'repository':
      return repositoryPath(entity.repository);
    case 'tag':
      return tagPath(entity.repository, entity.tag);
    case 'history':
      return historyEntryPath(entity.repository, entity.tag, entity.digest);
    case 'revision':
      return revisionPath(entity.repository, entity.digest);
    case 'layerLink':
      return layerLinkPath(entity.repository, entity.digest);
    case 'upload':
      return uploadPath(entity.repository, entity.upload);
    case 'blob':
      return blobPath(entity.digest);
  }
}

/** The digest that the folders `parts` spell below a link folder: `[sha256, <hex>]`, or `[tarsum, v1, sha256, <hex>]`. */
export function digestOfParts(parts: readonly string[]): Digest | undefined {
  const [first, second, third, fourth] = parts;
  if (parts.length === 2) return digestOf(first!, second!);
  if (parts.length === 4 && first === 'tarsum') {
    return digestOf(second === 'v0' ? `tarsum+${third}` : `tarsum.${second}+${third}`, fourth!);
  }
  return undefined;
}

/** The entity whose own folder lies at `path`, or undefined: the exact inverse of {@link pathOf}. */
export function entityAt(path: string): Entity | undefined {
  const found = parseParts(path.split('/'));
  return found !== undefined && pathOf(found) === path ? found : undefined;
}

function parseParts(parts: readonly string[]): Entity | undefined {
  if (parts[0] === BLOBS && parts.length === 4) {
    const digest = digestOf(parts[1]!, parts[3]!);
    return digest && { kind: 'blob', digest };
  }
  if (parts[0] !== REPOSITORIES) return undefined;
  const at = parts.findIndex((part) => RESERVED.includes(part));
  const repository = repositoryOnDisk(parts.slice(1, at < 0 ? undefined : at).join('/'));
  if (repository === undefined) return undefined;
  if (at < 0) return { kind: 'repository', repository };
  const rest = parts.slice(at + 1);
  if (parts[at] === LAYERS) {
    const digest = digestOfParts(rest);
    return digest && { kind: 'layerLink', repository, digest };
  }
  if (parts[at] === UPLOADS) {
    const [upload = ''] = rest;
    return rest.length === 1 && isPlainPart(upload) ? { kind: 'upload', repository, upload } : undefined;
  }
  if (rest[0] === REVISIONS) {
    const digest = digestOfParts(rest.slice(1));
    return digest && { kind: 'revision', repository, digest };
  }
  const [, tag = ''] = rest;
  if (rest[0] !== TAGS || !isTagName(tag)) return undefined;
  if (rest.length === 2) return { kind: 'tag', repository, tag };
  const digest = rest[2] === INDEX ? digestOfParts(rest.slice(3)) : undefined;
  return digest && { kind: 'history', repository, tag, digest };
}
