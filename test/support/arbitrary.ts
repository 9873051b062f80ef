// Trees and requests out of nothing: a history of pushes, deletes and damage over few repositories, tags and layers, so that they
// meet. A history is plain data: what fails is printed, shrinks, and can be kept as a named case.

import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { type Request, requestOf } from '../../src/plan/request.js';
import { damageBlob, damageLink, LINK_DAMAGES, MANIFEST_DAMAGES, removeBlob } from './damage.js';
import type { Asked } from './oracle.js';
import { repositoriesOf, tagsOf } from './pullable.js';
import { at } from './tree-paths.js';
import { type ImageSpec, layerDigest, type Pushed, World } from './world.js';

export const REPOSITORIES = ['a', 'a/b', 'team/web', 'team/web/x/y'] as const;
const TAGS = ['1', '2', 'latest'] as const;
const LAYERS = ['base', 'one', 'two', 'three', 'four'] as const;
/** Suffix and prefix of companion tags. */
const AFFIXES = [['.sig'], ['.att'], [''], ['.sig', 'prod-'], ['-1.sbom', 'x']] as const;
const FOREIGN_TAGS = ['@eaDir', '.snapshot', 'v1 (copy)', '*'] as const;
/** The clock of every request. */
export const NOW_MS = Date.UTC(2026, 5, 1);

export type Event =
  | { do: 'image'; r: number; t: number; layers: number[]; format: number; subject: number; alias: boolean }
  | { do: 'index'; r: number; t: number; children: number[]; fresh: number[]; format: number; subject: number }
  | { do: 'schema1'; r: number; t: number; layers: number[]; signed: boolean }
  | { do: 'artifact'; r: number; t: number; layers: number[]; subject: number }
  | { do: 'signature'; r: number; of: number; affix: number }
  /** A folder among the tags that no tag can be called, with a link in it as a copy by hand has. */
  | { do: 'foreign-tag'; r: number; of: number; name: number }
  | { do: 'copy' | 'retag'; r: number; t: number; of: number }
  | { do: 'untag'; r: number; t: number }
  | { do: 'api-delete' | 'unlink'; r: number; of: number }
  | { do: 'odd'; r: number; t: number; layers: number[]; known: boolean }
  | { do: 'orphan-blob'; n: number }
  | { do: 'orphan-link'; r: number; layer: number }
  | { do: 'upload'; r: number; days: number; dated: boolean }
  /** Linked as a layer, as registry 2.1 linked manifests. */
  | { do: 'old'; r: number; t: number; layers: number[] }
  | { do: 'build-cache'; r: number; t: number; layers: number[] }
  | { do: 'foreign-layer'; r: number; t: number; layers: number[] }
  /** `DELETE blobs/<digest>`: the folder stays. */
  | { do: 'unlink-layer'; r: number; layer: number };

export type Damage =
  | { do: 'tag-link'; r: number; t: number; how: number }
  | { do: 'manifest'; of: number; how: number }
  | { do: 'lost-blob'; of: number }
  | { do: 'lost-layer'; layer: number }
  /** A sha512 link that says nothing any more. */
  | { do: 'mute-link'; r: number; layer: number; how: number };

const repository = fc.nat(REPOSITORIES.length - 1);
/** The last is: no tag. */
const tag = fc.nat(TAGS.length);
const earlier = fc.nat(19);
const maybeEarlier = fc.oneof({ weight: 3, arbitrary: fc.constant(-1) }, { weight: 1, arbitrary: earlier });
const layers = fc.uniqueArray(fc.nat(LAYERS.length - 1), { minLength: 1, maxLength: 3 });

export const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('image' as const),
      r: repository,
      t: tag,
      layers,
      format: fc.nat(2),
      subject: maybeEarlier,
      alias: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('index' as const),
      r: repository,
      t: tag,
      children: fc.array(earlier, { maxLength: 2 }),
      fresh: fc.array(fc.nat(LAYERS.length - 1), { maxLength: 2 }),
      format: fc.nat(2),
      subject: maybeEarlier,
    }),
  },
  fc.record({ do: fc.constant('schema1' as const), r: repository, t: tag, layers, signed: fc.boolean() }),
  fc.record({ do: fc.constant('artifact' as const), r: repository, t: tag, layers, subject: maybeEarlier }),
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('signature' as const),
      r: repository,
      of: earlier,
      affix: fc.nat(AFFIXES.length - 1),
    }),
  },
  fc.record({
    do: fc.constant('foreign-tag' as const),
    r: repository,
    of: earlier,
    name: fc.nat(FOREIGN_TAGS.length - 1),
  }),
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('copy' as const, 'retag' as const),
      r: repository,
      t: tag,
      of: earlier,
    }),
  },
  fc.record({ do: fc.constant('untag' as const), r: repository, t: tag }),
  fc.record({ do: fc.constantFrom('api-delete' as const, 'unlink' as const), r: repository, of: earlier }),
  fc.record({ do: fc.constant('odd' as const), r: repository, t: tag, layers, known: fc.boolean() }),
  fc.record({ do: fc.constant('orphan-blob' as const), n: fc.nat(3) }),
  fc.record({ do: fc.constant('orphan-link' as const), r: repository, layer: fc.nat(LAYERS.length - 1) }),
  fc.record({ do: fc.constant('upload' as const), r: repository, days: fc.nat(20), dated: fc.boolean() }),
  fc.record({
    do: fc.constantFrom('old' as const, 'build-cache' as const, 'foreign-layer' as const),
    r: repository,
    t: tag,
    layers,
  }),
  fc.record({ do: fc.constant('unlink-layer' as const), r: repository, layer: fc.nat(LAYERS.length - 1) }),
);

export const damage: fc.Arbitrary<Damage> = fc.oneof(
  fc.record({ do: fc.constant('tag-link' as const), r: repository, t: tag, how: fc.nat(LINK_DAMAGES.length - 1) }),
  // Oversized ones are tried elsewhere: four megabytes a tree are too many here.
  fc.record({ do: fc.constant('manifest' as const), of: earlier, how: fc.nat(MANIFEST_DAMAGES.length - 3) }),
  fc.record({ do: fc.constant('lost-blob' as const), of: earlier }),
  fc.record({ do: fc.constant('lost-layer' as const), layer: fc.nat(LAYERS.length - 1) }),
  fc.record({
    do: fc.constant('mute-link' as const),
    r: repository,
    layer: fc.nat(LAYERS.length - 1),
    how: fc.nat(LINK_DAMAGES.length - 1),
  }),
);

export interface History {
  readonly events: readonly Event[];
  readonly damage: readonly Damage[];
}

export const healthy: fc.Arbitrary<History> = fc.record({
  events: fc.array(event, { minLength: 2, maxLength: 14 }),
  damage: fc.constant([]),
});
export const history: fc.Arbitrary<History> = fc.record({
  events: fc.array(event, { minLength: 2, maxLength: 14 }),
  damage: fc.oneof(
    { weight: 2, arbitrary: fc.constant([]) },
    { weight: 3, arbitrary: fc.array(damage, { minLength: 1, maxLength: 2 }) },
  ),
});

/** Where trees are built: in memory where there is such a file system. */
export const BELOW = fs.existsSync('/dev/shm') ? '/dev/shm' : undefined;

/** The tree that `history` leaves; what an event names and is not there makes it nothing. */
export function worldOf(history: History): World {
  return livingWorld(history).world;
}

/** The tree that a history leaves, and a way to let more happen to it. */
export function livingWorld({ events, damage }: History): {
  readonly world: World;
  readonly goOn: (more: readonly Event[]) => void;
} {
  const world = World.create(BELOW === undefined ? {} : { below: BELOW });
  const pushed: Pushed[] = [];
  const goOn = (more: readonly Event[]): void => {
    for (const each of more) happen(world, pushed, each);
  };
  goOn(events);
  for (const each of damage) hurt(world, pushed, each);
  return { world, goOn };
}

function happen(world: World, pushed: Pushed[], event: Event): void {
  const at_ = (n: number): Pushed | undefined => (n < 0 || pushed.length === 0 ? undefined : pushed[n % pushed.length]);
  const name = (n: number): string => REPOSITORIES[n]!;
  const tagged = (n: number): string | undefined => TAGS[n];
  const layerNames = (which: readonly number[]): string[] => which.map((n) => LAYERS[n]!);
  const about = (n: number): { subject: Pushed } | object => {
    const subject = at_(n);
    return subject === undefined ? {} : { subject };
  };
  switch (event.do) {
    case 'image': {
      const formats = ['oci', 'schema2', 'without-media-type'] as const;
      const names = layerNames(event.layers);
      const spec: ImageSpec = { layers: names, format: formats[event.format]!, ...about(event.subject) };
      const [first = '', ...rest] = names;
      const aliased: ImageSpec = { ...spec, layers: [{ name: first, alias: 'sha512' }, ...rest] };
      pushed.push(world.image(name(event.r), tagged(event.t), event.alias ? aliased : spec));
      return;
    }
    case 'index': {
      const formats = ['oci', 'list', 'without-media-type'] as const;
      const children = event.children.flatMap((n) => at_(n) ?? []);
      const fresh = event.fresh.map((n) => ({ layers: [LAYERS[n]!], config: `fresh ${n}` }));
      const spec = { format: formats[event.format]!, ...about(event.subject) };
      pushed.push(world.index(name(event.r), tagged(event.t), [...children, ...fresh], spec));
      return;
    }
    case 'schema1': {
      const signatures = event.signed ? ['signature'] : [];
      pushed.push(world.schema1(name(event.r), tagged(event.t), { layers: layerNames(event.layers), signatures }));
      return;
    }
    case 'artifact':
      pushed.push(
        world.artifact(name(event.r), tagged(event.t), { blobs: layerNames(event.layers), ...about(event.subject) }),
      );
      return;
    case 'signature': {
      const of = at_(event.of);
      if (of !== undefined) pushed.push(world.signatureTag(name(event.r), of, ...AFFIXES[event.affix]!));
      return;
    }
    case 'foreign-tag': {
      const of = at_(event.of);
      const tags = at.tags(name(event.r));
      if (of !== undefined && world.exists(tags))
        world.write(`${tags}/${FOREIGN_TAGS[event.name]}/current/link`, of.digest);
      return;
    }
    case 'copy': {
      const of = at_(event.of);
      if (of !== undefined) world.copy(name(event.r), tagged(event.t), of);
      return;
    }
    case 'retag': {
      const of = at_(event.of);
      const to = tagged(event.t);
      if (of !== undefined && to !== undefined) world.retag(name(event.r), to, of);
      return;
    }
    case 'untag': {
      const which = tagged(event.t);
      if (which !== undefined && world.exists(at.tag(name(event.r), which))) world.untag(name(event.r), which);
      return;
    }
    case 'api-delete':
    case 'unlink': {
      const of = at_(event.of);
      if (of === undefined || !world.exists(at.revision(name(event.r), of.digest))) return;
      if (event.do === 'api-delete') world.apiDeleteManifest(name(event.r), of);
      else world.removeFile(at.revision(name(event.r), of.digest));
      return;
    }
    case 'odd': {
      const entries = event.layers.map((n) => ({ deep: { digest: layerDigest(LAYERS[n]!), size: 1 } }));
      const json = event.known
        ? { schemaVersion: 2, note: event.layers }
        : { mediaType: 'application/vnd.odd', layers: entries };
      pushed.push(world.manifest(name(event.r), tagged(event.t), json));
      return;
    }
    case 'orphan-blob':
      world.blob(`orphan ${event.n}`, 50);
      return;
    case 'orphan-link':
      world.linkLayer(name(event.r), layerDigest(LAYERS[event.layer]!));
      return;
    case 'upload': {
      const id = `b7a4a53e-6f11-4b0e-9e0f-3b8c3a3c1d${String(event.days).padStart(2, '0')}`;
      const began = new Date(NOW_MS - event.days * 86_400_000);
      world.upload(name(event.r), id, event.dated ? { startedAt: began } : { startedAt: undefined, modified: began });
      return;
    }
    case 'old': {
      const image = world.image(name(event.r), tagged(event.t), { layers: layerNames(event.layers), config: 'old' });
      const link = at.revision(name(event.r), image.digest);
      world.removeFile(link);
      fs.rmdirSync(path.dirname(world.path(link)));
      world.linkLayer(name(event.r), image.digest);
      pushed.push(image);
      return;
    }
    case 'build-cache':
      pushed.push(world.buildkitCache(name(event.r), tagged(event.t), layerNames(event.layers)));
      return;
    case 'foreign-layer': {
      const [first = '', ...rest] = layerNames(event.layers);
      const spec: ImageSpec = { layers: [{ name: first, foreign: true }, ...rest], config: 'foreign' };
      pushed.push(world.image(name(event.r), tagged(event.t), spec));
      return;
    }
    case 'unlink-layer': {
      const digest = layerDigest(LAYERS[event.layer]!);
      if (world.exists(at.layer(name(event.r), digest))) world.unlinkLayer(name(event.r), digest);
      return;
    }
  }
}

export function hurt(world: World, pushed: readonly Pushed[], damage: Damage): void {
  const digests = pushed.length > 0 ? pushed.map(({ digest }) => digest) : [];
  switch (damage.do) {
    case 'tag-link': {
      const link = at.current(REPOSITORIES[damage.r]!, TAGS[damage.t] ?? '1');
      if (world.exists(link)) damageLink(world, link, LINK_DAMAGES[damage.how]!);
      return;
    }
    case 'manifest': {
      const digest = digests[damage.of % Math.max(1, digests.length)];
      if (digest !== undefined && world.exists(at.blob(digest)))
        damageBlob(world, digest, MANIFEST_DAMAGES[damage.how]!);
      return;
    }
    case 'lost-blob': {
      const digest = digests[damage.of % Math.max(1, digests.length)];
      if (digest !== undefined && world.exists(at.blob(digest))) removeBlob(world, digest);
      return;
    }
    case 'lost-layer': {
      const digest = layerDigest(LAYERS[damage.layer]!);
      if (world.exists(at.blob(digest))) removeBlob(world, digest);
      return;
    }
    case 'mute-link': {
      const alias = layerDigest({ name: LAYERS[damage.layer]!, alias: 'sha512' });
      const link = at.layer(REPOSITORIES[damage.r]!, alias);
      if (world.exists(link)) damageLink(world, link, LINK_DAMAGES[damage.how]!);
      return;
    }
  }
}

/** A request before it meets a tree: numbers that choose among what is there. */
export interface Wish {
  readonly command: 'rm' | 'gc';
  readonly names: readonly { readonly what: 'whole' | 'tag' | 'digest'; readonly n: number }[];
  readonly scoped: boolean;
  readonly untagged: boolean;
  readonly tagless: boolean;
  readonly broken: boolean;
  readonly danglingSignatures: boolean;
  readonly uploadDays: number;
  readonly inUse: readonly number[];
}

export const wish: fc.Arbitrary<Wish> = fc.record({
  command: fc.constantFrom('rm' as const, 'gc' as const),
  names: fc.array(
    fc.record({
      what: fc.constantFrom('whole' as const, 'tag' as const, 'tag' as const, 'digest' as const),
      n: fc.nat(30),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  scoped: fc.boolean(),
  untagged: fc.boolean(),
  tagless: fc.boolean(),
  broken: fc.boolean(),
  danglingSignatures: fc.boolean(),
  uploadDays: fc.nat(20),
  inUse: fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(fc.nat(30), { maxLength: 2 }) },
  ),
});

/** `wish` on the tree at `v2`: for the oracle, and for the product. Undefined where there is nothing to wish for. */
export function requestOn(v2: string, wish: Wish): { readonly asked: Asked; readonly request: Request } | undefined {
  const repositories = repositoriesOf(v2);
  const tags = repositories.flatMap((repository) => tagsOf(v2, repository).map((tag) => ({ repository, tag })));
  const revisions = repositories.flatMap((repository) => {
    const folder = `${v2}/${at.revisions(repository)}/sha256`;
    const names = fs.existsSync(folder) ? fs.readdirSync(folder).sort() : [];
    return names
      .filter((hex) => fs.existsSync(`${folder}/${hex}/link`))
      .map((hex) => ({ repository, digest: `sha256:${hex}` }));
  });
  const of = <T>(all: readonly T[], n: number): T[] => (all.length === 0 ? [] : [all[n % all.length]!]);
  const chosen = wish.names.flatMap(({ what, n }) =>
    what === 'whole'
      ? of(repositories, n).map((repository) => ({ repository }))
      : what === 'tag'
        ? of(tags, n)
        : of(revisions, n),
  );
  const named: Asked['named'] = wish.command === 'rm' ? chosen : [];
  if (wish.command === 'rm' && named.length === 0) return undefined;
  const scope =
    wish.command === 'gc' && wish.scoped ? [...new Set(wish.names.flatMap(({ n }) => of(repositories, n)))] : undefined;
  if (scope?.length === 0) return undefined;
  const inUse = wish.inUse.flatMap((n) => of(revisions, n).map(({ digest }) => digest));
  const gc = wish.command === 'gc';
  const shared = {
    command: wish.command,
    nowMs: NOW_MS,
    untagged: wish.untagged,
    tagless: wish.untagged && wish.tagless,
    broken: gc && wish.broken,
    danglingSignatures: gc && wish.danglingSignatures,
    uploadsOlderThanMs: wish.uploadDays * 86_400_000,
  };
  const references = named.map(({ repository, tag: t, digest }) =>
    t !== undefined ? `${repository}:${t}` : digest !== undefined ? `${repository}@${digest}` : repository,
  );
  return {
    asked: { ...shared, named, scope, inUse },
    request: requestOf({ ...shared, references, patterns: scope ?? [], keepInUse: inUse }),
  };
}
