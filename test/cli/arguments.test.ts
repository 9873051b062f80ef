// Arguments that once widened their target (hazard 4, and bugs 1, 2, 4 and 10 of docs/hazards.md): whatever is typed, what was not
// named stays, and a mistake touches nothing.

import fs from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { differences, snapshot } from '../support/snapshot.js';
import { World } from '../support/world.js';
import { regsweep } from './run.js';

let world: World;
beforeEach(() => {
  world = World.create();
});
afterEach(() => fs.rmSync(world.root, { recursive: true, force: true }));

/** Runs with --yes, and expects a refusal that leaves no trace. */
async function refused(words: readonly string[], status: number): Promise<string> {
  const before = snapshot(world.root, { mtime: true, besideOurs: true });
  const ran = await regsweep([...words, '--yes'], { root: world.root });
  expect({ status: ran.status, stdout: ran.stdout }, ran.stderr).toEqual({ status, stdout: '' });
  expect(differences(before, snapshot(world.root, { mtime: true, besideOurs: true }))).toEqual([]);
  return ran.stderr;
}

describe('what names nothing is refused, and nothing is touched', () => {
  test('the wrong tag of a one-tag repository: the repository stays, its tags are reported', async () => {
    world.image('app', 'v1');
    const said = await refused(['rm', 'app:v9'], 2);
    expect(said).toContain("'app:v9': no such tag; app has v1");
  });

  test('an empty tag, as of a shell variable that is not set', async () => {
    world.image('app', 'v1');
    world.image('app', 'v2');
    expect(await refused(['rm', 'app:'], 2)).toContain("'app:' has an empty tag");
  });

  test('an empty string', async () => {
    world.image('app', 'v1');
    expect(await refused(['rm', ''], 2)).toContain('names no repository');
  });

  test('white space', async () => {
    world.image('app', 'v1');
    await refused(['rm', ' '], 2);
  });

  test.each(['..', '.', '../..', 'app/..', 'app/../web', './app', 'app//v1', 'app/', '/app', '/'])(
    'a path: %s',
    async (path) => {
      world.image('app', 'v1');
      world.image('web', 'v1');
      expect(await refused(['rm', path], 2)).toMatch(/is a path, not a repository's name/);
    },
  );

  test('an absolute path to a folder that exists', async () => {
    world.image('app', 'v1');
    expect(await refused(['rm', world.path('repositories/app')], 2)).toContain('is a path');
  });

  test.each([
    '_manifests',
    'app/_layers',
    'App',
    'app_',
    'app:-x',
    'app:a b',
    'app@sha256:12',
    'app@',
    '@',
    ':',
    ':v1',
    'app:v1:v2',
  ])('what the grammar does not know: %s', async (text) => {
    world.image('app', 'v1');
    await refused(['rm', text], 2);
  });

  test('a mere namespace: the repositories below it are reported, and stay', async () => {
    world.image('team/web', 'v1');
    world.image('team/app', 'v1');
    const said = await refused(['rm', 'team'], 2);
    expect(said).toContain("'team': no such repository; below it there are team/app, team/web");
    expect(await refused(['gc', 'team'], 2)).toContain('below it there are');
  });

  test('a namespace without its tag', async () => {
    world.image('team/web', 'v1');
    await refused(['rm', 'team:v1'], 2);
  });

  test('a digest that is a layer is called that', async () => {
    const { layers } = world.image('app', 'v1');
    expect(await refused(['rm', `app@${layers[0]}`], 2)).toContain('that digest is a layer of app, not a manifest');
  });

  test('a digest of another repository', async () => {
    const { digest } = world.image('app', 'v1');
    world.image('web', 'v1', { config: 'another' });
    expect(await refused(['rm', `web@${digest}`], 2)).toContain('no such revision in web');
  });

  test('a tag and a digest that do not agree', async () => {
    const old = world.image('app', 'v1', { config: 'old' });
    const now = world.image('app', 'v1', { config: 'new' });
    expect(await refused(['rm', `app:v1@${old.digest}`], 2)).toContain(now.digest);
  });

  test('one wrong name among right ones: every wrong one is reported, the right ones stay', async () => {
    world.image('app', 'v1');
    const said = await refused(['rm', 'app:v1', 'nope', 'app:v7', 'old-*'], 2);
    for (const wrong of ["'nope'", "'app:v7'", "'old-*'"]) expect(said).toContain(wrong);
  });

  test('a pattern is anchored: app does not match myapp, nor does a glob cross a slash', async () => {
    world.image('myapp', 'v1');
    world.image('team/app', 'v1');
    await refused(['rm', 'ap?'], 2);
    await refused(['rm', '*app:v2'], 2);
    await refused(['rm', 't*p'], 2);
  });

  test('a pattern below a name space does not take a repository of that very name', async () => {
    world.image('team', 'v1');
    world.image('team/app', 'v1');
    world.image('team/app/debug', 'v1');
    const ran = await regsweep(['rm', 'team/**', '--dry-run', '--json'], { root: world.root });
    const { removals } = JSON.parse(ran.stdout) as { removals: { kind: string; repository: string }[] };
    expect(removals.filter(({ kind }) => kind === 'tag').map(({ repository }) => repository)).toEqual([
      'team/app',
      'team/app/debug',
    ]);
  });

  test('what is typed is shown, not obeyed by the terminal', async () => {
    world.image('app', 'v1');
    expect(await refused(['rm', 'a\x1b[2Jb'], 2)).toContain('a\\x1b[2Jb');
    const ran = await regsweep(['gc', 'x*\x1b[31m', '--dry-run'], { root: world.root });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that none is shown is what is tested
    expect(ran.stdout + ran.stderr).not.toMatch(/\x1b/);
  });

  test('a log inside the tree is refused, and not begun', async () => {
    world.image('app', 'v1');
    const link = `${world.root}-link`;
    fs.symlinkSync(world.path('blobs'), link);
    try {
      for (const file of [`${world.root}/log`, world.path('repositories/app/log'), `${link}/log`])
        expect(await refused(['gc', '--dry-run', '--log-file', file], 2)).toContain("inside the registry's root");
    } finally {
      fs.unlinkSync(link);
    }
  });

  test('nothing named at all', async () => {
    world.image('app', 'v1');
    await refused(['rm'], 2);
    await refused(['rm', '--untagged'], 2);
  });

  test.each([
    ['--no-such-option'],
    ['--grace', '7'],
    ['--grace', ''],
    ['--uploads-older-than', 'soon'],
    ['--max-delete', '200'],
    ['--concurrency', '0'],
    ['--concurrency', 'many'],
    ['--verbose', '--quiet'],
    ['--keep-in-use', '/nowhere/in-use'],
    ['--plan-out', '/nowhere/plan.json'],
    ['--log-file', '/nowhere/log'],
  ])('an option that makes no sense: %s %s', async (...words) => {
    world.image('app', 'v1');
    await refused(['gc', ...words], 2);
  });

  test('an option given twice, or with an empty value', async () => {
    world.image('app', 'v1');
    expect(await refused(['gc', '--grace', '1d', '--grace', '2d'], 2)).toContain('--grace is given twice');
    expect(await refused(['gc', '--keep-in-use='], 2)).toContain('--keep-in-use is empty');
  });

  test('a command that is none', async () => {
    expect(await refused(['remove', 'app'], 2)).toMatch(/Unknown|Did you mean/);
  });
});

describe('what is named goes, and nothing else', () => {
  async function done(words: readonly string[], input?: string): Promise<string> {
    const ran = await regsweep([...words, '--yes'], { root: world.root, ...(input === undefined ? {} : { input }) });
    expect(ran.status, ran.stderr).toBe(0);
    return ran.stdout;
  }
  const tags = (repository: string): readonly string[] => world.list(`repositories/${repository}/_manifests/tags`);

  test.each([
    'registry.example.com:5000/app:v1',
    'registry.example.com/app:v1',
    'localhost/app:v1',
    'localhost:5000/app:v1',
  ])('a registry host in front is dropped: %s', async (reference) => {
    world.image('app', 'v1');
    world.image('app', 'v2');
    await done(['rm', reference]);
    expect(tags('app')).toEqual(['v2']);
  });

  test('a host in front stays where a repository bears the full name', async () => {
    world.image('registry.example.com/app', 'v1');
    world.image('registry.example.com/app', 'v2');
    world.image('app', 'v1');
    await done(['rm', 'registry.example.com/app:v1']);
    expect([tags('registry.example.com/app'), tags('app')]).toEqual([['v2'], ['v1']]);
  });

  test('library/ is not made up', async () => {
    world.image('library/app', 'v1');
    const ran = await regsweep(['rm', 'app:v1', '--yes'], { root: world.root });
    expect(ran.status).toBe(2);
    expect(tags('library/app')).toEqual(['v1']);
  });

  test('a repository goes, the one nested below it stays', async () => {
    world.image('a', 'v1');
    world.image('a/b', 'v1', { config: 'nested' });
    await done(['rm', 'a']);
    expect(world.list('repositories/a')).toEqual(['b']);
    expect(tags('a/b')).toEqual(['v1']);
  });

  test('tags named as reserved words, or as numbers, are tags', async () => {
    for (const tag of ['link', 'current', '1.20', '007', '1e3', 'keep']) world.image('app', tag);
    await done(['rm', 'app:link', 'app:current', 'app:1.20', 'app:007', 'app:1e3']);
    expect(tags('app')).toEqual(['keep']);
  });

  test('a repository whose name is a number', async () => {
    world.image('007', 'v1');
    world.image('7', 'v1', { config: 'other' });
    await done(['rm', '007']);
    expect(world.list('repositories')).toEqual(['7']);
  });

  test('a list from a file, and from stdin', async () => {
    for (const tag of ['v1', 'v2', 'v3']) world.image('app', tag);
    await done(['rm', '--from-file', '-'], '# old\napp:v1 # first\r\n\nlocalhost:5000/app:v2\n');
    expect(tags('app')).toEqual(['v3']);
  });

  test('--ignore-missing warns of what is not there and goes on with the rest', async () => {
    world.image('app', 'v1');
    world.image('app', 'v2');
    const ran = await regsweep(['rm', 'app:v1', 'app:v9', 'nope', '--ignore-missing', '--yes'], { root: world.root });
    expect(ran.status, ran.stderr).toBe(0);
    expect(`${ran.stdout}${ran.stderr}`).toMatch(/app:v9[\s\S]*nope/);
    expect(tags('app')).toEqual(['v2']);
  });

  test('an empty list is refused, unless what is missing may be ignored', async () => {
    world.image('app', 'v1');
    const empty = await regsweep(['rm', '--from-file', '-', '--yes'], { root: world.root, input: '# none\n' });
    expect(empty.status).toBe(2);
    const ignored = await regsweep(['rm', '--from-file', '-', '--ignore-missing', '--yes'], {
      root: world.root,
      input: '',
    });
    expect(ignored.status, ignored.stderr).toBe(0);
    expect(tags('app')).toEqual(['v1']);
  });

  test('what is in use is not removed', async () => {
    const { digest } = world.image('app', 'v1');
    const ran = await regsweep(['rm', 'app:v1', '--yes', '--keep-in-use', '-'], {
      root: world.root,
      input: `docker-pullable://registry.example.com/app@${digest} other/thing:1\n`,
    });
    expect(ran.status).toBe(4);
    expect(ran.stderr).toContain('app:v1');
    expect(tags('app')).toEqual(['v1']);
  });
});
