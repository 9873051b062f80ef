// The tags of one repository: the digest that each current link holds, and of one that holds none the digests in its history, for
// one of them may be what it named.

import { TAG_EMPTY, TAG_GARBLED, TAG_MISSING, TAG_OK, TAG_PROBLEMS, TAG_UNREADABLE } from '../inventory/inventory.js';
import type { ScanNeeds } from '../inventory/questions.js';
import { type Digest, parseDigest } from '../model/digest.js';
import * as layout from '../model/layout.js';
import { isTagName, type TagName } from '../model/names.js';
import { readHistory } from './histories.js';
import type { RepositoryFolders } from './repository-folders.js';
import { modifiedMsOf } from './times.js';
import type { Entry } from './tree-reader.js';

/** Columns over the tags of a repository, sorted by name. */
export interface TagLinks {
  readonly names: readonly TagName[];
  readonly states: readonly number[];
  /** What those with state {@link TAG_OK} name, in order. */
  readonly currents: readonly Digest[];
  /** Position of a tag whose current cannot be read, to the digests of its history. */
  readonly suspects: readonly (readonly [number, readonly Digest[]])[];
  /** ms since 1970; empty unless asked for. */
  readonly pushedMs: readonly number[];
  /** Names of those younger than the grace asked for. */
  readonly young: readonly TagName[];
  /** Digests of history entries that are. */
  readonly youngHistory: readonly Digest[];
}

/** Reads the tags whose folders are `entries`. */
export function readTagLinks(folders: RepositoryFolders, entries: readonly Entry[], needs: ScanNeeds): TagLinks {
  const { v2, repository, reader, problems } = folders;
  const names: TagName[] = [];
  const states: number[] = [];
  const currents: Digest[] = [];
  const suspects: [number, readonly Digest[]][] = [];
  const pushedMs: number[] = [];
  const young: TagName[] = [];
  const youngHistory: Digest[] = [];
  for (const { name, kind } of [...entries].sort(byName)) {
    if (!isTagName(name)) {
      folders.noteForeign(`${layout.tagsPath(repository)}/${name}`, layout.tagsPath(repository));
      continue;
    }
    const path = layout.currentLinkPath(repository, name);
    const text = kind === 'folder' ? reader.link(`${v2}/${path}`) : undefined;
    const digest = text === undefined ? undefined : parseDigest(text);
    const state = digest === undefined ? stateOf(text, kind === 'folder' && isThere(folders, name)) : TAG_OK;
    names.push(name);
    states.push(state);
    if (state === TAG_UNREADABLE) {
      suspects.push([names.length - 1, []]);
      problems.push({ code: TAG_PROBLEMS[state]!, path: layout.tagPath(repository, name), repository });
      if (needs.tagTimes === true) pushedMs.push(Number.NaN);
      continue;
    }
    if (digest !== undefined) currents.push(digest);
    else {
      suspects.push([names.length - 1, historyOf(folders, name)]);
      problems.push({ code: TAG_PROBLEMS[state]!, path, repository });
    }
    if (needs.tagTimes === true) {
      const stats = reader.stat(`${v2}/${path}`);
      pushedMs.push(stats === undefined ? Number.NaN : modifiedMsOf(stats));
    }
    if (needs.graceSinceMs === undefined) continue;
    const newest = youngIn(folders, name);
    for (const each of newest) youngHistory.push(each);
    // Without a current, the push was cut off: its history was written, its current was not.
    if (folders.isYoung(path) || (digest === undefined && newest.length > 0)) young.push(name);
  }
  return { names, states, currents, suspects, pushedMs, young, youngHistory };
}

function byName(a: Entry, b: Entry): number {
  return a.name < b.name ? -1 : 1;
}

/** The state of a tag whose link names no digest; `there`: its folder is one, and did not vanish. */
function stateOf(text: string | undefined, there: boolean): number {
  if (!there) return TAG_UNREADABLE;
  return text === undefined ? TAG_MISSING : text === '' ? TAG_EMPTY : TAG_GARBLED;
}

function isThere({ v2, repository, reader }: RepositoryFolders, tag: TagName): boolean {
  return reader.stat(`${v2}/${layout.tagPath(repository, tag)}`)?.isDirectory() === true;
}

/** Digests of the history entries within the grace. */
function youngIn(folders: RepositoryFolders, tag: TagName): readonly Digest[] {
  return historyOf(folders, tag).filter((digest) =>
    folders.isYoung(`${layout.historyEntryPath(folders.repository, tag, digest)}/${layout.LINK}`),
  );
}

/** What a tag has ever named: its current is one of these. */
function historyOf({ v2, repository, reader }: RepositoryFolders, tag: TagName): readonly Digest[] {
  return readHistory(`${v2}/${layout.historyPath(repository, tag)}`, false, reader);
}
