// What lies in a run's trash, read to see whether it would be whole in its place: the digest that a tag names,
// the manifest of a revision. Reads the trash and the blobs of the tree, and changes neither.

import { READ } from '../inventory/manifest-table.js';
import { type Digest, isSha256, parseDigest } from '../model/digest.js';
import { blobDataPath, CURRENT, DATA, type Entity, LINK } from '../model/layout.js';
import { readManifestAt } from './manifests.js';
import type { TreeReader } from './tree-reader.js';

/** An item as its run recorded it, and where it lies. */
export interface TrashItem {
  readonly step: number;
  readonly entity: Entity;
  /** Absolute path of the trash entry. */
  readonly place: string;
  readonly lacks: readonly Digest[];
}

/** {@link TrashItem} with what it names. */
export interface ReadItem extends TrashItem {
  readonly current: Digest | undefined;
  readonly content: Digest | undefined;
  readonly references: readonly Digest[] | undefined;
}

/** Reads what `items` name. Throws `tree-unreadable` where a link cannot be read. */
export function readTrashItems(v2: string, items: readonly TrashItem[], reader: TreeReader): readonly ReadItem[] {
  const blobs = new Map(items.flatMap(({ entity, place }) => (entity.kind === 'blob' ? [[entity.digest, place]] : [])));
  const manifestFile = (digest: Digest): string => {
    const place = blobs.get(digest);
    if (place === undefined) return `${v2}/${blobDataPath(digest)}`;
    return reader.lstat(place)?.isFile() === true ? place : `${place}/${DATA}`;
  };
  return items.map((item) => {
    const { entity, place } = item;
    const link = (file: string): Digest | undefined => parseDigest(reader.link(`${place}/${file}`) ?? '');
    const current = entity.kind === 'tag' ? link(`${CURRENT}/${LINK}`) : undefined;
    const content = entity.kind === 'layerLink' && !isSha256(entity.digest) ? link(LINK) : undefined;
    let references: readonly Digest[] | undefined;
    if (entity.kind === 'revision') {
      const found = readManifestAt(manifestFile(entity.digest), entity.digest, reader);
      if (found.state === READ) references = found.manifest?.references.map(({ digest }) => digest);
    }
    return { ...item, current, content, references };
  });
}
