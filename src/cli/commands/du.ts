// `regsweep du`: where the disk goes.

import { EXIT, usageError } from '../../model/errors.js';
import { command } from '../command.js';
import { GROUPS, reportOption } from '../options.js';

const SORTS = ['unique', 'total', 'untagged', 'name'] as const;

export const du = command({
  name: 'du',
  usage: 'du [pattern..]',
  summary: 'Show where the disk goes: by repository total, unique, shared, untagged, reclaimable',
  build: (yargs) =>
    yargs
      .positional('pattern', {
        type: 'string',
        takes: 'REPOSITORY',
        array: true,
        default: [] as string[],
        describe: 'Repositories to show, by name or pattern (* ? [ab] {a,b} **); none means all',
      })
      .option('tags', { type: 'boolean', default: false, describe: 'Each tag too', group: GROUPS.output })
      .option('sort', {
        choices: SORTS,
        takes: 'ORDER',
        default: 'unique' as const,
        requiresArg: true,
        describe: 'Largest first by this; name is alphabetical',
        group: GROUPS.output,
      })
      .option('report', reportOption())
      .option('top', {
        type: 'string',
        takes: 'N',
        requiresArg: true,
        describe: 'Only the first N',
        group: GROUPS.output,
      })
      .example('$0 du', 'What each repository takes, and what gc --untagged would free')
      .example('$0 du --top 10', 'The ten that would free most')
      .example("$0 du 'team/**' --tags", 'One team, tag by tag'),
  async run(options, session) {
    const top =
      options.top === undefined ? undefined : /^[1-9]\d{0,8}$/.test(options.top) ? Number(options.top) : Number.NaN;
    if (Number.isNaN(top)) throw usageError(`--top '${options.top}' is no whole number above 0.`);
    const [
      { openSource },
      { usageOf },
      { makePlan },
      { requestOf },
      { select },
      { usageDocument, usageLines, usageSummary, usageTables },
      { reportAt },
    ] = await Promise.all([
      import('../source.js'),
      import('../../inspect/usage.js'),
      import('../make-plan.js'),
      import('../../plan/request.js'),
      import('../../plan/select.js'),
      import('../../report/usage.js'),
      import('../report-file.js'),
    ]);
    const source = await openSource(session);
    const page = await reportAt(options.report, source.tree.root, session);
    const scan = await source.scan({ blobSizes: true, leftovers: 'all' });
    try {
      const { inventory } = scan;
      const nowMs = session.now();
      // Asked first: a name that is not there is told before anything is weighed.
      const selection = select(inventory, requestOf({ command: 'gc', nowMs, patterns: options.pattern }));
      for (const { detail } of selection.problems) session.log.warn(`'${detail}' matches nothing.`);
      // The very plan of `gc --untagged`: what is promised here is what it frees.
      const plan = await makePlan(
        scan,
        requestOf({ command: 'gc', nowMs, untagged: true, allowEmpty: true, broken: false }),
      );
      let reclaimableBytes = 0;
      for (let index = 0; index < plan.removals.length; index += 1) reclaimableBytes += plan.removals.bytesAt(index);
      const usage = usageOf(inventory, { withTags: options.tags });
      const sorted = usage.repositories
        .filter((_, position) => selection.scope.has(position))
        .sort((a, b) => (options.sort === 'name' ? 0 : b[options.sort].bytes - a[options.sort].bytes));
      const result = { root: source.tree.root, usage, reclaimableBytes, shown: sorted.slice(0, top) };
      if (session.options.json) await session.stdout.pieces(usageDocument(result));
      else {
        const view = { style: session.style, bytes: session.bytes, tags: options.tags };
        await session.stdout.lines(usageLines(result, view));
      }
      page?.note(inventory, { marks: 'reclaimable', plan });
      const told = { summary: usageSummary(result), tables: usageTables(result), problems: plan.problems };
      await page?.write({ command: 'du', root: result.root, ...told });
      return plan.frozen.length > 0 ? EXIT.partial : EXIT.ok;
    } finally {
      await scan.close();
    }
  },
});
