// The command line of a benchmark: an unknown option is an error, and --help costs nothing.

import yargs, { type InferredOptionTypes, type Options } from 'yargs';

export type Told<O extends Readonly<Record<string, Options>>> = InferredOptionTypes<O> & {
  readonly _: readonly (string | number)[];
};

/** The command line, typed as `options` says; words without an option in `_`. Ends the process after --help and mistakes. */
export function told<O extends Readonly<Record<string, Options>>>(usage: string, options: O): Told<O> {
  const parser = yargs(process.argv.slice(2)).usage(usage).options(options);
  return parser.strictOptions().version(false).wrap(100).parseSync() as unknown as Told<O>;
}

/** `1,20`, as numbers. */
export const numbersOf = (list: string): readonly number[] => list.split(',').map(Number);
