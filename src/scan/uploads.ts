// Unfinished uploads of one repository: when each began, when it was last written to, and what it weighs.

import type { Upload } from '../inventory/inventory.js';
import * as layout from '../model/layout.js';
import type { RepositoryFolders } from './repository-folders.js';
import { modifiedMsOf } from './times.js';
import type { TreeReader } from './tree-reader.js';

/** Uploads by id. */
export function readUploads(folders: RepositoryFolders): readonly Upload[] {
  const { v2, repository, reader } = folders;
  const uploads: Upload[] = [];
  const ids = folders.reserved(layout.UPLOADS).map(({ name }) => name);
  for (const id of ids.sort()) {
    const folder = `${v2}/${layout.uploadPath(repository, id)}`;
    const own = reader.lstat(folder);
    if (own === undefined) continue; // gone since the listing: an upload that is not there needs nothing
    if (!own.isDirectory()) {
      folders.noteForeign(layout.uploadPath(repository, id), layout.uploadsPath(repository));
      continue;
    }
    const text = reader.link(`${folder}/${layout.STARTED_AT}`);
    // Held to its form: of a text cut short, Date.parse would make a date long past.
    const startedMs = text !== undefined && RFC_3339.test(text) ? Date.parse(text) : Number.NaN;
    const inside = weighFolder(folder, reader);
    uploads.push({
      id,
      startedMs: Number.isNaN(startedMs) ? undefined : startedMs,
      newestMs: Math.max(modifiedMsOf(own), inside.newestMs),
      bytes: inside.bytes,
    });
  }
  return uploads;
}

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

/** Bytes of all files below a folder, and the newest mtime; symlinks are not followed. */
export function weighFolder(folder: string, reader: TreeReader): { bytes: number; newestMs: number } {
  let bytes = 0;
  let newestMs = 0;
  for (const name of reader.names(folder) ?? []) {
    const stats = reader.lstat(`${folder}/${name}`);
    if (stats === undefined) continue; // gone since the listing: it weighs nothing
    newestMs = Math.max(newestMs, modifiedMsOf(stats));
    if (stats.isFile()) bytes += stats.size;
    if (!stats.isDirectory()) continue;
    const inside = weighFolder(`${folder}/${name}`, reader);
    bytes += inside.bytes;
    newestMs = Math.max(newestMs, inside.newestMs);
  }
  return { bytes, newestMs };
}
