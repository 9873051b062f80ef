// `--in-place` on the command line: what it excludes, and when it is advised.

import { RegsweepError } from '../model/errors.js';
import { shellWord } from '../report/text.js';

interface Options {
  readonly 'force-running': boolean;
  readonly 'keep-trash': boolean;
  readonly 'in-place'?: boolean;
}

/** How the tree is held, and how a plan is carried out. */
export function heldAs(options: Options): { readonly forceRunning: boolean; readonly inPlace: boolean } {
  return { forceRunning: options['force-running'], inPlace: options['in-place'] === true };
}
export function carriedAs(options: Options): { readonly keepTrash: boolean; readonly inPlace: boolean } {
  return { keepTrash: options['keep-trash'], inPlace: options['in-place'] === true };
}

/** `error`, which ends the command line `words`; of a full disk it also names the command that needs no room, unless that was it. */
export function withInPlaceAdvice(error: unknown, words: readonly string[], inPlace: boolean): unknown {
  if (!(error instanceof RegsweepError) || error.code !== 'disk-full' || inPlace) return error;
  const { code, exitStatus, message, path, details, cause } = error;
  const kept = words.filter((word) => !word.startsWith('--keep-trash'));
  const end = kept.includes('--') ? kept.indexOf('--') : kept.length;
  const command = ['regsweep', ...kept.slice(0, end), '--in-place', ...kept.slice(end)].map(shellWord).join(' ');
  return new RegsweepError(code, exitStatus, message, {
    hint: `${error.hint ?? ''} Or delete without a record, which needs no room and cannot be undone: ${command}`,
    ...(path === undefined ? {} : { path }),
    details,
    cause,
  });
}
