// `regsweep trash`: what earlier runs took and still keep, and how to free it.

import { command } from '../../cli/command.js';
import { REPORT_OPTION, TREE_CHECK_OPTIONS } from '../../cli/options.js';
import type { Session } from '../../cli/session.js';
import type { Writer } from '../../execute/writer.js';
import { EXIT, RegsweepError } from '../../model/errors.js';
import type { Tree } from '../../model/tree.js';
import type { KeptRun, TrashFailure, TrashResult } from './view.js';

export const trash = command({
  name: 'trash',
  summary: 'List the runs in the trash, or free their space',
  arguments: {
    action: { choices: ['ls', 'empty'], required: true, describe: 'List the runs in the trash, or free their space' },
    run: {
      takes: 'RUN',
      several: true,
      describe: 'Ids of runs, as trash ls shows them; all if none is given',
    },
  },
  options: { ...TREE_CHECK_OPTIONS, ...REPORT_OPTION },
  examples: [
    ['regsweep trash ls', 'List the runs, with the size of each'],
    ['regsweep trash empty', 'Free the space of all finished runs'],
  ],
  async run(options, session) {
    const [{ openSource }, { listRuns }, { Writer }, { trashDocument, trashLines, trashReport }, { reportAt }] =
      await Promise.all([
        import('../../cli/source.js'),
        import('../../execute/runs.js'),
        import('../../execute/writer.js'),
        import('./view.js'),
        import('../../cli/report-file.js'),
      ]);
    const { tree } = await openSource(session);
    const page = await reportAt(options.report, tree.root, session);
    const writer = session.io?.writer ?? new Writer();
    const now = session.now();
    const chosen = (): readonly KeptRun[] => {
      const runs = listRuns(tree, writer).map((run) => ({ ...run, ageMs: ageOf(run.id, now) }));
      const unknown = options.run.filter((id) => !runs.some((run) => run.id === id));
      if (unknown.length > 0) {
        throw new RegsweepError('no-such-name', EXIT.usage, `no such run: ${unknown.join(', ')}.`, {
          hint: '`regsweep trash ls` lists them.',
        });
      }
      return options.run.length === 0 ? runs : runs.filter(({ id }) => options.run.includes(id));
    };
    const { action } = options;
    if (action === 'empty') {
      const { refuseUnsafeTree } = await import('../../cli/tree-refusals.js');
      refuseUnsafeTree(tree, options, writer);
    }
    const result: TrashResult =
      action === 'empty'
        ? { root: tree.root, action, ...(await emptied(session, tree, chosen, options.run, writer)) }
        : { root: tree.root, action, runs: chosen(), leftAlone: [], failures: [] };
    for (const { run, why } of result.leftAlone) {
      session.log.always(
        `${why === 'interrupted' ? `run ${run}` : `the undo of run ${run}`} was interrupted: its trash holds what is to come back, and stays. The next change puts that back; \`regsweep gc\` is one.`,
      );
    }
    for (const { run, message } of result.failures) {
      session.log.always(
        `the trash of run ${run} cannot be freed whole: ${message}; the next \`trash empty\` goes on.`,
      );
    }
    if (session.options.json) await session.stdout.pieces(trashDocument(result));
    else {
      const view = { freed: action === 'empty', style: session.style, bytes: session.bytes };
      await session.stdout.lines(trashLines(result.runs, view));
    }
    await page?.write(trashReport(result));
    const status = result.leftAlone.length + result.failures.length > 0 ? EXIT.partial : EXIT.ok;
    return session.interruption.status() ?? status;
  },
});

/** Frees the trash of the `chosen` runs that ended, until a signal comes. What was being freed then is freed by the next one. */
async function emptied(
  session: Session,
  tree: Tree,
  chosen: () => readonly KeptRun[],
  named: readonly string[],
  writer: Writer,
): Promise<Pick<TrashResult, 'runs' | 'leftAlone' | 'failures'>> {
  const [{ lockTree }, { emptyRun }] = await Promise.all([
    import('../../cli/tree-lock.js'),
    import('../../execute/trash.js'),
  ]);
  const freed: KeptRun[] = [];
  const failures: TrashFailure[] = [];
  const { signal } = session.interruption;
  chosen(); // a name that does not exist is reported without a lock
  // Who names a run whose undo was cut off gives the rest of it up.
  const whyNot = ({ id, ended, undoing }: KeptRun): 'interrupted' | 'undo-interrupted' | undefined =>
    !ended ? 'interrupted' : undoing && !named.includes(id) ? 'undo-interrupted' : undefined;
  const lock = await lockTree(session, tree, writer);
  try {
    const runs = chosen();
    for (const run of runs) {
      if (whyNot(run) !== undefined || signal.aborted) continue;
      try {
        await emptyRun(tree, run.id, writer, signal);
        freed.push(run);
      } catch (error) {
        if (signal.aborted && error === signal.reason)
          session.log.warn('interrupted; the next `trash empty` frees the rest.');
        else failures.push(failureOf(run.id, error));
      }
    }
    const leftAlone = runs.flatMap((run) => {
      const why = whyNot(run);
      return why === undefined ? [] : [{ run: run.id, why }];
    });
    return { runs: freed, leftAlone, failures };
  } finally {
    await lock.release();
  }
}

/** What the system refused; anything else is thrown. */
function failureOf(run: string, error: unknown): TrashFailure {
  const { code, path = '', message } = error as NodeJS.ErrnoException;
  if (code === undefined || error instanceof RegsweepError) throw error;
  return { run, path, code, message };
}

/** Age of the run that is called `id`: `20261121T034719.123Z-9f3c`. */
function ageOf(id: string, nowMs: number): number | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)\.(\d{3})Z-/.exec(id)?.slice(1).map(Number);
  if (parts === undefined) return undefined;
  const [year = 0, month = 1, day = 1, ...time] = parts;
  return Math.max(0, nowMs - Date.UTC(year, month - 1, day, ...(time as [number, number, number, number])));
}
