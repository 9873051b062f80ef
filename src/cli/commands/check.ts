// `regsweep check`: what is damaged, which pulls that breaks, and what to do.

import type { DigestId } from '../../inventory/digest-table.js';
import { BLOB_PRESENT, type Inventory } from '../../inventory/inventory.js';
import type { Digest } from '../../model/digest.js';
import { EXIT, usageError } from '../../model/errors.js';
import { blobDataPath } from '../../model/layout.js';
import { markBare } from '../bare.js';
import { command } from '../command.js';
import { GROUPS, reportOption } from '../options.js';

const FOREIGN = /foreign|nondistributable/;

export const check = command({
  name: 'check',
  usage: 'check [pattern..]',
  summary: 'Find damage: broken links, missing or corrupt blobs; exit status 5 where there is any',
  build: (yargs) =>
    yargs
      .positional('pattern', {
        type: 'string',
        takes: 'REPOSITORY',
        array: true,
        default: [] as string[],
        describe: 'Repositories to look at, by name or pattern (* ? [ab] {a,b} **); none means the whole registry',
      })
      .option('content', {
        type: 'boolean',
        default: false,
        describe: 'Also hash every blob: reads the whole store',
        group: GROUPS.what,
      })
      .option('since', {
        type: 'string',
        takes: 'AGE',
        requiresArg: true,
        describe: 'With --content: only blobs stored since, an age (7d) or a date (2026-11-20)',
        group: GROUPS.what,
      })
      .option('report', reportOption())
      .example('$0 check', 'The structure: links, tags, manifests')
      .example('$0 check --content', 'Every byte too')
      .example('$0 check --content --since 8d', 'What came since the last weekly check'),
  async run(options, session) {
    if (options.since !== undefined && !options.content)
      throw usageError('--since only means something with --content.');
    const nowMs = session.now();
    const sinceMs = options.since === undefined ? undefined : await sinceOf(options.since, nowMs);
    const [
      { openSource },
      { requestOf },
      { select },
      { findingsOf, suspicious },
      { brokenTags, checkDocument, checkLines, checkSummary, checkTables },
      { reportAt },
    ] = await Promise.all([
      import('../source.js'),
      import('../../plan/request.js'),
      import('../../plan/select.js'),
      import('../../inspect/findings.js'),
      import('../../report/check.js'),
      import('../report-file.js'),
    ]);
    const { progressOf } = await import('../progress.js');
    const source = await openSource(session);
    const page = await reportAt(options.report, source.tree.root, session);
    const scan = await source.scan({ leftovers: true, blobSizes: true });
    const progress = progressOf(session);
    try {
      const { inventory } = scan;
      await markBare(source.tree.v2, inventory, withoutBytes(inventory));
      const { scope, problems } = select(inventory, requestOf({ command: 'gc', nowMs, patterns: options.pattern }));
      for (const { detail } of problems) session.log.warn(`'${detail}' matches nothing.`);
      const tags = [...scope].map((at) => [at, [...inventory.repositories[at]!.tags.names.keys()]] as const);
      await scan.answer({ ask: 'histories', tags: new Map(tags) });
      const links = await scan.links(scope);
      const begun = performance.now();
      const blobs = blobsOf(inventory, scope, options.pattern.length === 0);
      const content = options.content
        ? await scan.content(blobs, sinceMs, (bytes) => progress.report('bytes hashed', bytes, undefined))
        : undefined;
      session.interruption.check();
      const foreignLayers = await foreignIn(source.tree.v2, suspicious(inventory, scope));
      const findings = findingsOf(inventory, scope, { links, content: content?.faults ?? [], foreignLayers });
      const result = {
        root: source.tree.root,
        findings,
        repositories: scope.size,
        blobs: blobs.length,
        hashed: content && { blobs: content.blobs, bytes: content.bytes, ms: Math.round(performance.now() - begun) },
      };
      progress.end();
      if (session.options.json) await session.stdout.pieces(checkDocument(result));
      else {
        const { verbose, quiet } = session.options;
        await session.stdout.lines(checkLines(result, { style: session.style, bytes: session.bytes, verbose, quiet }));
      }
      page?.note(inventory, { marks: 'broken', tags: brokenTags(findings) });
      const told = { summary: checkSummary(result), tables: checkTables(result), problems: [] };
      await page?.write({ command: 'check', root: result.root, ...told });
      return findings.some(({ severity }) => severity === 'damage') ? EXIT.damaged : EXIT.ok;
    } finally {
      progress.end();
      await scan.close();
    }
  },
});

async function sinceOf(text: string, nowMs: number): Promise<number> {
  if (/^\d{4}-\d\d-\d\d/.test(text)) {
    const date = Date.parse(text);
    if (Number.isNaN(date)) throw usageError(`--since '${text}' is no date.`, 'Give 2026-11-20, or an age such as 7d.');
    return date;
  }
  const { durationMs } = await import('../durations.js');
  return nowMs - durationMs('since', text);
}

/** Those with bytes are there: only the rest need be looked at once more. */
function withoutBytes({ blobs, digests }: Inventory): readonly Digest[] {
  const empty: Digest[] = [];
  for (let id = 0; id < digests.size; id += 1) {
    if (blobs.state[id] === BLOB_PRESENT && !(blobs.sizeBytes[id]! > 0)) empty.push(digests.text(id as DigestId));
  }
  return empty;
}

/** Blobs to hash: all, or what the repositories in scope link and name. */
function blobsOf(inventory: Inventory, scope: ReadonlySet<number>, all: boolean): readonly DigestId[] {
  const { state } = inventory.blobs;
  if (all) {
    const ids: DigestId[] = [];
    for (let id = 0; id < inventory.digests.size; id += 1) if (state[id] === BLOB_PRESENT) ids.push(id as DigestId);
    return ids;
  }
  const ids = new Set<number>();
  for (const position of scope) {
    const { revisions, layerLinks, tags } = inventory.repositories[position]!;
    for (const id of [...revisions, ...layerLinks, ...tags.current]) if (state[id] === BLOB_PRESENT) ids.add(id);
  }
  return [...ids] as DigestId[];
}

/** Layers that these manifests say are kept elsewhere. */
async function foreignIn(v2: string, manifests: readonly Digest[]): Promise<ReadonlySet<Digest>> {
  const [{ ReadingDoor }, { readManifestAt }] = await Promise.all([
    import('../../scan/door.js'),
    import('../../scan/manifests.js'),
  ]);
  const door = new ReadingDoor();
  const found = new Set<Digest>();
  for (const digest of manifests) {
    const { manifest } = readManifestAt(`${v2}/${blobDataPath(digest)}`, digest, door);
    for (const reference of manifest?.references ?? []) {
      if (FOREIGN.test(reference.mediaType ?? '')) found.add(reference.digest);
    }
  }
  return found;
}
