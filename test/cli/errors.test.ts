// Errors under --json: one document on stdout by the schema, the readable message on stderr, whatever the exit status.

import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { faultsOf } from '../report/schema.js';
import { World } from '../support/world.js';
import { regsweep } from './run.js';

let world: World;
beforeEach(() => {
  world = World.create();
  world.image('app', '1', { layers: ['one'] });
});
afterEach(() => world.remove());

const CASES: readonly {
  readonly name: string;
  readonly words: readonly string[];
  readonly status: number;
  readonly code: string;
  readonly make?: () => void;
}[] = [
  { name: 'an unknown option', words: ['gc', '--no-such'], status: 2, code: 'usage' },
  { name: 'an unknown command', words: ['sweep'], status: 2, code: 'usage' },
  { name: 'an empty tag', words: ['rm', 'app:', '--dry-run'], status: 2, code: 'usage' },
  { name: 'no terminal to ask on', words: ['rm', 'app:1'], status: 2, code: 'usage' },
  { name: 'a repository that is not here', words: ['rm', 'nope', '--dry-run'], status: 2, code: 'no-such-name' },
  { name: 'a pattern that is not here', words: ['ls', 'nope'], status: 2, code: 'no-such-name' },
  { name: 'a run that is not here', words: ['undo', 'nope', '--yes'], status: 2, code: 'no-such-name' },
  { name: 'a plan that is not here', words: ['apply', '/no/such/plan.json', '--yes'], status: 2, code: 'usage' },
  { name: 'no keep rule', words: ['retain', '--dry-run'], status: 4, code: 'no-keep-rule' },
  {
    name: 'no registry tree',
    words: ['gc', '--dry-run'],
    status: 4,
    code: 'not-a-registry-tree',
    make: () => fs.rmSync(path.join(world.root, 'docker'), { recursive: true }),
  },
];

describe('with --json', () => {
  test.each(CASES)('$name: exit $status and one document', async ({ words, status, code, make }) => {
    make?.();
    for (const json of ['--json', '--json=true']) {
      const ran = await regsweep([...words, json], { root: world.root });
      expect(ran.status, ran.stderr).toBe(status);
      const document = JSON.parse(ran.stdout);
      expect(faultsOf(document, 'failure')).toBeUndefined();
      expect(document.error).toMatchObject({ code, exitStatus: status });
      expect(ran.stderr).toContain(`regsweep: ${document.error.message.split('\n')[0]}`);
      expect(ran.stderr).not.toContain('{"format"');
    }
  });

  test.each(CASES.slice(0, 4))('$name without it: nothing on stdout', async ({ words, status }) => {
    expect(await regsweep(words, { root: world.root })).toMatchObject({ status, stdout: '' });
  });

  test('an error that nobody foresaw: exit 1 and one document', async () => {
    const fault = path.join(world.root, 'fault.mjs');
    fs.writeFileSync(
      fault,
      "import fs from 'node:fs'; import { syncBuiltinESMExports } from 'node:module';\n" +
        "fs.readdirSync = () => { throw new TypeError('a fault'); }; syncBuiltinESMExports();\n",
    );
    const environment = { NODE_OPTIONS: `--import ${fault}` };
    const ran = await regsweep(['gc', '--dry-run', '--json'], { root: world.root, environment });
    expect(ran.status, ran.stderr).toBe(1);
    const document = JSON.parse(ran.stdout);
    expect(faultsOf(document, 'failure')).toBeUndefined();
    expect(document.error.exitStatus).toBe(1);
    expect(ran.stderr).toContain('a fault');
  });

  test('after -- it is a word as any other', async () => {
    const ran = await regsweep(['rm', '--dry-run', '--root', world.root, '--', '--json']);
    expect(ran).toMatchObject({ status: 2, stdout: '' });
  });
});
