// What goes, by the letter of the rules, as naively as it can be said: sets of strings read straight from the disk, and loops until
// nothing changes. Slow, and of another kind than the product on purpose: where the two differ, one of them is wrong.

import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { repositoriesOf } from './pullable.js';

/** What the oracle needs of a request; names and digests exist on the disk. */
export interface Asked {
  readonly command: 'rm' | 'gc';
  readonly nowMs: number;
  /** `rm`: repositories whole, tags, digests. */
  readonly named: readonly { readonly repository: string; readonly tag?: string; readonly digest?: string }[];
  /** `gc`: repositories by exact name; undefined is the whole registry. */
  readonly scope: readonly string[] | undefined;
  readonly untagged: boolean;
  readonly tagless: boolean;
  readonly broken: boolean;
  readonly danglingSignatures: boolean;
  readonly uploadsOlderThanMs: number;
  /** Digests in use elsewhere. */
  readonly inUse: readonly string[];
}

/** `kind repository:name@digest` of all that goes; or why nothing may. */
export type Verdict = { readonly refused: string } | { readonly gone: ReadonlySet<string> };

interface Tag {
  readonly current: string | undefined;
  readonly history: ReadonlySet<string>;
}
interface Repo {
  readonly name: string;
  readonly tags: ReadonlyMap<string, Tag>;
  readonly links: ReadonlySet<string>;
  /** Folder's digest to the content's. */
  readonly layers: ReadonlyMap<string, string>;
  /** Links of other algorithms that are there and name nothing. */
  readonly mute: ReadonlySet<string>;
  readonly signatures: ReadonlyMap<string, ReadonlySet<string>>;
  readonly uploads: ReadonlyMap<string, number>;
  readonly revs: ReadonlySet<string>;
}
type Content =
  | { readonly state: 'missing' }
  | { readonly state: 'doubt'; readonly mentions: readonly string[] }
  | {
      readonly state: 'read';
      readonly mentions: readonly string[];
      readonly subject: string | undefined;
      /** What an index lists as manifests. */
      readonly manifests: readonly string[];
    };

const DIGEST = /^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[0-9a-f]{32,}$/;

export function oracle(v2: string, asked: Asked): Verdict {
  const contents = new Map<string, Content>();
  const content = (digest: string): Content => {
    const known = contents.get(digest) ?? contentOf(v2, digest);
    contents.set(digest, known);
    return known;
  };
  const repos = repositoriesOf(v2).map((name) => readRepo(v2, name, content));
  const blobs = digestsIn(path.join(v2, 'blobs'), true);
  const inScope = (r: Repo): boolean =>
    asked.command === 'gc'
      ? asked.scope === undefined || asked.scope.includes(r.name)
      : asked.named.some(({ repository }) => repository === r.name);
  const whole = (r: Repo): boolean =>
    asked.named.some((n) => n.repository === r.name && n.tag === undefined && n.digest === undefined);
  const namedDigests = (r: Repo): Set<string> =>
    new Set(asked.named.flatMap((n) => (n.repository === r.name && n.digest !== undefined ? [n.digest] : [])));

  if (asked.command === 'gc' && !asked.broken) {
    const all = repos.flatMap((r) => [...r.links]);
    const missing = all.filter((digest) => content(digest).state === 'missing');
    if (missing.length > all.length * 0.05) return { refused: 'too-many-missing' };
  }

  const linking = repos.filter((r) => r.layers.size > 0);
  const without = linking.filter((r) => r.revs.size === 0).length;
  const elsewhere = without > linking.length / 2 && without < linking.length;
  if (asked.command === 'gc' && !asked.tagless && elsewhere) return { refused: 'manifests-elsewhere' };

  const frozen = new Set<string>();
  for (const r of repos) {
    for (const digest of r.revs) {
      if (content(digest).state === 'doubt' && !namedDigests(r).has(digest)) frozen.add(r.name);
    }
    for (const digest of r.revs) {
      const found = content(digest);
      const mentions = found.state === 'missing' ? [] : found.mentions;
      if (mentions.some((name) => r.mute.has(name)) && !namedDigests(r).has(digest)) frozen.add(r.name);
    }
    const mends = asked.broken && inScope(r);
    for (const { current } of r.tags.values()) if (current === undefined && !mends) frozen.add(r.name);
  }

  const gone = new Set<string>();
  const goneTag = (r: Repo, tag: string): boolean => gone.has(`tag ${r.name}:${tag}`);
  const goneRevision = (r: Repo, digest: string): boolean => gone.has(`revision ${r.name}@${digest}`);
  const remaining = (r: Repo): string[] => [...r.revs].filter((digest) => !goneRevision(r, digest));
  const remainingCurrents = (r: Repo): string[] =>
    [...r.tags].flatMap(([tag, { current }]) => (current === undefined || goneTag(r, tag) ? [] : [current]));

  /** What is named by a manifest, itself included, as its repository sees it. */
  const names = (r: Repo, digest: string): Set<string> => {
    const found = content(digest);
    const all = new Set([digest, ...(found.state === 'missing' ? [] : found.mentions)]);
    for (const name of [...all]) if (r.layers.has(name)) all.add(r.layers.get(name)!);
    for (const signature of r.signatures.get(digest) ?? []) all.add(signature);
    return all;
  };
  const closure = (
    r: Repo,
    roots: Iterable<string>,
    { throughDoubt = true, notAsReferrer = new Set<string>() } = {},
  ): Set<string> => {
    const reached = new Set([...roots].filter((digest) => r.revs.has(digest)));
    for (let before = -1; before !== reached.size; ) {
      before = reached.size;
      for (const digest of [...reached]) {
        const found = content(digest);
        if (found.state === 'missing' || (found.state === 'doubt' && !throughDoubt)) continue;
        for (const listed of found.mentions) if (r.revs.has(listed)) reached.add(listed);
      }
      for (const digest of r.revs) {
        const found = content(digest);
        if (found.state === 'read' && found.subject !== undefined && reached.has(found.subject)) {
          if (!notAsReferrer.has(digest)) reached.add(digest);
        }
      }
    }
    return reached;
  };

  // In use elsewhere.
  const pins = new Map(repos.map((r) => [r.name, new Set<string>()]));
  const pinnedTags = new Set<string>();
  for (const r of repos) {
    for (const digest of asked.inUse) if (r.revs.has(digest)) pins.get(r.name)!.add(digest);
    for (const [tag, { current }] of r.tags) {
      const reached = current === undefined ? new Set<string>() : closure(r, [current]);
      if ([...pins.get(r.name)!].some((digest) => reached.has(digest))) pinnedTags.add(`${r.name}:${tag}`);
    }
    const leads = (digest: string): boolean =>
      [...r.tags].some(([tag, { current }]) => current === digest && pinnedTags.has(`${r.name}:${tag}`));
    for (const n of asked.named) {
      if (n.repository !== r.name) continue;
      if (n.tag !== undefined && pinnedTags.has(`${r.name}:${n.tag}`)) return { refused: 'in-use' };
      if (n.digest !== undefined && (pins.get(r.name)!.has(n.digest) || leads(n.digest))) return { refused: 'in-use' };
      if (whole(r) && pins.get(r.name)!.size > 0) return { refused: 'in-use' };
    }
  }
  const pinned = (r: Repo, tag: string): boolean => pinnedTags.has(`${r.name}:${tag}`);

  // Tags that the request names, and those that cannot be pulled.
  for (const r of repos) {
    for (const [tag, { current }] of r.tags) {
      const named = asked.named.some((n) => n.repository === r.name && n.tag === tag);
      const byDigest = current !== undefined && namedDigests(r).has(current);
      const isBroken = current === undefined || content(current).state === 'missing';
      const mended = asked.broken && inScope(r) && !frozen.has(r.name) && isBroken && !pinned(r, tag);
      if (named || byDigest || whole(r) || mended) gone.add(`tag ${r.name}:${tag}`);
    }
  }
  // What a frozen repository links as a layer may be a manifest that its unreadable tag names (registry 2.1 linked them so).
  const mayHold = (r: Repo, digest: string): boolean =>
    r.revs.has(digest) || (frozen.has(r.name) && r.layers.has(digest));
  const isHere = (digest: string): boolean => repos.some((r) => mayHold(r, digest));
  for (const r of repos) {
    if (!asked.danglingSignatures || !inScope(r) || frozen.has(r.name)) continue;
    for (const [tag, { current }] of r.tags) {
      const subject = subjectOfTag(tag, current);
      if (subject !== undefined && !isHere(subject) && !pinned(r, tag)) gone.add(`tag ${r.name}:${tag}`);
    }
  }

  // A digest that an index which stays lists cannot go by name.
  const listedByStaying = (r: Repo, kept: Iterable<string>): boolean =>
    [...kept].some((digest) => {
      const found = content(digest);
      return found.state !== 'missing' && found.mentions.some((listed) => namedDigests(r).has(listed));
    });

  for (let before = -1; before !== gone.size; ) {
    before = gone.size;
    for (const r of repos) {
      if (whole(r)) {
        for (const digest of r.revs) gone.add(`revision ${r.name}@${digest}`);
        continue;
      }
      const literal = namedDigests(r);
      if (frozen.has(r.name)) {
        const staying = [...r.revs].filter((digest) => !literal.has(digest));
        if (listedByStaying(r, staying)) return { refused: 'still-listed' };
        for (const digest of literal) gone.add(`revision ${r.name}@${digest}`);
        continue;
      }
      const isBrokenTag = ({ current }: Tag): boolean => current === undefined || content(current).state === 'missing';
      const hasTag = [...r.tags.values()].some((tag) => !(asked.broken && isBrokenTag(tag)));
      const exact = asked.command === 'rm' || asked.scope?.includes(r.name) === true;
      const sweeps = asked.untagged && inScope(r) && (hasTag || asked.tagless || exact);
      const roots = [...remainingCurrents(r), ...pins.get(r.name)!].filter((digest) => !literal.has(digest));
      const goneTags = [...r.tags].filter(([tag]) => goneTag(r, tag));
      const candidates = sweeps
        ? new Set(r.revs)
        : closure(
            r,
            [
              ...literal,
              ...goneTags.flatMap(([, { current, history }]) => [...(current ? [current] : []), ...history]),
            ],
            { throughDoubt: false },
          );
      if (sweeps || literal.size > 0 || goneTags.length > 0) {
        const others = [...r.revs].filter((digest) => !candidates.has(digest) && !literal.has(digest));
        const kept = closure(r, [...roots, ...others], { notAsReferrer: literal });
        if (listedByStaying(r, kept)) return { refused: 'still-listed' };
        for (const digest of candidates) if (!kept.has(digest)) gone.add(`revision ${r.name}@${digest}`);
      }
      if (asked.broken && inScope(r)) {
        for (const digest of r.revs) {
          const isKept = pins.get(r.name)!.has(digest) || remainingCurrents(r).includes(digest);
          if (content(digest).state === 'missing' && !isKept) gone.add(`revision ${r.name}@${digest}`);
        }
      }
    }
    // Signatures follow what they sign out of its last repository.
    for (const r of repos) {
      if (frozen.has(r.name)) continue;
      for (const [tag, { current }] of r.tags) {
        const subject = subjectOfTag(tag, current);
        if (subject === undefined || pinned(r, tag)) continue;
        const wasHere = repos.some((other) => other.revs.has(subject));
        const isLeft = repos.some((other) => mayHold(other, subject) && !goneRevision(other, subject));
        if (wasHere && !isLeft) gone.add(`tag ${r.name}:${tag}`);
      }
    }
  }

  // Layer links.
  for (const r of repos) {
    const removed = [...r.revs].filter((digest) => goneRevision(r, digest));
    const named = new Set(remaining(r).flatMap((digest) => [...names(r, digest)]));
    const released = new Set(
      removed.flatMap((digest) => (content(digest).state === 'doubt' ? [digest] : [...names(r, digest)])),
    );
    const isMissing = (digest: string): boolean => content(digest).state === 'missing';
    const missing = [...r.revs, ...[...r.tags.values()].flatMap(({ current }) => current ?? [])].some(isMissing);
    const stillMissing = [...remaining(r), ...remainingCurrents(r)].some(isMissing);
    for (const link of r.layers.keys()) {
      const sweep = asked.command === 'gc' && inScope(r) && (!missing || (asked.broken && !stillMissing));
      if (whole(r)) gone.add(`layerLink ${r.name}@${link}`);
      else if (!frozen.has(r.name) && !named.has(link) && (released.has(link) || sweep))
        gone.add(`layerLink ${r.name}@${link}`);
    }
  }

  // Blobs.
  const named = new Set<string>();
  const released = new Set<string>();
  const linked = new Set<string>();
  for (const r of repos) {
    for (const digest of remaining(r)) for (const name of names(r, digest)) named.add(name);
    for (const digest of remainingCurrents(r)) named.add(digest);
    for (const digest of r.revs) {
      if (!goneRevision(r, digest)) continue;
      if (content(digest).state === 'doubt') released.add(digest);
      else for (const name of names(r, digest)) released.add(name);
    }
    for (const [link, target] of r.layers) {
      linked.add(link).add(target);
      const into = gone.has(`layerLink ${r.name}@${link}`) ? released : named;
      into.add(link).add(target);
    }
  }
  const doubt = repos.some(
    (r) =>
      remaining(r).some((digest) => content(digest).state === 'doubt') ||
      [...r.tags].some(
        ([tag, { current, history }]) => current === undefined && history.size === 0 && !goneTag(r, tag),
      ),
  );
  const unread = new Set(repos.flatMap((r) => remaining(r).filter((digest) => content(digest).state === 'doubt')));
  for (const r of repos) {
    if (![...r.revs].some((digest) => unread.has(digest))) continue;
    for (const [link, target] of r.layers) named.add(link).add(target);
  }
  const unscoped = asked.command === 'gc' && asked.scope === undefined;
  for (const blob of blobs) {
    if (named.has(blob) || !(unscoped || released.has(blob)) || (doubt && !linked.has(blob))) continue;
    gone.add(`blob ${blob}`);
  }
  if (asked.command === 'gc' && repos.every((r) => r.revs.size === 0) && blobs.size > 0) {
    if ([...blobs].every((blob) => gone.has(`blob ${blob}`))) return { refused: 'nothing-referenced' };
  }

  const held = repos.filter((r) => r.revs.size + r.tags.size > 0);
  const isEmptied = (r: Repo): boolean =>
    whole(r) ||
    (asked.named.some(({ repository }) => repository === r.name) && [...r.tags.keys()].every((tag) => goneTag(r, tag)));
  if (asked.command === 'rm' && held.length > 1 && held.every(isEmptied)) return { refused: 'empties-registry' };

  // History of what goes, in tags that stay; uploads.
  for (const r of repos) {
    for (const [tag, { current, history }] of r.tags) {
      if (frozen.has(r.name) || goneTag(r, tag)) continue;
      for (const digest of history) {
        const dangles = asked.broken && inScope(r) && !r.revs.has(digest) && digest !== current;
        if (goneRevision(r, digest) || dangles) gone.add(`history ${r.name}:${tag}@${digest}`);
      }
    }
    for (const [id, begunMs] of r.uploads) {
      const old = asked.command === 'gc' && inScope(r) && asked.nowMs - begunMs > asked.uploadsOlderThanMs;
      if (whole(r) || old) gone.add(`upload ${r.name}/${id}`);
    }
  }
  // What has no link has nothing to be removed, though it is as good as gone.
  for (const r of repos)
    for (const digest of r.revs) if (!r.links.has(digest)) gone.delete(`revision ${r.name}@${digest}`);
  return { gone };
}

function readRepo(v2: string, name: string, content: (digest: string) => Content): Repo {
  const folder = path.join(v2, 'repositories', name);
  const tags = new Map<string, Tag>();
  for (const tag of list(`${folder}/_manifests/tags`)) {
    if (!/^\w[\w.-]*$/.test(tag)) continue; // nobody can name it
    const link = read(`${folder}/_manifests/tags/${tag}/current/link`);
    const current = link !== undefined && DIGEST.test(link) ? link : undefined;
    tags.set(tag, { current, history: digestsIn(`${folder}/_manifests/tags/${tag}/index`) });
  }
  // A folder whose link the API took away is no revision, unless a tag names it.
  const currents = [...tags.values()].flatMap(({ current }) => current ?? []);
  const links = new Set(
    [...digestsIn(`${folder}/_manifests/revisions`)].filter(
      (digest) =>
        currents.includes(digest) || fs.existsSync(`${folder}/_manifests/revisions/${digest.replace(':', '/')}/link`),
    ),
  );
  const layers = new Map<string, string>();
  const mute = new Set<string>();
  for (const digest of digestsIn(`${folder}/_layers`)) {
    const link = read(`${folder}/_layers/${digest.replace(':', '/')}/link`);
    const other = !digest.startsWith('sha256:') && link !== undefined;
    layers.set(digest, other && DIGEST.test(link) ? link : digest);
    if (other && !DIGEST.test(link)) mute.add(digest);
  }
  const signatures = new Map(
    [...links].map((digest) => [
      digest,
      digestsIn(`${folder}/_manifests/revisions/${digest.replace(':', '/')}/signatures`),
    ]),
  );
  const uploads = new Map(
    list(`${folder}/_uploads`).map((id) => {
      const started = read(`${folder}/_uploads/${id}/startedat`);
      return [id, started === undefined ? newestIn(`${folder}/_uploads/${id}`) : Date.parse(started)];
    }),
  );
  // A tag that cannot be read may name any manifest that it ever named.
  const suspects = [...tags.values()].flatMap(({ current, history }) => (current === undefined ? [...history] : []));
  const revs = new Set([
    ...links,
    ...[...currents, ...suspects].filter((digest) => content(digest).state !== 'missing'),
  ]);
  // Nor does a link report a manifest that lies among the layers, where an index lists it.
  for (const digest of revs) {
    const found = content(digest);
    for (const listed of found.state === 'read' ? found.manifests : [])
      if (layers.has(listed) && content(listed).state !== 'missing') revs.add(listed);
  }
  return { name, tags, links, layers, mute, signatures, uploads, revs };
}

function contentOf(v2: string, digest: string): Content {
  const [algorithm = '', hex = ''] = digest.split(':');
  const file = path.join(v2, 'blobs', algorithm, hex.slice(0, 2), hex, 'data');
  if (!fs.existsSync(file)) return { state: 'missing' };
  if (fs.statSync(file).size > 4 * 1024 * 1024) return { state: 'doubt', mentions: [] };
  const bytes = fs.readFileSync(file);
  const text = bytes.toString();
  const doubt: Content = { state: 'doubt', mentions: text.match(/sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}/g) ?? [] };
  if (createHash(algorithm).update(bytes).digest('hex') !== hex) return doubt;
  let json: Record<string, unknown>;
  try {
    json = JSON.parse(text);
  } catch {
    return doubt;
  }
  if (!['fsLayers', 'layers', 'config', 'manifests', 'blobs'].some((field) => field in json)) return doubt;
  const { subject, ...rest } = json;
  const mentions: string[] = [];
  JSON.stringify(rest, (key, value) => {
    if ((key === 'digest' || key === 'blobSum') && typeof value === 'string') mentions.push(value);
    return value;
  });
  const entries = Array.isArray(json['manifests'])
    ? (json['manifests'] as { mediaType?: string; digest: string }[])
    : [];
  const manifests = entries.filter(({ mediaType }) => /manifest|index|^undefined$/.test(String(mediaType)));
  return {
    state: 'read',
    mentions,
    subject: (subject as { digest?: string } | undefined)?.digest,
    manifests: manifests.map((entry) => entry.digest),
  };
}

/** The digest that stands in a tag's name; a tag of that very digest describes nothing. */
function subjectOfTag(tag: string, current: string | undefined): string | undefined {
  const words = tag.split('sha256-').slice(1);
  const hex = words.map((word) => /^[0-9a-f]*/.exec(word)![0]).find((digits) => digits.length === 64);
  return hex === undefined || `sha256:${hex}` === current ? undefined : `sha256:${hex}`;
}

/** Digests spelled by folders `<algorithm>/<hex>`, or `<algorithm>/<xx>/<hex>`. */
function digestsIn(folder: string, prefixed = false): Set<string> {
  const found = new Set<string>();
  for (const algorithm of list(folder)) {
    for (const name of list(`${folder}/${algorithm}`)) {
      if (!prefixed) found.add(`${algorithm}:${name}`);
      else for (const hex of list(`${folder}/${algorithm}/${name}`)) found.add(`${algorithm}:${hex}`);
    }
  }
  return found;
}

/** mtime of the newest thing at and below a folder. */
function newestIn(folder: string): number {
  const inside = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return Math.max(...[folder, ...inside.map((name) => path.join(folder, name))].map((at) => fs.statSync(at).mtimeMs));
}

function list(folder: string): string[] {
  return fs.existsSync(folder) ? fs.readdirSync(folder) : [];
}

function read(file: string): string | undefined {
  return fs.existsSync(file) ? fs.readFileSync(file, 'latin1') : undefined;
}
