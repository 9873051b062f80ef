// What stderr shows beside the result. Without --verbose or --log-file a note is one plain line and pino is not even
// loaded; with them pino writes: pretty on a terminal, a JSON object a line in a pipe and in a file.

import { printable } from '../report/text.js';

export interface Log {
  /** What is being done; shown with --verbose. */
  info(message: string, facts?: Readonly<Record<string, unknown>>): void;
  /** What the user should know; silenced by --quiet. */
  warn(message: string, facts?: Readonly<Record<string, unknown>>): void;
  /** As `warn`, with --quiet too: why the exit status is not 0. */
  always(message: string, facts?: Readonly<Record<string, unknown>>): void;
  close(): void;
}

export interface LogOptions {
  readonly verbose: boolean;
  readonly quiet: boolean;
  readonly file: string | undefined;
  readonly terminal: boolean;
  readonly colour: boolean;
  /** Writes a plain line to stderr. */
  readonly line: (text: string) => void;
}

/**
 * The log of this run. Throws where the log file cannot be opened. Once open, it never throws: a full disk under it must not end
 * the work, nor keep a stopped registry down.
 */
export async function openLog(options: LogOptions): Promise<Log> {
  const plain = plainLog(options);
  if (!options.verbose && options.file === undefined) return plain;
  const { pino } = await import('pino');
  const streams: { level: 'info' | 'warn'; stream: { write(text: string): void } }[] = [];
  const ignored = (): void => undefined; // ignored error: where stderr fails, nothing is left to say so on
  if (options.verbose) {
    const stderr = pino.destination({ dest: 2, sync: true }).on('error', ignored);
    const stream = options.terminal ? await prettyOn(stderr, options.colour) : stderr;
    streams.push({ level: 'info', stream });
  }
  if (options.file !== undefined) {
    const { file, line } = options;
    const stream = pino.destination({ dest: file, sync: true, append: true, mkdir: false });
    stream.once('error', ({ message }: Error) => line(`regsweep: the log cannot be written to ${file}: ${message}`));
    stream.on('error', ignored); // said once is enough
    streams.push({ level: 'info', stream });
  }
  const logger = pino({ level: 'info', base: { name: 'regsweep' } }, pino.multistream(streams));
  // JSON escapes what a terminal would obey; a message in plain letters must be made harmless.
  const shown = options.verbose && options.terminal ? printable : (text: string) => text;
  const warnAs =
    (how: 'warn' | 'always'): Log['warn'] =>
    (message, facts = {}) => {
      logger.warn(facts, shown(message));
      if (!options.verbose) plain[how](message);
    };
  return {
    info: (message, facts = {}) => logger.info(facts, shown(message)),
    warn: warnAs('warn'),
    always: warnAs('always'),
    close: () => logger.flush(),
  };
}

/** Writes for people; in one step, so that no error comes later, where no one waits for it. */
async function prettyOn(stream: { write(text: string): unknown }, colorize: boolean) {
  const { prettyFactory } = await import('pino-pretty');
  const pretty = prettyFactory({ colorize, ignore: 'pid,hostname' });
  return { write: (line: string) => void stream.write(pretty(line)) };
}

function plainLog({ quiet, line }: LogOptions): Log {
  const always = (message: string): void => line(`regsweep: ${printable(message)}`);
  return {
    info: () => undefined,
    warn: quiet ? () => undefined : always,
    always,
    close: () => undefined,
  };
}
