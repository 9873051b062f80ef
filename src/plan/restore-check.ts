// What of a run's trash may be put back: only what is whole then, with the tree as it is now and everything else that comes back.
// Begins with all of it and drops what lacks something until nothing more must be dropped.

import type { DigestId } from '../inventory/digest-table.js';
import { BLOB_PRESENT, type Inventory, type Repository, TAG_OK } from '../inventory/inventory.js';
import { READ } from '../inventory/manifest-table.js';
import type { Digest } from '../model/digest.js';
import type { Entity } from '../model/layout.js';
import type { RepositoryName, TagName } from '../model/names.js';

/** An item in the trash, and what it names. */
export interface TakenItem {
  readonly step: number;
  readonly entity: Entity;
  /** What it named and did not have when it went: not asked for now either. */
  readonly lacks: readonly Digest[];
  /** What a tag's current names; undefined where that cannot be read. */
  readonly current?: Digest | undefined;
  /** What a layer link's content names, where that is not its folder's digest. */
  readonly content?: Digest | undefined;
  /** What a revision's manifest names; undefined where it cannot be read: then it is put back as it was. */
  readonly references?: readonly Digest[] | undefined;
}

export interface StayingItem {
  readonly step: number;
  readonly entity: Entity;
  /** `newer`: something else is in its place now; `needs`: it would not be whole. */
  readonly why: 'newer' | 'needs';
  /** Digests that are neither in the tree nor in this trash. */
  readonly needs: readonly Digest[];
}

export interface Restorable {
  /** Steps that come back. */
  readonly back: ReadonlySet<number>;
  /** Steps whose item is in the tree already, the very same. */
  readonly there: ReadonlySet<number>;
  readonly stays: readonly StayingItem[];
}

export function restorable(inventory: Inventory, taken: readonly TakenItem[]): Restorable {
  return new Restoring(inventory, taken).settle();
}

class Restoring {
  readonly #inventory: Inventory;
  readonly #repositories: ReadonlyMap<RepositoryName, RepositoryNow>;
  readonly #there = new Set<number>();
  readonly #stays: StayingItem[] = [];
  /** What comes back, as far as is known, by {@link keyOf}. */
  readonly #back = new Map<string, TakenItem>();

  constructor(inventory: Inventory, taken: readonly TakenItem[]) {
    this.#inventory = inventory;
    const concerned = new Set(taken.flatMap(({ entity }) => ('repository' in entity ? [entity.repository] : [])));
    this.#repositories = new Map(
      inventory.repositories.filter(({ name }) => concerned.has(name)).map((now) => [now.name, new RepositoryNow(now)]),
    );
    for (const item of taken) {
      const now = this.#now(item);
      if (now === 'same') this.#there.add(item.step);
      else if (now === 'other') this.#stays.push({ step: item.step, entity: item.entity, why: 'newer', needs: [] });
      else this.#back.set(keyOf(item.entity), item);
    }
  }

  settle(): Restorable {
    for (let before = -1; before !== this.#back.size; ) {
      before = this.#back.size;
      for (const [key, item] of this.#back) {
        const needs = this.#missing(item);
        if (needs.length === 0) continue;
        this.#back.delete(key);
        this.#stays.push({ step: item.step, entity: item.entity, why: 'needs', needs });
      }
    }
    return {
      back: new Set([...this.#back.values()].map(({ step }) => step)),
      there: this.#there,
      stays: this.#stays.sort((a, b) => a.step - b.step),
    };
  }

  /** What is in the item's place in the tree as it is now. */
  #now({ entity, current }: TakenItem): 'nothing' | 'same' | 'other' {
    if (entity.kind === 'blob') return this.#isStored(entity.digest) ? 'same' : 'nothing';
    const now = this.#repositories.get(entity.repository);
    if (now === undefined) return 'nothing';
    if (entity.kind === 'tag') {
      const tag = now.tags.get(entity.tag);
      if (tag === undefined) return 'nothing';
      return tag >= 0 && current !== undefined && this.#find(current) === tag ? 'same' : 'other';
    }
    if (entity.kind === 'revision') return now.revisions.has(this.#find(entity.digest)) ? 'same' : 'nothing';
    if (entity.kind === 'layerLink') return now.layers.has(this.#find(entity.digest)) ? 'same' : 'nothing';
    return 'nothing';
  }

  /** What the item needs and will not find. */
  #missing({ entity, lacks, current, content, references }: TakenItem): readonly Digest[] {
    switch (entity.kind) {
      case 'layerLink':
        return this.#unless(this.#hasBlob(content ?? entity.digest), content ?? entity.digest);
      case 'revision': {
        if (!this.#hasBlob(entity.digest)) return [entity.digest];
        return (references ?? []).filter((named) => !lacks.includes(named) && !this.#holds(entity.repository, named));
      }
      case 'tag': {
        if (current === undefined) return [];
        if (lacks.includes(current)) return this.#unless(this.#hasBlob(current), current);
        if (!this.#hasRevision(entity.repository, current)) return [current];
        return this.#missingOnDisk(entity.repository, current);
      }
      case 'history': {
        const tag = { kind: 'tag', repository: entity.repository, tag: entity.tag } as const;
        const held = this.#back.has(keyOf(tag)) || this.#repositories.get(entity.repository)?.tags.has(entity.tag);
        return this.#unless(held === true && this.#hasRevision(entity.repository, entity.digest), entity.digest);
      }
      default:
        return [];
    }
  }

  /** Layers that an image which never went has lost since; what an index lists may always have been elsewhere. */
  #missingOnDisk(repository: RepositoryName, digest: Digest): readonly Digest[] {
    const { manifests, digests } = this.#inventory;
    if (this.#back.has(keyOf({ kind: 'revision', repository, digest }))) return [];
    const id = this.#find(digest);
    if (id === undefined || manifests.state(id) !== READ || manifests.kind(id) === 'index') return [];
    return [...manifests.references(id)]
      .map((named) => digests.text(named as DigestId))
      .filter((named) => this.#find(named) !== undefined && !this.#holds(repository, named));
  }

  #holds(repository: RepositoryName, digest: Digest): boolean {
    const link = this.#back.get(keyOf({ kind: 'layerLink', repository, digest }));
    const now = this.#repositories.get(repository);
    const id = this.#find(digest);
    const linked = link !== undefined || now?.layers.has(id) === true || this.#hasRevision(repository, digest);
    const alias = id === undefined ? undefined : now?.now.aliases.get(id);
    const content = link?.content ?? (alias === undefined ? digest : this.#inventory.digests.text(alias));
    return linked && this.#hasBlob(content);
  }

  #hasRevision(repository: RepositoryName, digest: Digest): boolean {
    if (this.#back.has(keyOf({ kind: 'revision', repository, digest }))) return true;
    return this.#repositories.get(repository)?.revisions.has(this.#find(digest)) === true;
  }

  #hasBlob(digest: Digest): boolean {
    return this.#back.has(keyOf({ kind: 'blob', digest })) || this.#isStored(digest);
  }

  #isStored(digest: Digest): boolean {
    const id = this.#find(digest);
    return id !== undefined && this.#inventory.blobs.state[id] === BLOB_PRESENT;
  }

  #find(digest: Digest): DigestId | undefined {
    return this.#inventory.digests.find(digest);
  }

  #unless(satisfied: boolean, digest: Digest): readonly Digest[] {
    return satisfied ? [] : [digest];
  }
}

/** A repository as it is now, for look-ups. */
class RepositoryNow {
  readonly now: Repository;
  /** Tag to its current's digest id, -1 where that cannot be read. */
  readonly tags: ReadonlyMap<TagName, number>;
  readonly revisions: ReadonlySet<number | undefined>;
  readonly layers: ReadonlySet<number | undefined>;

  constructor(now: Repository) {
    const { names, current, state } = now.tags;
    this.now = now;
    this.tags = new Map(names.map((name, tag) => [name, state[tag] === TAG_OK ? current[tag]! : -1]));
    this.revisions = new Set(now.revisions);
    this.layers = new Set(now.layerLinks);
  }
}

function keyOf(entity: Entity): string {
  const { kind } = entity;
  const repository = 'repository' in entity ? entity.repository : '';
  const tag = 'tag' in entity ? entity.tag : '';
  const other = 'digest' in entity ? entity.digest : 'upload' in entity ? entity.upload : '';
  return `${kind} ${repository}:${tag}@${other}`;
}
