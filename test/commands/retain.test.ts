// `retain` as an operator runs it: verdicts on every tag, what is left alone, policies from a file, and the manual's own examples.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readPolicies } from '../../src/commands/retain/policy.js';
import { regsweep } from '../cli/run.js';
import { faultsOf } from '../report/schema.js';
import { removeBlob } from '../support/damage.js';
import { brokenTags, tagsOfTree } from '../support/pullable.js';
import { differences, snapshot } from '../support/snapshot.js';
import { at } from '../support/tree-paths.js';
import { World } from '../support/world.js';

const DAY = 86_400_000;
let world: World;
let folder: string;
beforeEach(() => {
  world = World.create();
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'regsweep-retain-'));
});
afterEach(() => {
  world.remove();
  fs.rmSync(folder, { recursive: true, force: true });
});

const run = (...words: readonly string[]) => regsweep(['retain', ...words], { root: world.root });
/** Pushes a tag that is `days` old. */
function push(repository: string, tag: string, days: number, created?: string): void {
  world.image(repository, tag, {
    layers: ['base', `${repository} ${tag}`],
    ...(created === undefined ? {} : { created }),
  });
  world.pushedAt(repository, tag, new Date(Date.now() - days * DAY));
}
const left = () => tagsOfTree(world.v2);

test('each tag has its verdict and rule, in the table and in the JSON; the rest pulls', async () => {
  push('app', '1.3.9', 412);
  push('app', '1.4.1', 30);
  push('app', '1.4.2', 20);
  push('app', 'latest', 20);
  push('other', '1.0.0', 1);
  const dry = await run('app', '--keep-semver', '2', '--dry-run');
  expect(dry.status, dry.stderr).toBe(0);
  expect(dry.stdout).toMatch(/^keep +app:1\.4\.2 +keep-semver #1$/m);
  expect(dry.stdout).toMatch(/^keep +app:1\.4\.1 +keep-semver #2$/m);
  expect(dry.stdout).toMatch(/^remove +app:1\.3\.9 +pushed 412 days ago$/m);
  expect(dry.stdout).toMatch(/^keep +app:latest +no version/m);
  expect(dry.stdout).not.toContain('other:');
  const ran = await run('app', '--keep-semver', '2', '--yes', '--json');
  const document = JSON.parse(ran.stdout);
  expect(faultsOf(document, 'change')).toBeUndefined();
  expect(document.verdicts).toHaveLength(4);
  expect(document.totals.repositories).toMatchObject([{ repository: 'app', tags: 1 }]);
  expect(left()).toEqual(['app:1.4.1', 'app:1.4.2', 'app:latest', 'other:1.0.0']);
  expect(brokenTags(world.v2)).toEqual([]);
});

test('tags that share a digest do not harm each other; a signature follows its subject; untagged ones go with --untagged', async () => {
  const image = world.image('app', 'old', { layers: ['base', 'shared'] });
  world.retag('app', 'stable', image);
  world.pushedAt('app', 'old', new Date(Date.now() - 90 * DAY));
  const gone = world.image('app', 'gone', { layers: ['base', 'gone'] });
  world.pushedAt('app', 'gone', new Date(Date.now() - 90 * DAY));
  world.signatureTag('app', image);
  world.signatureTag('app', gone);
  world.image('app', 'stable', { layers: ['base', 'newer'] });
  const ran = await run('--keep-last', '1', '--untagged', '--yes', '--json');
  expect(ran.status, ran.stderr).toBe(0);
  expect(left()).toEqual(['app:stable']);
  expect(brokenTags(world.v2)).toEqual([]);
  const { verdicts } = JSON.parse(ran.stdout);
  const signatures = verdicts.filter(({ rule }: { rule: string }) => rule === 'follows-subject');
  expect(signatures.map(({ keep }: { keep: boolean }) => keep)).toEqual([false, false]);
});

test('what is in use stays, whatever the rules say', async () => {
  push('app', 'a', 50);
  push('app', 'b', 40);
  push('app', 'c', 1);
  const list = path.join(folder, 'used');
  fs.writeFileSync(list, 'registry.example.com:5000/app:a\n');
  const ran = await run('--keep-last', '1', '--keep-in-use', list, '--yes', '--json');
  expect(left()).toEqual(['app:a', 'app:c']);
  expect(JSON.parse(ran.stdout).verdicts[0]).toMatchObject({ tag: 'a', rule: 'keep-in-use' });
});

test('what is in use may be the only keep rule; where nothing is in use nothing goes', async () => {
  for (const repository of ['app', 'idle']) for (const tag of ['a', 'b']) push(repository, tag, 40);
  const list = path.join(folder, 'used');
  fs.writeFileSync(list, 'registry.example.com:5000/app:a\n');
  expect((await run('--keep-in-use', list, '--yes')).status).toBe(3);
  expect(left()).toEqual(['app:a', 'idle:a', 'idle:b']);
});

test('how many entries of --keep-in-use are here is shown on stderr even with --quiet', async () => {
  push('app', 'a', 40);
  const list = path.join(folder, 'used');
  fs.writeFileSync(list, 'app:a\nother:1\n');
  const ran = await run('--keep-last', '1', '--keep-in-use', list, '--dry-run', '--quiet');
  expect(ran.status, ran.stderr).toBe(0);
  expect(ran.stderr).toBe('regsweep: --keep-in-use: 1 here, 1 not here: other:1\n');
});

test('--exclude leaves out tags, and repositories of that name with all that is in them', async () => {
  for (const repository of ['app', 'base/os', 'tools']) {
    for (const [days, tag] of ['new', 'old', 'old', 'release'].entries()) push(repository, tag, days);
  }
  const ran = await run(
    ...['--keep-last', '1', '--exclude', 'base/**', '--exclude', 'tools', '--exclude', 'rel*', '--exclude', 'typo-*'],
    ...['--untagged', '--yes', '--json'],
  );
  expect(ran.status, ran.stderr).toBe(0);
  expect(left()).toEqual([
    ...['app:new', 'app:release'],
    ...['base/os:new', 'base/os:old', 'base/os:release', 'tools:new', 'tools:old', 'tools:release'],
  ]);
  const { removals, problems } = JSON.parse(ran.stdout);
  const of = new Set(removals.map(({ repository }: { repository?: string }) => repository));
  expect([...of].filter((name) => name !== undefined && name !== null)).toEqual(['app']);
  expect(problems.map(({ detail }: { detail: string }) => detail)).toEqual(['typo-*']);
});

test('a keep rule whose pattern matches no tag is warned of', async () => {
  push('app', 'latest', 9);
  push('app', 'new', 1);
  const ran = await run('--keep-last', '1', '--keep-tag', 'latset', '--dry-run');
  expect(ran.status).toBe(0);
  expect(ran.stdout).toContain('latset');
});

test('the date by which a tag is old is chosen policy by policy', async () => {
  for (const repository of ['a', 'b']) {
    push(repository, 'old', 30, '2020-01-01T00:00:00Z');
    push(repository, 'new', 1, '2021-01-01T00:00:00Z');
  }
  const file = path.join(folder, 'policy.yml');
  fs.writeFileSync(
    file,
    'policies:\n  - {repositories: a, keep: {last: 1}}\n  - {repositories: b, keep: {last: 1}, by: created}\n',
  );
  const ran = await run('--policy', file, '--dry-run');
  expect(ran.stdout).toMatch(/^remove +a:old +pushed 30 days ago$/m);
  expect(ran.stdout).toMatch(/^remove +b:old +created [\d,]+ days ago$/m);
  const document = JSON.parse((await run('--policy', file, '--dry-run', '--json')).stdout);
  expect(faultsOf(document, 'change')).toBeUndefined();
  const old = document.removals.filter(({ kind }: { kind: string }) => kind === 'tag');
  expect(old.map(({ reason }: { reason: { evidence: object } }) => Object.keys(reason.evidence))).toEqual([
    ['pushed'],
    ['created'],
  ]);
});

test('no keep rule: refused, nothing touched', async () => {
  push('app', 'a', 50);
  const before = snapshot(world.root);
  for (const words of [[], ['app'], ['--older-than', '1d'], ['--tag', 'a']]) {
    const ran = await run(...words, '--yes');
    expect(ran.status, ran.stderr).toBe(4);
    expect(ran.stderr).toContain('without a keep rule');
  }
  expect(differences(before, snapshot(world.root))).toEqual([]);
});

test('a repository that would lose its last tag is left alone and named, the others go on: exit 3', async () => {
  push('lonely', 'a', 50);
  push('lonely', 'b', 60);
  push('app', 'a', 50);
  push('app', 'b', 1);
  const ran = await run('--keep-within', '7d', '--yes');
  expect(ran.status).toBe(3);
  expect(ran.stdout).toMatch(/lonely +left alone: it would lose its last tag \(2 would go\)/);
  expect(left()).toEqual(['app:b', 'lonely:a', 'lonely:b']);
  expect((await run('--keep-within', '7d', '--allow-empty', '--yes')).status).toBe(0);
  expect(left()).toEqual(['app:b']);
});

test('a tree copied without its times is left alone and named, unless --by is given', async () => {
  for (let n = 0; n < 12; n += 1) push('app', `b${n}`, 0, new Date(Date.UTC(2024, 0, 1 + n)).toISOString());
  // A signature made since does not hide that.
  world.signatureTag('app', world.image('app', 'b0', { layers: ['base', 'b0'], created: '2024-01-01T00:00:00Z' }));
  for (let n = 0; n < 12; n += 1) world.pushedAt('app', `b${n}`, new Date(Date.now() - (99 * 3600 + n) * 1000));
  const ran = await run('--keep-last', '2', '--yes');
  expect(ran.status).toBe(3);
  expect(ran.stdout).toContain('were all pushed at the same time');
  expect(left()).toHaveLength(13);
  expect((await run('--keep-last', '2', '--by', 'created', '--yes')).status).toBe(0);
  expect(left()).toEqual(['app:b10', 'app:b11']);
});

test('one tag in each repository of a copied registry: named as one', async () => {
  for (let r = 0; r < 12; r += 1) push(`app${r}`, 'b', 1, new Date(Date.UTC(2024, r, 1)).toISOString());
  const ran = await run('--keep-last', '2', '--yes');
  expect(ran.status, ran.stderr).toBe(3);
  expect(ran.stdout).toMatch(/app0 +left alone: its tag was pushed at the same time as those of other repositories/);
});

test.each([9, 5])(
  'a whole registry copied without its times, 12 repositories of %i tags: all are left alone',
  async (count) => {
    for (let r = 0; r < 12; r += 1)
      for (let n = 0; n < count; n += 1) push(`app${r}`, `b${n}`, 1, new Date(Date.UTC(2024, r, 1 + n)).toISOString());
    const ran = await run('--keep-last', '2', '--yes', '--json');
    expect(ran.status, ran.stderr).toBe(3);
    expect(left()).toHaveLength(12 * count);
    expect(JSON.parse(ran.stdout).leftAlone).toHaveLength(12);
    expect((await run('--keep-last', '2', '--by', 'created', '--yes')).status).toBe(0);
    expect(left()).toHaveLength(24);
  },
);

describe('a tag that cannot be pulled', () => {
  beforeEach(() => {
    for (let n = 1; n <= 5; n += 1) push('app', `good${n}`, 10 * n);
  });
  const keeps = (...tags: string[]) => expect(left()).toEqual(tags.map((tag) => `app:${tag}`).sort());
  const lose = (digest: string) => removeBlob(world, digest);

  test.each([
    ['its manifest', () => lose(world.image('app', 'newest', { layers: ['lost'] }).digest)],
    ['its config', () => lose(world.image('app', 'newest', { layers: ['lost'] }).config!)],
    ['a layer', () => lose(world.image('app', 'newest', { layers: ['base', 'lost'] }).layers[1]!)],
    [
      "a layer's data, though its folder is there",
      () => world.removeFile(at.blob(world.image('app', 'newest', { layers: ['lost'] }).layers[0]!)),
    ],
    [
      "a layer's link",
      () =>
        fs.rmSync(
          path.dirname(world.path(at.layer('app', world.image('app', 'newest', { layers: ['lost'] }).layers[0]!))),
          { recursive: true },
        ),
    ],
    [
      'a layer of a child',
      () => {
        const arm = world.image('app', undefined, { layers: ['arm'] });
        world.index('app', 'newest', [arm, { layers: ['amd'] }]);
        lose(arm.layers[0]!);
      },
    ],
    ['every child', () => world.manifest('app', 'newest', world.index('other', 'multi', [{ layers: ['x'] }]).content)],
  ])('%s is missing: it fills no place and is no reason for another to go', async (_, damage) => {
    damage();
    const ran = await run('app', '--keep-last', '1', '--yes', '--verbose');
    expect(ran.status, ran.stderr + ran.stdout).toBe(0);
    expect(left().filter((tag) => tag.startsWith('app:'))).toEqual(['app:good1', 'app:newest']);
    expect(ran.stdout).toMatch(/keep +app:newest +it cannot be pulled/);
  });

  test('children that were never here, as in a mirror, do not make it one', async () => {
    const arm = world.image('app', undefined, { layers: ['arm'] });
    const whole = world.index('other', 'multi', [arm, { layers: ['amd'] }]);
    world.manifest('app', 'newest', whole.content);
    await run('app', '--keep-last', '1', '--yes');
    expect(left().filter((tag) => tag.startsWith('app:'))).toEqual(['app:newest']);
  });

  test('a foreign layer need not be here', async () => {
    world.image('app', 'newest', { layers: ['base', { name: 'windows', foreign: true }] });
    await run('--keep-last', '1', '--yes');
    keeps('newest');
  });

  test('the last tag that can be pulled stays, without --allow-empty', async () => {
    lose(world.image('app', 'newest', { layers: ['lost'] }).digest);
    const ran = await run('--keep-within', '1d', '--yes');
    expect(ran.status).toBe(3);
    expect(ran.stdout).toContain('left alone');
    expect(left()).toHaveLength(6);
    expect((await run('--keep-within', '1d', '--allow-empty', '--yes')).status).toBe(0);
    keeps('newest');
  });
});

test('companion tags with a prefix fill no place and follow their subject', async () => {
  push('app', 'a', 50);
  const kept = world.image('app', 'b', { layers: ['base', 'b'] });
  world.image('app', `prod-${kept.digest.replace(':', '-')}.sig`, { layers: ['signature'] });
  expect((await run('--keep-last', '1', '--yes')).status).toBe(0);
  expect(left()).toEqual(['app:b', `app:prod-${kept.digest.replace(':', '-')}.sig`]);
});

test('a tag that names its own digest is an ordinary tag', async () => {
  push('app', 'new', 1);
  const pinned = world.image('app', undefined, { layers: ['base', 'pinned'] });
  const tag = pinned.digest.replace(':', '-');
  world.manifest('app', tag, pinned.content);
  world.pushedAt('app', tag, new Date(Date.now() - 50 * DAY));
  expect((await run('--keep-last', '1', '--yes')).status).toBe(0);
  expect(left()).toEqual(['app:new']);
});

test('dates of 1970 and 1980 are unknown: with --by created they stay; an index is as new as its children', async () => {
  push('app', 'jib', 1, '1970-01-01T00:00:00Z');
  push('app', 'nix', 1, '1980-01-01T00:00:00Z');
  push('app', 'old', 1, '2020-01-01T00:00:00Z');
  push('app', 'mid', 1, '2021-01-01T00:00:00Z');
  world.index('app', 'multi', [
    { layers: ['m1'], created: '2022-01-01T00:00:00Z' },
    { layers: ['m2'], created: '2019-01-01T00:00:00Z' },
  ]);
  expect((await run('--keep-last', '1', '--by', 'created', '--yes')).status).toBe(0);
  expect(left()).toEqual(['app:jib', 'app:multi', 'app:nix']);
});

test('a frozen repository keeps all, is named, and the others go on', async () => {
  push('app', 'a', 50);
  push('app', 'b', 1);
  push('hurt', 'a', 50);
  push('hurt', 'b', 1);
  world.write('repositories/hurt/_manifests/tags/b/current/link', '');
  const ran = await run('--keep-last', '1', '--yes');
  expect(ran.status).toBe(3);
  expect(left()).toEqual(['app:b', 'hurt:a', 'hurt:b']);
  expect(ran.stdout).toMatch(/keep +hurt:a +its repository is frozen/);
});

test('a pattern that matches nothing is warned of; a name that does not exist is exit 2', async () => {
  push('app', 'a', 1);
  const ran = await run('no-such-*', '--keep-last', '1', '--yes');
  expect(ran.status).toBe(0);
  expect(ran.stdout).toContain('no-such-*');
  expect((await run('no-such', '--keep-last', '1', '--yes')).status).toBe(2);
  for (const words of [
    ['--keep-last', '0'],
    ['--keep-last', 'x'],
    ['--keep-within', '7'],
    ['--by', 'size', '--keep-last', '1'],
    ['--keep-tag', '', '--keep-last', '1'],
    ['--keep-last', '1', '--keep-last', '2'],
  ]) {
    expect((await run(...words, '--yes')).status, words.join(' ')).toBe(2);
  }
});

describe('a policy file', () => {
  const write = (text: string): string => {
    const file = path.join(folder, 'policy.yml');
    fs.writeFileSync(file, text);
    return file;
  };
  test('the first that matches wins, no match keeps all', async () => {
    for (const repository of ['ci/app', 'ci/base', 'other'])
      for (const days of [1, 2, 3]) push(repository, `t${days}`, days);
    const file = write(
      'policies:\n  - repositories: ci/base\n    keep: {last: 2}\n  - repositories: ci/**\n    keep: {last: 1}\n',
    );
    const ran = await run('--policy', file, '--yes');
    expect(ran.status, ran.stderr).toBe(0);
    expect(left()).toEqual(['ci/app:t1', 'ci/base:t1', 'ci/base:t2', 'other:t1', 'other:t2', 'other:t3']);
  });

  test.each([
    ['policies:\n  - keep:\n      last: many\n', /policy\.yml:3: policies\[0\]\.keep\.last must be a whole number/],
    ['policies:\n  - keep:\n      lasts: 3\n', /policy\.yml:3: policies\[0\]\.keep\.lasts is not known here/],
    ['policies:\n  - keep: {last: 3}\n    repos: x\n', /policy\.yml:3: policies\[0\]\.repos is not known here/],
    ['policies:\n  - repositories: x\n', /policy\.yml:2: policies\[0\] has no keep rule/],
    ['policies:\n  - keep: {}\n', /has no keep rule/],
    ['policies:\n  - keep: {within: 7}\n', /policies\[0\]\.keep\.within must be an age/],
    ['policies:\n  - keep: {within: 7x}\n', /policies\[0\]\.keep\.within: '7x' is not a duration/],
    ['policies:\n  - keep: {tags: [1.2]}\n', /must be a text or a list of texts/],
    [
      'policies:\n  - keep: {last: 1}\n    by: size\n',
      /policy\.yml:3: policies\[0\]\.by must be pushed, created or name/,
    ],
    ['policies: []\n', /policies must be the one key/],
    ['keep: {last: 1}\n', /policies must be the one key/],
    ['policies:\n  - keep: {last: 1\n', /policy\.yml:\d/],
    ['', /policies must be the one key/],
  ])('%j is told by line and key', async (text, message) => {
    await expect(readPolicies(write(text))).rejects.toThrow(message);
  });

  test('rules beside it are refused: they would silently not hold', async () => {
    const file = write('policies:\n  - keep: {last: 1}\n');
    expect((await run('--policy', file, '--keep-last', '5', '--yes')).status).toBe(2);
  });
});

describe('the manual', () => {
  const manual = fs.readFileSync(path.resolve('docs/retention.md'), 'utf8');
  const examples = [...manual.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text]) => text!);

  test('has examples, and each is a policy by the schema and by the reader', async () => {
    expect(examples.length).toBeGreaterThanOrEqual(6);
    const { Ajv2020 } = await import('ajv/dist/2020.js');
    const schema = JSON.parse(fs.readFileSync(path.resolve('schema/regsweep-policy-1.schema.json'), 'utf8'));
    const validate = new Ajv2020().compile(schema);
    for (const [n, text] of examples.entries()) {
      const file = path.join(folder, `${n}.yml`);
      fs.writeFileSync(file, text);
      expect((await readPolicies(file)).length).toBeGreaterThan(0);
      expect(validate(parse(text)), JSON.stringify(validate.errors)).toBe(true);
    }
  });

  test.each([
    ['within: 14d', { 'ci/a': { latest: 99, main: 99, b1: 1, b2: 20 } }, ['ci/a:b1', 'ci/a:latest', 'ci/a:main']],
    [
      'exclude: nightly-*',
      { 'product/x': { '1.0.0': 90, '1.0.1': 80, '1.1.0': 70, '2.0.0': 60, '2.1.0': 50, 'nightly-1': 99 } },
      ['product/x:1.1.0', 'product/x:2.0.0', 'product/x:2.1.0', 'product/x:nightly-1'],
    ],
    [
      'daily: 7',
      {
        'product/x': { '1.0.0': 400, ...Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`nightly-${n}`, n])) },
      },
      ['product/x:1.0.0', ...[0, 1, 2, 3, 4, 5, 6].map((n) => `product/x:nightly-${n}`)],
    ],
    [
      'semver: 5',
      { app: { '1.9': 1, '1.10': 2, '1.2': 3, '1.3': 4, '1.4': 5, '1.5': 6 } },
      ['app:1.10', 'app:1.3', 'app:1.4', 'app:1.5', 'app:1.9'],
    ],
    ["tags: '*2017*'", { app: { 'b-20170101': 9, '2018': 8, 'keep-2017': 7 } }, ['app:2018', 'app:keep-2017']],
    [
      'team-a/web',
      { 'team-b/x': { a1: 1, a2: 2, a3: 3, a4: 4, a5: 5, a6: 6, 'release-1': 9 }, 'base/os': { old: 900, older: 901 } },
      [
        'base/os:old',
        'base/os:older',
        'team-b/x:a1',
        'team-b/x:a2',
        'team-b/x:a3',
        'team-b/x:a4',
        'team-b/x:a5',
        'team-b/x:release-1',
      ],
    ],
  ])('the example with %j leaves what it says', async (mark, tree, expected) => {
    const text = examples.find((example) => example.includes(mark))!;
    const file = path.join(folder, 'policy.yml');
    fs.writeFileSync(file, text);
    for (const [repository, tags] of Object.entries(tree as Record<string, Record<string, number>>)) {
      for (const [tag, days] of Object.entries(tags)) push(repository, tag, days + 0.01);
    }
    const ran = await run('--policy', file, '--yes');
    expect([0, 3], ran.stderr).toContain(ran.status);
    expect(left()).toEqual([...expected].sort());
    expect(brokenTags(world.v2)).toEqual([]);
  });
});

test('a pattern that hangs a backtracking matcher takes no time; an over-long or malformed one is a usage error', async () => {
  for (let n = 0; n < 20; n += 1) push('app', `${String.fromCharCode(97 + n)}${'-'.repeat(123)}x`, n);
  expect((await run('--keep-last', '1', '--keep-tag', '*-*-*-*-*-*-rc', '--dry-run')).status).toBe(0);
  for (const option of ['--keep-tag', '--tag', '--exclude']) {
    for (const pattern of ['*'.repeat(70_000), `${'{a,'.repeat(5_000)}b${'}'.repeat(5_000)}`, 'v{1']) {
      const ran = await run('--keep-last', '1', option, pattern, '--dry-run');
      expect(ran.status, ran.stderr).toBe(2);
      expect(ran.stderr).not.toMatch(/^ +at /m);
    }
  }
});
