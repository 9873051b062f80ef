// Mounts of object stores. They have no rename of a folder in one step and no folder without a file in it, so a run there is neither
// safe against a crash nor can it be undone cleanly: s3fs writes a key `folder/` for each folder made or renamed, none of them can be
// removed through the mount while the folder holds something, and the registry's s3 driver lists `tags/` as the tag "".

import { refusal } from '../model/errors.js';
import { BLOBS, REPOSITORIES } from '../model/layout.js';
import type { Tree } from '../model/tree.js';
import { type Mount, mountOf, mountTable } from './mount-table.js';
import type { Reader } from './reader.js';

const PROGRAMS = ['s3fs', 'rclone', 'geesefs', 'goofys', 'gcsfuse', 'mountpoint-s3'];

/** The program that an object store is mounted by; undefined for other mounts. Its name is the subtype, or the source (mountpoint-s3). */
export function objectStoreOf({ type, source }: Pick<Mount, 'type' | 'source'>): string | undefined {
  return PROGRAMS.find((name) => type === `fuse.${name}` || (type === 'fuse' && source === name));
}

/** A part of the tree that lies on a mounted object store. */
export interface StoredPart {
  readonly path: string;
  readonly point: string;
  readonly program: string;
}

/** The first part of the tree that lies on a mounted object store; undefined where none does. */
export function storedPart(tree: Tree, reader: Reader): StoredPart | undefined {
  const mounts = mountTable(reader);
  for (const path of [tree.v2, `${tree.v2}/${BLOBS}`, `${tree.v2}/${REPOSITORIES}`]) {
    const mount = reader.stat(path) === undefined ? undefined : mountOf(reader.realpath(path), mounts);
    const program = mount && objectStoreOf(mount);
    if (program !== undefined) return { path, point: mount!.point, program };
  }
  return undefined;
}

/** Throws the refusal `object-store` where the tree, or a part of it, lies on a mounted object store. */
export function refuseObjectStore(tree: Tree, reader: Reader): void {
  const stored = storedPart(tree, reader);
  if (stored === undefined) return;
  const { path, point, program } = stored;
  throw refusal(
    'object-store',
    `${path} is an object store, mounted at ${point} by ${program}: folders are not renamed there in one step, so a run that is cut off can lose images, and an undo leaves keys that a registry with the s3 driver lists as an empty tag.`,
    'Nothing was touched. `ls`, `du`, `check`, `why` and dry runs work. Clean a copy on a file system, or give --force-mount.',
    path,
  );
}
