// What goes, in one table: a group of rows a repository, what people think in first. Rows are capped, each cap told, so that a
// plan of any length makes a page that a browser opens at once.

import type { RepositoryName } from '../../model/names.js';
import type { Removal, RemovalKind, RemovalList } from '../../plan/removal.js';
import { counted, grouped, shortDigest } from '../text.js';
import type { Counts, Totals } from '../totals.js';
import * as words from '../words.js';
import { bytesMarkup, escaped } from './markup.js';

/** Rows of one repository, of all, and repositories. */
const MOST_ROWS = 60;
const MOST_ROWS_IN_ALL = 4000;
const MOST_GROUPS = 400;

const SHOWN_FIRST: readonly RemovalKind[] = [
  'tag',
  'revision',
  'blob',
  'upload',
  'layerLink',
  'history',
  'leftover',
  'directory',
];

/** A group of rows: a repository, or what lies in none. */
interface Group {
  readonly repository: RepositoryName | undefined;
  /** 0-based indices of the removals shown, and how many there are. */
  readonly shown: Map<RemovalKind, number[]>;
  count: number;
}

/** The table of `removals`, with `totals` of the same. */
export function* removalsMarkup(removals: RemovalList, totals: Totals): Generator<string> {
  yield '<div class="filter" data-of="removals" hidden><label for="filter">Filter: a repository, a tag, a digest, a reason</label>';
  yield '<input id="filter" type="search" autocomplete="off" spellcheck="false"> <output for="filter" class="soft"></output></div>\n';
  yield '<div class="box" tabindex="0" role="region" aria-labelledby="goes"><table id="removals"><thead><tr><th scope="col">What</th>';
  yield '<th scope="col">Which</th><th scope="col">Because</th><th scope="col" class="number">Size</th></tr></thead>\n';
  const counts = new Map<string | undefined, Readonly<Counts>>(
    totals.repositories.map((each) => [each.repository, each]),
  );
  const groups = [...groupsOf(removals)].sort((a, b) => bytesOf(counts, b) - bytesOf(counts, a));
  let rows = 0;
  for (const group of groups.slice(0, MOST_GROUPS)) {
    const most = Math.min(MOST_ROWS, Math.max(3, MOST_ROWS_IN_ALL - rows));
    rows += most;
    yield* groupMarkup(removals, group, counts.get(group.repository), most);
  }
  const hidden = groups.length - Math.min(groups.length, MOST_GROUPS);
  if (hidden > 0) {
    yield `<tbody><tr><td colspan="4" class="soft">and ${counted(hidden, 'more repository', 'more repositories')}; --json lists all</td></tr></tbody>`;
  }
  yield '</table></div>\n';
}

function bytesOf(counts: ReadonlyMap<string | undefined, Readonly<Counts>>, { repository }: Group): number {
  // What lies in no repository comes last.
  return repository === undefined ? -1 : (counts.get(repository)?.bytes ?? 0);
}

/** The removals by repository; a blob stands with the first repository that gave it up. */
function groupsOf(removals: RemovalList): Iterable<Group> {
  const groups = new Map<RepositoryName | undefined, Group>();
  const givenUpBy = new Map<number, RepositoryName>();
  for (let index = 0; index < removals.length; index += 1) {
    const kind = removals.kindAt(index);
    const digest = removals.digestIdAt(index);
    const named = removals.repositoryAt(index);
    if (named !== undefined && digest !== undefined && !givenUpBy.has(digest)) givenUpBy.set(digest, named);
    const repository = kind === 'blob' && digest !== undefined ? givenUpBy.get(digest) : named;
    let group = groups.get(repository);
    if (group === undefined) {
      group = { repository, shown: new Map(), count: 0 };
      groups.set(repository, group);
    }
    group.count += 1;
    const same = group.shown.get(kind);
    if (same === undefined) group.shown.set(kind, [index]);
    else if (same.length < MOST_ROWS) same.push(index);
  }
  return groups.values();
}

function* groupMarkup(
  removals: RemovalList,
  { repository, shown, count }: Group,
  counts: Readonly<Counts> | undefined,
  most: number,
): Generator<string> {
  const sum = counts === undefined ? counted(count, 'item') : kindsText(counts);
  const name = repository === undefined ? 'In no repository' : `<span class="name">${escaped(repository)}</span>`;
  const bytes = counts === undefined || counts.bytes === 0 ? '' : bytesMarkup(counts.bytes);
  yield `<tbody><tr><th scope="rowgroup" colspan="3">${name}<span class="soft">${escaped(sum)}</span></th><th class="number">${bytes}</th></tr>\n`;
  const indices = SHOWN_FIRST.flatMap((kind) => shown.get(kind) ?? []).slice(0, most);
  for (const index of indices) yield rowMarkup(removals.at(index));
  if (count > indices.length) {
    yield `<tr><td colspan="4" class="soft">and ${grouped(count - indices.length)} more; --json lists all</td></tr>`;
  }
  yield '</tbody>\n';
}

function kindsText(counts: Readonly<Counts>): string {
  const parts: readonly (readonly [number, RemovalKind])[] = [
    [counts.tags, 'tag'],
    [counts.revisions, 'revision'],
    [counts.blobs, 'blob'],
    [counts.uploads, 'upload'],
  ];
  return parts
    .filter(([count]) => count > 0)
    .map(([count, kind]) => counted(count, ...words.KIND_WORDS[kind]))
    .join(', ');
}

function rowMarkup(removal: Removal): string {
  const { kind, bytes, reason, digest } = removal;
  const title = digest === undefined ? '' : ` title="${escaped(digest)}"`;
  const size = bytes === 0 ? '' : bytesMarkup(bytes);
  return (
    `<tr><td>${words.KIND_WORDS[kind][0]}</td><td><span class="name"${title}>${escaped(which(removal))}</span></td>` +
    `<td>${escaped(words.reasonWithEvidence(reason))}</td><td class="number">${size}</td></tr>\n`
  );
}

function which({ kind, tag, digest, upload, path }: Removal): string {
  switch (kind) {
    case 'tag':
      return tag!;
    case 'history':
      return `${tag} was ${shortDigest(digest!)}`;
    case 'revision':
    case 'layerLink':
    case 'blob':
      return shortDigest(digest!);
    case 'upload':
      return upload!;
    case 'leftover':
    case 'directory':
      return path;
  }
}
