// `npm run test:faults`: every point of the fault sweep, then real processes killed at each of their renames, unlinks, rmdirs, mkdirs,
// links and flushes, once, twice and three times in a row. Prints how many points were tried and how many lost anything; that must be none. With the word
// `calls` or `kills` behind it the one or the other alone, and with a command behind that (`kills undo`) that one alone.

import { spawn, spawnSync } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { FAULTS, FaultSweep, type Tally } from '../test/support/fault-sweep.js';

/** The program as compiled with this script. */
const PROGRAM = path.resolve('bin/regsweep.js');
const ONLY = process.argv[2];
const COMMAND = process.argv.slice(3).join(' ');
/** Whatever name a kernel and a libc give to them; those that are never called are no points. */
const CALLS = [
  'rename',
  'renameat',
  'renameat2',
  'unlink',
  'unlinkat',
  'rmdir',
  'mkdir',
  'mkdirat',
  'link',
  'linkat',
  'fsync',
] as const;
const DEATHS = { 1: 'killed', 2: 'killed twice', 3: 'killed three times' } as const;
const NO_STRACE =
  'strace is not installed: NOT ONE real process was killed, and half of the proof is missing. Install it: apt-get install strace';

const say = (text: string): boolean => process.stdout.write(`${text}\n`);
const hasStrace = spawnSync('strace', ['-V'], { stdio: 'ignore' }).status === 0;

let points = 0;
const lost: string[] = [];
function take(command: string, fault: string, tally: Pick<Tally, 'points' | 'lost'>): void {
  points += tally.points;
  lost.push(...tally.lost);
  say(
    `${command.padEnd(38)} ${fault.padEnd(26)} ${String(tally.points).padStart(5)} points  ${tally.lost.length} lost`,
  );
}

if (!hasStrace) say(NO_STRACE);
if (ONLY !== 'kills') await failCalls();
const failed = points;
if (ONLY !== 'calls' && hasStrace) await killProcesses();
const killed = ONLY === 'calls' || points > failed;
if (!killed) process.exitCode = 1;
say(`\n${points} points tried, ${lost.length} lost anything.`);
for (const each of lost.slice(0, 50)) say(`  ${each}`);
if (lost.length > 0) process.exitCode = 1;
if (!hasStrace) say(NO_STRACE);
else if (!killed) say('strace can trace nothing here (ptrace is not permitted?): NOT ONE real process was killed.');

async function failCalls(): Promise<void> {
  const sweep = new FaultSweep();
  try {
    for (const scenario of await sweep.scenarios()) {
      if (!isAsked(scenario.command)) continue;
      for (const fault of FAULTS) {
        const how = fault.errno === 'KILLED' ? 'killed' : `${fault.errno} ${fault.lasts}`;
        take(scenario.command, `${fault.through}: ${how}`, await sweep.sweep(scenario, fault));
      }
      for (const deaths of [2, 3] as const)
        take(scenario.command, `writing: ${DEATHS[deaths]}`, await sweep.killsInARow(scenario, deaths));
    }
  } finally {
    sweep.remove();
  }
}

/** Kills the built command at its N-th call of each kind, N = 1, 2, 3 and so on until it ends by itself; as many at once as fit. */
async function killProcesses(): Promise<void> {
  const names = await withSweep(async (sweep) => (await sweep.scenarios()).map(({ command }) => command));
  const tasks = names.flatMap((name, scenario) =>
    isAsked(name)
      ? CALLS.flatMap((call) => [1, 2, 3].map((deaths) => ({ scenario, call, deaths: deaths as 1 | 2 | 3 })))
      : [],
  );
  const lane = (): Promise<void> =>
    withSweep(async (sweep) => {
      const scenarios = await sweep.scenarios();
      for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) {
        const { scenario, call, deaths } = task;
        const tally = await sweep.kills(scenarios[scenario]!, call, (words, n) => killedAt(call, n, words), deaths);
        if (tally.points > 0) take(names[scenario]!, `process ${DEATHS[deaths]} at ${call}`, tally);
      }
    });
  await Promise.all(Array.from({ length: Math.max(2, os.availableParallelism()) }, lane));
}

function isAsked(command: string): boolean {
  return COMMAND === '' || COMMAND === command;
}

async function withSweep<T>(work: (sweep: FaultSweep) => Promise<T>): Promise<T> {
  const sweep = new FaultSweep();
  try {
    return await work(sweep);
  } finally {
    sweep.remove();
  }
}

/** Runs the program, killed at the `n`-th `call` of any of its threads. False where it ended by itself. */
function killedAt(call: string, n: number, words: readonly string[]): Promise<boolean> {
  // Without --seccomp-bpf: with it strace 6.1 sends no signal.
  const inject = [
    '-f',
    '-qq',
    '-o',
    '/dev/null',
    '-e',
    `trace=?${call}`,
    '-e',
    `inject=?${call}:signal=KILL:when=${n}`,
  ];
  const child = spawn('strace', [...inject, process.execPath, PROGRAM, ...words], {
    stdio: 'ignore',
    // One thread for what Node does beside, so that its calls count as one row.
    env: { ...process.env, UV_THREADPOOL_SIZE: '1' },
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => resolve(signal === 'SIGKILL' || status === 137));
  });
}
