// `regsweep undo`: puts back what a run took that kept its trash.

import { command } from '../../cli/command.js';
import { carryingOptions, reportOption } from '../../cli/options.js';

export const undo = command({
  name: 'undo',
  usage: 'undo [run]',
  summary: 'Put back what a run took, where its trash was kept and it would be whole',
  build: (yargs) =>
    carryingOptions(
      yargs.positional('run', {
        type: 'string',
        takes: 'RUN',
        describe: 'Id of the run, as trash ls shows it; the latest whose trash is kept where not given',
      }),
    )
      .option('report', reportOption())
      .example('$0 undo --dry-run', 'What would come back')
      .example('$0 undo', 'Undo the latest run that kept its trash; asks first'),
  async run(options, session) {
    const { undoRun } = await import('./undo.js');
    return undoRun(session, options.run, options);
  },
});
