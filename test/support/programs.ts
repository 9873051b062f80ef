// Programs that some tests need: the tests are skipped where one is absent, and run (and so fail) where CI makes it obligatory.

import { spawnSync } from 'node:child_process';

const REQUIRED = process.env['REGSWEEP_REQUIRE_REGISTRY'] === '1';

/** True where tests that need all of `programs` are to run. */
export function mayUse(...programs: readonly string[]): boolean {
  return REQUIRED || programs.every((program) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0);
}
