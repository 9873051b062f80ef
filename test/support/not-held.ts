// What decision 1 leaves free while a manifest cannot be read: blobs that it names and that no repository which holds it links.

import { repositoriesOf, tagsOf } from './pullable.js';
import { at } from './tree-paths.js';
import type { World } from './world.js';

/**
 * Hex digests that the manifest at `data` (relative to v2, of the given content) names and that no repository holding it links, so
 * that it could not be pulled from there before either.
 */
export function notHeld(world: World, data: string, content: string): string[] {
  const hex = data.split('/')[3];
  const holders = repositoriesOf(world.v2).filter((name) => holds(world, name, `sha256:${hex}`));
  return (content.match(/(?<=sha256:)[0-9a-f]{64}/g) ?? []).filter(
    (blob) => !holders.some((name) => world.exists(`${at.layers(name)}/sha256/${blob}`)),
  );
}

/** A link, or a tag that names it; where a tag's link cannot be read, one that ever named it. An empty folder is no link. */
function holds(world: World, name: string, manifest: string): boolean {
  if (world.exists(at.revision(name, manifest))) return true;
  return tagsOf(world.v2, name).some((tag) => {
    const current = world.read(at.current(name, tag)) ?? '';
    if (/^sha(?:256:[0-9a-f]{64}|512:[0-9a-f]{128})$/.test(current)) return current === manifest;
    return world.exists(at.history(name, tag, manifest).replace(/\/link$/, ''));
  });
}
