// What a registry needs to serve a tag, checked on disk the way its handlers look things up (docs/storage.md): a tag that could be
// pulled before a change and survives it must be pullable after. Reads the tree itself and shares no code with the product.

import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { at } from './tree-paths.js';

type Json = Record<string, unknown>;

/** Repositories of a tree, sorted: folders that hold `_manifests`, `_layers` or `_uploads`, at any depth. */
export function repositoriesOf(v2: string): string[] {
  const found: string[] = [];
  const visit = (relative: string): void => {
    const names = namesIn(path.join(v2, 'repositories', relative));
    if (relative !== '' && names.some((name) => ['_manifests', '_layers', '_uploads'].includes(name)))
      found.push(relative);
    for (const name of names) if (!name.startsWith('_')) visit(relative === '' ? name : `${relative}/${name}`);
  };
  visit('');
  return found.sort();
}

/** Names of a repository's tag folders, sorted. */
export function tagsOf(v2: string, repository: string): string[] {
  // No registry serves another name.
  return namesIn(path.join(v2, at.tags(repository))).filter((tag) => /^\w[\w.-]*$/.test(tag));
}

/** Every tag of the tree, as `repository:tag`; sorted. */
export function tagsOfTree(v2: string): string[] {
  return repositoriesOf(v2)
    .flatMap((repository) => tagsOf(v2, repository).map((tag) => `${repository}:${tag}`))
    .sort();
}

/** Every tag of the tree that does not pull, as `repository:tag: why`; sorted. */
export function brokenTags(v2: string): string[] {
  const broken: string[] = [];
  for (const [name, why] of pullability(v2)) if (why !== undefined) broken.push(`${name}: ${why}`);
  return broken;
}

/** Every tag of the tree that pulls whole, as `repository:tag`; sorted. */
export function pullableTags(v2: string): string[] {
  return [...pullability(v2)].filter(([, why]) => why === undefined).map(([name]) => name);
}

/**
 * Every tag, as `repository:tag`, to why it does not pull, or undefined. An index's entry without a revision link is a
 * sparse index's and no fault; but where the link is or was there, the child must be whole.
 */
export function pullability(v2: string): Map<string, string | undefined> {
  const tags = new Map<string, string | undefined>();
  for (const repository of repositoriesOf(v2)) {
    const whole = new Map<string, string | undefined>();
    for (const tag of tagsOf(v2, repository)) {
      const current = readLink(v2, at.current(repository, tag));
      const why = current === undefined ? 'no readable current link' : faultOf(v2, repository, current, whole);
      tags.set(`${repository}:${tag}`, why);
    }
  }
  return tags;
}

/** Every revision of the tree that pulls by digest, as `repository@digest`; sorted. */
export function pullableRevisions(v2: string): string[] {
  const found: string[] = [];
  for (const repository of repositoriesOf(v2)) {
    const whole = new Map<string, string | undefined>();
    for (const hex of namesIn(path.join(v2, at.revisions(repository), 'sha256'))) {
      const digest = `sha256:${hex}`;
      if (readLink(v2, at.revision(repository, digest)) === undefined) continue;
      if (faultOf(v2, repository, digest, whole) === undefined) found.push(`${repository}@${digest}`);
    }
  }
  return found.sort();
}

/** Why the manifest does not pull from the repository, or undefined. `seen` ends cycles and saves work. */
function faultOf(
  v2: string,
  repository: string,
  digest: string,
  seen: Map<string, string | undefined>,
): string | undefined {
  if (seen.has(digest)) return seen.get(digest);
  seen.set(digest, undefined);
  const why = manifestFault(v2, repository, digest, seen);
  seen.set(digest, why);
  return why;
}

function manifestFault(
  v2: string,
  repository: string,
  digest: string,
  seen: Map<string, string | undefined>,
): string | undefined {
  const target = readLink(v2, at.revision(repository, digest)) ?? readLink(v2, at.layer(repository, digest));
  if (target === undefined) return `no link to manifest ${digest}`;
  const content = readFile(v2, at.blob(target));
  if (content === undefined) return `no blob of manifest ${target}`;
  if (hashOf(target, content) !== target) return `content of manifest ${target} is another's`;
  let json: Json;
  try {
    json = JSON.parse(content.toString('utf8')) as Json;
  } catch {
    return `manifest ${target} does not parse`; // ignored error: the fault is the answer
  }
  for (const { digest: name, optional } of blobsNamedBy(json)) {
    const fault = blobFault(v2, repository, name);
    if (fault !== undefined && !optional) return `${fault}, named by ${target}`;
  }
  for (const { digest: child, isManifest } of childrenOf(json)) {
    // Without a link it is a sparse index's, unless a tag and an empty folder tell that it was here.
    const link = at.revision(repository, child);
    const wasHere = hasFolder(v2, link) && isTagged(v2, repository, child);
    const asLayer = isManifest && readLink(v2, at.layer(repository, child)) !== undefined;
    if (readLink(v2, link) !== undefined || wasHere || asLayer) {
      const fault = faultOf(v2, repository, child, seen);
      if (fault !== undefined) return fault;
    }
    // An entry with a layer link is a blob as well (buildkit's cache); a folder without one tells that there was one.
    if (hasFolder(v2, at.layer(repository, child))) {
      const fault = blobFault(v2, repository, child);
      if (fault !== undefined) return `${fault}, listed by ${target}`;
    }
  }
  return undefined;
}

function hasFolder(v2: string, file: string): boolean {
  return fs.existsSync(path.dirname(path.join(v2, file)));
}

function isTagged(v2: string, repository: string, digest: string): boolean {
  return tagsOf(v2, repository).some((tag) => readLink(v2, at.current(repository, tag)) === digest);
}

function blobFault(v2: string, repository: string, name: string): string | undefined {
  const target = readLink(v2, at.layer(repository, name));
  if (target === undefined) return `no layer link ${name}`;
  const stats = fs.statSync(path.join(v2, at.blob(target)), { throwIfNoEntry: false });
  return stats?.isFile() === true ? undefined : `no blob ${target}`;
}

function blobsNamedBy(json: Json): { digest: string; optional: boolean }[] {
  const named: { digest: string; optional: boolean }[] = [];
  for (const layer of arrayOf(json['fsLayers'])) named.push({ digest: String(layer['blobSum']), optional: false });
  for (const entry of [...arrayOf([json['config']]), ...arrayOf(json['layers']), ...arrayOf(json['blobs'])]) {
    const optional = /foreign|nondistributable/.test(String(entry['mediaType']));
    named.push({ digest: String(entry['digest']), optional });
  }
  return named;
}

function childrenOf(json: Json): { digest: string; isManifest: boolean }[] {
  return arrayOf(json['manifests']).map((entry) => ({
    digest: String(entry['digest']),
    isManifest: /manifest|index/.test(String(entry['mediaType'])),
  }));
}

function arrayOf(value: unknown): Json[] {
  return Array.isArray(value)
    ? value.filter((entry): entry is Json => typeof entry === 'object' && entry !== null)
    : [];
}

/** The digest that a link holds, read as strictly as the registry reads it; undefined where it would answer an error. */
function readLink(v2: string, link: string): string | undefined {
  const text = readFile(v2, link)?.toString('utf8');
  return text !== undefined && /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/.test(text) ? text : undefined;
}

function readFile(v2: string, relative: string): Buffer | undefined {
  const file = path.join(v2, relative);
  try {
    return fs.statSync(file).isFile() ? fs.readFileSync(file) : undefined;
  } catch {
    return undefined; // ignored error: what cannot be read no registry can serve
  }
}

function hashOf(digest: string, content: Buffer): string {
  const algorithm = digest.slice(0, digest.indexOf(':'));
  return `${algorithm}:${createHash(algorithm).update(content).digest('hex')}`;
}

function namesIn(folder: string): string[] {
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
    .map((entry) => entry.name)
    .sort();
}
