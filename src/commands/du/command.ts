// `regsweep du`: where the disk goes.

import { command } from '../../cli/command.js';
import { REPORT_OPTION, REPOSITORIES } from '../../cli/options.js';
import { EXIT, RegsweepError, usageError } from '../../model/errors.js';
import { checkScope } from '../../plan/reference.js';
import type { RepositoryUsage } from './usage.js';

const SORTS = ['unique', 'total', 'untagged', 'reclaimable', 'name'] as const;

export const du = command({
  name: 'du',
  summary: 'Show where the disk goes: by repository total, unique, shared, untagged, reclaimable',
  arguments: REPOSITORIES,
  options: {
    tags: { describe: 'Show each tag too', group: 'output' },
    sort: {
      choices: SORTS,
      takes: 'ORDER',
      default: 'unique',
      describe: 'Sort by this, largest first; name is alphabetical',
      group: 'output',
    },
    ...REPORT_OPTION,
    top: { takes: 'N', describe: 'Show only the first N', group: 'output' },
  },
  examples: [
    ['regsweep du', 'What each repository takes, and what gc --untagged would free'],
    ['regsweep du --top 10', 'The ten largest repositories'],
    ["regsweep du 'team/**' --tags", 'One team, tag by tag'],
  ],
  async run(options, session) {
    const top =
      options.top === undefined ? undefined : /^[1-9]\d{0,8}$/.test(options.top) ? Number(options.top) : Number.NaN;
    if (Number.isNaN(top)) throw usageError(`--top must be a whole number above 0, not '${options.top}'.`);
    const [
      { openSource },
      { frozenIn, usageOf },
      { makePlan },
      { requestOf },
      { select },
      { usageDocument, usageLines, usageSummary, usageTables },
      { reportAt },
      { heldBackLines },
    ] = await Promise.all([
      import('../../cli/source.js'),
      import('./usage.js'),
      import('../../cli/make-plan.js'),
      import('../../plan/request.js'),
      import('../../plan/select.js'),
      import('./view.js'),
      import('../../cli/report-file.js'),
      import('../../report/partial-lines.js'),
    ]);
    checkScope('du', options.pattern);
    const source = await openSource(session);
    const page = await reportAt(options.report, source.tree.root, session);
    const scan = await source.scan({ blobSizes: true, leftovers: 'likely' });
    try {
      const { inventory } = scan;
      const nowMs = session.now();
      // Asked first: a name that is not there is reported before anything is weighed.
      const selection = select(inventory, requestOf({ command: 'gc', nowMs, patterns: options.pattern }));
      for (const { detail } of selection.problems) session.log.warn(`'${detail}' matches nothing.`);
      // The very plan of `gc --untagged`: what is promised here is what it frees.
      const plan = await makePlan(scan, requestOf({ command: 'gc', nowMs, untagged: true })).catch(refusalOf);
      const refused = plan instanceof RegsweepError ? { message: plan.message, hint: plan.hint ?? '' } : undefined;
      const made = plan instanceof RegsweepError ? undefined : plan;
      let reclaimableBytes = 0;
      for (let index = 0; index < (made?.removals.length ?? 0); index += 1)
        reclaimableBytes += made!.removals.bytesAt(index);
      const frozen = made?.frozen ?? frozenIn(inventory);
      const names = new Set<string>(frozen.map(({ repository }) => repository));
      const usage = usageOf(inventory, { withTags: options.tags, frozen: names, ...(made && { plan: made }) });
      const sorted = usage.repositories
        .filter((_, position) => selection.scope.has(position))
        .sort((a, b) => (options.sort === 'name' ? 0 : amount(b, options.sort) - amount(a, options.sort)));
      const result = {
        root: source.tree.root,
        usage,
        reclaimableBytes,
        shown: sorted.slice(0, top),
        refusal: refused,
        frozen,
        leftAlone: made?.leftAlone ?? [],
        heldBackBlobs: made?.heldBackBlobs ?? 0,
      };
      if (session.options.json) await session.stdout.pieces(usageDocument(result));
      else {
        const view = { style: session.style, bytes: session.bytes, tags: options.tags };
        await session.stdout.lines(usageLines(result, view));
      }
      page?.note(inventory, { marks: 'reclaimable', plan: made });
      const problems = made?.problems ?? inventory.problems;
      const told = { summary: usageSummary(result), tables: usageTables(result), problems };
      await page?.write({ command: 'du', root: result.root, ...told });
      session.explain(heldBackLines(source.tree.root, frozen, []));
      if (refused !== undefined) session.explain([`gc --untagged refuses: ${refused.message}`]);
      return frozen.length > 0 || refused !== undefined ? EXIT.partial : EXIT.ok;
    } finally {
      await scan.close();
    }
  },
});

/** A refusal of the plan is part of the answer: the sizes are reported all the same. */
function refusalOf(error: unknown): RegsweepError {
  if (error instanceof RegsweepError && error.exitStatus === EXIT.refused && error.code !== 'tree-unreadable')
    return error;
  throw error;
}

function amount(of: RepositoryUsage, by: Exclude<(typeof SORTS)[number], 'name'>): number {
  return by === 'reclaimable' ? of.reclaimableBytes : of[by].bytes;
}
