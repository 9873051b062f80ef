// `regsweep apply`: carries out a plan that was saved and looked at, if the tree would still give the very same one.

import { command } from '../../cli/command.js';
import { CARRYING_OPTIONS, IN_PLACE_OPTION, REPORT_OPTION } from '../../cli/options.js';
import { version } from '../../cli/version.js';

export const apply = command({
  name: 'apply',
  summary: 'Carry out a plan saved by --plan-out, unless the tree has changed since',
  arguments: {
    plan: { takes: 'FILE', required: true, describe: 'The file written by --plan-out' },
  },
  options: { ...CARRYING_OPTIONS, ...IN_PLACE_OPTION, ...REPORT_OPTION },
  examples: [
    ['regsweep gc --dry-run --plan-out plan.json', 'Save a plan for review'],
    ['regsweep apply plan.json', 'Carry it out, or refuse if the tree now gives another plan'],
  ],
  async run(options, session) {
    const { readSavedPlan } = await import('../../cli/saved-plan.js');
    const saved = await readSavedPlan(options.plan, version(), session.interruption.signal);
    const { change } = await import('../../cli/change.js');
    return change(session, saved.request, options, saved);
  },
});
