// `regsweep trash`: what earlier runs took and still keep, and how to free it.

import { EXIT, RegsweepError } from '../../model/errors.js';
import { command } from '../command.js';

export const trash = command({
  name: 'trash',
  usage: 'trash <action> [run..]',
  summary: 'List what earlier runs keep in the trash, or free it',
  build: (yargs) =>
    yargs
      .positional('action', { choices: ['ls', 'empty'] as const, demandOption: true, describe: 'What to do' })
      .positional('run', {
        type: 'string',
        array: true,
        default: [] as string[],
        describe: 'Ids of runs, as trash ls shows them; none means all',
      })
      .example('$0 trash ls', 'Runs, with what each keeps')
      .example('$0 trash empty', 'Free the space of all that ended'),
  async run(options, session) {
    const [{ openSource }, { listRuns }] = await Promise.all([
      import('../source.js'),
      import('../../execute/trash.js'),
    ]);
    const { WritingDoor } = await import('../../execute/door.js');
    const { tree } = await openSource(session);
    const door = new WritingDoor();
    const now = session.now();
    const runs = listRuns(tree, door).map((run) => ({ ...run, ageMs: ageOf(run.id, now) }));
    const unknown = options.run.filter((id) => !runs.some((run) => run.id === id));
    if (unknown.length > 0) {
      throw new RegsweepError('no-such-name', EXIT.usage, `no such run: ${unknown.join(', ')}.`, {
        hint: '`regsweep trash ls` lists them.',
      });
    }
    const chosen = options.run.length === 0 ? runs : runs.filter(({ id }) => options.run.includes(id));
    const failures: TrashFailure[] = [];
    if (options.action === 'empty') {
      const { takeLock } = await import('../../execute/lock.js');
      const { emptyRun } = await import('../../execute/trash.js');
      const lock = await takeLock(tree, door, session.now());
      try {
        for (const { id, ended } of chosen) {
          if (!ended) continue;
          await emptyRun(tree, id, door).catch((error: unknown) => failures.push(failureOf(id, error)));
        }
      } finally {
        await lock.release();
      }
    }
    const freed = options.action === 'empty';
    const isFreed = ({ id, ended }: { readonly id: string; readonly ended: boolean }): boolean =>
      ended && !failures.some(({ run }) => run === id);
    const shown = freed ? chosen.filter(isFreed) : chosen;
    for (const { run, message } of failures) {
      session.log.warn(`the trash of run ${run} can not be freed whole: ${message}; the next \`trash empty\` goes on.`);
    }
    const status = failures.length > 0 ? EXIT.partial : EXIT.ok;
    if (session.options.json) {
      const document = { format: 1, command: 'trash', root: tree.root, action: options.action, runs: shown, failures };
      await session.stdout.pieces([`${JSON.stringify(document, undefined, 2)}\n`]);
      return status;
    }
    const { trashLines } = await import('../../report/trash-table.js');
    await session.stdout.lines(trashLines(shown, { freed, style: session.style, bytes: session.bytes }));
    return status;
  },
});

interface TrashFailure {
  readonly run: string;
  readonly path: string;
  /** Errno, such as `EPERM`. */
  readonly code: string;
  readonly message: string;
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
