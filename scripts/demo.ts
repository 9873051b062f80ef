// `npm run demo`: the main job on a tree that a real registry wrote, on a temporary copy: what is there, a dry run, the removal,
// what is left. Each command is printed as an operator would type it.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { copyFixture } from '../test/support/fixture.js';

const root = copyFixture('demo');
const say = (text: string): boolean => process.stdout.write(text);

function regsweep(...words: readonly string[]): void {
  say(`\n$ regsweep ${words.join(' ')} --root ${root}\n\n`);
  const program = path.resolve('bin/regsweep.js');
  const ran = spawnSync(process.execPath, [program, ...words, '--root', root], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (ran.status !== 0) {
    say(`\nThe command ended with exit status ${ran.status}.\n`);
    process.exit(1);
  }
}

try {
  say(`A registry's tree, copied to ${root}. The registry is stopped.\n`);
  regsweep('ls');
  regsweep('rm', 'shop/web:1.1', '--untagged', '--dry-run');
  regsweep('rm', 'shop/web:1.1', '--untagged', '--yes');
  regsweep('gc', '--untagged', '--yes');
  regsweep('ls');
} finally {
  fs.rmSync(root, { recursive: true });
}
