// Uploads tell whether somebody is pushing: one that grows, is touched, comes or goes between scan and first change is a push in
// flight. One that was touched a moment ago and lies still is what a stop in mid-push leaves: a warning.

import { lstatSync, readdirSync } from 'node:fs';
import type { Inventory } from '../inventory/inventory.js';
import { refusal } from '../model/errors.js';
import { UPLOADS, uploadPath, uploadsPath } from '../model/layout.js';
import type { Tree } from '../model/tree.js';

/** Younger than this an upload counts as fresh, in ms. */
const FRESH_MS = 600_000;

/** Throws the refusal `registry-running` where the uploads are not those of the scan, to the byte and the second. */
export function refuseMovingUploads(tree: Tree, inventory: Inventory): void {
  for (const { name, uploads, folders } of inventory.repositories) {
    for (const { id, bytes, newestMs } of uploads) {
      const path = uploadPath(name, id);
      const now = look(`${tree.v2}/${path}`);
      if (now === undefined) throw moving(path, 'is gone since it was scanned');
      if (now.bytes !== bytes || now.newestMs > newestMs) throw moving(path, 'changed since it was scanned');
    }
    if (!folders.includes(UPLOADS)) continue;
    const known = new Set(uploads.map(({ id }) => id));
    for (const id of idsIn(`${tree.v2}/${uploadsPath(name)}`)) {
      if (!known.has(id)) throw moving(uploadPath(name, id), 'began since the scan');
    }
  }
}

/** Uploads, relative to v2, that were touched a moment before `nowMs`. */
export function freshUploads(inventory: Inventory, nowMs: number): readonly string[] {
  return inventory.repositories.flatMap(({ name, uploads }) =>
    uploads.flatMap(({ id, newestMs }) => (nowMs - newestMs < FRESH_MS ? [uploadPath(name, id)] : [])),
  );
}

function moving(path: string, how: string): Error {
  return refusal(
    'registry-running',
    `An upload is going on: ${path} ${how}.`,
    'Nothing was touched. Stop the registry, then run this again.',
    path,
  );
}

/** Folders in the uploads folder; other entries are not written by the registry. */
function idsIn(folder: string): readonly string[] {
  if (lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
}

function look(path: string): { bytes: number; newestMs: number } | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  let bytes = stats.isFile() ? stats.size : 0;
  let newestMs = stats.mtimeMs;
  if (!stats.isDirectory()) return { bytes, newestMs };
  for (const name of readdirSync(path)) {
    const inside = look(`${path}/${name}`);
    bytes += inside?.bytes ?? 0;
    newestMs = Math.max(newestMs, inside?.newestMs ?? 0);
  }
  return { bytes, newestMs };
}
