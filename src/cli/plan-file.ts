// The plan, saved where the user says and sealed.

import { sealed } from './seal.js';
import { version } from './version.js';
import { type WholeFile, wholeFile } from './whole-file.js';

export type PlanFile = WholeFile;

/** A file for a plan at `file`; its `write` seals the pieces of one JSON object. Throws `usage` as {@link wholeFile} does. */
export async function planFile(file: string, root: string): Promise<PlanFile> {
  const whole = await wholeFile('plan-out', file, root);
  return { write: (pieces) => whole.write(sealed(pieces, version())) };
}
