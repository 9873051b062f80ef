// Half of a tree removed, by regsweep and by `rm -rf` of the same paths, each time from a tree made anew.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import type { TreeSize } from './tree.js';

const PROGRAM = path.resolve(import.meta.dirname, '../../bin/regsweep.js');

/** Where a run between a stop and a start spends its time, in ms. */
export interface WindowTimes {
  readonly downMs: number;
  readonly phasesMs: Readonly<Record<string, number>>;
}

/** `rm` of `references` between a stop and a start that do nothing. */
export function inWindow(root: string, references: readonly string[]): WindowTimes {
  const window = ['--stop-command', 'true', '--start-command', 'true', '--yes', '--json', '--root', root];
  return (regsweep(['rm', ...references, ...window]) as { window: WindowTimes }).window;
}

/** Each removes the same half of the tree of `size` that `fresh` makes at `root`, and tells how many seconds that took. */
export interface Removals {
  /** regsweep, until the registry may start. */
  readonly moved: () => number;
  /** regsweep, until the space is freed too. */
  readonly freed: () => number;
  /** `rm -rf` of the same. */
  readonly rm: () => number;
}

/** `listed`: a file for the paths that `rm` is given. */
export function removals(root: string, size: TreeSize, listed: string, fresh: () => void): Removals {
  const half = Array.from({ length: Math.floor(size.repositories / 2) }, (_, r) => `team-${r % 20}/service-${r}`);
  const removed = (...phases: readonly string[]): number => {
    fresh();
    const { phasesMs } = inWindow(root, half);
    return phases.reduce((sum, phase) => sum + phasesMs[phase]!, 0) / 1000;
  };
  return {
    moved: () => removed('move'),
    freed: () => removed('move', 'free'),
    rm() {
      fresh();
      const plan = regsweep(['rm', ...half, '--dry-run', '--json', '--root', root]) as {
        removals: readonly { readonly kind: string; readonly path: string }[];
      };
      const items = plan.removals.filter(({ kind }) => kind !== 'directory');
      fs.writeFileSync(listed, items.map((item) => `${root}/docker/registry/v2/${item.path}\0`).join(''));
      const begun = performance.now();
      const { status } = spawnSync('xargs', ['-0', '-a', listed, 'rm', '-rf']);
      if (status !== 0) throw new Error(`rm ended with ${status}`);
      return (performance.now() - begun) / 1000;
    },
  };
}

function regsweep(args: readonly string[]): unknown {
  const ran = spawnSync(process.execPath, [PROGRAM, ...args], { encoding: 'utf8', maxBuffer: 1 << 30 });
  if (ran.status !== 0) throw new Error(`regsweep ${args[0]} ended with ${ran.status}: ${ran.stderr.slice(0, 500)}`);
  return JSON.parse(ran.stdout) as unknown;
}
