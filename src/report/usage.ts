// Where the disk goes, as a table like that of `docker system df`, and as JSON.

import type { RepositoryUsage, Usage, Weight } from '../inspect/usage.js';
import type { ReportSummary, ReportTable } from './html/data.js';
import { FORMAT, gathered, list } from './json.js';
import { type Column, type Style, tableLines } from './table.js';
import { type ByteStyle, bytesText, counted, grouped, printable } from './text.js';

export interface UsageResult {
  readonly root: string;
  readonly usage: Usage;
  /** What `gc --untagged` would free now. */
  readonly reclaimableBytes: number;
  /** The repositories that are shown, in their order. */
  readonly shown: readonly RepositoryUsage[];
}

export interface UsageView {
  readonly style: Style;
  readonly bytes: ByteStyle;
  readonly tags: boolean;
}

export function* usageLines({ root, usage, reclaimableBytes, shown }: UsageResult, view: UsageView): Generator<string> {
  const { style } = view;
  const size = (bytes: number): string => (bytes === 0 ? '-' : bytesText(bytes, view.bytes));
  yield `${style.bold('Registry')}  ${printable(root)}`;
  yield '';
  const columns: Column[] = [
    { title: view.tags ? 'REPOSITORY:TAG' : 'REPOSITORY', shrinks: true },
    { title: 'TAGS', align: 'right' },
    { title: 'TOTAL', align: 'right' },
    { title: 'UNIQUE', align: 'right' },
    { title: 'SHARED', align: 'right' },
    { title: 'UNTAGGED', align: 'right' },
    { title: 'ORPHANED', align: 'right' },
    { title: 'UPLOADS', align: 'right' },
  ];
  const rows = shown.flatMap((of) => [
    [
      printable(of.repository),
      grouped(of.tagCount),
      ...[of.total, of.unique, of.shared, of.untagged, of.orphaned].map(({ bytes }) => size(bytes)),
      size(of.uploads.bytes),
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
  yield '';
  yield style.bold(`Reclaimable by gc --untagged: ${size(reclaimableBytes)}`);
}

function* totalLines({ totals }: Usage, view: UsageView, size: (bytes: number) => string): Generator<string> {
  const columns: Column[] = [
    { title: 'BLOBS' },
    { title: 'COUNT', align: 'right' },
    { title: view.bytes === 'exact' ? 'BYTES' : 'SIZE', align: 'right' },
    { title: 'ON DISK', align: 'right' },
  ];
  const row = (name: string, { blobs, bytes, diskBytes }: Weight): string[] => [
    name,
    grouped(blobs),
    size(bytes),
    size(diskBytes),
  ];
  yield* tableLines(
    columns,
    [
      row('of tagged images', totals.tagged),
      row('of untagged images alone', totals.untagged),
      row('linked, named by no image', totals.orphaned),
      row('referenced by nothing', totals.unreferenced),
      row('all', totals.all),
      ['unfinished uploads', grouped(totals.uploads.count), size(totals.uploads.bytes)],
    ],
    view.style,
  );
}

export function* usageDocument({ root, usage, reclaimableBytes, shown }: UsageResult): Generator<string> {
  const head = { format: FORMAT, command: 'du', root, totals: usage.totals, reclaimableBytes };
  function* pieces(): Generator<string> {
    yield `${JSON.stringify(head, undefined, 2).slice(0, -2)},\n  "repositories": `;
    yield* list(shown);
    yield '\n}\n';
  }
  yield* gathered(pieces());
}

/** The usage as the summary of a report. */
export function usageSummary({ usage, reclaimableBytes }: UsageResult): ReportSummary {
  const { totals, repositories } = usage;
  const all = totals.all.bytes + totals.uploads.bytes;
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
    remarks: [],
  };
}

/** The usage as tables of a report. */
export function usageTables({ usage, shown }: UsageResult): readonly ReportTable[] {
  const { totals } = usage;
  const sum = (name: string, { blobs, bytes, diskBytes }: Weight) => [name, blobs, bytes, diskBytes];
  const hidden = usage.repositories.length - shown.length;
  return [
    {
      title: 'Blobs',
      columns: [
        { title: 'Which', is: 'text' },
        { title: 'How many', is: 'count' },
        { title: 'Size', is: 'bytes' },
        { title: 'On disk', is: 'bytes' },
      ],
      groups: [
        {
          rows: [
            sum('of tagged images', totals.tagged),
            sum('of untagged images alone', totals.untagged),
            sum('linked, named by no image', totals.orphaned),
            sum('referenced by nothing', totals.unreferenced),
            sum('all', totals.all),
            ['unfinished uploads', totals.uploads.count, totals.uploads.bytes, ''],
          ],
        },
      ],
    },
    {
      title: hidden > 0 ? `Repositories (${grouped(hidden)} more not shown)` : 'Repositories',
      columns: [
        { title: 'Repository', is: 'name' },
        { title: 'Tags', is: 'count' },
        ...['Total', 'Unique', 'Shared', 'Untagged', 'Orphaned', 'Uploads'].map((title) => ({
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
    ]),
  ];
}
