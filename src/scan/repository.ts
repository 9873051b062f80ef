// One repository's folders as packed data that travels between threads: tags, revisions, layer links, uploads.

import { TAG_OK } from '../inventory/inventory.js';
import type { ScanNeeds } from '../inventory/questions.js';
import * as layout from '../model/layout.js';
import { DigestList } from './digest-list.js';
import { LinkFolders } from './link-folders.js';
import type { RawRepositories, RawRepository } from './raw-repository.js';
import type { FoundRepository } from './repositories.js';
import { RepositoryFolders } from './repository-folders.js';
import { readTagLinks } from './tag-links.js';
import type { Entry, TreeReader } from './tree-reader.js';
import { readUploads } from './uploads.js';

export function readRepositories(
  v2: string,
  found: readonly FoundRepository[],
  needs: ScanNeeds,
  reader: TreeReader,
): RawRepositories {
  const digests = new DigestList();
  const repositories = found.map((each) =>
    readRepository(new RepositoryFolders(v2, each, needs, reader), needs, digests),
  );
  return { repositories, digests: digests.packed() };
}

/** Reads one, and adds its digests to `digests`: currents, revisions, layer links. */
function readRepository(folders: RepositoryFolders, needs: ScanNeeds, digests: DigestList): RawRepository {
  const listed = listManifests(folders);
  const tags = readTagLinks(folders, listed[layout.TAGS], needs);
  for (const digest of tags.currents) digests.push(digest);
  const links = new LinkFolders(folders, needs, digests);
  const revisions = links.revisions(listed[layout.REVISIONS], new Set(tags.currents));
  const layerLinks = links.layerLinks();
  const uploads = readUploads(folders);
  return {
    name: folders.repository,
    tags: tags.names,
    counts: { currents: tags.currents.length, revisions, layerLinks },
    suspects: tags.suspects,
    states: tags.states.every((state) => state === TAG_OK) ? [] : tags.states,
    pushedMs: tags.pushedMs,
    aliases: links.aliases,
    doubtfulLinks: links.doubtful,
    uploads,
    folders: folders.present,
    emptyFolders: folders.empty.sort((a, b) => b.split('/').length - a.split('/').length || (a < b ? -1 : 1)),
    foreign: folders.foreign,
    problems: folders.problems,
    young:
      needs.graceSinceMs === undefined
        ? undefined
        : {
            tags: tags.young,
            revisions: [...links.youngRevisions, ...tags.youngHistory],
            layerLinks: links.youngLayerLinks,
          },
  };
}

/** Entries of `_manifests/tags` and `_manifests/revisions`, none where there is no such folder. */
function listManifests(folders: RepositoryFolders) {
  const listed: Record<typeof layout.TAGS | typeof layout.REVISIONS, readonly Entry[]> = { tags: [], revisions: [] };
  for (const entry of folders.reserved(layout.MANIFESTS)) {
    const { name } = entry;
    if (name === layout.TAGS || name === layout.REVISIONS)
      listed[name] = folders.listed(`${layout.MANIFESTS}/${name}`, entry);
    else folders.noteForeign(`${folders.base}/${layout.MANIFESTS}/${name}`, `${folders.base}/${layout.MANIFESTS}`);
  }
  return listed;
}
