// What a folder lies on, and a disk as if nothing of it had been read before.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';

/** What Linux calls a file system in memory. */
const TMPFS = 0x01021994;
const DROP_CACHES = '/proc/sys/vm/drop_caches';

export function isInMemory(folder: string): boolean {
  return fs.statfsSync(folder).type === TMPFS;
}

/** True where {@link dropCaches} may be called: for root. */
export function mayDropCaches(): boolean {
  try {
    fs.accessSync(DROP_CACHES, fs.constants.W_OK);
    return true;
  } catch {
    return false; // ignored error: whoever asks says what is missing
  }
}

/** Has everything written and the kernel forget what it has read. */
export function dropCaches(): void {
  spawnSync('sync');
  fs.writeFileSync(DROP_CACHES, '3');
}
