// The plan, saved where the user says and sealed.

import { type AtomicFile, atomicFile } from './atomic-file.js';
import { withChecksum } from './checksum.js';
import { version } from './version.js';

export type PlanFile = AtomicFile;

/** A file for a plan at `file`; its `write` seals the pieces of one JSON object. Throws `usage` as {@link atomicFile} does. */
export async function planFile(file: string, root: string): Promise<PlanFile> {
  const whole = await atomicFile('plan-out', file, root);
  return { write: (pieces) => whole.write(withChecksum(pieces, version())) };
}
