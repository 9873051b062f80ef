// `npm run test:standalone`: what build:standalone made, alone in a folder, does what the package does, on copies of a tree that
// a real registry wrote. The executable runs with an empty PATH, so that no Node is found.

import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { buildTree } from '../bench/tree.js';
import { copyFixture } from '../test/support/fixture.js';
import { brokenTags, tagsOfTree } from '../test/support/pullable.js';

interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}
type Program = (words: readonly string[], environment?: Readonly<Record<string, string>>) => Ran;

const MOST_OUTPUT = 1 << 28;
/** Enough to find chroot itself. */
const PATHS = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' };

const alone = fs.mkdtempSync(path.join(os.tmpdir(), 'regsweep-standalone-'));
const folders = [alone];
try {
  for (const file of ['regsweep.cjs', 'regsweep']) fs.copyFileSync(`dist-standalone/${file}`, path.join(alone, file));
  const whole = program([process.execPath, path.resolve('bin/regsweep.js')]);
  check('regsweep.cjs', program([process.execPath, path.join(alone, 'regsweep.cjs')]), whole);
  check('regsweep', program([path.join(alone, 'regsweep')]), whole);
  assert.equal(read('dist-standalone/regsweep.1'), read('dist/man/regsweep.1'), 'the man page lies beside them');
  if (process.getuid?.() === 0) checkInJail(whole);
} finally {
  for (const folder of folders) fs.rmSync(folder, { recursive: true });
}

function read(file: string): string {
  return fs.readFileSync(file, 'utf8');
}

function program([file, ...first]: readonly string[]): Program {
  return (words, environment = {}) => {
    const env = { PATH: '/nonexistent', ...environment };
    return spawnSync(file!, [...first, ...words], { cwd: alone, env, encoding: 'utf8', maxBuffer: MOST_OUTPUT });
  };
}

/** Holds `one` to what `whole`, the package, does. */
function check(name: string, one: Program, whole: Program): void {
  const begun = performance.now();
  for (const words of [['--version'], ['--help'], ['rm', '--help']]) same(words);
  const startMs = (performance.now() - begun) / 6;
  const root = tree();
  same(['ls', '--json', '--root', root]);
  for (const shell of ['bash', 'zsh', 'fish']) same(['completion', shell]);
  const asked = ['__complete', 'zsh', `regsweep rm --root ${root} shop/web:1.`];
  same(asked);
  assert.match(one(asked).stdout, /^shop\/web:1\.1$/m, `${name} completes tags`);
  same(['gc', '--untagged', '--dry-run', '--root', root]);
  fs.writeFileSync(path.join(alone, 'policy.yml'), 'policies:\n  - repositories: "**"\n    keep:\n      last: 1\n');
  same(['retain', '--policy', 'policy.yml', '--dry-run', '--root', root]);
  const pages = [one, whole].map((each, at) => {
    const page = path.join(alone, `${name}-${at}.html`);
    const ran = each(['du', '--report', page, '--root', root]);
    assert.equal(ran.status, 0, ran.stderr);
    return fs.readFileSync(page, 'utf8').replaceAll(page, 'PAGE');
  });
  assert.match(pages[0]!, /<svg/);
  assert.equal(pages[0]?.length, pages[1]?.length, `${name} writes the same page`);
  same(['rm', 'no/such', '--yes', '--root', root], 2);
  const threads = one(['gc', '--dry-run', '--root', crowded(root)], { NODE_DEBUG: 'worker' });
  assert.equal(threads.status, 0, threads.stderr);
  assert.match(threads.stderr, /create new worker/, `${name} starts threads`);
  same(['gc', '--dry-run', '--root', root]);
  const log = path.join(alone, `${name}.log`);
  const removed = ['shop/web:1.1', '--untagged', '--yes', '--verbose', '--log-file', log];
  const left = [one, whole].map((each) => {
    const copy = tree();
    const ran = each(['rm', ...removed, '--root', copy]);
    assert.equal(ran.status, 0, ran.stderr);
    return fs.readdirSync(path.join(copy, 'docker'), { recursive: true }).sort();
  });
  assert.deepEqual(left[0], left[1], `${name} leaves the same tree`);
  assert.match(fs.readFileSync(log, 'utf8'), /"msg":"scanned"/);
  const sizeMb = fs.statSync(path.join(alone, name)).size / 1e6;
  process.stdout.write(`${name}: ${sizeMb.toFixed(1)} MB, works alone; help and version in ${startMs.toFixed(0)} ms\n`);

  function same(words: readonly string[], status = 0): void {
    const [ours, theirs] = [one(words), whole(words)];
    assert.equal(ours.status, status, `${name} ${words.join(' ')}: ${ours.stderr}`);
    assert.equal(ours.stdout, theirs.stdout, `${name} ${words.join(' ')}`);
    assert.equal(theirs.status, status);
  }
}

/**
 * The executable where nothing else is: a root folder with it, the libraries it is linked to, and a tree of two thousand tags. It
 * does there what the package does here, in a window whose commands are itself, for there is no other program to run.
 */
function checkInJail(whole: Program): void {
  const jail = fs.mkdtempSync(path.join(os.tmpdir(), 'regsweep-jail-'));
  folders.push(jail);
  const executable = path.join(alone, 'regsweep');
  const linked = spawnSync('ldd', [executable], { encoding: 'utf8' }).stdout.match(/\/\S+/g) ?? [];
  assert.ok(linked.length > 0, 'ldd lists libraries');
  for (const library of linked) fs.cpSync(library, path.join(jail, library), { dereference: true });
  fs.copyFileSync(executable, path.join(jail, 'regsweep'));
  fs.mkdirSync(path.join(jail, 'tmp')); // for what the window's commands print
  fs.mkdirSync(path.join(jail, 'dev'));
  fs.writeFileSync(path.join(jail, 'dev/null'), ''); // what they read
  const data = path.join(jail, 'data');
  buildTree(data, { repositories: 50, tags: 40, untagged: 4 });
  const twin = fs.mkdtempSync(path.join(os.tmpdir(), 'regsweep-twin-'));
  folders.push(twin);
  fs.cpSync(data, twin, { recursive: true, preserveTimestamps: true });
  const window = (command: string): string[] => ['--stop-command', command, '--start-command', command];
  const inside = (...words: readonly string[]): string => {
    const ran = spawnSync('chroot', [jail, '/regsweep', ...words, '--root', '/data'], {
      env: PATHS,
      encoding: 'utf8',
      maxBuffer: MOST_OUTPUT,
    });
    assert.equal(ran.status, 0, ran.stderr);
    return ran.stdout;
  };
  for (const words of [
    ['rm', '*/*:v1.?'],
    ['gc', '--untagged'],
  ]) {
    const ours = JSON.parse(inside(...words, '--yes', '--json', ...window('/regsweep --version')));
    const ran = whole([...words, '--yes', '--json', ...window('/bin/true'), '--root', twin]);
    assert.equal(ran.status, 0, ran.stderr);
    const theirs = JSON.parse(ran.stdout);
    assert.ok(ours.removals.length > 400, `${words.join(' ')} removes much`);
    assert.deepEqual(ours.removals, theirs.removals, `${words.join(' ')} removes the same`);
    assert.ok(ours.window.downMs > 0 && ours.window.startFailure === undefined);
  }
  const left = (root: string): string[] =>
    fs.readdirSync(path.join(root, 'docker'), { recursive: true, encoding: 'utf8' }).sort();
  assert.deepEqual(left(data), left(twin), 'the same is left');
  assert.deepEqual(brokenTags(path.join(data, 'docker/registry/v2')), []);
  assert.equal(tagsOfTree(path.join(data, 'docker/registry/v2')).length, 50 * 30);
  assert.match(inside('check'), /No damage/);
  process.stdout.write(
    `regsweep: works in a root folder of ${linked.length} libraries and nothing else, on 2,000 tags\n`,
  );
}

/** A copy of the demo, of one age, so that what two programs say of its age does not differ by a second. */
function tree(): string {
  const root = copyFixture('demo');
  folders.push(root);
  const pushed = new Date('2024-06-01T00:00:00Z');
  for (const entry of fs.readdirSync(root, { recursive: true, encoding: 'utf8' })) {
    fs.utimesSync(path.join(root, entry), pushed, pushed);
  }
  return root;
}

/** `root` with a thousand blobs that nothing references: enough work for threads. */
function crowded(root: string): string {
  for (let n = 0; n < 1000; n += 1) {
    const hex = n.toString(16).padStart(4, '0').padEnd(64, '0');
    const folder = path.join(root, 'docker/registry/v2/blobs/sha256', hex.slice(0, 2), hex);
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(path.join(folder, 'data'), String(n));
  }
  return root;
}
