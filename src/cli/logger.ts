// What is told on stderr beside the result. Without --verbose or --log-file a remark is one plain line and pino is not even
// loaded; with them pino writes: pretty on a terminal, a JSON object a line in a pipe and in a file.

import { printable } from '../report/text.js';

export interface Log {
  /** What is being done; shown with --verbose. */
  info(message: string, facts?: Readonly<Record<string, unknown>>): void;
  /** What the user should know; silenced by --quiet. */
  warn(message: string, facts?: Readonly<Record<string, unknown>>): void;
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

/** The log of this run. Throws where the log file can not be opened. */
export async function openLog(options: LogOptions): Promise<Log> {
  const plain = plainLog(options);
  if (!options.verbose && options.file === undefined) return plain;
  const { pino } = await import('pino');
  const streams: { level: 'info' | 'warn'; stream: { write(text: string): void } }[] = [];
  if (options.verbose && options.terminal) {
    const { default: pretty } = await import('pino-pretty');
    const stream = pretty({ destination: 2, sync: true, colorize: options.colour, ignore: 'pid,hostname' });
    streams.push({ level: 'info', stream });
  } else if (options.verbose) {
    streams.push({ level: 'info', stream: pino.destination({ dest: 2, sync: true }) });
  }
  if (options.file !== undefined) {
    const stream = pino.destination({ dest: options.file, sync: true, append: true, mkdir: false });
    streams.push({ level: 'info', stream });
  }
  const logger = pino({ level: 'info', base: { name: 'regsweep' } }, pino.multistream(streams));
  // JSON escapes what a terminal would obey; a message in plain letters must be made harmless.
  const shown = options.verbose && options.terminal ? printable : (text: string) => text;
  return {
    info: (message, facts = {}) => logger.info(facts, shown(message)),
    warn: (message, facts = {}) => {
      logger.warn(facts, shown(message));
      if (!options.verbose) plain.warn(message);
    },
    close: () => logger.flush(),
  };
}

function plainLog({ quiet, line }: LogOptions): Log {
  return {
    info: () => undefined,
    warn: (message) => {
      if (!quiet) line(`regsweep: ${printable(message)}`);
    },
    close: () => undefined,
  };
}
