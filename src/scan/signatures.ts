// `signatures/` beside the links of schema 1 revisions, in trees of registry 2.0 to 2.4: what lies there is in use.

import { type DigestId, ids } from '../inventory/digest-table.js';
import type { Repository } from '../inventory/inventory.js';
import { type ManifestTable, READ } from '../inventory/manifest-table.js';
import { digestOfParts, revisionPath, SIGNATURES } from '../model/layout.js';
import type { Gathering } from './gathering.js';
import { vanished } from './tree-reader.js';

/** Fills in the signatures of `repositories`. */
export function readSignatures(
  { v2, reader, digests }: Gathering,
  repositories: readonly Repository[],
  manifests: ManifestTable,
): void {
  for (const { name, revisions, signatures, doubtfulLinks } of repositories) {
    const unreadable = new Set(
      doubtfulLinks.flatMap(({ code, digest }) => (code === 'revision-unreadable' ? [digest] : [])),
    );
    for (const id of ids(revisions)) {
      // One that cannot be read may be of schema 1.
      if (unreadable.has(id) || (manifests.state(id) === READ && manifests.kind(id) !== 'schema1')) continue;
      const revision = `${v2}/${revisionPath(name, digests.text(id))}`;
      const algorithms = reader.names(`${revision}/${SIGNATURES}`);
      if (algorithms === undefined && reader.lstat(revision) === undefined) vanished(revision);
      const found = (algorithms ?? []).flatMap((algorithm) =>
        reader
          .listed(`${revision}/${SIGNATURES}/${algorithm}`)
          .flatMap(({ name: encoded }) => digestOfParts([algorithm, encoded]) ?? []),
      );
      if (found.length === 0) continue;
      const ids = found.map((digest) => digests.intern(digest));
      (signatures as Map<DigestId, DigestId[]>).set(id, ids);
    }
  }
}
