// `npm run bench`: regsweep and, in turn and in the same run, what it is compared with, on trees built for it. Prints medians, ratios
// and peak memory as a table, or as JSON with --json. What is missing is said.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { dropCaches, isInMemory, mayDropCaches } from './disk.js';
import { type Command, Figures, once, type Times } from './figures.js';
import { inWindow, removals } from './removal.js';
import { buildLargeBlobs, buildTree, sizeOf, type TreeSize } from './tree.js';
import { told } from './words.js';

const asked = told('npm run bench -- [options]\n\nTrees are REPOSITORIESxTAGS+UNTAGGED of each.', {
  quick: { type: 'boolean', describe: 'small trees, for a look' },
  runs: { type: 'number', describe: 'runs of each command; 5, with --quick 3' },
  small: { type: 'string', describe: '200x40+5, with --quick 20x40+5' },
  big: { type: 'string', describe: '2000x40+5, with --quick 200x40+5' },
  deep: { type: 'string', describe: '1x3000+3000, with --quick 1x300+300' },
  in: { type: 'string', describe: 'folder for the trees: memory, where there is such a disk' },
  'on-disk': { type: 'string', describe: 'folder on a disk, for what is removed there; that for temporary files' },
  disk: {
    type: 'string',
    describe: 'the tree on that disk, read cold and half of it removed: 100x40+5, with --quick 10x40+5',
  },
  json: { type: 'boolean' },
});
const quick = asked.quick === true;
const runs = asked.runs ?? (quick ? 3 : 5);
const PROGRAM = path.resolve(import.meta.dirname, '../../bin/regsweep.js');
const has = (program: string): boolean => spawnSync('which', [program]).status === 0;
const say = (text: string): boolean => process.stderr.write(`${text}\n`);

const figures = new Figures(say);
const LARGE = quick ? 'large: 8 blobs of 16 MiB' : 'large: 20 blobs of 64 MiB';
const missing: string[] = [];
const REMOVAL = 'small, half of it removed';
const ON_DISK = 'on a disk, half of it removed';
const COLD = 'on a disk, its caches cold';
const COLLECT = 'regsweep gc --untagged --dry-run';
const ONE_THREAD = `${COLLECT} --concurrency 1`;

const MOVED = 'regsweep, until the registry may start';
const FREED = 'regsweep, until the space is freed';
const RM = 'rm -rf of the same';
/** Half of the tree of `size` that `fresh` makes at `root` anew. */
function removalsOf(root: string, size: TreeSize, fresh: () => void): readonly Command[] {
  const { moved, freed, rm } = removals(root, size, path.join(work, 'going.txt'), fresh);
  const timed = (run: () => number) => () => ({ seconds: run(), peakMb: undefined });
  return [
    { what: MOVED, run: timed(moved), runs },
    { what: FREED, run: timed(freed), runs },
    { what: RM, run: timed(rm), runs },
  ];
}

function measureOnDisk(size: TreeSize): void {
  const folder = asked['on-disk'] ?? os.tmpdir();
  if (isInMemory(folder)) {
    missing.push(`a disk: ${folder} is in memory, --on-disk names another folder`);
    return;
  }
  const root = fs.mkdtempSync(path.join(folder, 'regsweep-bench-'));
  process.on('exit', () => fs.rmSync(root, { recursive: true, force: true }));
  const fresh = (): void => {
    fs.rmSync(root, { recursive: true });
    buildTree(root, size);
    // Else the disk would be writing the tree while it is removed.
    spawnSync('sync', ['-f', root]);
  };
  say(`${size.repositories} repositories of ${size.tags} tags and ${size.untagged} untagged on a disk, in ${root}`);
  if (mayDropCaches()) {
    fresh();
    const cold = (what: string, ...more: readonly string[]): Command => ({
      what,
      run() {
        dropCaches();
        return regsweep('gc', '--untagged', '--dry-run', '--quiet', '--root', root, ...more);
      },
      runs,
    });
    figures.measure(COLD, [
      cold(COLLECT),
      cold(ONE_THREAD, '--concurrency', '1'),
      cold(`${COLLECT} --concurrency 8`, '--concurrency', '8'),
    ]);
  } else missing.push("root: the kernel's caches cannot be dropped, so nothing is read from a cold disk");
  figures.measure(ON_DISK, removalsOf(root, size, fresh));
}

/** A thousand tags removed in a window (or all there are): how long the registry is down, of how long a run. */
function measureWindow(root: string, { repositories, tags }: TreeSize): void {
  const some = Array.from({ length: Math.min(repositories, Math.ceil(1000 / tags)) }, (_, r) => r);
  const references = some.map((r) => `team-${r % 20}/service-${r}:*`);
  const begun = performance.now();
  const { downMs, phasesMs } = inWindow(root, references);
  const whole = (performance.now() - begun) / 1000;
  const tree = `big, ${some.length * tags} tags removed in a window`;
  figures.add({ tree, what: 'the registry is down', seconds: downMs / 1000, peakMb: undefined });
  figures.add({ tree, what: 'of that, renames and flushes', seconds: phasesMs['move']! / 1000, peakMb: undefined });
  figures.add({ tree, what: 'the whole run', seconds: whole, peakMb: undefined });
  say(`  ${tree}: down ${downMs} ms of ${whole.toFixed(2)} s, ${JSON.stringify(phasesMs)}`);
}

const work = fs.mkdtempSync(
  path.join(asked.in ?? (fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir()), 'regsweep-bench-'),
);
process.on('exit', () => fs.rmSync(work, { recursive: true, force: true }));
const regsweep = (...args: readonly string[]) => once(process.execPath, [PROGRAM, ...args]);

const FLOOR = 'the bare calls of a scan, in C, one thread';
const SCAN = 'regsweep, the scan alone';
const SCAN_ALONE = path.resolve(import.meta.dirname, 'scan-alone.js');
/** The scan of a process that has never scanned, as it tells itself. */
function scanAlone(root: string): Times {
  const { status, stdout, stderr } = spawnSync(process.execPath, [SCAN_ALONE, root], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the scan alone ended with ${status}: ${stderr.slice(0, 500)}`);
  return { seconds: Number(stdout) / 1000, peakMb: undefined };
}
/** The compiled floor, or undefined where there is no compiler. */
const floor = ((): string | undefined => {
  const program = path.join(work, 'floor');
  const made = spawnSync('cc', ['-O2', '-o', program, path.resolve(import.meta.dirname, '../../bench/floor.c')]);
  if (made.status === 0) return program;
  missing.push('cc: no program of bare calls to compare the scan with');
  return undefined;
})();

const trees: readonly (readonly [string, TreeSize, slow: number])[] = [
  ['small', sizeOf(asked.small ?? (quick ? '20x40+5' : '200x40+5')), runs],
  ['big', sizeOf(asked.big ?? (quick ? '200x40+5' : '2000x40+5')), 1],
  ['deep', sizeOf(asked.deep ?? (quick ? '1x300+300' : '1x3000+3000')), 1],
];
for (const [name, size, slow] of trees) {
  const root = path.join(work, name);
  say(`building ${name}: ${size.repositories} repositories of ${size.tags} tags and ${size.untagged} untagged`);
  const blobs = buildTree(root, size);
  say(`  ${blobs} blobs`);
  const config = path.join(work, `${name}.yml`);
  fs.writeFileSync(
    config,
    `version: 0.1\nlog: {level: error}\nstorage:\n  filesystem: {rootdirectory: ${root}}\nhttp: {addr: 127.0.0.1:0}\n`,
  );
  const commands: Command[] = [
    {
      what: COLLECT,
      run: () => regsweep('gc', '--untagged', '--dry-run', '--quiet', '--root', root),
      runs,
    },
    {
      what: 'regsweep rm of one tag, dry run',
      run: () => regsweep('rm', 'team-0/service-0:v1.0', '--dry-run', '--quiet', '--root', root),
      runs,
    },
    { what: 'find', run: () => once('find', [root, '-name', 'nothing']), runs },
  ];
  commands.push({ what: SCAN, run: () => scanAlone(root), runs });
  if (floor !== undefined)
    commands.push({ what: FLOOR, run: () => once(floor, [path.join(root, 'docker/registry/v2')]), runs });
  if (has('docker-registry')) {
    const collect = (...more: readonly string[]) =>
      once('docker-registry', ['garbage-collect', '--dry-run', ...more, config]);
    commands.push({ what: 'garbage-collect --dry-run', run: () => collect(), runs: slow });
    commands.push({ what: 'garbage-collect --dry-run -m', run: () => collect('-m'), runs: slow });
  } else missing.push('docker-registry: nothing to compare the collection with');
  figures.measure(name, commands);
  if (name === 'big') measureWindow(root, size);
  if (name !== 'small') continue;
  const going = path.join(work, 'going');
  const copy = (): void => {
    fs.rmSync(going, { recursive: true, force: true });
    spawnSync('cp', ['-a', root, going]);
  };
  figures.measure(REMOVAL, removalsOf(going, size, copy));
}
measureOnDisk(sizeOf(asked.disk ?? (quick ? '10x40+5' : '100x40+5')));
const large = path.join(work, 'large');
const data = quick ? buildLargeBlobs(large, 8, 16) : buildLargeBlobs(large, 20, 64);
figures.measure(LARGE, [
  {
    what: 'regsweep check --content, one thread',
    run: () => regsweep('check', '--content', '--concurrency', '1', '--root', large),
    runs,
  },
  { what: 'regsweep check, the structure alone', run: () => regsweep('check', '--root', large), runs },
  ...(has('sha256sum') ? [{ what: 'sha256sum', run: () => once('sha256sum', data), runs }] : []),
]);
if (!has('sha256sum')) missing.push('sha256sum: nothing to compare the hashing with');
fs.rmSync(large, { recursive: true });
figures.measure('start', [
  { what: 'regsweep --help', run: () => regsweep('--help'), runs: runs * 4 },
  { what: 'node -e 0', run: () => once(process.execPath, ['-e', '0']), runs: runs * 4 },
]);

const of = (tree: string, what: string): number => figures.of(tree, what);
const ratio = (name: string, a: number, b: number): { readonly name: string; readonly ratio: number } => ({
  name,
  ratio: a / b,
});
const ratios = [
  ratio('garbage-collect --dry-run / regsweep, big', of('big', 'garbage-collect --dry-run'), of('big', COLLECT)),
  ratio('garbage-collect -m / regsweep, big', of('big', 'garbage-collect --dry-run -m'), of('big', COLLECT)),
  ratio('garbage-collect -m / regsweep, deep', of('deep', 'garbage-collect --dry-run -m'), of('deep', COLLECT)),
  ratio('regsweep, the scan alone / bare calls in C, big', of('big', SCAN), of('big', FLOOR)),
  ratio('regsweep, cold, --concurrency 1 / 8', of(COLD, ONE_THREAD), of(COLD, `${COLLECT} --concurrency 8`)),
  ratio('regsweep / find, big', of('big', COLLECT), of('big', 'find')),
  ratio(
    'growth of regsweep from small to big, above its start',
    of('big', COLLECT) - of('start', 'regsweep --help'),
    of('small', COLLECT) - of('start', 'regsweep --help'),
  ),
  ratio('removal in memory, space freed / rm -rf', of(REMOVAL, FREED), of(REMOVAL, RM)),
  ratio('removal in memory until the registry may start / rm -rf', of(REMOVAL, MOVED), of(REMOVAL, RM)),
  ratio('removal on a disk, space freed / rm -rf', of(ON_DISK, FREED), of(ON_DISK, RM)),
  ratio('removal on a disk until the registry may start / rm -rf', of(ON_DISK, MOVED), of(ON_DISK, RM)),
  ratio(
    'sha256sum / check --content, one core each',
    of(LARGE, 'sha256sum'),
    of(LARGE, 'regsweep check --content, one thread'),
  ),
  ratio('--help / node -e 0', of('start', 'regsweep --help'), of('start', 'node -e 0')),
];
const machine = {
  node: process.version,
  cpus: os.cpus().length,
  model: os.cpus()[0]?.model,
  memoryGb: Math.round(os.totalmem() / 1e9),
  kernel: os.release(),
  folder: path.dirname(work),
};
if (asked.json === true)
  process.stdout.write(`${JSON.stringify({ machine, runs, figures: figures.all, ratios, missing }, undefined, 2)}\n`);
else {
  const line = (cells: readonly string[]): boolean => process.stdout.write(`| ${cells.join(' | ')} |\n`);
  process.stdout.write(
    `${machine.cpus} processors (${machine.model}), ${machine.memoryGb} GB, Linux ${machine.kernel}, Node ${machine.node}, in ${machine.folder}\n\n`,
  );
  line(['tree', 'what', 'median s', 'peak MB']);
  line(['---', '---', '--:', '--:']);
  for (const { tree, what, seconds, peakMb } of figures.all)
    line([tree, what, seconds.toFixed(2), peakMb === undefined ? '' : peakMb.toFixed(0)]);
  process.stdout.write('\n');
  line(['ratio', '']);
  line(['---', '--:']);
  for (const { name, ratio: r } of ratios) line([name, Number.isNaN(r) ? 'not measured' : r.toFixed(2)]);
  for (const what of missing) process.stdout.write(`\nMissing: ${what}.\n`);
}
