// `npm run bench:scale`: what docs/scale.md says, measured here. Plans over inventories made in memory; a tree of a million blobs on a
// disk; calls that take long, under more and more threads.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { dropCaches } from './disk.js';
import type { PlanFigures } from './scale-plan.js';
import { buildTree, sizeOf } from './tree.js';
import { numbersOf, told } from './words.js';

const asked = told('npm run bench:scale -- plan|tree|slow [options]', {
  digests: { type: 'string', default: '1000000,10000000', describe: 'plan: how many' },
  size: { type: 'string', describe: 'tree, slow: REPOSITORIESxTAGS+UNTAGGED; 7400x40+5, and 2048x4+1' },
  in: { type: 'string', default: os.tmpdir(), describe: 'tree, slow: folder for it' },
  tree: { type: 'string', describe: 'tree, slow: a root that is there already' },
  runs: { type: 'number', default: 3, describe: 'tree: runs of each command' },
  cold: { type: 'boolean', describe: "tree: drop the kernel's caches before each, as root" },
  ms: { type: 'string', default: '1,20', describe: 'slow: how long each call takes' },
  concurrency: { type: 'string', describe: 'tree, slow: threads that read' },
});
const PROGRAM = path.resolve(import.meta.dirname, '../../bin/regsweep.js');
const SLOW_DISK = path.resolve(import.meta.dirname, 'slow-disk.js');
/** Of the repositories of a tree a twentieth goes by `rm`. */
const GOING = 'team-1/**';

interface Ran {
  readonly seconds: number;
  readonly peakMb: number;
}

/** Runs regsweep once, each of its calls to `root` taking `ms` longer. */
function regsweep(root: string, args: readonly string[], ms = 0): Ran {
  const slow = ms === 0 ? [] : ['--import', SLOW_DISK];
  const all = [...slow, PROGRAM, ...args, '--quiet', '--root', root];
  return once(process.execPath, all, { ...process.env, REGSWEEP_SLOW: `${ms} ${root}` });
}

function once(program: string, args: readonly string[], env = process.env): Ran {
  const begun = performance.now();
  const ran = spawnSync('/usr/bin/time', ['-f', 'peak %M', program, ...args], { encoding: 'utf8', env });
  const seconds = (performance.now() - begun) / 1000;
  if (ran.error !== undefined) throw ran.error;
  if (ran.status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${ran.status}: ${ran.stderr}`);
  return { seconds, peakMb: Number(/peak (\d+)/.exec(ran.stderr)?.[1]) / 1024 };
}

const line = (...cells: readonly (string | number)[]): boolean => process.stdout.write(`| ${cells.join(' | ')} |\n`);
const print = (name: string, { seconds, peakMb }: Ran): boolean => line(name, seconds.toFixed(2), peakMb.toFixed(0));

function printPlans(): void {
  line('digests', 'command', 'removals', 'seconds', 'inventory, bytes a digest', 'plan, bytes a removal', 'peak MB');
  line('--:', '---', '--:', '--:', '--:', '--:', '--:');
  for (const digests of numbersOf(asked.digests)) {
    for (const command of ['gc', 'retain', 'rm']) {
      const script = path.resolve(import.meta.dirname, 'scale-plan.js');
      const repositories = String(Math.ceil(digests / 135));
      const args = ['--expose-gc', script, String(digests), repositories, command];
      const ran = spawnSync(process.execPath, args, { encoding: 'utf8' });
      if (ran.status !== 0) throw new Error(ran.stderr);
      const found = JSON.parse(ran.stdout) as PlanFigures;
      const { removals, seconds, inventoryBytes, planBytes, peakBytes } = found;
      const each = removals < 1000 ? '' : (planBytes / removals).toFixed(0);
      const held = (inventoryBytes / found.digests).toFixed(0);
      line(found.digests, command, removals, seconds.toFixed(2), held, each, (peakBytes / 1e6).toFixed(0));
    }
  }
}

/** Hands a tree to `use`: the one given, or one built for it and removed afterwards. */
function onTree(size: string, use: (root: string) => void): void {
  const given = asked.tree;
  if (given !== undefined) {
    use(path.resolve(given));
    return;
  }
  const root = fs.mkdtempSync(path.join(asked.in, 'regsweep-scale-'));
  try {
    process.stderr.write(`building ${size} in ${root}\n`);
    process.stderr.write(`  ${buildTree(root, sizeOf(size))} blobs\n`);
    use(root);
  } finally {
    fs.rmSync(root, { recursive: true, force: true });
  }
}

const COLLECT = ['gc', '--untagged', '--dry-run'];
const ONE_TAG = ['rm', 'team-0/service-0:v1.0', '--dry-run'];

function printTree(root: string): void {
  line('what', 'seconds', 'peak MB');
  line('---', '--:', '--:');
  const runs = asked.runs;
  for (const command of [COLLECT, ONE_TAG]) {
    const sorted = Array.from({ length: runs }, () => regsweep(root, command)).sort((a, b) => a.seconds - b.seconds);
    print(`${command.slice(0, 2).join(' ')}, median of ${runs}`, sorted[Math.floor(runs / 2)]!);
  }
  if (asked.cold === true) {
    for (const width of numbersOf(asked.concurrency ?? '1,2,8,32')) {
      dropCaches();
      print(
        `gc --untagged, cold, --concurrency ${width}`,
        regsweep(root, [...COLLECT, '--concurrency', String(width)]),
      );
    }
  }
  if (spawnSync('which', ['docker-registry']).status !== 0) {
    process.stdout.write('\nMissing: docker-registry, nothing to compare with.\n');
    return;
  }
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'regsweep-scale-'));
  const config = path.join(folder, 'config.yml');
  const storage = `storage:\n  filesystem: {rootdirectory: ${root}}`;
  fs.writeFileSync(config, `version: 0.1\nlog: {level: error}\n${storage}\nhttp: {addr: 127.0.0.1:0}\n`);
  try {
    const args = ['-c', `exec docker-registry garbage-collect --dry-run ${config} > /dev/null`];
    print('garbage-collect --dry-run, once', once('/bin/sh', args));
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

function printSlow(root: string): void {
  line('a call takes, ms', '--concurrency', 'rm of one tag, dry run: seconds', 'peak MB');
  line('--:', '--:', '--:', '--:');
  for (const ms of [0, ...numbersOf(asked.ms)]) {
    for (const width of numbersOf(asked.concurrency ?? '1,2,8,32,128')) {
      const { seconds, peakMb } = regsweep(root, [...ONE_TAG, '--concurrency', String(width)], ms);
      line(ms, width, seconds.toFixed(2), peakMb.toFixed(0));
    }
  }
  if (asked.tree !== undefined) return;
  const [ms = 1] = numbersOf(asked.ms);
  const planned = regsweep(root, ['rm', GOING, '--dry-run'], ms).seconds;
  const removed = regsweep(root, ['rm', GOING, '--yes'], ms).seconds;
  process.stdout.write(
    `\nrm '${GOING}' at ${ms} ms a call: ${planned.toFixed(1)} s dry, ${removed.toFixed(1)} s done.\n`,
  );
}

const [what] = asked._;
if (what === 'plan') printPlans();
else if (what === 'tree') onTree(asked.size ?? '7400x40+5', printTree);
else if (what === 'slow') onTree(asked.size ?? '2048x4+1', printSlow);
else throw new Error(`'${what ?? ''}' is none of plan, tree, slow.`);
