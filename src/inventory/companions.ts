// Companion tags: tags that name another manifest's digest, as signatures, attestations and referrers are found by clients.

import { type Digest, parseDigest } from '../model/digest.js';
import { namedDigest } from '../model/names.js';
import type { DigestTable } from './digest-table.js';
import type { Repository } from './inventory.js';

/** The digest of the manifest that the tag at position `tag` describes; undefined for an ordinary tag, or one that names itself. */
export function companionSubject(digests: DigestTable, { tags }: Repository, tag: number): Digest | undefined {
  const named = namedDigest(tags.names[tag]!);
  const subject = named === undefined ? undefined : parseDigest(named);
  const current = tags.current[tag]!;
  if (subject === undefined || current < 0) return subject;
  return digests.find(subject) === current ? undefined : subject;
}
