// What goes, in one table: a group of rows a repository, what people think in first. Every repository and, as far as a page can
// hold them, every tag is there to be searched for; of the rest a few are shown and the others counted.

import { shortDigest } from '../../model/digest.js';
import type { RepositoryName } from '../../model/names.js';
import type { Removal, RemovalKind, RemovalList } from '../../plan/removal.js';
import { counted, grouped } from '../text.js';
import type { Totals } from '../totals.js';
import * as words from '../words.js';
import { bytesMarkup, escaped, nameMarkup } from './markup.js';
import { groupHead, type Letters, MOST_GROUPS, moreGroups, names, tableOf, tailRow } from './table.js';

/** Rows of one repository, and of all. */
const MOST_ROWS = 60;
const MOST_ROWS_IN_ALL = 4000;
/** Letters that names of tags without a row of their own take in all. */
const MOST_LETTERS = 500_000;
const COLUMNS = 4;

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

/** Blobs that several repositories gave up together: no single one frees them. */
const SEVERAL = Symbol('several repositories');

/** A group of rows: a repository, several together, or what lies in none. */
interface Group {
  readonly repository: RepositoryName | typeof SEVERAL | undefined;
  /** 0-based indices of the removals of a kind: all tags, of the others the first few. */
  readonly shown: Map<RemovalKind, number[]>;
  readonly counts: Map<RemovalKind, number>;
  bytes: number;
}

/** The table of `removals`. */
export function* removalsMarkup(removals: RemovalList): Generator<string> {
  const columns = ['What', 'Which', 'Because', 'Size'].map((title, at) => ({ title, isNumber: at === 3 }));
  const head = { id: 'removals', section: 'goes', filter: 'Search: a repository, a tag, a digest, a reason', columns };
  yield* tableOf(head, bodies(removals));
}

function* bodies(removals: RemovalList): Generator<string> {
  const rank = ({ repository }: Group): number => (repository === undefined ? 2 : repository === SEVERAL ? 1 : 0);
  const groups = [...groupsOf(removals)].sort((a, b) => rank(a) - rank(b) || b.bytes - a.bytes);
  const most = Math.min(MOST_ROWS, Math.max(2, Math.floor(MOST_ROWS_IN_ALL / groups.length)));
  const letters: Letters = { left: MOST_LETTERS };
  for (const group of groups.slice(0, MOST_GROUPS)) yield* groupMarkup(removals, group, most, letters);
  yield moreGroups(COLUMNS, groups.length);
}

/** The removals by repository, a blob with the one that gave it up: as `totalsOf` counts them. */
function groupsOf(removals: RemovalList): Iterable<Group> {
  const groups = new Map<Group['repository'], Group>();
  const givenUpBy = new Map<number, RepositoryName | typeof SEVERAL>();
  for (let index = 0; index < removals.length; index += 1) {
    const kind = removals.kindAt(index);
    const digest = removals.digestIdAt(index);
    const named = removals.repositoryAt(index);
    if (named !== undefined && digest !== undefined && kind !== 'history') {
      const before = givenUpBy.get(digest);
      givenUpBy.set(digest, before === undefined || before === named ? named : SEVERAL);
    }
    const repository = kind === 'blob' && digest !== undefined ? givenUpBy.get(digest) : named;
    let group = groups.get(repository);
    if (group === undefined) {
      group = { repository, shown: new Map(), counts: new Map(), bytes: 0 };
      groups.set(repository, group);
    }
    group.bytes += removals.bytesAt(index);
    group.counts.set(kind, (group.counts.get(kind) ?? 0) + 1);
    const same = group.shown.get(kind);
    if (same === undefined) group.shown.set(kind, [index]);
    else if (kind === 'tag' || same.length < MOST_ROWS) same.push(index);
  }
  return groups.values();
}

function* groupMarkup(
  removals: RemovalList,
  { repository, shown, counts, bytes }: Group,
  most: number,
  letters: Letters,
): Generator<string> {
  const name =
    repository === undefined
      ? 'In no repository'
      : repository === SEVERAL
        ? 'Shared by several repositories'
        : nameMarkup(repository);
  yield `<tbody>${groupHead(COLUMNS, name, escaped(kindsText(counts)), bytes === 0 ? '' : bytesMarkup(bytes))}`;
  const all = SHOWN_FIRST.flatMap((kind) => shown.get(kind) ?? []);
  const rows = all.slice(0, most);
  for (const index of rows) yield rowMarkup(removals.at(index));
  const left = new Map(counts);
  for (const index of rows) {
    const kind = removals.kindAt(index);
    left.set(kind, left.get(kind)! - 1);
  }
  const rest = kindsText(left);
  const tags = (shown.get('tag') ?? []).slice(most).map((index) => removals.at(index).tag!);
  if (rest !== '') yield tailRow(COLUMNS, `and ${escaped(rest)}${names(tags, letters)}`);
  yield '</tbody>\n';
}

function kindsText(counts: ReadonlyMap<RemovalKind, number>): string {
  return SHOWN_FIRST.flatMap((kind) => {
    const count = counts.get(kind) ?? 0;
    return count === 0 ? [] : [counted(count, ...words.KIND_WORDS[kind])];
  }).join(', ');
}

function rowMarkup(removal: Removal): string {
  const { kind, bytes, reason, digest } = removal;
  const whole = digest === undefined || (kind !== 'tag' && kind !== 'revision') ? '' : ` title="${escaped(digest)}"`;
  return (
    `<tr><td>${words.KIND_WORDS[kind][0]}</td><td><span class="name"${whole}>${escaped(which(removal))}</span></td>` +
    `<td>${escaped(words.reasonWithEvidence(reason))}</td><td class="number">${bytes === 0 ? '' : bytesMarkup(bytes)}</td></tr>\n`
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

/** Why how many of what go, all repositories together. */
export function* reasonsMarkup({ reasons }: Totals): Generator<string> {
  const head = ['How many', 'What', 'Because', 'Size'];
  yield '<div class="box" tabindex="0" role="region" aria-labelledby="reasons"><table class="reasons"><thead><tr>';
  for (const [at, title] of head.entries())
    yield `<th scope="col"${at % 3 === 0 ? ' class="number"' : ''}>${title}</th>`;
  yield '</tr></thead><tbody>\n';
  for (const { kind, code, count, bytes } of reasons) {
    const [one, many] = words.KIND_WORDS[kind];
    yield `<tr><td class="number">${grouped(count)}</td><td>${count === 1 ? one : many}</td><td>${escaped(words.reasonText(code))}</td><td class="number">${bytes === 0 ? '' : bytesMarkup(bytes)}</td></tr>\n`;
  }
  yield '</tbody></table></div>\n';
}
