// What the command line says is read before the tree is: a slip of the pen costs no scan, and no lock.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { regsweep } from './run.js';

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'regsweep-parse-first-'));
  fs.writeFileSync(path.join(folder, 'policy.yml'), 'policies:\n  - repositories: "**"\n    keep: { lats: 3 }\n');
  fs.writeFileSync(path.join(folder, 'in-use.txt'), 'app:\n');
  fs.writeFileSync(path.join(folder, 'list.txt'), 'app:1\napp:\n');
  fs.writeFileSync(path.join(folder, 'plan.json'), '{}');
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

test.each<[string[], string]>([
  [['rm', 'app:', '--dry-run'], "'app:' has an empty tag"],
  [['rm', '', '--dry-run'], "'' names no repository"],
  [['rm', '/app', '--dry-run'], "'/app' is a path"],
  [['rm', 'a/../b', '--dry-run'], "'a/../b' is a path"],
  [['rm', 'app@sha256:12', '--dry-run'], "'sha256:12' is not a digest"],
  [['rm', 'app:v 1', '--dry-run'], "'v 1' is not a tag's name"],
  [['rm', '--from-file', 'list.txt', '--dry-run'], 'list.txt, line 2'],
  [['rm', 'app', '--untagged', '--grace', '5x', '--dry-run'], '--grace'],
  [['rm', 'app', '--max-delete', '200', '--dry-run'], '--max-delete'],
  [['gc', 'app:1', '--dry-run'], "'app:1': gc takes repositories"],
  [['gc', 'app:', '--dry-run'], "'app:' has an empty tag"],
  [['gc', '--uploads-older-than', 'soon', '--dry-run'], '--uploads-older-than'],
  [['gc', '--keep-in-use', 'in-use.txt', '--dry-run'], 'in-use.txt, line 1'],
  [['retain', 'app:1', '--keep-last', '1', '--dry-run'], "'app:1': retain takes repositories"],
  [['retain', '--keep-last', 'x', '--dry-run'], '--keep-last'],
  [['retain', '--keep-tag', '[', '--dry-run'], "'[' is not a valid pattern"],
  [['retain', '--policy', 'policy.yml', '--dry-run'], 'policy.yml'],
  [['apply', 'plan.json', '--yes'], 'plan.json'],
  [['ls', 'app:'], "'app:' has an empty tag"],
  [['ls', '../app'], "'../app' is a path"],
  [['du', 'app:'], "'app:' has an empty tag"],
  [['du', 'app:1'], "'app:1': du takes repositories"],
  [['check', 'app:'], "'app:' has an empty tag"],
  [['check', '--content', '--since', 'soon'], '--since'],
  [['why', 'app:'], "'app:' has an empty tag"],
])('%j is refused before the tree is looked for', async (words, message) => {
  const ran = await regsweep(words, { folder, root: path.join(folder, 'no such tree') });
  expect(ran.stderr).toContain(message);
  const hintless = ran.stderr.replaceAll(/--root '[^']*'/g, '');
  expect(hintless).not.toContain('no such tree');
  expect([2, 4]).toContain(ran.status);
});
