// Fixtures to work on: a copy in a temporary folder, with the empty folders that version control does not keep made again.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const FIXTURES = path.resolve('fixtures');

/** The root of a fresh copy of `fixtures/<name>`; the caller removes it. */
export function copyFixture(name: string): string {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), `regsweep-${name}-`));
  fs.cpSync(path.join(FIXTURES, name), root, { recursive: true });
  const list = path.join(root, 'empty-folders.txt');
  if (!fs.existsSync(list)) return root;
  for (const folder of fs.readFileSync(list, 'utf8').split('\n').filter(Boolean))
    fs.mkdirSync(path.join(root, folder), { recursive: true });
  fs.rmSync(list);
  return root;
}

export const FIXTURE_NAMES: readonly string[] = fs
  .readdirSync(FIXTURES, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);
