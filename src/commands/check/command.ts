// `regsweep check`: what is damaged, which pulls that breaks, and what to do.

import { command } from '../../cli/command.js';
import { REPORT_OPTION, REPOSITORIES } from '../../cli/options.js';
import { EXIT, usageError } from '../../model/errors.js';
import { checkScope } from '../../plan/reference.js';

export const check = command({
  name: 'check',
  summary: 'Find damage: broken links, missing or corrupt blobs; exits with 5 if there is any',
  arguments: REPOSITORIES,
  options: {
    content: { describe: 'Also hash every blob: reads the whole store', group: 'scope' },
    since: {
      takes: 'DURATION',
      describe: 'With --content: only blobs stored since, a duration (7d) or a date (2026-11-20)',
      group: 'scope',
      requires: 'content',
    },
    ...REPORT_OPTION,
  },
  examples: [
    ['regsweep check', 'Check the structure: links, tags, manifests'],
    ['regsweep check --content', 'Check every byte too'],
    ['regsweep check --content --since 8d', 'Check what was stored since the last weekly check'],
  ],
  async run(options, session) {
    const nowMs = session.now();
    const sinceMs = options.since === undefined ? undefined : await sinceOf(options.since, nowMs);
    const [
      { openSource },
      { requestOf },
      { select },
      { examine },
      { brokenTags, checkDocument, checkLines, checkSummary, checkTables },
      { reportAt },
    ] = await Promise.all([
      import('../../cli/source.js'),
      import('../../plan/request.js'),
      import('../../plan/select.js'),
      import('./examine.js'),
      import('./view.js'),
      import('../../cli/report-file.js'),
    ]);
    const { progressOf } = await import('../../cli/progress.js');
    checkScope('check', options.pattern);
    const source = await openSource(session);
    const page = await reportAt(options.report, source.tree.root, session);
    const scan = await source.scan({ leftovers: 'all', blobSizes: true });
    const progress = progressOf(session);
    try {
      const { inventory } = scan;
      const { scope, problems } = select(inventory, requestOf({ command: 'gc', nowMs, patterns: options.pattern }));
      for (const { detail } of problems) session.log.warn(`'${detail}' matches nothing.`);
      const { findings, blobs, hashed } = await examine(scan, source.tree.v2, scope, {
        all: options.pattern.length === 0,
        content: options.content,
        sinceMs,
        onProgress: (phase, done, total, unit) => progress.report(phase, done, total, unit),
        onStep: () => session.interruption.check(),
      });
      const result = {
        root: source.tree.root,
        findings,
        repositories: scope.size,
        blobs,
        hashed,
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
    if (Number.isNaN(date))
      throw usageError(`--since must be a date or a duration, not '${text}'.`, 'Such as 2026-11-20, or 7d.');
    return date;
  }
  const { durationMs } = await import('../../cli/durations.js');
  return nowMs - durationMs('since', text);
}
