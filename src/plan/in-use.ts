// What is in use elsewhere (`--keep-in-use`): references and digests as `kubectl` prints them. Each is a root: its revision
// stays whole wherever it is held, and so do the tags that lead to it. To remove such a thing by name is refused.

import type { DigestId } from '../inventory/digest-table.js';
import type { Inventory } from '../inventory/inventory.js';
import { type Digest, parseDigest } from '../model/digest.js';
import { refusal, usageError } from '../model/errors.js';
import { isPattern, type TagName } from '../model/names.js';
import type { Draft, RepositoryDraft } from './draft.js';
import { meanings, parseReference } from './reference.js';

/** Pins what the request says is in use. Throws a usage error for a line that is no reference, a refusal for `rm` of a pin. */
export function pinInUse(draft: Draft): void {
  const { inventory, request } = draft;
  if (request.keepInUse.length === 0) return;
  const parts = new Map(draft.repositories.map((part) => [part.repository.name as string, part]));
  const digests = new Set<DigestId>();
  for (const line of request.keepInUse) for (const id of digestsInUse(inventory, parts, line)) digests.add(id);
  if (digests.size > 0) for (const part of draft.repositories) pinIn(inventory, part, digests);
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
    for (const reached of draft.reach.closure([current as DigestId])) {
      if (draft.pinned.has(reached)) draft.pinnedTags.add(tag);
    }
  });
}

/** The digests that a line means. A tag that it names is pinned at once: its link may be one that can not be read. */
function digestsInUse(
  inventory: Inventory,
  parts: ReadonlyMap<string, RepositoryDraft>,
  line: string,
): readonly DigestId[] {
  const text = line.trim().replace(/^[a-z][a-z+-]*:\/\//, '');
  const bare = parseDigest(text);
  if (bare !== undefined) return known(inventory, bare);
  if (text === '' || isPattern(text) || /\s/.test(text)) throw notAReference(line);
  const reference = parseReference(text, (name) => parts.has(name));
  if (reference.digest !== undefined) return known(inventory, reference.digest);
  const part = meanings(reference.name).flatMap((name) => parts.get(name) ?? [])[0];
  if (part === undefined) return [];
  const { tags } = part.repository;
  const tag = tags.names.indexOf((reference.tag ?? 'latest') as TagName);
  if (tag < 0) return [];
  part.pinnedTags.add(tag);
  const current = tags.current[tag]!;
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
    if (part.named.whole && part.pinned.size + part.pinnedTags.size > 0) return [name as string];
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
