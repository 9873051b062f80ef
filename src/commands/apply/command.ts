// `regsweep apply`: carries out a plan that was saved and looked at, if the tree would still give the very same one.

import { command } from '../../cli/command.js';
import { carryingOptions, inPlaceOption, reportOption } from '../../cli/options.js';
import { version } from '../../cli/version.js';

export const apply = command({
  name: 'apply',
  usage: 'apply <plan>',
  summary: 'Carry out a plan that --plan-out saved, unless the tree has changed since',
  build: (yargs) =>
    carryingOptions(
      yargs.positional('plan', {
        type: 'string',
        takes: 'FILE',
        demandOption: true,
        describe: 'The file that --plan-out wrote',
      }),
    )
      .option('in-place', inPlaceOption())
      .option('report', reportOption())
      .example('$0 gc --dry-run --plan-out plan.json', 'Make a plan, to be looked at')
      .example('$0 apply plan.json', 'Carry it out; refused when anything else would go now'),
  async run(options, session) {
    const { readSavedPlan } = await import('../../cli/saved-plan.js');
    const saved = await readSavedPlan(options.plan, version(), session.interruption.signal);
    const { change } = await import('../../cli/change.js');
    return change(session, saved.request, options, saved);
  },
});
