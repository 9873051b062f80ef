// Where the disk goes, as a table like that of `docker system df`, and as JSON.

import type { Frozen, LeftAlone } from '../../plan/types.js';
import type { ReportSummary, ReportTable } from '../../report/html/data.js';
import { FORMAT, gathered, list } from '../../report/json.js';
import { type Column, PLAIN, type Style, tableLines, wrapped } from '../../report/table.js';
import { type ByteStyle, bytesText, counted, grouped, printable } from '../../report/text.js';
import { leftAloneText, problemText } from '../../report/words.js';
import type { ClassWeight, FileWeight, RepositoryUsage, Usage } from './usage.js';

export interface UsageResult {
  readonly root: string;
  readonly usage: Usage;
  /** What `gc --untagged` would free now. */
  readonly reclaimableBytes: number;
  /** Why it would do nothing at all. */
  readonly refusal: { readonly message: string; readonly hint: string } | undefined;
  readonly frozen: readonly Frozen[];
  readonly leftAlone: readonly LeftAlone[];
  /** Blobs that nothing references and that stay for doubt. */
  readonly heldBackBlobs: number;
  /** The repositories that are shown, in their order. */
  readonly shown: readonly RepositoryUsage[];
}

export interface UsageView {
  readonly style: Style;
  readonly bytes: ByteStyle;
  readonly tags: boolean;
}

export function* usageLines(result: UsageResult, view: UsageView): Generator<string> {
  const { root, usage, reclaimableBytes, shown, refusal } = result;
  const { style } = view;
  const size = (bytes: number): string => (bytes === 0 ? '-' : bytesText(bytes, view.bytes));
  yield `${style.bold('Registry')}  ${printable(root)}`;
  yield '';
  const columns: Column[] = [
    { title: view.tags ? 'REPOSITORY:TAG' : 'REPOSITORY', shrinks: true },
    { title: 'TAGS', align: 'right', drops: 2 },
    { title: 'TOTAL', align: 'right' },
    { title: 'UNIQUE', align: 'right', drops: 0 },
    { title: 'SHARED', align: 'right', drops: 3 },
    { title: 'UNTAGGED', align: 'right', drops: 1 },
    { title: 'ORPHANED', align: 'right', drops: 5 },
    { title: 'UPLOADS', align: 'right', drops: 4 },
    { title: 'RECLAIMABLE', align: 'right' },
  ];
  const rows = shown.flatMap((of) => [
    [
      printable(of.repository),
      grouped(of.tagCount),
      ...[of.total, of.unique, of.shared, of.untagged, of.orphaned].map(({ bytes }) => size(bytes)),
      size(of.uploads.bytes),
      size(of.reclaimableBytes),
    ],
    ...of.tags.map(({ tag, total, unique }) => [
      `  ${printable(tag)}`,
      '',
      size(total.bytes),
      size(unique.bytes),
      size(total.bytes - unique.bytes),
    ]),
  ]);
  if (rows.length > 0) yield* tableLines(columns, rows, style);
  const hidden = usage.repositories.length - shown.length;
  if (hidden > 0) yield style.dim(`(${counted(hidden, 'more repository', 'more repositories')} not shown)`);
  yield '';
  yield* totalLines(usage, view, size);
  yield* heldLines(result, view);
  yield '';
  yield style.bold(`Reclaimable by gc --untagged: ${size(reclaimableBytes)}`);
  if (refusal === undefined) return;
  yield wrapped(style.warn(`It refuses: ${printable(refusal.message)}`), style.width);
  yield wrapped(`  ${printable(refusal.hint)}`, style.width, '  ');
}

/** The totals by class, each byte in one of them, with what could go of it. */
function* totalLines({ totals }: Usage, view: UsageView, size: (bytes: number) => string): Generator<string> {
  const columns: Column[] = [
    { title: 'TYPE', least: 12 },
    { title: 'COUNT', align: 'right', drops: 1 },
    { title: view.bytes === 'exact' ? 'BYTES' : 'SIZE', align: 'right' },
    { title: 'ON DISK', align: 'right', drops: 2 },
    { title: 'RECLAIMABLE', align: 'right' },
  ];
  const { style } = view;
  const share = (part: number, whole: number): string =>
    part === 0 || view.bytes === 'exact' || (style.width ?? NARROW) < NARROW
      ? size(part)
      : `${size(part)} (${Math.round((100 * part) / whole)} %)`;
  const rows = classesOf(totals).map(({ name, count, bytes, diskBytes, reclaimableBytes }) => [
    name,
    grouped(count),
    size(bytes),
    diskBytes === undefined ? '' : size(diskBytes),
    share(reclaimableBytes, bytes),
  ]);
  const lines = [...tableLines(columns, rows, style)];
  yield* lines.slice(0, -1);
  yield style.bold(lines.at(-1)!);
}

/** Below this there is no room for a share beside a size. */
const NARROW = 60;

interface ClassRow {
  readonly name: string;
  readonly count: number;
  readonly bytes: number;
  /** Undefined where it is not known: of uploads. */
  readonly diskBytes: number | undefined;
  readonly reclaimableBytes: number;
}

/** Every class, rare ones only where there is something in them, and the sum of all. */
function classesOf(totals: Usage['totals']): readonly ClassRow[] {
  const blobs = (name: string, { blobs: count, ...more }: ClassWeight): ClassRow => ({ name, count, ...more });
  const files = (name: string, of: FileWeight): ClassRow => ({ name, diskBytes: undefined, ...of });
  const rows = [
    blobs('of tagged images', totals.tagged),
    ...(totals.held.blobs > 0 ? [blobs('of frozen repositories', totals.held)] : []),
    blobs('of untagged images alone', totals.untagged),
    blobs('linked, named by no image', totals.orphaned),
    blobs('referenced by nothing', totals.unreferenced),
    files('unfinished uploads', totals.uploads),
    ...(totals.leftovers.count > 0 ? [files('left by crashed writes', totals.leftovers)] : []),
  ];
  const add = (of: (row: ClassRow) => number): number => rows.reduce((sum, row) => sum + of(row), 0);
  const total: ClassRow = {
    name: 'all',
    count: add(({ count }) => count),
    bytes: add(({ bytes }) => bytes),
    diskBytes: totals.all.diskBytes,
    reclaimableBytes: add(({ reclaimableBytes }) => reclaimableBytes),
  };
  return [...rows, total];
}

const FEW = 5;

/** What could be thought to go, and stays. */
function* heldLines({ frozen, leftAlone, heldBackBlobs }: UsageResult, { style }: UsageView): Generator<string> {
  if (frozen.length + leftAlone.length + heldBackBlobs > 0) yield '';
  for (const { repository, causes } of frozen.slice(0, FEW)) {
    const { code, path } = causes[0]!;
    const more = causes.length > 1 ? `, and ${counted(causes.length - 1, 'more cause')}` : '';
    const why = `frozen, so all of it stays: ${problemText(code)}: ${printable(path)}${more}`;
    yield wrapped(`${style.warn(printable(repository))}  ${why}`, style.width, '  ');
  }
  if (frozen.length > FEW) yield style.dim(`  and ${grouped(frozen.length - FEW)} more; gc --dry-run shows them all`);
  for (const left of leftAlone.slice(0, FEW))
    yield wrapped(`${style.warn(printable(left.repository))}  ${leftAloneText(left)}`, style.width, '  ');
  if (leftAlone.length > FEW) yield style.dim(`  and ${grouped(leftAlone.length - FEW)} more`);
  if (heldBackBlobs > 0) {
    const held = counted(heldBackBlobs, 'unreferenced blob');
    yield wrapped(`${held} held back: a manifest that cannot be read may need them.`, style.width, '  ');
  }
}

export function* usageDocument(result: UsageResult): Generator<string> {
  const { root, usage, reclaimableBytes, shown, refusal, frozen, leftAlone, heldBackBlobs } = result;
  const held = { refusal: refusal ?? null, frozen, leftAlone, heldBackBlobs };
  const head = { format: FORMAT, command: 'du', root, totals: usage.totals, reclaimableBytes, ...held };
  function* pieces(): Generator<string> {
    yield `${JSON.stringify(head, undefined, 2).slice(0, -2)},\n  "repositories": `;
    yield* list(shown);
    yield '\n}\n';
  }
  yield* gathered(pieces());
}

/** The usage as the summary of a report. */
export function usageSummary(result: UsageResult): ReportSummary {
  const { usage, reclaimableBytes, refusal } = result;
  const { totals, repositories } = usage;
  const held = [...heldLines(result, { style: PLAIN, bytes: 'human', tags: false })];
  const remarks = held.map((line) => line.trim().replace(/ {2,}/, ': ')).filter((line) => line !== '');
  if (refusal !== undefined) remarks.push(`gc --untagged refuses: ${refusal.message} ${refusal.hint}`);
  const all = totals.all.bytes + totals.uploads.bytes + totals.leftovers.bytes;
  return {
    lead: `${bytesText(reclaimableBytes)} of ${bytesText(all)} can be freed`,
    state: { text: 'A look: nothing was changed', tone: 'plain' },
    figures: [
      { title: 'Repositories', value: repositories.length, is: 'count' },
      { title: 'Tags', value: repositories.reduce((sum, { tagCount }) => sum + tagCount, 0), is: 'count' },
      { title: 'Blobs', value: totals.all.blobs, is: 'count' },
      { title: 'Size', value: all, is: 'bytes' },
      { title: 'Blobs on disk', value: totals.all.diskBytes, is: 'bytes' },
      { title: 'Freed by gc --untagged', value: reclaimableBytes, is: 'bytes', tone: 'goes' },
    ],
    remarks,
  };
}

/** The usage as tables of a report. */
export function usageTables({ usage, shown }: UsageResult): readonly ReportTable[] {
  const hidden = usage.repositories.length - shown.length;
  return [
    {
      title: 'Blobs',
      columns: [
        { title: 'Which', is: 'text' },
        { title: 'How many', is: 'count' },
        { title: 'Size', is: 'bytes' },
        { title: 'On disk', is: 'bytes' },
        { title: 'Reclaimable', is: 'bytes' },
      ],
      groups: [
        {
          rows: classesOf(usage.totals).map(({ name, count, bytes, diskBytes, reclaimableBytes }) => [
            name,
            count,
            bytes,
            diskBytes ?? '',
            reclaimableBytes,
          ]),
        },
      ],
    },
    {
      title: hidden > 0 ? `Repositories (${grouped(hidden)} more not shown)` : 'Repositories',
      columns: [
        { title: 'Repository', is: 'name' },
        { title: 'Tags', is: 'count' },
        ...['Total', 'Unique', 'Shared', 'Untagged', 'Orphaned', 'Uploads', 'Reclaimable'].map((title) => ({
          title,
          is: 'bytes' as const,
        })),
      ],
      groups: [{ rows: shown.flatMap(usageRows) }],
    },
  ];
}

function usageRows(of: RepositoryUsage): readonly (readonly (string | number)[])[] {
  const { total, unique, shared, untagged, orphaned } = of;
  return [
    [
      of.repository,
      of.tagCount,
      ...[total, unique, shared, untagged, orphaned].map(({ bytes }) => bytes),
      of.uploads.bytes,
      of.reclaimableBytes,
    ],
    ...of.tags.map((each) => [
      `${of.repository}:${each.tag}`,
      '',
      each.total.bytes,
      each.unique.bytes,
      each.total.bytes - each.unique.bytes,
      '',
      '',
      '',
      '',
    ]),
  ];
}
