// What decision 1 leaves free while a manifest can not be read: blobs that it names and that no repository which holds it links.

import { repositoriesOf } from './pullable.js';
import { at } from './tree-paths.js';
import type { World } from './world.js';

/**
 * Hex digests that the manifest at `data` (relative to v2, of the given content) names and that no repository holding it links, so
 * that it could not be pulled from there before either.
 */
export function notHeld(world: World, data: string, content: string): string[] {
  const hex = data.split('/')[3];
  const holders = repositoriesOf(world.v2).filter((name) => world.exists(`${at.revisions(name)}/sha256/${hex}`));
  return (content.match(/(?<=sha256:)[0-9a-f]{64}/g) ?? []).filter(
    (blob) => !holders.some((name) => world.exists(`${at.layers(name)}/sha256/${blob}`)),
  );
}
