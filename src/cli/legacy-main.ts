// What bin/delete_docker_registry_image.js runs: the old script's words, put into regsweep's, one run after the other. The
// first run that does not end well is the last, and its exit status is the script's.

import { LEGACY_HELP, type Translated, translate } from './legacy.js';
import { showError } from './show-error.js';

export async function deleteDockerRegistryImage(words: readonly string[]): Promise<void> {
  process.exitCode = 1; // until the end is reached
  process.exitCode = await runAll(words);
}

async function runAll(words: readonly string[]): Promise<number> {
  let meant: Translated;
  try {
    meant = translate(words, process.env);
  } catch (error) {
    return showError(error, { words: [] });
  }
  if (meant.help) {
    process.stdout.write(LEGACY_HELP);
    return 0;
  }
  if (meant.force) process.stderr.write('regsweep: --force does nothing; no check is skipped.\n');
  const { run } = await import('./program.js');
  for (const each of meant.runs) {
    const status = await run(each);
    if (status !== 0) return status;
  }
  return 0;
}
