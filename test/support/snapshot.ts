// A whole tree as plain data, to tell whether anything in it changed: a dry run must change nothing, not one mtime.

import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

export interface SnapshotOptions {
  /** Also compare modification times. */
  readonly mtime?: boolean;
  /** Also compare inode numbers: a file taken away and put back is another file. */
  readonly inode?: boolean;
  /** Entries (paths relative to the snapshot's folder) to leave out, with all below them. */
  readonly without?: (relative: string) => boolean;
  /** Of a whole root: leaves out what lock and runs leave there, and the time of v2, in which their mark is made and removed. */
  readonly besideOurs?: boolean;
}

const V2 = 'docker/registry/v2';
const OURS: ReadonlySet<string> = new Set(['.regsweep', `${V2}/.regsweep`]);

/** Path relative to `folder` to one line that tells type, mode, size, content and what the options ask; sorted by path. */
export function snapshot(folder: string, options: SnapshotOptions = {}): Map<string, string> {
  const found: [string, string][] = [];
  visit(folder, '', options, found);
  return new Map(found.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function visit(folder: string, relative: string, options: SnapshotOptions, found: [string, string][]): void {
  for (const entry of fs.readdirSync(path.join(folder, relative), { withFileTypes: true })) {
    const at = relative === '' ? entry.name : `${relative}/${entry.name}`;
    if (options.without?.(at) === true || (options.besideOurs === true && OURS.has(at))) continue;
    const full = path.join(folder, at);
    const stat = fs.lstatSync(full, { bigint: true });
    const words = [`mode ${(stat.mode & 0o7777n).toString(8)}`];
    if (entry.isDirectory()) words.unshift('folder');
    else if (entry.isSymbolicLink()) words.unshift('symlink', fs.readlinkSync(full));
    else if (entry.isFile()) {
      words.unshift('file', `${stat.size} bytes`, hashOf(full));
    } else words.unshift('other');
    if (options.mtime === true && !(options.besideOurs === true && at === V2)) words.push(`mtime ${stat.mtimeNs}`);
    if (options.inode === true) words.push(`inode ${stat.ino}`);
    found.push([at, words.join(' ')]);
    if (entry.isDirectory()) visit(folder, at, options, found);
  }
}

/** Of the file's content; of one that this user may not read, which stays as it is too, the word for that. */
function hashOf(file: string): string {
  try {
    return createHash('sha256').update(fs.readFileSync(file)).digest('hex');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EACCES') return 'not to be read';
    throw error;
  }
}

/** What differs between two snapshots, one line a path: `- path`, `+ path`, `~ path was … is …`. */
export function differences(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  const lines: string[] = [];
  for (const [at, was] of before) {
    const is = after.get(at);
    if (is === undefined) lines.push(`- ${at}`);
    else if (is !== was) lines.push(`~ ${at} was ${was} is ${is}`);
  }
  for (const at of after.keys()) if (!before.has(at)) lines.push(`+ ${at}`);
  return lines.sort();
}
