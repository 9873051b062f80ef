// Uploads tell whether somebody is pushing: one that grows or is touched between scan and first change is a push in flight.

import { lstatSync, readdirSync } from 'node:fs';
import type { Inventory } from '../inventory/inventory.js';
import { refusal } from '../model/errors.js';
import { uploadPath } from '../model/layout.js';
import type { Tree } from '../model/tree.js';

/** Throws the refusal `registry-running` where an upload changed since the scan. */
export function refuseMovingUploads(tree: Tree, inventory: Inventory): void {
  for (const { name, uploads } of inventory.repositories) {
    for (const { id, bytes, newestMs } of uploads) {
      const path = uploadPath(name, id);
      const now = look(`${tree.v2}/${path}`);
      if (now === undefined || (now.bytes === bytes && now.newestMs <= newestMs)) continue;
      throw refusal(
        'registry-running',
        `An upload is going on: ${path} changed since it was scanned.`,
        'Nothing was touched. Stop the registry, then run this again.',
        path,
      );
    }
  }
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
