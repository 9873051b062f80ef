// `npm run bench:window`: a real registry on a big tree, under clients that push and pull without rest, cleaned by `rm` of a thousand
// tags and by `gc --untagged`, with commands that really stop and start it. Prints what regsweep says of the downtime and what a
// client saw, and fails where anything is lost that was not named.

import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { brokenTags, repositoriesOf, tagsOf } from '../test/support/pullable.js';
import { Registry, registryAvailable } from '../test/support/registry.js';
import { faultOverHttp, Prober, Pusher } from './traffic.js';
import { buildTree, sizeOf } from './tree.js';
import { told } from './words.js';

const asked = told('npm run bench:window -- [options]', {
  size: { type: 'string', default: '2000x40+5', describe: 'of the tree: REPOSITORIESxTAGS+UNTAGGED of each' },
  tags: { type: 'number', default: 1000, describe: 'how many rm takes' },
  in: { type: 'string', default: os.tmpdir(), describe: 'folder for the tree' },
  tree: { type: 'string', describe: 'a root that is there already; it is changed' },
  json: { type: 'boolean' },
});
const say = (text: string): boolean => process.stderr.write(`${text}\n`);
const PROGRAM = path.resolve(import.meta.dirname, '../../bin/regsweep.js');
/** Tags pulled over HTTP at the end, spread over the tree. */
const SAMPLE = 300;

interface Window {
  readonly command: string;
  /** What regsweep says. */
  readonly downMs: number;
  readonly phasesMs: Readonly<Record<string, number>>;
  readonly steps: number;
  /** What a client saw. */
  readonly outageMs: number;
  readonly pushes: number;
  readonly repeated: number;
  readonly wholeMs: number;
}

if (!registryAvailable) throw new Error('docker-registry and skopeo are needed: this measures nothing without them.');
const given = asked.tree;
const root = given === undefined ? fs.mkdtempSync(path.join(asked.in, 'regsweep-window-')) : path.resolve(given);
const v2 = path.join(root, 'docker/registry/v2');
const registry = new Registry(root);
const disk =
  spawnSync('df', ['--output=fstype', root], { encoding: 'utf8' }).stdout?.trim().split('\n').at(-1) ?? 'unknown';
const windows: Window[] = [];
try {
  if (given === undefined) {
    say('building a tree');
    say(`  ${buildTree(root, sizeOf(asked.size))} blobs`);
  }
  await registry.start();
  const { stop, start } = registry.service();
  const window = ['--stop-command', stop, '--start-command', start, '--wait-url', `${registry.url}/v2/`];
  const named = someTags(asked.tags);
  const list = path.join(root, 'named.txt');
  fs.writeFileSync(list, `${named.join('\n')}\n`);
  windows.push(await cleaned(`rm of ${named.length} tags`, ['rm', '--from-file', list, ...window], new Set(named)));
  windows.push(await cleaned('gc --untagged', ['gc', '--untagged', ...window], new Set()));
  await registry.stop();
} finally {
  await registry.remove();
  if (given === undefined) fs.rmSync(root, { recursive: true, force: true });
  else fs.rmSync(path.join(root, 'named.txt'), { force: true });
}
print();

/** One tag of each repository, from as many repositories as it takes; of each at most half of its tags. */
function someTags(wanted: number): readonly string[] {
  const all = repositoriesOf(v2).map((repository) => {
    const tags = tagsOf(v2, repository);
    return tags.slice(0, tags.length / 2).map((tag) => `${repository}:${tag}`);
  });
  const found: string[] = [];
  for (let round = 0; found.length < wanted; round += 1) {
    const of = all.flatMap((tags) => tags[round] ?? []);
    if (of.length === 0) throw new Error(`the tree has too few tags to remove ${wanted}`);
    found.push(...of.slice(0, wanted - found.length));
  }
  return found;
}

/** Cleans under traffic, and holds the tree to what may be gone: `going`, and nothing else. */
async function cleaned(command: string, run: readonly string[], going: ReadonlySet<string>): Promise<Window> {
  say(`${command}: reading what is there`);
  const before = allTags();
  assertNone('broken before', brokenTags(v2));
  const kept = [...before].filter((tag) => !going.has(tag));
  const [repository, tag] = split(kept[0]!);
  // New images, beside those that go and elsewhere, with a layer that all of them share.
  const pusher = new Pusher(registry, ['ci/app', split([...going][0] ?? kept[1]!)[0], 'ci/other']);
  const prober = new Prober(registry, repository, tag);
  while (pusher.pushed.length < 3) await new Promise((resolve) => setTimeout(resolve, 50));
  say(`${command}: cleaning under traffic`);
  const begun = performance.now();
  const ran = await regsweep([...run, '--yes', '--json', '--root', root]);
  const wholeMs = performance.now() - begun;
  const whileIt = pusher.pushed.length;
  while (pusher.pushed.length < whileIt + 3) await new Promise((resolve) => setTimeout(resolve, 50));
  await pusher.end();
  await prober.end();
  if (ran.status !== 0) throw new Error(`${command} ended with ${ran.status}: ${ran.stderr.slice(0, 2000)}`);

  say(`${command}: reading what is left`);
  const expected = new Set([...kept, ...pusher.pushed]);
  const after = allTags();
  assertNone(
    'lost',
    [...expected].filter((each) => !after.has(each)),
  );
  assertNone(
    'not removed',
    [...after].filter((each) => !expected.has(each)),
  );
  assertNone('broken', brokenTags(v2));
  for (const each of pusher.pushed) await registry.pull(...split(each));
  for (let n = 0; n < SAMPLE; n += 1) {
    const each = split(kept[Math.floor((n * kept.length) / SAMPLE)]!);
    assertNone(each.join(':'), [(await faultOverHttp(registry, ...each)) ?? []].flat());
  }
  const { window: told, outcome } = JSON.parse(ran.stdout) as {
    window: { downMs: number; phasesMs: Record<string, number> };
    outcome: { stepsDone: number };
  };
  say(`${command}: down ${told.downMs} ms, seen ${prober.outageMs.toFixed(0)} ms; ${JSON.stringify(told.phasesMs)}`);
  return {
    command,
    ...told,
    steps: outcome.stepsDone,
    outageMs: prober.outageMs,
    pushes: pusher.pushed.length,
    repeated: pusher.failures,
    wholeMs,
  };
}

function allTags(): Set<string> {
  return new Set(repositoriesOf(v2).flatMap((name) => tagsOf(v2, name).map((tag) => `${name}:${tag}`)));
}

function split(name: string): [string, string] {
  const at = name.lastIndexOf(':');
  return [name.slice(0, at), name.slice(at + 1)];
}

function assertNone(what: string, found: readonly string[]): void {
  if (found.length > 0) throw new Error(`${what}: ${found.length}, ${found.slice(0, 5).join('; ')}`);
}

function regsweep(run: readonly string[]): Promise<{ status: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [PROGRAM, ...run], { stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, stdout, stderr }));
  });
}

function print(): void {
  if (asked.json === true) {
    process.stdout.write(`${JSON.stringify(windows, undefined, 2)}\n`);
    return;
  }
  const phases = [...new Set(windows.flatMap(({ phasesMs }) => Object.keys(phasesMs)))];
  const rows: (readonly [string, (each: Window) => string])[] = [
    ['downtime that regsweep states', ({ downMs }) => seconds(downMs)],
    ['outage that a client saw', ({ outageMs }) => seconds(outageMs)],
    ['the whole run', ({ wholeMs }) => seconds(wholeMs)],
    ...phases.map((phase) => [`phase ${phase}`, ({ phasesMs }: Window) => seconds(phasesMs[phase] ?? 0)] as const),
    ['items moved', ({ steps }) => String(steps)],
    ['pushes meanwhile', ({ pushes }) => String(pushes)],
    ['of those pushes and pulls repeated', ({ repeated }) => String(repeated)],
  ];
  const line = (cells: readonly string[]): boolean => process.stdout.write(`| ${cells.join(' | ')} |\n`);
  process.stdout.write(
    `${os.cpus().length} processors (${os.cpus()[0]?.model}), Node ${process.version}, on ${disk}\n\n`,
  );
  line(['', ...windows.map(({ command }) => command)]);
  line(['---', ...windows.map(() => '--:')]);
  for (const [what, of] of rows) line([what, ...windows.map(of)]);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
