// A command that a message gives can be pasted, and does what the message says. Each row makes the situation, runs the program, takes
// the command out of what it printed, and runs that in a shell.

import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { brokenTags, tagsOfTree } from '../support/pullable.js';
import { at } from '../support/tree-paths.js';
import { World } from '../support/world.js';
import { type Ran, regsweep, shell } from './run.js';

let world: World;
let folder: string;
beforeEach(() => {
  world = World.create();
  folder = fs.mkdtempSync(`${world.root}-hints-`);
});
afterEach(() => {
  world.remove();
  fs.rmSync(folder, { recursive: true, force: true });
});

interface Row {
  readonly name: string;
  readonly make: () => void;
  readonly words: readonly string[];
  readonly status: number;
  /** The command, as the first group. */
  readonly hint: RegExp;
  /** Added to what is pasted: a question is answered beforehand. */
  readonly more?: string;
  /** The status of the command; 0 where not given. */
  readonly pastedStatus?: number;
  readonly check?: (ran: Ran) => void;
}

const run = (words: readonly string[]) => regsweep(words, { root: world.root, folder });
const tags = () => tagsOfTree(world.v2);
const image = (tag: string | undefined, ...layers: readonly string[]) => world.image('app', tag, { layers });
const cannotBeRead = (digest: string): void => world.write(at.blob(digest), '{"half":');
const removed =
  (...names: readonly string[]) =>
  () => {
    for (const name of names) expect(tags()).not.toContain(name);
    expect(brokenTags(world.v2)).toEqual([]);
  };

const BACKTICKED = /`(regsweep [^`]+)`/;
const AT_THE_END = /: (regsweep [^\n`]+)$/m;

/** Commands in errors: they name the tree that the user named. */
const ERRORS: readonly Row[] = [
  {
    name: 'a tag that is not there: `regsweep ls`',
    make: () => image('v1', 'one'),
    words: ['rm', 'app:v9', '--dry-run'],
    status: 2,
    hint: BACKTICKED,
    check: ({ stdout }) => expect(stdout).toContain('v1'),
  },
  {
    name: 'a pattern without a match: `regsweep ls`',
    make: () => image('v1', 'one'),
    words: ['rm', 'nothing/*', '--dry-run'],
    status: 2,
    hint: BACKTICKED,
    check: ({ stdout }) => expect(stdout).toContain('app'),
  },
  {
    name: 'a tag given to gc: `regsweep rm`',
    make: () => [image('v1', 'one'), image('v2', 'two')],
    words: ['gc', 'app:v1', '--dry-run'],
    status: 2,
    hint: AT_THE_END,
    more: '--yes',
    check: removed('app:v1'),
  },
  {
    name: 'a child of an index that stays: the index as well',
    make: () => world.index('app', 'multi', [{ layers: ['a'] }, { layers: ['b'] }]),
    words: ['rm', 'CHILD', '--dry-run'],
    status: 4,
    hint: AT_THE_END,
    more: '--yes',
    check: removed('app:multi'),
  },
  {
    name: 'most manifests missing: `gc --broken`',
    make: () => {
      image('kept', 'kept');
      for (const n of [1, 2, 3]) world.removeFile(at.blob(image(`v${n}`, `${n}`).digest));
    },
    words: ['gc', '--dry-run'],
    status: 4,
    hint: BACKTICKED,
    more: '--yes',
    check: removed('app:v1', 'app:v2', 'app:v3'),
  },
  {
    name: 'no such run: `trash ls`',
    make: () => image('v1', 'one'),
    words: ['undo', 'nope', '--yes'],
    status: 2,
    hint: BACKTICKED,
  },
  {
    name: '`why` of a whole repository: `ls`',
    make: () => image('v1', 'one'),
    words: ['why', 'app'],
    status: 2,
    hint: BACKTICKED,
    check: ({ stdout }) => expect(stdout).toContain('v1'),
  },
];

describe('the command in an error, pasted', () => {
  test.each(ERRORS)('$name', async ({ make, words, status, hint, more = '', pastedStatus = 0, check }) => {
    make();
    const child = world.list('blobs/sha256').length > 0 ? childOf() : '';
    const ran = await run(words.map((word) => (word === 'CHILD' ? child : word)));
    expect(ran.status, ran.stderr).toBe(status);
    const command = hint.exec(ran.stderr)?.[1];
    expect(command, ran.stderr).toContain(`--root ${world.root}`);
    const pasted = await shell(`${command} ${more}`, { folder });
    expect(pasted.status, pasted.stderr).toBe(pastedStatus);
    check?.(pasted);
  });
});

/** A child of the index of `app`, where there is one. */
function childOf(): string {
  const index = world.read(`${at.tag('app', 'multi')}/current/link`);
  if (index === undefined) return '';
  return `app@${JSON.parse(world.read(at.blob(index))!).manifests[0].digest}`;
}

/** Commands in results: they name the tree that they are about. */
const RESULTS: readonly Row[] = [
  {
    name: 'a repository frozen by a manifest: `regsweep rm` of it',
    make: () => [image('v2', 'two'), cannotBeRead(image('v1', 'one').digest)],
    words: ['gc', '--untagged', '--dry-run'],
    status: 3,
    hint: /or (regsweep rm .+)$/m,
    more: '--yes',
    check: removed('app:v1'),
  },
  {
    name: 'a repository frozen by a tag without a link: `regsweep rm` of it',
    make: () => [image('v2', 'two'), image('v1', 'one'), world.write(`${at.tag('app', 'v1')}/current/link`, '')],
    words: ['gc', '--untagged', '--dry-run'],
    status: 3,
    hint: /or (regsweep rm .+)$/m,
    more: '--yes',
    // The rest of the repository was not looked at yet: partial.
    pastedStatus: 3,
    check: removed('app:v1'),
  },
  {
    name: 'the child of an index frozen: what lists it goes along',
    make: () => {
      world.index('app', 'multi', [{ layers: ['a'] }, { layers: ['b'] }]);
      image('v2', 'two');
      cannotBeRead(childOf().slice('app@'.length));
    },
    words: ['gc', '--untagged', '--dry-run'],
    status: 3,
    hint: /or (regsweep rm .+)$/m,
    more: '--yes',
    check: removed('app:multi'),
  },
  {
    name: 'a trash that is kept: `trash empty RUN`',
    make: () => [image('v1', 'one'), image('v2', 'two')],
    words: ['rm', 'app:v1', '--yes', '--keep-trash'],
    status: 0,
    hint: /(regsweep trash empty .+)$/m,
    check: () => expect(fs.existsSync(path.join(world.root, '.regsweep'))).toBe(false),
  },
  {
    name: 'why an untagged revision is there: `gc --untagged`',
    make: () => [image('v1', 'one'), image('v1', 'two')],
    words: ['why', 'UNTAGGED'],
    status: 0,
    hint: /(regsweep gc \S+ --untagged .+)$/m,
    more: '--yes',
    check: () => expect(untagged()).toBeUndefined(),
  },
  {
    name: '`check` finds an empty folder: `gc`',
    make: () => [image('v1', 'one'), world.mkdir(`${at.layers('app')}/sha256/${'0'.repeat(64)}`)],
    words: ['check'],
    status: 0,
    hint: /`(regsweep gc)` removes/,
    more: '--yes',
    check: () => expect(world.exists(`${at.layers('app')}/sha256/${'0'.repeat(64)}`)).toBe(false),
  },
  {
    name: '`check` finds a tag whose manifest is missing: `gc --broken`',
    make: () => [image('v2', 'two'), world.removeFile(at.blob(image('v1', 'one').digest))],
    words: ['check'],
    status: 5,
    hint: /`(regsweep gc --broken)`/,
    more: '--yes',
    check: removed('app:v1'),
  },
];

/** A revision of `app` that no tag refers to. */
function untagged(): string | undefined {
  const named = world.list(at.tags('app')).map((tag) => world.read(`${at.tag('app', tag)}/current/link`));
  return world
    .list(`${at.revisions('app')}/sha256`)
    .map((hex) => `sha256:${hex}`)
    .find((digest) => !named.includes(digest));
}

describe('the command in a result, pasted', () => {
  test.each(RESULTS)('$name', async ({ make, words, status, hint, more = '', pastedStatus = 0, check }) => {
    make();
    const ran = await run(words.map((word) => (word === 'UNTAGGED' ? untagged()! : word)));
    expect(ran.status, ran.stderr).toBe(status);
    const command = hint.exec(ran.stdout + ran.stderr)?.[1];
    expect(command, ran.stdout + ran.stderr).toBeDefined();
    // What `check` advises about any such finding names no tree.
    const environment = words[0] === 'check' ? { REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: world.root } : {};
    const pasted = await shell(`${command} ${more}`, { folder, environment });
    expect(pasted.status, pasted.stderr).toBe(pastedStatus);
    check?.(pasted);
    if (status !== 3) return;
    const free = await run(words);
    expect(free.status, free.stderr).toBe(0);
  });
});

/** Options that a message gives: the same command with them goes on. */
const OPTIONS: readonly (Omit<Row, 'hint'> & { readonly option: string })[] = [
  {
    name: 'rm of a tag that is not there',
    make: () => image('v1', 'one'),
    words: ['rm', 'app:v9', '--yes'],
    status: 2,
    option: '--ignore-missing',
  },
  {
    name: 'rm of every image',
    make: () => [image('v1', 'one'), world.image('other', 'v1', { layers: ['other'] })],
    words: ['rm', '**', '--yes'],
    status: 4,
    option: '--allow-empty',
    check: () => expect(tags()).toEqual([]),
  },
  {
    name: 'gc of a tree without revisions',
    make: () => [world.blob('one'), world.mkdir('repositories')],
    words: ['gc', '--yes'],
    status: 4,
    option: '--allow-empty',
  },
  {
    name: 'more than --max-delete',
    make: () => [image('v1', 'one'), image('v2', 'two')],
    words: ['rm', 'app:v1', '--yes', '--max-delete', '1'],
    status: 4,
    option: '--max-delete 100',
    check: removed('app:v1'),
  },
  {
    name: 'no keep rule',
    make: () => [image('v1', 'one'), image('v2', 'two')],
    words: ['retain', '--yes'],
    status: 4,
    option: '--keep-last 10',
  },
  {
    name: 'nothing of --keep-in-use is here',
    make: () => [image('v1', 'one'), fs.writeFileSync(path.join(folder, 'list'), 'elsewhere/app:v1\n')],
    words: ['gc', '--yes', '--keep-in-use', 'list'],
    status: 4,
    option: '--ignore-missing',
  },
  {
    name: 'a repository without tags',
    make: () => [image(undefined, 'one'), world.image('other', 'v1', { layers: ['other'] })],
    words: ['gc', '--untagged', '--yes'],
    status: 3,
    option: '--tagless',
    check: () => expect(untagged()).toBeUndefined(),
  },
  {
    name: 'a repository that would lose its last tag',
    make: () => image('v1', 'one'),
    words: ['retain', '--keep-tag', 'none', '--yes'],
    status: 3,
    option: '--allow-empty',
    check: () => expect(tags()).toEqual([]),
  },
  {
    name: 'no terminal to ask on',
    make: () => [image('v1', 'one'), image('v2', 'two')],
    words: ['rm', 'app:v1'],
    status: 2,
    option: '--yes',
    check: removed('app:v1'),
  },
  {
    name: 'no terminal to ask on, and a look at it first',
    make: () => [image('v1', 'one'), image('v2', 'two')],
    words: ['rm', 'app:v1'],
    status: 2,
    option: '--dry-run',
    check: () => expect(tags()).toContain('app:v1'),
  },
];

describe('the option that a message gives, added', () => {
  test.each(OPTIONS)('$name: $option', async ({ make, words, status, option, check }) => {
    make();
    const ran = await run(words);
    expect(ran.status, ran.stderr).toBe(status);
    expect(ran.stdout + ran.stderr).toContain(option.split(' ')[0]);
    const given = option.split(' ');
    const kept = given.length > 1 ? words.filter((word, n) => word !== given[0] && words[n - 1] !== given[0]) : words;
    const again = await run([...kept, ...given]);
    expect(again.status, again.stderr).toBe(0);
    check?.(again);
  });
});

/** Every command that a message can give, and the test that pastes it. */
const TESTED: Readonly<Record<string, string>> = {
  'cli/cut-off.ts: regsweep undo ${run} --root ${shellWord(tree': 'cli/cut-off.test.ts',
  'cli/finish-undos.ts: regsweep trash empty ${id}': 'cli/interrupted.test.ts',
  'cli/legacy.ts: regsweep rm PATTERN --dry-run': 'cli/legacy.test.ts',
  'cli/next-steps.ts: regsweep trash empty ${shellWord(outcome': 'cli/hints.test.ts',
  'cli/restorable-run.ts: regsweep trash ls': 'cli/hints.test.ts',
  'execute/full-disk.ts: regsweep trash empty': 'execute/in-place.test.ts',
  'execute/pointer.ts: regsweep trash ls --root ${root}': 'execute/identity.test.ts',
  'plan/name-finder.ts: regsweep ls': 'cli/hints.test.ts',
  'plan/reference.ts: regsweep rm ${text}': 'cli/hints.test.ts',
  'plan/refusals.ts: regsweep gc --broken': 'cli/hints.test.ts',
  'plan/rules/revisions.ts: regsweep rm ${by': 'cli/hints.test.ts',
  'report/words.ts: regsweep rm': 'commands/check.test.ts',
  'report/words.ts: regsweep gc --broken': 'cli/hints.test.ts',
  'report/words.ts: regsweep ls': 'cli/hints.test.ts',
  'report/words.ts: regsweep rm ${[': 'cli/hints.test.ts',
  'commands/check/view.ts: regsweep rm': 'commands/check.test.ts',
  'commands/check/view.ts: regsweep gc --broken': 'cli/hints.test.ts',
  'commands/check/view.ts: regsweep gc': 'cli/hints.test.ts',
  'commands/ls/view.ts: regsweep check': 'commands/ls.test.ts',
  'commands/trash/command.ts: regsweep trash ls': 'commands/trash.test.ts',
  'commands/trash/command.ts: regsweep gc': 'cli/interrupted.test.ts',
  'commands/undo/view.ts: regsweep undo': 'cli/interrupted.test.ts',
  'commands/why/command.ts: regsweep ls ${thing}': 'cli/hints.test.ts',
  'commands/why/view.ts: regsweep gc ${name} --untagged': 'cli/hints.test.ts',
  'commands/why/view.ts: regsweep gc ${name}': 'commands/why.test.ts',
  'commands/why/view.ts: regsweep gc ${name} --broken': 'commands/why.test.ts',
  'commands/why/view.ts: regsweep gc': 'commands/why.test.ts',
};

test('a command that a message gives has a test that pastes it', () => {
  const sources = path.resolve(import.meta.dirname, '../../src');
  const tests = path.resolve(import.meta.dirname, '..');
  const given = new Set<string>();
  for (const file of fs.readdirSync(sources, { recursive: true, encoding: 'utf8' })) {
    // What every user reads as a manual has its examples run in other tests.
    if (!file.endsWith('.ts') || /^cli\/(?:manual|options)\.ts$/.test(file)) continue;
    const text = fs
      .readFileSync(path.join(sources, file), 'utf8')
      .replace(/^\s*(?:\/\/|\/?\*).*$/gm, '')
      .replace(/^ {2}examples: \[(?:.*\],|[\s\S]*?^ {2}\],)$/gm, '');
    const commands = /regsweep (?:ls|rm|gc|retain|undo|apply|trash|check|du|why)\b[^`\\'\n.;)]*/g;
    for (const [command] of text.matchAll(commands)) given.add(`${file}: ${command.trim()}`);
  }
  given.delete('cli/legacy.ts: regsweep rm takes several');
  expect([...given].filter((command) => TESTED[command] === undefined)).toEqual([]);
  expect(Object.keys(TESTED).filter((command) => !given.has(command))).toEqual([]);
  expect(Object.values(TESTED).filter((file) => !fs.existsSync(path.join(tests, file)))).toEqual([]);
});
