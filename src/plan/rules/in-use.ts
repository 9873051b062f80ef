// What is in use elsewhere (`--keep-in-use`): references, digests and short ids as `kubectl`, `crictl` and `docker ps` print
// them. Each is a root: its revision stays whole in every repository that holds it, and so do the tags that refer to it. Whatever
// an entry could mean is kept: several meanings keep several images. `rm` of such a thing by name is refused.

import type { DigestId } from '../../inventory/digest-table.js';
import type { Inventory } from '../../inventory/inventory.js';
import { type Digest, encodedOf, parseDigest } from '../../model/digest.js';
import { refusal, usageError } from '../../model/errors.js';
import { isPattern, type TagName } from '../../model/names.js';
import type { Draft, RepositoryDraft } from '../draft.js';
import { parseReference, possibleNames } from '../reference.js';

/** An entry of the list: a digest, or the beginning of one, or names with a tag, or both of the latter. */
interface Entry {
  readonly digest?: Digest;
  /** The first digits of a digest of any algorithm. */
  readonly short?: string;
  readonly names: readonly string[];
  readonly tag: TagName;
}

/** `docker ps` and `docker images` print 12 digits. */
const SHORT = /^(?:sha(?:256|384|512):)?([0-9a-f]{7,128})$/;
const LATEST = 'latest' as TagName;

/** Takes an entry apart. Throws a usage error for text that is neither a reference, a digest nor a short id. */
export function parseInUse(line: string, exists: (name: string) => boolean = () => false): Entry {
  const text = line.trim().replace(/^[a-z][a-z0-9+.-]*:\/\//i, '');
  const digest = parseDigest(text);
  if (digest !== undefined) return { digest, names: [], tag: LATEST };
  if (text === '' || isPattern(text) || /\s/.test(text)) throw notAReference(line);
  const short = SHORT.exec(text)?.[1];
  if (short !== undefined && short.length > 64) return { short, names: [], tag: LATEST };
  const reference = parseReference(text, exists);
  if (reference.digest !== undefined) return { digest: reference.digest, names: [], tag: LATEST };
  const names = possibleNames(reference.name);
  const bare = names.at(-1)!;
  return {
    ...(short === undefined ? {} : { short }),
    names: bare.includes('/') ? names : [...names, `library/${bare}`],
    tag: (reference.tag ?? 'latest') as TagName,
  };
}

/**
 * Pins what the request says is in use, and notes how much of it is here. Throws a usage error for an entry of no known shape, and
 * refuses where no entry is here or where `rm` names a pin.
 */
export function pinInUse(draft: Draft): void {
  const { request } = draft;
  if (request.keepInUse.length === 0) return;
  const parts = new Map(draft.repositories.map((part) => [part.repository.name as string, part]));
  const entries = request.keepInUse.map((line) => parseInUse(line, (name) => parts.has(name)));
  const images = new Images(
    draft,
    entries.some(({ short }) => short !== undefined),
  );
  const digests = new Set<DigestId>();
  const missing = request.keepInUse.filter((_, index) => {
    const entry = entries[index]!;
    const found = images.of(entry);
    for (const id of found) digests.add(id);
    const tagged = pinTags(parts, entry, digests);
    return found.length === 0 && !tagged;
  });
  for (const part of draft.repositories) pinIn(draft.inventory, part, digests);
  refuseNamedPins(draft);
  if (missing.length === entries.length && !request.ignoreMissing) throw noneHere(missing);
  const here = entries.length - missing.length;
  const absent = missing.length === 0 ? '' : `: ${fewOf(missing)}`;
  const detail = `--keep-in-use: ${here} here, ${missing.length} not here${absent}`;
  draft.problems.push({ code: 'in-use', path: '', detail });
}

/** Pins the tags that `entry` names, whose links may be unreadable. True where there is such a tag. */
function pinTags(parts: ReadonlyMap<string, RepositoryDraft>, { names, tag }: Entry, into: Set<DigestId>): boolean {
  let found = false;
  for (const name of names) {
    const part = parts.get(name);
    const position = part?.repository.tags.names.indexOf(tag) ?? -1;
    if (part === undefined || position < 0) continue;
    found = true;
    part.pinnedTags.add(position);
    const current = part.repository.tags.current[position]!;
    if (current >= 0) into.add(current as DigestId);
  }
  return found;
}

/** Manifests of the registry and their configs: what runs is named by either. */
class Images {
  readonly #inventory: Inventory;
  readonly #ids = new Set<DigestId>();
  /** Sorted by their hex; empty unless an entry is short. */
  readonly #byHex: readonly (readonly [string, DigestId])[];

  constructor({ inventory, repositories }: Draft, withShort: boolean) {
    this.#inventory = inventory;
    const { manifests, digests } = inventory;
    for (const { reach } of repositories) {
      for (const revision of reach.revisions) {
        this.#ids.add(revision);
        for (let n = 0; n < manifests.count(revision); n += 1) {
          if (manifests.role(revision, n) === 'config') this.#ids.add(manifests.reference(revision, n));
        }
      }
    }
    this.#byHex = withShort
      ? [...this.#ids]
          .map((id): readonly [string, DigestId] => [encodedOf(digests.text(id)), id])
          .sort(([a], [b]) => (a < b ? -1 : 1))
      : [];
  }

  of({ digest, short }: Entry): readonly DigestId[] {
    const id = digest === undefined ? undefined : this.#inventory.digests.find(digest);
    if (id !== undefined && this.#ids.has(id)) return [id];
    return short === undefined ? [] : this.#startingWith(short);
  }

  #startingWith(hex: string): readonly DigestId[] {
    let [low, high] = [0, this.#byHex.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#byHex[middle]![0] < hex) low = middle + 1;
      else high = middle;
    }
    const found: DigestId[] = [];
    for (; this.#byHex[low]?.[0].startsWith(hex) === true; low += 1) found.push(this.#byHex[low]![1]);
    return found;
  }
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

function notAReference(line: string): Error {
  return usageError(
    `--keep-in-use: '${line}' is not an image reference.`,
    'Write one a line: app:1.2, app@sha256:…, a digest, or an image id of at least 7 digits.',
  );
}

function noneHere(missing: readonly string[]): Error {
  return refusal(
    'in-use',
    missing.length === 1
      ? `--keep-in-use: its one entry is not in this registry: ${fewOf(missing)}.`
      : `--keep-in-use: none of its ${missing.length} entries are in this registry: ${fewOf(missing)}.`,
    'Nothing was done. Does the list come from another registry? --ignore-missing goes on without it.',
  );
}

function fewOf(entries: readonly string[]): string {
  return entries.length > 8 ? `${entries.slice(0, 8).join(', ')}, and ${entries.length - 8} more` : entries.join(', ');
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
