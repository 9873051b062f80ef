// The damage that crashes, full disks and hands do to a tree, one function each; every path is relative to v2. What they
// leave was seen on real registries: zero-byte links above all.

import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { at } from './tree-paths.js';
import type { World } from './world.js';

export const LINK_DAMAGES = ['empty', 'garbled', 'newline', 'missing'] as const;
export type LinkDamage = (typeof LINK_DAMAGES)[number];

/** Damages a link file: no bytes, text that is no digest, a newline after the digest, or no file in a folder that stays. */
export function damageLink(world: World, link: string, how: LinkDamage): void {
  if (how === 'missing') world.removeFile(link);
  else if (how === 'empty') world.write(link, '');
  else if (how === 'newline') world.write(link, `${world.read(link) ?? ''}\n`);
  else world.write(link, 'sha256:not-a-digest');
}

export const MANIFEST_DAMAGES = [
  'empty',
  'truncated',
  'garbled',
  'other-content',
  'unknown-shape',
  'oversized',
  'missing',
] as const;
export type ManifestDamage = (typeof MANIFEST_DAMAGES)[number];

/**
 * Damages a blob's `data`. `other-content` is whole JSON whose digest is another; `missing` takes the file and leaves its
 * folder; `oversized` is above the 4 MiB that the API takes.
 */
export function damageBlob(world: World, digest: string, how: ManifestDamage): void {
  const data = at.blob(digest);
  const content = world.read(data) ?? '';
  if (how === 'missing') world.removeFile(data);
  else if (how === 'empty') world.write(data, '');
  else if (how === 'truncated') world.write(data, content.slice(0, Math.floor(content.length * 0.6)));
  else if (how === 'garbled') world.write(data, content.replace(/[{}[\]]/g, '\0'));
  else if (how === 'other-content') world.write(data, `${content.slice(0, -1)},"more":true}`);
  else if (how === 'unknown-shape') world.write(data, '{"schemaVersion":2}');
  else fs.writeFileSync(world.path(data), content.padEnd(4 * 1024 * 1024 + 1, ' '));
}

/** Takes a blob away whole, its folder too. */
export function removeBlob(world: World, digest: string): void {
  fs.rmSync(world.path(at.blob(digest)).replace(/\/data$/, ''), { recursive: true });
}

/** A file that no registry wrote, where no registry writes. */
export function strayFile(world: World, relative: string): void {
  world.write(relative, 'left here by a person\n');
}

export const OTHER_KINDS = ['a dangling link', 'a link loop', 'a FIFO', 'a socket', 'a device', 'a file'] as const;
export type OtherKind = (typeof OTHER_KINDS)[number];

/** Puts something else in the place of a file or folder. Returns what puts it back. */
export function replaceBy(world: World, place: string, kind: OtherKind): () => void {
  const file = world.path(place);
  const away = `${world.root}/away`;
  fs.renameSync(file, away);
  const restore = (): void => {
    fs.rmSync(file);
    fs.renameSync(away, file);
  };
  if (kind === 'a dangling link') fs.symlinkSync('/nowhere/at/all', file);
  else if (kind === 'a link loop') fs.symlinkSync(path.basename(file), file);
  else if (kind === 'a FIFO') execFileSync('mkfifo', [file]);
  else if (kind === 'a socket') fs.linkSync(socketOf(world), file);
  else if (kind === 'a device') makeDevice(file);
  else fs.writeFileSync(file, 'in its place\n');
  return restore;
}

/** Only root may make one; a link to one is as bad. */
function makeDevice(file: string): void {
  if (spawnSync('mknod', [file, 'c', '1', '5']).status !== 0) fs.symlinkSync('/dev/zero', file);
}

/** A socket that nothing listens on. */
function socketOf(world: World): string {
  const file = path.join(world.root, 's');
  if (!fs.existsSync(file))
    spawnSync(
      process.execPath,
      ['-e', "require('net').createServer().listen('s', () => process.kill(process.pid, 'SIGKILL'))"],
      {
        cwd: world.root,
      },
    );
  return file;
}
