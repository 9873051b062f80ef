// What is in use elsewhere (`--keep-in-use`): references and digests as `kubectl` prints them. Each is a root: its revision
// stays whole wherever it is held, and so do the tags that lead to it. To remove such a thing by name is refused.

import type { DigestId } from '../inventory/digest-table.js';
import type { Inventory } from '../inventory/inventory.js';
import { type Digest, parseDigest } from '../model/digest.js';
import { refusal, usageError } from '../model/errors.js';
import { isPattern } from '../model/names.js';
import type { Draft, RepositoryDraft } from './draft.js';
import { meanings, parseReference } from './reference.js';

/** Pins what the request says is in use. Throws a usage error for a line that is no reference, a refusal for `rm` of a pin. */
export function pinInUse(draft: Draft): void {
  const { inventory, request } = draft;
  const digests = new Set<DigestId>();
  for (const line of request.keepInUse) for (const id of digestsInUse(inventory, line)) digests.add(id);
  if (digests.size === 0) return;
  for (const repository of draft.repositories) pinIn(inventory, repository, digests);
  refuseNamedPins(draft);
}

function pinIn(inventory: Inventory, draft: RepositoryDraft, digests: ReadonlySet<DigestId>): void {
  const { manifests } = inventory;
  for (const revision of draft.reach.revisions) {
    let used = digests.has(revision);
    // Some run-times name an image by its config.
    for (let n = 0; !used && n < manifests.count(revision); n += 1) {
      used = manifests.role(revision, n) === 'config' && digests.has(manifests.reference(revision, n));
    }
    if (used) draft.pinned.add(revision);
  }
  if (draft.pinned.size === 0) return;
  draft.repository.tags.current.forEach((current, tag) => {
    if (current < 0) return;
    const reached = draft.reach.closure([current as DigestId]);
    for (const pin of draft.pinned) if (reached.has(pin)) draft.pinnedTags.add(tag);
  });
}

function digestsInUse(inventory: Inventory, line: string): readonly DigestId[] {
  const text = line.trim().replace(/^[a-z][a-z+-]*:\/\//, '');
  const bare = parseDigest(text);
  if (bare !== undefined) return known(inventory, bare);
  if (text === '' || isPattern(text) || /\s/.test(text)) throw notAReference(line);
  const names = new Map(inventory.repositories.map((repository) => [repository.name as string, repository]));
  const reference = parseReference(text, (name) => names.has(name));
  if (reference.digest !== undefined) return known(inventory, reference.digest);
  const repository = meanings(reference.name).flatMap((name) => names.get(name) ?? [])[0];
  const tag = repository?.tags.names.indexOf((reference.tag ?? 'latest') as never) ?? -1;
  const current = tag < 0 ? -1 : repository!.tags.current[tag]!;
  return current < 0 ? [] : [current as DigestId];
}

function known(inventory: Inventory, digest: Digest): readonly DigestId[] {
  const id = inventory.digests.find(digest);
  return id === undefined ? [] : [id];
}

function notAReference(line: string): Error {
  return usageError(
    `--keep-in-use: '${line}' is not an image reference.`,
    'Write one a line: app:1.2, app@sha256:…, or a digest.',
  );
}

function refuseNamedPins(draft: Draft): void {
  const pins = draft.repositories.flatMap((part) => {
    const { name, tags } = part.repository;
    if (part.named.whole && part.pinned.size > 0) return [name as string];
    const named = [...part.named.tags]
      .filter((tag) => part.pinnedTags.has(tag))
      .map((tag) => `${name}:${tags.names[tag]}`);
    const leads = (id: DigestId): boolean => [...part.pinnedTags].some((tag) => tags.current[tag] === id);
    const revisions = [...part.named.digests].filter((id) => part.pinned.has(id) || leads(id));
    return [...named, ...revisions.map((id) => `${name}@${draft.inventory.digests.text(id)}`)];
  });
  if (pins.length === 0 || draft.request.command !== 'rm') return;
  throw refusal(
    'in-use',
    `In use elsewhere, by --keep-in-use: ${pins.join(', ')}.`,
    'Nothing was done. Take it out of the request or out of the file.',
  );
}
