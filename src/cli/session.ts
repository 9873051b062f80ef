// One run of the program: how to speak to the user, and when to stop. Made once from the global options; commands
// ask it and never look at process, terminal or environment themselves.

import type { Writer } from '../execute/writer.js';
import { EXIT, RegsweepError, usageError } from '../model/errors.js';
import { PLAIN, type Style } from '../report/table.js';
import type { ByteStyle } from '../report/text.js';
import type { TreeReader } from '../scan/tree-reader.js';
import { columnsOf } from './columns.js';
import { type Log, openLog } from './logger.js';
import type { GlobalOptions } from './options.js';
import { Output } from './output.js';
import { type Interruption, listenForSignals } from './signals.js';

export interface Session {
  readonly options: GlobalOptions;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Of stdout; of stderr where the table goes there. */
  readonly style: Style;
  readonly errorStyle: Style;
  readonly bytes: ByteStyle;
  readonly log: Log;
  readonly interruption: Interruption;
  readonly concurrency: number | undefined;
  /** True where somebody can be asked: stdin and stderr are a terminal. */
  readonly canAsk: boolean;
  /** True where stdout is a terminal: what goes there is seen before a question is answered. */
  readonly showsResult: boolean;
  /** True where progress may be shown. */
  readonly showsProgress: boolean;
  /** How the tree is read and changed, where a test watches it; else each use makes its own. */
  readonly io?: { readonly reader: TreeReader; readonly writer: Writer };
  /** Names on stderr why the exit status is 3, where stdout has no table that says so: with --quiet and --json. */
  explain(lines: Iterable<string>): void;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** ms since 1970: the one clock that plans are given. */
  now(): number;
  close(): Promise<void>;
}

const MOST_CONCURRENCY = 1024;

/** Opens the session that the global options ask for. Throws usage errors for values that make no sense. */
export async function openSession(options: GlobalOptions): Promise<Session> {
  const { stdout, stderr, stdin, env } = process;
  const concurrency = concurrencyOf(options.concurrency);
  const colourful = !options['no-color'] && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
  await refuseLogInTree(options, env);
  const log = await openLog({
    verbose: options.verbose,
    quiet: options.quiet,
    file: options['log-file'],
    terminal: stderr.isTTY,
    colour: colourful && stderr.isTTY,
    line: (text) => stderr.write(`${text}\n`),
  }).catch((error: unknown) => {
    throw new RegsweepError('usage', EXIT.usage, `the log file cannot be opened: ${(error as Error).message}`, {
      cause: error,
    });
  });
  const interruption = listenForSignals();
  return {
    options,
    stdout: new Output(stdout),
    stderr: new Output(stderr),
    style: await styleOf(stdout, colourful, env),
    errorStyle: await styleOf(stderr, colourful, env),
    bytes: options.bytes ? 'exact' : 'human',
    log,
    interruption,
    concurrency,
    canAsk: stdin.isTTY && stderr.isTTY,
    showsResult: stdout.isTTY,
    showsProgress: stderr.isTTY && !options.quiet && !options.verbose,
    explain: (lines) => {
      if (options.quiet || options.json) for (const line of lines) log.always(line);
    },
    environment: env,
    now: Date.now,
    close: async () => {
      interruption.stop();
      log.close();
    },
  };
}

/** Throws `usage` where the log would lie inside the tree's root. What is wrong with the tree itself is reported later. */
async function refuseLogInTree(options: GlobalOptions, environment: Session['environment']): Promise<void> {
  const { 'log-file': file, root, config } = options;
  if (file === undefined) return;
  const [{ resolvedPath: placeOf, refuseInsideRoot }, { chooseRoot }, { openTree }] = await Promise.all([
    import('./outside-root.js'),
    import('./root.js'),
    import('../scan/tree.js'),
  ]);
  const place = await placeOf(file);
  // Ignored error: every command opens its tree after this, and tells why it cannot.
  const tree = await chooseRoot({ root, config, environment })
    .then(({ path }) => openTree(path))
    .catch(() => undefined);
  if (place !== undefined && tree !== undefined) await refuseInsideRoot('log-file', file, place, tree.root);
}

async function styleOf(
  stream: NodeJS.WriteStream,
  colourful: boolean,
  environment: Session['environment'],
): Promise<Style> {
  if (!stream.isTTY) return PLAIN;
  const width = columnsOf(stream, environment);
  if (!colourful) return { ...PLAIN, width };
  const { default: picocolors } = await import('picocolors');
  const { bold, dim, yellow, red, green } = picocolors.createColors(true);
  return { width, bold, dim, warn: yellow, bad: red, good: green };
}

function concurrencyOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d+$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > MOST_CONCURRENCY) {
    throw usageError(`--concurrency must be a number from 1 to ${MOST_CONCURRENCY}, not '${text}'.`);
  }
  return value;
}
