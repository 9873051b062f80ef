// `regsweep undo`: puts back what a run took that kept its trash.

import { command } from '../../cli/command.js';
import { CARRYING_OPTIONS, REPORT_OPTION } from '../../cli/options.js';

export const undo = command({
  name: 'undo',
  summary: 'Restore what a run with --keep-trash removed, if the images would be complete',
  arguments: {
    run: {
      takes: 'RUN',
      describe: 'Id of the run, as trash ls shows it; the latest run in the trash if not given',
    },
  },
  options: { ...CARRYING_OPTIONS, ...REPORT_OPTION },
  examples: [
    ['regsweep undo --dry-run', 'Show what would be restored'],
    ['regsweep undo', 'Undo the latest run in the trash; asks first'],
  ],
  async run(options, session) {
    const { undoRun } = await import('./undo.js');
    return undoRun(session, options.run, options);
  },
});
