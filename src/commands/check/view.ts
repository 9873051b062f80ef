// Findings on the screen, each with what it means for pulls and what to do, and as JSON.

import type { ReportSummary, ReportTable } from '../../report/html/data.js';
import { FORMAT, gathered, list } from '../../report/json.js';
import { type Style, wrapped } from '../../report/table.js';
import { type ByteStyle, bytesText, counted, grouped, listed, printable } from '../../report/text.js';
import { type PROBLEM_CODES, problemText, problemTodo } from '../../report/words.js';
import type { Finding, FindingCode } from './finding.js';

export interface CheckResult {
  readonly root: string;
  readonly findings: readonly Finding[];
  readonly repositories: number;
  readonly blobs: number;
  /** Where content was hashed. */
  readonly hashed: { readonly blobs: number; readonly bytes: number; readonly ms: number } | undefined;
}

const FEW = 10;

const WORDS: Readonly<
  Record<Exclude<FindingCode, (typeof PROBLEM_CODES)[number]>, readonly [what: string, todo: string]>
> = {
  'tag-without-revision': [
    'a tag names an image that its repository does not link, so pulls of it fail',
    'Push the tag again, or remove it with `regsweep rm`.',
  ],
  'layer-missing': [
    'a layer or config is not stored, so pulls of its images fail',
    'Push an image with this layer again.',
  ],
  'layer-not-linked': [
    'a layer or config is stored but not linked in its repository, so pulls of its images fail',
    'Push the image again: what is stored need not be sent.',
  ],
  'child-missing': [
    'an index lists an image that its repository does not hold: pulls of that platform fail',
    'Nothing, where the index was pushed without it; else push it again.',
  ],
  'history-dangling': ["a tag's history names an image that is gone", '`regsweep gc --broken` removes it.'],
  'layer-link-dangling': [
    'a layer link to a blob that is not stored and that no image here names',
    '`regsweep gc` removes it.',
  ],
  'blob-bare': [
    "a blob's folder without its data, named by no image that was looked at",
    'Look at what lies in it; `regsweep gc` removes it where nothing does and nothing names it.',
  ],
  'link-content': [
    "a link's content is not what its folder says; a registry may serve the wrong thing, or nothing",
    "Push the image again; it is taken at its folder's name until then.",
  ],
  'link-missing': [
    'a link is gone that an image needs, so pulls of it fail',
    'Push the image again: what is stored need not be sent.',
  ],
  'history-link': [
    "an entry in a tag's history is damaged; pulls do not read it",
    'Nothing; `regsweep gc --broken` removes it where its image is gone.',
  ],
  'signature-missing': [
    'a signature of a schema 1 image is not stored; registries up to 2.4 sent it along',
    'Nothing: newer registries sign such images themselves.',
  ],
  'empty-folder': ['an empty folder, as deletes over the API leave them', '`regsweep gc` removes it.'],
  leftover: ['a temporary file of a crashed write', '`regsweep gc` removes it once it is a day old.'],
  'upload-undated': [
    'an unfinished upload does not say when it began',
    '`regsweep gc` deletes it by the time of its newest file.',
  ],
  'blob-content': [
    'a blob is not what its digest says: pulls of it fail or, worse, succeed',
    'Remove the images that need it and push them again; look at the disk.',
  ],
};

function wordsOf(code: FindingCode): readonly [what: string, todo: string] {
  if (code in WORDS) return WORDS[code as keyof typeof WORDS];
  return [problemText(code as never), problemTodo(code as never)];
}

export function* checkLines(
  { root, findings, repositories, blobs, hashed }: CheckResult,
  {
    style,
    bytes,
    verbose,
    quiet,
  }: { readonly style: Style; readonly bytes: ByteStyle; readonly verbose: boolean; readonly quiet: boolean },
): Generator<string> {
  if (!quiet) {
    yield `${style.bold('Registry')}  ${printable(root)}`;
    yield '';
    const codes = new Map<FindingCode, Finding[]>();
    for (const finding of findings) {
      const same = codes.get(finding.code);
      if (same === undefined) codes.set(finding.code, [finding]);
      else same.push(finding);
    }
    for (const [code, same] of codes) {
      const [what, todo] = wordsOf(code);
      const { severity } = same[0]!;
      const paint = severity === 'damage' ? style.bad : severity === 'litter' ? style.warn : style.dim;
      yield wrapped(
        `${paint(severity.toUpperCase())}  ${what}${same.length > 1 ? ` (${grouped(same.length)} times)` : ''}`,
        style.width,
        '  ',
      );
      for (const { path, detail, breaks } of verbose ? same : same.slice(0, FEW)) {
        const remark = detail === undefined ? '' : ` (${printable(detail)})`;
        yield wrapped(`  ${printable(path)}${remark}`, style.width, '    ');
        if (breaks.length > 0) yield wrapped(`    breaks ${listed(breaks, 5)}`, style.width, '      ');
      }
      if (!verbose && same.length > FEW) yield style.dim(`  and ${grouped(same.length - FEW)} more; -v shows all`);
      yield style.dim(wrapped(`  ${todo}`, style.width, '  '));
      yield '';
    }
    yield `Looked at ${counted(repositories, 'repository', 'repositories')} and ${counted(blobs, 'blob')}.`;
    if (hashed !== undefined) {
      const rate = hashed.ms === 0 ? '' : ` (${bytesText((1000 * hashed.bytes) / hashed.ms)}/s)`;
      yield `Hashed ${counted(hashed.blobs, 'blob')}, ${bytesText(hashed.bytes, bytes)}${rate}.`;
    }
  }
  const damage = findings.filter(({ severity }) => severity === 'damage').length;
  const rest = findings.length - damage;
  const more = rest > 0 ? ` ${counted(rest, 'note')}.` : '';
  yield damage > 0 ? style.bad(`${counted(damage, 'problem')} found.${more}`) : style.good(`No damage found.${more}`);
}

export function* checkDocument({ root, findings, repositories, blobs, hashed }: CheckResult): Generator<string> {
  const damage = findings.filter(({ severity }) => severity === 'damage').length;
  const head = { format: FORMAT, command: 'check', root, repositories, blobs, damage, hashed: hashed ?? null };
  function* pieces(): Generator<string> {
    yield `${JSON.stringify(head, undefined, 2).slice(0, -2)},\n  "findings": `;
    yield* list(
      findings.map((finding) => ({ ...finding, meaning: wordsOf(finding.code)[0], todo: wordsOf(finding.code)[1] })),
    );
    yield '\n}\n';
  }
  yield* gathered(pieces());
}

/** What was found as the summary of a report. */
export function checkSummary({ findings, repositories, blobs, hashed }: CheckResult): ReportSummary {
  const count = (of: Finding['severity']): number => findings.filter(({ severity }) => severity === of).length;
  const damage = count('damage');
  const broken = brokenTags(findings).size;
  const lead =
    damage === 0
      ? 'No damage found'
      : `${counted(damage, 'problem')} found; pulls of ${counted(broken, 'tag')} fail or may fail`;
  return {
    lead,
    state: damage === 0 ? { text: 'Sound', tone: 'good' } : { text: 'Damaged', tone: 'bad' },
    figures: [
      { title: 'Problems', value: damage, is: 'count', ...(damage > 0 ? { tone: 'bad' as const } : {}) },
      { title: 'Litter', value: count('litter'), is: 'count' },
      { title: 'Notes', value: count('note'), is: 'count' },
      { title: 'Repositories looked at', value: repositories, is: 'count' },
      { title: 'Blobs looked at', value: blobs, is: 'count' },
      ...(hashed === undefined ? [] : [{ title: 'Hashed', value: hashed.bytes, is: 'bytes' as const }]),
    ],
    remarks: [],
  };
}

/** Every tag, as `repository:tag`, whose pulls fail or may fail. */
export function brokenTags(findings: readonly Finding[]): ReadonlySet<string> {
  return new Set(findings.flatMap(({ severity, breaks }) => (severity === 'damage' ? breaks : [])));
}

/** The findings as a table of a report, a group a kind, with what to do. */
export function checkTables({ findings }: CheckResult): readonly ReportTable[] {
  if (findings.length === 0) return [];
  const codes = new Map<FindingCode, Finding[]>();
  for (const finding of findings) {
    const same = codes.get(finding.code);
    if (same === undefined) codes.set(finding.code, [finding]);
    else same.push(finding);
  }
  const columns = [
    { title: 'Where', is: 'name' as const },
    { title: 'Breaks', is: 'name' as const },
  ];
  const groups = [...codes].map(([code, same]) => {
    const [what, todo] = wordsOf(code);
    const { severity } = same[0]!;
    const tone = severity === 'damage' ? 'bad' : severity === 'litter' ? 'goes' : 'plain';
    return {
      head: { title: `${severity}: ${what}`, note: todo, tone } as const,
      rows: same.map(({ path, detail, breaks }) => [
        detail === undefined ? path : `${path} (${detail})`,
        breaks.join(', '),
      ]),
    };
  });
  return [{ title: 'Findings', columns, groups }];
}
