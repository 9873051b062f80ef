// A plan on the screen: what goes by repository and why, what is held back, and last what it frees. The first screen must be
// enough to say yes or no; `verbose` adds every single removal.

import { shortDigest } from '../model/digest.js';
import type { RemovalKind } from '../plan/removal.js';
import type { Frozen, Plan } from '../plan/types.js';
import { few, moreLine, problemLines } from './problem-lines.js';
import type { ChangeResult } from './result.js';
import { type Column, type Style, tableLines, wrapped } from './table.js';
import { type ByteStyle, bytesText, counted, grouped, listed, printable } from './text.js';
import { type Counts, type Totals, totalsOf } from './totals.js';
import * as words from './words.js';

export interface PlanView {
  readonly style: Style;
  readonly bytes: ByteStyle;
  /** Every removal and problem, not only counts and the first few. */
  readonly verbose: boolean;
  /** Nothing but the last line. */
  readonly sumOnly: boolean;
}

/** How many of anything are shown without `verbose`. */
const FEW = 10;
/** How many repositories are shown without `verbose`: those that free most. */
const REPOSITORIES = 25;

/** The lines that show a plan, without line ends. */
export function* planLines({ root, dryRun, inPlace, plan }: ChangeResult, view: PlanView): Generator<string> {
  const totals = totalsOf(plan.removals);
  if (view.sumOnly) {
    yield lastLine(totals, plan, view, dryRun);
    return;
  }
  const told = dryRun ? view.style.dim('  (dry run: nothing is changed)') : '';
  yield wrapped(`${view.style.bold('Registry')}  ${printable(root)}${told}`, view.style.width, '  ');
  if (plan.removals.length > 0) {
    yield '';
    const lines = [...repositoryLines(totals, view)];
    yield* lines;
    if (lines.length > 0) yield '';
    yield* tagLines(plan, totals, view);
    yield* reasonLines(totals, view);
    if (view.verbose) yield* removalLines(plan, view);
  }
  yield* verdictLines(plan, view);
  yield* heldBackLines(plan, root, view);
  yield* problemLines(plan.problems, view);
  yield '';
  if (inPlace === true && plan.removals.length > 0)
    yield wrapped(
      `${view.style.warn('No undo')}  --in-place deletes without a record or trash: this cannot be undone.`,
      view.style.width,
      '  ',
    );
  yield lastLine(totals, plan, view, dryRun);
}

function* repositoryLines(totals: Totals, view: PlanView): Generator<string> {
  const kinds = SHOWN.filter(({ of, always }) => always || totals[of] > 0);
  const columns: Column[] = [
    { title: 'REPOSITORY', shrinks: true },
    ...kinds.map(({ title, drops }): Column => ({ title, align: 'right', ...(drops === undefined ? {} : { drops }) })),
    { title: view.bytes === 'exact' ? 'BYTES' : 'FREES', align: 'right' },
  ];
  const row = (name: string, counts: Readonly<Counts>): string[] => [
    name,
    ...kinds.map(({ of }) => (counts[of] === 0 ? '' : grouped(counts[of]))),
    counts.bytes === 0 ? '-' : bytesText(counts.bytes, view.bytes),
  ];
  // Of some repositories nothing goes but empty folders.
  const some = totals.repositories.filter((counts) => isAny(counts) || counts.bytes > 0);
  const shown = view.verbose ? some : heaviest(some);
  const rows = shown.map((counts) => row(printable(counts.repository), counts));
  const hidden = some.length - shown.length;
  if (hidden > 0) rows.push([`(${counted(hidden, 'more repository', 'more repositories')}; -v shows all)`]);
  if (isAny(totals.shared)) rows.push(row('(shared by several of them)', totals.shared));
  if (isAny(totals.unlinked)) rows.push(row('(in no repository)', totals.unlinked));
  if (rows.length === 0) return;
  if (rows.length > 1) rows.push(row('total', totals));
  const lines = [...tableLines(columns, rows, view.style)];
  if (rows.length > 1) lines.push(view.style.bold(lines.pop()!));
  yield* lines;
}

/** What has a column: what people think in, and what takes space. The rest stands in the list of reasons. */
const SHOWN: readonly {
  readonly title: string;
  readonly of: Exclude<keyof Counts, 'bytes'>;
  readonly always?: boolean;
  /** How soon a narrow terminal goes without it. */
  readonly drops?: number;
}[] = [
  { title: 'TAGS', of: 'tags', always: true },
  { title: 'REVISIONS', of: 'revisions', always: true, drops: 1 },
  { title: 'LINKS', of: 'layerLinks', always: true, drops: 3 },
  { title: 'UPLOADS', of: 'uploads', drops: 2 },
  { title: 'BLOBS', of: 'blobs', always: true },
];

/** Those of which most goes, in the order of their names. */
function heaviest<T extends Readonly<Counts>>(repositories: readonly T[]): readonly T[] {
  if (repositories.length <= REPOSITORIES) return repositories;
  const chosen = new Set([...repositories].sort((a, b) => b.bytes - a.bytes || b.tags - a.tags).slice(0, REPOSITORIES));
  return repositories.filter((each) => chosen.has(each));
}

function isAny(counts: Readonly<Counts>): boolean {
  return SHOWN.some(({ of }) => counts[of] > 0);
}

/** Tags are what people think in: the first few are always named. */
function* tagLines(plan: Plan, totals: Totals, view: PlanView): Generator<string> {
  if (totals.tags === 0 || view.verbose) return;
  const names: string[] = [];
  for (let index = 0; index < plan.removals.length && names.length < FEW; index += 1) {
    if (plan.removals.kindAt(index) !== 'tag') continue;
    const { repository, tag } = plan.removals.at(index);
    names.push(`${repository}:${tag}`);
  }
  const more = totals.tags > names.length ? `, and ${grouped(totals.tags - names.length)} more` : '';
  yield wrapped(`Tags that go: ${listed(names, FEW)}${more}`, view.style.width, '  ');
  yield '';
}

function* reasonLines(totals: Totals, view: PlanView): Generator<string> {
  const columns: Column[] = [
    { title: 'WHAT GOES', align: 'right' },
    { title: 'BECAUSE', least: 12 },
    { title: '', align: 'right' },
  ];
  const rows = totals.reasons.map(({ kind, code, count, bytes }) => [
    kindCount(kind, count),
    words.reasonText(code),
    bytes === 0 ? '' : bytesText(bytes, view.bytes),
  ]);
  yield* tableLines(columns, rows, view.style);
}

function kindCount(kind: RemovalKind, count: number): string {
  return counted(count, ...words.KIND_WORDS[kind]);
}

function* removalLines(plan: Plan, view: PlanView): Generator<string> {
  yield '';
  yield view.style.dim('EVERY STEP');
  const digits = String(plan.removals.length).length;
  for (const removal of plan.removals) {
    const { step, kind, bytes, reason } = removal;
    const size = bytes === 0 ? '' : `, ${bytesText(bytes, view.bytes)}`;
    yield `${String(step).padStart(digits)}  ${words.KIND_WORDS[kind][0]}  ${subject(removal)}${size}: ${words.reasonWithEvidence(reason)}`;
  }
}

function subject(removal: {
  readonly kind: RemovalKind;
  readonly repository: string | undefined;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
  readonly upload: string | undefined;
  readonly path: string;
}): string {
  const { kind, repository, tag, digest, upload, path } = removal;
  const short = digest === undefined ? '' : shortDigest(digest);
  switch (kind) {
    case 'tag':
      return `${printable(`${repository}:${tag}`)}${short === '' ? '' : ` (${short})`}`;
    case 'history':
      return `${printable(`${repository}:${tag}`)} was ${short}`;
    case 'revision':
    case 'layerLink':
      return `${printable(repository ?? '')}@${short}`;
    case 'upload':
      return printable(`${repository} ${upload}`);
    case 'blob':
      return short;
    case 'leftover':
    case 'directory':
      return printable(path);
  }
}

/** Every tag with its verdict and rule, repository by repository. */
function* verdictLines(plan: Plan, view: PlanView): Generator<string> {
  if (plan.verdicts.length === 0) return;
  yield '';
  const { style } = view;
  const rows = plan.verdicts.map((verdict) => [
    verdict.keep ? 'keep' : style.bad('remove'),
    printable(`${verdict.repository}:${verdict.tag}`),
    words.verdictText(verdict),
  ]);
  yield* tableLines(
    [{ title: 'VERDICT' }, { title: 'TAG', shrinks: true }, { title: 'BECAUSE', least: 12 }],
    rows,
    style,
  );
  const kept = plan.verdicts.filter(({ keep }) => keep).length;
  yield `${counted(kept, 'tag')} kept, ${grouped(plan.verdicts.length - kept)} removed.`;
}

function* heldBackLines(plan: Plan, root: string, view: PlanView): Generator<string> {
  const { style } = view;
  for (const frozen of few(plan.frozen, view)) yield* frozenLines(frozen, root, view);
  yield* moreLine(plan.frozen.length, view);
  if (plan.leftAlone.length > 0) yield '';
  for (const left of few(plan.leftAlone, view)) {
    yield wrapped(`${style.warn(printable(left.repository))}  ${words.leftAloneText(left)}`, style.width, '  ');
  }
  yield* moreLine(plan.leftAlone.length, view);
  if (plan.heldBackBlobs === 0) return;
  yield '';
  const held = counted(plan.heldBackBlobs, 'unreferenced blob');
  yield wrapped(`${held} held back: a manifest that cannot be read may need them.`, style.width, '  ');
}

function* frozenLines({ repository, causes }: Frozen, root: string, view: PlanView): Generator<string> {
  const { style } = view;
  yield '';
  const name = style.warn(printable(repository));
  yield wrapped(`${name}  frozen: only what is named literally goes from it`, style.width, '  ');
  for (const cause of few(causes, view)) {
    yield wrapped(`  ${words.problemText(cause.code)}: ${printable(cause.path)}`, style.width, '    ');
    yield `    to unfreeze: restore that file, push again, or ${words.commandOn(root, words.unfreezeText(cause))}`;
  }
  yield* moreLine(causes.length, view);
}

function lastLine(totals: Totals, plan: Plan, { style, bytes }: PlanView, dryRun: boolean): string {
  if (plan.removals.length === 0) return style.bold('Nothing to remove.');
  const frees = totals.bytes === 0 ? 'no space' : bytesText(totals.bytes, bytes);
  return style.bold(`${dryRun ? 'Would free' : 'Frees'} ${frees}${bytes === 'exact' ? ' bytes' : ''}`);
}
