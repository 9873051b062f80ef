// `npm run test:faults`: every point of the fault sweep, then real processes killed at each of their renames, unlinks, rmdirs and
// mkdirs. Prints how many points were tried and how many lost anything; that must be none.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { FAULTS, FaultSweep, type Tally } from '../test/support/fault-sweep.js';
import { brokenTags } from '../test/support/pullable.js';
import { differences, snapshot } from '../test/support/snapshot.js';

/** The program as compiled with this script. */
const PROGRAM = path.resolve(import.meta.dirname, '../src/cli/main.js');
/** `kills` tries the real processes alone. */
const KILLS_ONLY = process.argv[2] === 'kills';
const CALLS = ['rename', 'rmdir', 'unlink', 'mkdir'] as const;
const say = (text: string): boolean => process.stdout.write(`${text}\n`);
const has = (program: string): boolean => spawnSync('which', [program]).status === 0;

let points = 0;
const lost: string[] = [];
function take(command: string, fault: string, tally: Pick<Tally, 'points' | 'lost'>): void {
  points += tally.points;
  lost.push(...tally.lost);
  say(
    `${command.padEnd(38)} ${fault.padEnd(26)} ${String(tally.points).padStart(5)} points  ${tally.lost.length} lost`,
  );
}

const sweep = new FaultSweep();
const work = fs.mkdtempSync(path.join(fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir(), 'regsweep-kills-'));
try {
  const scenarios = await sweep.scenarios();
  for (const scenario of KILLS_ONLY ? [] : scenarios) {
    for (const fault of FAULTS) {
      const how = fault.errno === 'KILLED' ? 'killed' : `${fault.errno} ${fault.lasts}`;
      take(scenario.command, `${fault.door}: ${how}`, await sweep.sweep(scenario, fault));
    }
  }
  if (has('strace')) killProcesses(scenarios[0]!.template);
  else say('strace is not installed: no real process was killed.');
} finally {
  sweep.remove();
  fs.rmSync(work, { recursive: true, force: true });
}
say(`\n${points} points tried, ${lost.length} lost anything.`);
for (const each of lost.slice(0, 50)) say(`  ${each}`);
if (lost.length > 0) process.exitCode = 1;

/** Kills the built command at its N-th call of each kind, N = 1, 2, 3 and so on until it ends by itself. */
function killProcesses(template: string): void {
  const root = path.join(work, 'tree');
  const docker = path.join(root, 'docker');
  const fresh = (from: string): void => {
    fs.rmSync(root, { recursive: true, force: true });
    fs.cpSync(from, root, { recursive: true, preserveTimestamps: true });
  };
  const run = (words: readonly string[]): number | null =>
    spawnSync(process.execPath, [PROGRAM, ...words, '--root', root], { stdio: 'ignore' }).status;
  const settle = (): Map<string, string> => {
    run(['gc', '--untagged', '--tagless', '--yes']);
    return snapshot(docker);
  };
  fresh(template);
  run(['rm', 'team/app:1.0', 'multi/app:2.0', '--yes', '--keep-trash']);
  const kept = path.join(work, 'kept');
  fs.cpSync(root, kept, { recursive: true, preserveTimestamps: true });
  const commands: readonly (readonly [string, readonly string[], string])[] = [
    ['rm', ['rm', 'team/app:1.0', 'multi/app:2.0', '--ignore-missing', '--yes'], template],
    ['gc --untagged', ['gc', '--untagged', '--yes'], template],
    ['undo', ['undo', '--yes'], kept],
    ['trash empty', ['trash', 'empty'], kept],
  ];
  for (const [name, words, from] of commands) {
    fresh(from);
    const before = new Set(brokenTags(path.join(docker, 'registry/v2')));
    if (run(words) !== 0) throw new Error(`${name} does not even work undisturbed`);
    const end = settle();
    for (const call of CALLS) {
      const tally = { points: 0, lost: [] as string[] };
      for (let n = 1; ; n += 1) {
        fresh(from);
        const inject = [
          '-f',
          '-qq',
          '-o',
          '/dev/null',
          '-e',
          `trace=${call}`,
          '-e',
          `inject=${call}:signal=KILL:when=${n}`,
        ];
        const ended = spawnSync('strace', [...inject, process.execPath, PROGRAM, ...words, '--root', root], {
          stdio: 'ignore',
        });
        if (ended.signal !== 'SIGKILL' && ended.status !== 137) break;
        tally.points += 1;
        const broken = (): string[] => brokenTags(path.join(docker, 'registry/v2')).filter((tag) => !before.has(tag));
        for (const tag of broken()) tally.lost.push(`${name}, killed at ${call} ${n}: broken ${tag}`);
        run(words);
        for (const tag of broken()) tally.lost.push(`${name}, killed at ${call} ${n}, again: broken ${tag}`);
        const difference = differences(end, settle());
        if (difference.length > 0) {
          tally.lost.push(`${name}, killed at ${call} ${n}: ends otherwise: ${difference.slice(0, 3).join('; ')}`);
        }
      }
      take(name, `process killed at ${call}`, tally);
    }
  }
}
