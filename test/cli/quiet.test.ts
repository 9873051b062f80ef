// --quiet and --json: where the exit status is 3, stderr names what was frozen, left alone, unreadable or not removed.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { failureLines } from '../../src/report/partial-lines.js';
import type { ResultOutcome } from '../../src/report/result.js';
import { FaultyRun } from '../execute/faulty-run.js';
import { damageBlob, damageLink } from '../support/damage.js';
import { at } from '../support/tree-paths.js';
import { World } from '../support/world.js';
import { regsweep } from './run.js';

let world: World;
beforeEach(() => {
  world = World.create();
});
afterEach(() => world.remove());

/** Situations that end with exit status 3, each with what stderr must name. */
const SITUATIONS: readonly {
  readonly name: string;
  readonly words: readonly string[];
  readonly make: (world: World) => unknown;
  readonly says: RegExp;
  readonly changes?: false;
}[] = [
  {
    name: 'gc and a manifest that is cut short',
    words: ['gc'],
    make: (tree) => damageBlob(tree, tree.image('ice', '1').digest, 'truncated'),
    says: /ice is frozen: a manifest is cut short: blobs\/\S+.*regsweep rm ice@sha256:/,
  },
  {
    name: 'gc and an empty link of a tag',
    words: ['gc'],
    make: (tree) => {
      tree.image('ice', '1');
      damageLink(tree, at.current('ice', '1'), 'empty');
    },
    says: /ice is frozen: a tag's link is an empty file.*: repositories\/ice\S+.*regsweep rm ice:1/,
  },
  {
    name: 'rm in a frozen repository',
    words: ['rm', 'ice:1'],
    make: (tree) => {
      tree.image('ice', '1');
      damageBlob(tree, tree.image('ice', '2').digest, 'unknown-shape');
    },
    says: /ice is frozen: a manifest is not what its digest says/,
  },
  {
    name: 'gc --untagged and a repository without a tag',
    words: ['gc', '--untagged'],
    make: (tree) => tree.image('pinned', undefined),
    says: /pinned was left alone: 1 revision but no tag/,
  },
  {
    name: 'retain that would take the last tag',
    words: ['retain', '--keep-tag', 'v*'],
    make: (tree) => tree.image('only', 'one'),
    says: /only was left alone: it would lose its last tag/,
  },
  {
    name: 'ls and a manifest that is cut short',
    words: ['ls'],
    make: (tree) => damageBlob(tree, tree.image('ice', '1').digest, 'truncated'),
    says: /the manifest of ice:1 cannot be read/,
    changes: false,
  },
  {
    name: 'du and a manifest that is cut short',
    words: ['du'],
    make: (tree) => damageBlob(tree, tree.image('ice', '1').digest, 'truncated'),
    says: /ice is frozen: a manifest is cut short/,
    changes: false,
  },
  {
    name: 'trash empty and a run that was interrupted',
    words: ['trash', 'empty'],
    make: async (tree) => {
      tree.image('app', '1', { layers: ['one'] });
      await new FaultyRun(tree.root).killedAt('rename', 4, ['app:1']);
    },
    says: /-dead was interrupted: its trash holds what is to come back/,
    changes: false,
  },
];

const HOW: readonly (readonly string[])[] = [['--quiet'], ['--json'], ['--quiet', '--json']];
const CASES = SITUATIONS.flatMap((situation) =>
  (situation.changes === false ? [[]] : [['--dry-run'], ['--yes']]).flatMap((mode) =>
    HOW.map((how) => ({ ...situation, more: [...mode, ...how] })),
  ),
);

describe('stderr names why the exit status is 3', () => {
  test.each(CASES)('$name: $more', async ({ words, make, more, says }) => {
    world.image('whole', 'v1', { layers: ['whole'] });
    await make(world);
    const ran = await regsweep([...words, ...more], { root: world.root });
    expect(ran.status, ran.stderr).toBe(3);
    expect(ran.stderr).toMatch(says);
  });

  test('undo that leaves a part in the trash names it, and what it needs', async () => {
    world.image('app', '1', { layers: ['one'] });
    world.image('app', '2', { layers: ['two'] });
    await regsweep(['rm', 'app:1', '--yes', '--keep-trash'], { root: world.root });
    world.image('app', '1', { layers: ['newer'] });
    for (const more of [
      ['--dry-run', '--quiet'],
      ['--dry-run', '--json'],
      ['--yes', '--quiet', '--json'],
    ]) {
      const ran = await regsweep(['undo', ...more], { root: world.root });
      expect(ran.status, ran.stderr).toBe(3);
      expect(ran.stderr).toMatch(/stays in the trash: tag repositories\/app\S+: something newer is in its place/);
    }
  });

  test('a run without a table says nothing on stderr where nothing was held back', async () => {
    world.image('whole', 'v1');
    for (const how of HOW) {
      const ran = await regsweep(['gc', '--dry-run', ...how], { root: world.root });
      expect(ran).toMatchObject({ status: 0, stderr: '' });
    }
  });

  test('what could not be removed is named with its path and the reason, and what was not tried is counted', () => {
    const failures = [{ step: 1, path: 'repositories/app', code: 'EACCES', message: 'permission denied' }];
    const lines = [...failureLines({ failures, stepsSkipped: 2 } as unknown as ResultOutcome)];
    expect(lines).toEqual([
      'not removed: repositories/app (EACCES): permission denied',
      '2 steps not tried: what they depend on is still there.',
    ]);
  });
});
