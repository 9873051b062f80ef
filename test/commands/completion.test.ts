// What a shell is given to complete: from the definitions that the command line is read by, and from the tree, without a scan.

import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PROGRAM_OPTIONS } from '../../src/cli/options.js';
import { COMMANDS } from '../../src/cli/program.js';
import { completions } from '../../src/commands/completion/completions.js';
import { splitWords } from '../../src/commands/completion/line.js';
import type { Digest } from '../../src/model/digest.js';
import {
  blobCandidates,
  repositoryCandidates,
  revisionCandidates,
  tagCandidates,
} from '../../src/scan/name-candidates.js';
import { TreeReader } from '../../src/scan/tree-reader.js';
import { regsweep } from '../cli/run.js';
import { snapshot } from '../support/snapshot.js';
import { World } from '../support/world.js';

const definitions = { commands: COMMANDS, options: PROGRAM_OPTIONS };

let world: World;
beforeEach(() => {
  world = World.create();
});
afterEach(() => fs.rmSync(world.root, { recursive: true }));

const ROOT = 'REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY';

async function ask(
  typed: string,
  { replaced, environment = { [ROOT]: world.root } }: { replaced?: string; environment?: Record<string, string> } = {},
): Promise<readonly string[]> {
  return completions({ line: `regsweep ${typed}`, replaced, environment, definitions });
}

/** The values alone, where it is names that are reported. */
async function values(...asked: Parameters<typeof ask>): Promise<readonly string[]> {
  const [kind = 'names', ...lines] = await ask(...asked);
  expect(kind).toBe('names');
  return lines.map((line) => line.split('\t')[0]!).sort();
}

describe('words of a line', () => {
  const texts = (line: string): readonly string[] =>
    splitWords(line, { HOME: '/home/me', X: 'x y' }).map(({ text }) => text);
  test.each([
    ['rm app:1', ['rm', 'app:1']],
    ['rm ', ['rm', '']],
    ['', ['']],
    [`rm 'team/a b' "c \\"d\\" \\e" f\\ g`, ['rm', 'team/a b', 'c "d" \\e', 'f g']],
    [`rm 'open quo`, ['rm', 'open quo']],
    [`rm a'b'"c"\\d`, ['rm', 'abcd']],
    [`--root ~/tree a~b '~'`, ['--root', '/home/me/tree', 'a~b', '~']],
    [`--root $X/y "$X" \${X}z '$X'`, ['--root', 'x y/y', 'x y', 'x yz', '$X']],
  ])('%s', (line, wanted) => expect(texts(line)).toEqual(wanted));

  test('what only the shell can know is not known', () => {
    for (const word of ['$NONE', '$(date)', '`date`', '"$(date)"', '$'.concat('{X:-y}')]) {
      expect(splitWords(word, { X: 'x' })[0]!.known, word).toBe(false);
    }
    expect(splitWords("'$(date)'", {})[0]).toMatchObject({ known: true, literal: true, text: '$(date)' });
  });
});

describe('commands, options and their values', () => {
  test('commands with their summaries', async () => {
    expect(await values('')).toEqual(COMMANDS.map(({ name }) => name).sort());
    expect(await ask('co')).toEqual(['names', expect.stringMatching(/^completion\tPrint the script/)]);
    expect(await ask('no-such ')).toEqual([]);
  });

  test('options: before a command, of a command, not twice unless they may be', async () => {
    expect(await values('--js')).toEqual(['--json']);
    expect(await values('gc --dry')).toEqual(['--dry-run']);
    expect(await values('gc --dry-run --d')).toEqual(['--dangling-signatures', '--detailed-exitcode']);
    expect(await values('gc -n --dr')).toEqual([]);
    expect(await values('gc -ny --y')).toEqual([]);
    expect(await values('retain --keep-tag a --keep-t')).toEqual(['--keep-tag', '--keep-trash']);
    expect(await values('undo -')).toEqual(expect.arrayContaining(['-n', '--dry-run']));
    expect(await values('ls --dry')).toEqual([]);
    expect(await values('rm -- --')).toEqual([]);
    expect(await ask('gc --br')).toEqual(['names', expect.stringMatching(/^--broken\tAlso remove tags and revisions/)]);
  });

  test('values: enumerations, files, folders, and nothing for what cannot be guessed', async () => {
    expect(await values('du --sort u')).toEqual(['unique', 'untagged']);
    expect(await values('du --sort=u')).toEqual(['--sort=unique', '--sort=untagged']);
    expect(await values('du --sort=u', { replaced: 'u' })).toEqual(['unique', 'untagged']);
    expect(await values('retain --by ')).toEqual(['created', 'name', 'pushed']);
    expect(await values('trash ')).toEqual(['empty', 'ls']);
    expect(await values('completion ')).toEqual(['bash', 'fish', 'zsh']);
    for (const typed of [
      'gc --plan-out ',
      'gc --plan-out=x',
      'apply pl',
      'rm --from-file ',
      'retain --policy ',
      '--config ',
    ])
      expect(await ask(typed), typed).toEqual(['files']);
    expect(await ask('ls --root /var/')).toEqual(['folders']);
    for (const typed of ['gc --grace ', 'gc --stop-command ', 'retain --tag ']) expect(await ask(typed)).toEqual([]);
  });

  test('after the last word that a command takes come its options', async () => {
    expect(await values('completion bash ')).toContain('--json');
    expect(await values('completion bash ')).not.toContain('bash');
  });
});

describe('names from the tree', () => {
  let digest: Digest;
  beforeEach(() => {
    digest = world.image('team1/app', '1.0').digest;
    world.image('team1/app', '1.1');
    world.image('team1/app/debug', '9');
    world.image('team1/web', 'latest');
    world.image('team2/x', '1');
    world.image('apple', 'a');
    world.image('app', '2.0');
  });

  test('repositories, level by level', async () => {
    expect(await values('rm te')).toEqual(['team1/', 'team2/']);
    expect(await values('rm team1/')).toEqual(['team1/app', 'team1/app/', 'team1/web']);
    expect(await values('gc ap')).toEqual(['app', 'apple']);
    expect(await values('gc team1/w')).toEqual(['team1/web']);
    expect(await values('rm nothing')).toEqual([]);
    expect(await values('rm ../')).toEqual([]);
    expect(await values('rm team1/../')).toEqual([]);
    expect(await values('rm _')).toEqual([]);
  });

  test('the one repository that is meant shows its tags, where a command takes tags', async () => {
    expect(await values('rm appl')).toEqual(['apple', 'apple:a']);
    expect(await values('check appl')).toEqual(['apple']);
  });

  test('tags, and for bash only what it replaces', async () => {
    expect(await values('rm team1/app:')).toEqual(['team1/app:1.0', 'team1/app:1.1']);
    expect(await values('rm team1/app:', { replaced: '' })).toEqual(['1.0', '1.1']);
    expect(await values(`rm 'team1/app:1`, { replaced: 'team1/app:1' })).toEqual(['team1/app:1.0', 'team1/app:1.1']);
    expect(await values(`rm 'team1/app':1`, { replaced: '1' })).toEqual(['1.0', '1.1']);
    expect(await values('rm team1/app:1.0 team1/app:')).toEqual(['team1/app:1.1']);
    expect(await values('gc team1/app:')).toEqual([]);
    expect(await values('ls team1/app:')).toHaveLength(2);
  });

  test('tags that only describe an image where they are asked for', async () => {
    world.image('app', `sha256-${'a'.repeat(64)}.sig`);
    expect(await values('rm app:')).toEqual(['app:2.0']);
    expect(await values('rm app:sha')).toEqual([`app:sha256-${'a'.repeat(64)}.sig`]);
  });

  test('revisions, without those that an API delete took', async () => {
    const gone = world.image('team1/app', 'gone').digest;
    fs.rmSync(
      path.join(
        world.root,
        'docker/registry/v2',
        `repositories/team1/app/_manifests/revisions/sha256/${gone.slice(7)}/link`,
      ),
    );
    const found = await values('rm team1/app@');
    expect(found).toContain(`team1/app@${digest}`);
    expect(found).not.toContain(`team1/app@${gone}`);
    expect(await values(`rm team1/app@${digest.slice(0, 12)}`)).toEqual([`team1/app@${digest}`]);
    expect(await values('rm team1/app:1.0@')).toEqual([]);
  });

  test('blobs for why', async () => {
    expect(await values('why sha')).toEqual(['sha256:']);
    expect(await values(`why ${digest.slice(0, 12)}`)).toEqual([digest]);
    expect(await values('why ap')).toEqual(['app', 'apple']);
    expect(await values(`rm ${digest.slice(0, 12)}`)).toEqual([]);
  });

  test('a registry host in front is passed over, unless a repository bears it', async () => {
    expect(await values('rm registry.example.com:5000/team1/w')).toEqual([
      'registry.example.com:5000/team1/web',
      'registry.example.com:5000/team1/web:latest',
    ]);
    world.image('registry.example.com/own', '1');
    expect(await values('rm registry.example.com/o')).toEqual([
      'registry.example.com/own',
      'registry.example.com/own:1',
    ]);
  });

  test('runs', async () => {
    const root = { root: world.root };
    await regsweep(['rm', 'app:2.0', '--yes', '--keep-trash'], root);
    const [run] = fs.readdirSync(path.join(world.root, '.regsweep/runs'));
    expect(await values('undo ')).toEqual([run]);
    expect(await values('trash empty ')).toEqual([run]);
  });

  test('the tree is the one that the line names, else the environment, else a configuration', async () => {
    const other = World.create();
    try {
      other.image('other', '1');
      expect(await values(`rm --root ${other.root} o`)).toEqual(['other', 'other:1']);
      expect(await values(`rm --root=${other.root} o`)).toEqual(['other', 'other:1']);
      expect(await values('rm --root "$TREE" o', { environment: { TREE: other.root } })).toEqual(['other', 'other:1']);
      const config = path.join(other.root, 'config.yml');
      fs.writeFileSync(config, `storage: {filesystem: {rootdirectory: ${other.root}}}`);
      expect(await values(`rm --config ${config} o`, { environment: {} })).toEqual(['other', 'other:1']);
      expect(await values('rm --root "$UNKNOWN" t')).toEqual([]);
    } finally {
      fs.rmSync(other.root, { recursive: true });
    }
  });

  test('no tree, no permission, no known configuration: nothing, and no word about it', async () => {
    expect(await ask('rm te', { environment: { [ROOT]: '/no/such/tree' } })).toEqual([]);
    expect(await ask('rm --config /no/such/config.yml te', { environment: {} })).toEqual([]);
    const ran = await regsweep(['__complete', 'bash', 'regsweep rm te', 'te'], {
      environment: { [ROOT]: '/no/such/tree' },
    });
    expect(ran).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(await regsweep(['__complete'])).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  test('changes nothing and locks nothing', async () => {
    const before = snapshot(world.root, { mtime: true, inode: true });
    for (const typed of ['rm ', 'rm team1/app:', 'rm team1/app@', 'why sha256:', 'undo ', 'trash empty '])
      await ask(typed);
    expect(snapshot(world.root, { mtime: true, inode: true })).toEqual(before);
  });

  test('reads the folders on the way, and looks into those that match: never a file', () => {
    const v2 = path.join(world.root, 'docker/registry/v2');
    const seen: string[] = [];
    const reader = new TreeReader((call, file) => seen.push(`${call} ${path.relative(v2, file)}`));
    const read = (look: () => unknown): readonly string[] => {
      seen.length = 0;
      look();
      return seen;
    };
    expect(read(() => repositoryCandidates(v2, 'team1/w', reader))).toEqual([
      'list repositories/team1',
      'list repositories/team1/web',
    ]);
    expect(read(() => tagCandidates(v2, 'team1/app', '1', reader))).toEqual([
      'list repositories/team1/app/_manifests/tags',
    ]);
    expect(read(() => revisionCandidates(v2, 'team1/app', digest, reader))).toEqual([
      'list repositories/team1/app/_manifests/revisions',
      'list repositories/team1/app/_manifests/revisions/sha256',
      `stat repositories/team1/app/_manifests/revisions/sha256/${digest.slice(7)}/link`,
    ]);
    const [first] = read(() => blobCandidates(v2, digest.slice(0, 10), reader));
    expect(first).toBe('list blobs');
    expect(seen).toEqual(['list blobs', 'list blobs/sha256', `list blobs/sha256/${digest.slice(7, 9)}`]);
  });

  test('of very many repositories only the names are read', () => {
    const v2 = path.join(world.root, 'docker/registry/v2');
    for (let n = 0; n < 401; n += 1)
      fs.mkdirSync(path.join(v2, `repositories/many/r${n}/_layers`), { recursive: true });
    let calls = 0;
    const reader = new TreeReader(() => {
      calls += 1;
    });
    expect(repositoryCandidates(v2, 'many/', reader)).toHaveLength(401);
    expect(calls).toBe(1);
  });
});

test('names that the registry would not accept are never handed to a shell', async () => {
  world.image('evil', 'good');
  const names = [
    '$(touch pwned)',
    '`touch pwned`',
    ';touch pwned',
    "'",
    '"',
    'x y',
    '-rf',
    'new\nline',
    'tab\tbed',
    '*',
    '\u001b[31m',
    'a\\b',
    '~',
  ];
  const folder = path.join(world.root, 'docker/registry/v2/repositories');
  for (const name of names) {
    fs.mkdirSync(path.join(folder, 'evil/_manifests/tags', name, 'current'), { recursive: true });
    fs.mkdirSync(path.join(folder, 'evil', name, '_layers'), { recursive: true });
    fs.mkdirSync(path.join(world.root, '.regsweep/runs', name), { recursive: true });
  }
  expect(await values('rm evil:')).toEqual(['evil:good']);
  expect(await values('rm evil/')).toEqual([]);
  expect(await values('rm evil:$')).toEqual([]);
  expect(await values('undo ')).toEqual([]);
});
