// One cleaning of a whole tree by the built command, held to what every cleaning promises: only what its plan lists went, nothing
// came or changed, and every tag that pulled before and is still there pulls. A test says what exactly went.

import { expect } from 'vitest';
import { pullability } from '../support/pullable.js';
import { differences, snapshot } from '../support/snapshot.js';
import { layerDigest, type Pushed, type World } from '../support/world.js';
import { regsweepHere } from './here.js';

/** What a test reads of the document that `--json` prints. */
export interface Document {
  readonly removals: readonly {
    readonly kind: string;
    readonly repository?: string;
    readonly tag?: string;
    readonly digest?: string;
    readonly upload?: string;
    readonly path: string;
    readonly bytes: number;
    readonly reason: { readonly code: string; readonly evidence: Record<string, unknown> };
  }[];
  readonly frozen: readonly { readonly repository: string; readonly causes: readonly { readonly code: string }[] }[];
  readonly leftAlone: readonly { readonly repository: string; readonly code: string; readonly count: number }[];
  readonly problems: readonly { readonly code: string; readonly path: string; readonly repository?: string }[];
  readonly outcome: { readonly status: string; readonly failures: readonly { readonly path: string }[] } | null;
  readonly heldBackBlobs: number;
}

export interface Cleaned extends Document {
  /** What went, folders aside, one word group each, sorted: see {@link going}. */
  readonly went: readonly string[];
  /** Folders that went, relative to v2, sorted. */
  readonly folders: readonly string[];
  readonly stderr: string;
}

export interface CleanOptions {
  /** Expected exit status; 0 where not given. */
  readonly status?: number;
  readonly input?: string;
}

/** Runs a changing command with `--yes` and checks its promises. */
export async function clean(world: World, words: readonly string[], options: CleanOptions = {}): Promise<Cleaned> {
  const before = snapshot(world.root, { besideOurs: true });
  const pulled = pullability(world.v2);
  const ran = await regsweepHere([...words, '--yes', '--json'], world.root, options.input);
  expect(ran.status, ran.stderr + ran.stdout).toBe(options.status ?? 0);
  const document = JSON.parse(ran.stdout) as Document;
  const paths = new Set(document.removals.map(({ path }) => `docker/registry/v2/${path}`));
  const unplanned = differences(before, snapshot(world.root, { besideOurs: true })).filter(
    (line) => !(line.startsWith('- ') && isBelow(line.slice(2), paths)),
  );
  expect(unplanned, 'nothing went that was not planned, nothing came, nothing changed').toEqual([]);
  const removedTags = new Set(
    document.removals.flatMap(({ kind, repository, tag }) => (kind === 'tag' ? [`${repository}:${tag}`] : [])),
  );
  const after = pullability(world.v2);
  expect([...after.keys()]).toEqual([...pulled.keys()].filter((tag) => !removedTags.has(tag)));
  for (const [tag, why] of after)
    if (pulled.get(tag) === undefined) expect(why, `${tag} pulled before`).toBeUndefined();
  for (const { kind, path } of document.outcome?.status === 'done' ? document.removals : []) {
    if (kind !== 'directory') expect(world.exists(kind === 'blob' ? `${path}/data` : path), path).toBe(false);
  }
  const things = document.removals.filter(({ kind }) => kind !== 'directory');
  return {
    ...document,
    went: things.map(label).sort(),
    folders: document.removals.flatMap(({ kind, path }) => (kind === 'directory' ? [path] : [])).sort(),
    stderr: ran.stderr,
  };
}

/** Runs a command that must refuse with `status`; not one mtime changes. Returns what it said. */
export async function refused(
  world: World,
  words: readonly string[],
  status: number,
  options: { readonly input?: string } = {},
): Promise<{ readonly code: string; readonly message: string; readonly hint?: string; readonly path?: string }> {
  const before = snapshot(world.root, { mtime: true, inode: true, besideOurs: true });
  const ran = await regsweepHere([...words, '--yes', '--json'], world.root, options.input);
  expect(ran.status, ran.stderr).toBe(status);
  expect(differences(before, snapshot(world.root, { mtime: true, inode: true, besideOurs: true }))).toEqual([]);
  return JSON.parse(ran.stdout).error;
}

/** The same command once more finds nothing to do. */
export async function settled(world: World, words: readonly string[], status = 0): Promise<void> {
  expect((await clean(world, words, { status })).removals).toEqual([]);
}

/** Word groups as in `went`, from single ones and lists: sorted, to be compared whole. */
export function going(...words: readonly (string | readonly string[])[]): string[] {
  return words.flat().sort();
}

/** An image as it leaves a repository whole: revision, layer links and blobs; `keeping` layers that others use. */
export function whole(repository: string, pushed: Pushed, keeping: readonly string[] = []): string[] {
  const kept = new Set<string>(keeping.map((name) => layerDigest(name)));
  const parts = [...(pushed.config === undefined ? [] : [pushed.config]), ...pushed.layers].filter((d) => !kept.has(d));
  return [...links(repository, pushed, keeping), ...new Set([pushed.digest, ...parts])].map((entry) =>
    entry.includes(' ') ? entry : `blob ${short(entry)}`,
  );
}

/** An image as it leaves a repository while its blobs stay for others: revision and layer links. */
export function links(repository: string, pushed: Pushed, keeping: readonly string[] = []): string[] {
  const kept = new Set<string>(keeping.map((name) => layerDigest(name)));
  const parts = [...(pushed.config === undefined ? [] : [pushed.config]), ...pushed.layers].filter((d) => !kept.has(d));
  return [
    `revision ${repository}@${short(pushed.digest)}`,
    ...[...new Set(parts)].map((digest) => `layerLink ${repository}@${short(digest)}`),
  ];
}

/** Enough of a digest to tell it by. */
export function short(digest: string): string {
  return digest.slice(0, digest.indexOf(':') + 13);
}

function label({ kind, repository, tag, digest, upload, path }: Document['removals'][number]): string {
  switch (kind) {
    case 'tag':
      return `tag ${repository}:${tag}`;
    case 'history':
      return `history ${repository}:${tag}@${short(digest!)}`;
    case 'blob':
      return `blob ${short(digest!)}`;
    case 'upload':
      return `upload ${repository}/${upload}`;
    case 'leftover':
      return `leftover ${path}`;
    default:
      return `${kind} ${repository}@${short(digest!)}`;
  }
}

function isBelow(path: string, folders: ReadonlySet<string>): boolean {
  for (let at = path; at !== ''; at = at.includes('/') ? at.slice(0, at.lastIndexOf('/')) : '') {
    if (folders.has(at)) return true;
  }
  return false;
}
