// Names in the tree that begin as typed: repositories level by level, tags, revisions and blobs. Reads only the folders on the
// way to them, never a manifest; for a shell's completion, so a name that the registry would not accept is never given out.

import { algorithmOf, type Digest, digestOf } from '../model/digest.js';
import * as layout from '../model/layout.js';
import { isRepositoryName, isTagName, namedDigest, type RepositoryName, repositoryOnDisk } from '../model/names.js';
import type { Entry, TreeReader } from './tree-reader.js';

/** Folders that are looked into to tell what they are. Beyond, all are given by name: a list that long is not read. */
const MOST_LOOKED_INTO = 400;
/** Folders of blobs that are listed at once. */
const MOST_BLOB_FOLDERS = 16;

export interface NameCandidate {
  readonly name: string;
  /** It is a repository, or may be one. */
  readonly repository: boolean;
  /** Repositories may lie below it. */
  readonly parent: boolean;
}

/** Repositories and their parent folders, of the level that `prefix` ends in. Throws `tree-unreadable`. */
export function repositoryCandidates(v2: string, prefix: string, reader: TreeReader): readonly NameCandidate[] {
  const slash = prefix.lastIndexOf('/');
  const above = slash < 0 ? undefined : repositoryOnDisk(prefix.slice(0, slash));
  if (slash >= 0 && above === undefined) return [];
  const folder = above === undefined ? layout.REPOSITORIES : layout.repositoryPath(above);
  const found = (reader.entries(`${v2}/${folder}`) ?? [])
    .filter((entry) => entry.kind === 'folder' && !layout.RESERVED.includes(entry.name))
    .map((entry) => (above === undefined ? entry.name : `${above}/${entry.name}`))
    .filter((name) => name.startsWith(prefix) && (isRepositoryName(name) || isRepositoryName(`${name}/a`)));
  if (found.length > MOST_LOOKED_INTO) return found.map((name) => ({ name, repository: true, parent: false }));
  return found.map((name) => {
    const inside = reader.entries(`${v2}/${layout.repositoryPath(name as RepositoryName)}`) ?? [];
    const reserved = (entry: Entry): boolean => entry.kind === 'folder' && layout.RESERVED.includes(entry.name);
    return {
      name,
      repository: inside.some(reserved),
      parent: inside.some((entry) => entry.kind === 'folder' && !layout.RESERVED.includes(entry.name)),
    };
  });
}

/** Tags of `repository`; those that only describe an image where `prefix` begins as they do. Throws `tree-unreadable`. */
export function tagCandidates(v2: string, repository: string, prefix: string, reader: TreeReader): readonly string[] {
  const name = repositoryOnDisk(repository);
  if (name === undefined) return [];
  return (reader.names(`${v2}/${layout.tagsPath(name)}`) ?? []).filter(
    (tag) => tag.startsWith(prefix) && isTagName(tag) && (prefix.startsWith('sha') || namedDigest(tag) === undefined),
  );
}

/** Digests of the revisions of `repository`, without those whose link an API delete took. Throws `tree-unreadable`. */
export function revisionCandidates(
  v2: string,
  repository: string,
  prefix: string,
  reader: TreeReader,
): readonly Digest[] {
  const name = repositoryOnDisk(repository);
  if (name === undefined) return [];
  const folder = `${v2}/${layout.revisionsPath(name)}`;
  const found = (reader.names(folder) ?? []).flatMap((algorithm) =>
    (reader.names(`${folder}/${algorithm}`) ?? [])
      .map((hex) => digestOf(algorithm, hex))
      .filter((digest) => digest?.startsWith(prefix) === true),
  ) as Digest[];
  if (found.length > MOST_LOOKED_INTO) return found;
  return found.filter(
    (digest) => reader.lstat(`${v2}/${layout.revisionPath(name, digest)}/${layout.LINK}`) !== undefined,
  );
}

/** Digests of blobs, or their first two digits while these are too many to list. Throws `tree-unreadable`. */
export function blobCandidates(v2: string, prefix: string, reader: TreeReader): readonly string[] {
  const colon = prefix.indexOf(':');
  const blobs = `${v2}/${layout.BLOBS}`;
  const isAlgorithm = (name: string): boolean => /^[a-z][a-z0-9]{2,9}$/.test(name);
  const algorithms = (reader.names(blobs) ?? []).filter(isAlgorithm);
  if (colon < 0) return algorithms.map((algorithm) => `${algorithm}:`).filter((each) => each.startsWith(prefix));
  const algorithm = prefix.slice(0, colon);
  if (!algorithms.includes(algorithm)) return [];
  const hex = prefix.slice(colon + 1);
  const folders = (reader.names(`${blobs}/${algorithm}`) ?? []).filter(
    (first) => /^[0-9a-f]{2}$/.test(first) && first.startsWith(hex.slice(0, 2)),
  );
  if (folders.length > MOST_BLOB_FOLDERS) return folders.map((first) => `${algorithm}:${first}`);
  return folders
    .flatMap((first) => reader.names(`${blobs}/${algorithm}/${first}`) ?? [])
    .map((encoded) => digestOf(algorithm, encoded))
    .filter((digest): digest is Digest => digest?.startsWith(prefix) === true && algorithmOf(digest) === algorithm);
}
