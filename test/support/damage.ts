// The damage that crashes, full disks and hands do to a tree, one function each; every path is relative to v2. What they
// leave was seen on real registries: zero-byte links above all (STORAGE 1.4, FIELD 3.2).

import fs from 'node:fs';
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
