// Making anything unreadable never adds a removal (rule 4.1): every link and every manifest of a tree that holds every kind of
// thing is damaged, one at a time and in every way, and each request then removes no more than before.

import fs from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RegsweepError } from '../../src/model/errors.js';
import type { Request } from '../../src/plan/request.js';
import { TreeReader } from '../../src/scan/tree-reader.js';
import { plannedTogether, removalsOf } from '../scan/planned.js';
import { damageBlob, damageLink, MANIFEST_DAMAGES, OTHER_KINDS, replaceBy } from '../support/damage.js';
import { layerDigest, type Pushed, World } from '../support/world.js';

let world: World;
let named: Pushed;
const requests: Record<string, Partial<Request> & Pick<Request, 'command'>> = {};

beforeAll(() => {
  world = World.create();
  const app = world.image('app', 'v1', { layers: ['base', 'one'] });
  world.image('app', 'latest', { layers: ['base', 'old'] });
  world.image('app', 'latest', { layers: ['base', { name: 'now', alias: 'sha512' }, 'now'] });
  world.signatureTag('app', app);
  const sbom = world.referrer('app', undefined, app);
  world.referrer('app', undefined, sbom, { layers: ['of the sbom'] });
  const shared = world.image('web', undefined, { layers: ['base', 'x'] });
  named = world.index('web', 'multi', [shared, { layers: ['base', 'y'] }]);
  world.index('web', undefined, [shared], { name: 'untagged' });
  world.nestedIndex('web', 'nested', [[{ layers: ['m'] }], [{ layers: ['n'] }]]);
  world.manifest('sparse', 'multi', named.content);
  world.manifest('sparse', undefined, world.image('other', 'v1', { layers: ['base', 'x'] }).content);
  world.copy('copy', 'v1', app);
  world.linkLayer('copy', world.blob('half'));
  world.schema1('old', 'v1', { layers: ['a'], signatures: ['s'] });
  world.buildkitCache('cache', 'main', ['k1', 'base']);
  // What names another in passing: readable it is no reference, and damaged it must not become one.
  const pinned = world.image('app', undefined, { layers: ['pinned'] });
  const mention = world.manifest('app', 'mention', {
    schemaVersion: 2,
    layers: [],
    annotations: { base: pinned.digest },
  });
  world.blob('stray');
  Object.assign(requests, {
    'rm of a tag': { command: 'rm', references: ['app:v1'] },
    'rm of tags': { command: 'rm', references: ['app:latest', 'app:mention', 'web:multi'] },
    'rm of digests': {
      command: 'rm',
      references: [`web@${named.digest}`, `copy@${app.digest}`, `app@${mention.digest}`],
    },
    'rm of a repository': { command: 'rm', references: ['web'] },
    'rm --untagged': { command: 'rm', references: ['app:v1'], untagged: true },
    gc: { command: 'gc' },
    'gc --untagged': { command: 'gc', untagged: true, tagless: true },
    'gc --untagged in scope': { command: 'gc', untagged: true, patterns: ['web', 'copy'] },
    'gc --dangling-signatures': { command: 'gc', untagged: true, danglingSignatures: true },
    retain: {
      command: 'retain',
      untagged: true,
      // A rule without times: putting a thing back gives it a new one.
      policies: [{ repositories: ['**'], keep: { tags: ['latest', 'multi'] }, tags: [], exclude: [] }],
    },
  });
});
afterAll(() => world.remove());

/** Every file of the tree below a folder of v2. */
function filesBelow(folder: string): string[] {
  const entries = fs.readdirSync(world.path(folder), { recursive: true, withFileTypes: true, encoding: 'utf8' });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`.slice(world.v2.length + 1))
    .sort();
}

/** Every file and folder of the tree below a folder of v2, itself aside. */
function entriesBelow(folder: string): string[] {
  return fs.readdirSync(world.path(folder), { recursive: true, encoding: 'utf8' }).sort();
}

function isFile(place: string): boolean {
  return fs.lstatSync(world.path(place)).isFile();
}

/** What each request removes; a scan that stops and a plan that is refused remove nothing. */
async function removals(reader?: TreeReader): Promise<ReadonlyMap<string, readonly string[]>> {
  const names = Object.keys(requests);
  const plans = await plannedTogether(world.root, Object.values(requests), reader).catch((error: unknown) => {
    if (error instanceof RegsweepError && error.code === 'tree-unreadable') return [];
    throw error;
  });
  return new Map(names.map((name, i) => [name, plans[i] === undefined ? [] : removalsOf(plans[i])]));
}

/** What goes now and did not go `before`. */
async function added(before: ReadonlyMap<string, readonly string[]>, reader?: TreeReader): Promise<string[]> {
  const lines: string[] = [];
  for (const [name, now] of await removals(reader)) {
    const was = new Set(before.get(name));
    lines.push(...now.filter((removal) => !was.has(removal)).map((removal) => `${name}: ${removal}`));
  }
  return lines;
}

describe('one thing damaged, no more goes', () => {
  test.each(['empty', 'garbled'] as const)('a link that is %s', async (how) => {
    const before = await removals();
    const links = filesBelow('repositories').filter((file) => file.endsWith('/link'));
    expect(links.length).toBeGreaterThan(80);
    const more: string[] = [];
    for (const link of links) {
      const text = world.read(link)!;
      damageLink(world, link, how);
      more.push(...(await added(before)).map((line) => `${link} ${how}: ${line}`));
      world.write(link, text);
    }
    expect(more).toEqual([]);
  });

  test.each(MANIFEST_DAMAGES.filter((how) => how !== 'missing'))('a blob that is %s', async (how) => {
    const before = await removals();
    const more: string[] = [];
    for (const data of filesBelow('blobs')) {
      const content = fs.readFileSync(world.path(data));
      if (content[0] !== 0x7b) continue; // a layer's content is never read
      damageBlob(world, `sha256:${data.split('/')[3]}`, how);
      more.push(...(await added(before)).map((line) => `${data} ${how}: ${line}`));
      fs.writeFileSync(world.path(data), content);
    }
    expect(more).toEqual([]);
  });

  test.each(OTHER_KINDS)('%s in the place of anything', async (kind) => {
    const before = await removals();
    // A file beside repositories is nobody's: a registry makes none there.
    const isRepository = (place: string): boolean => /^repositories(?:\/[^_/][^/]*)*$/.test(place);
    const places = entriesBelow('').filter((place) => kind !== 'a file' || !(isFile(place) || isRepository(place)));
    expect(places.length).toBeGreaterThan(200);
    const more: string[] = [];
    for (const place of places) {
      const restore = replaceBy(world, place, kind);
      more.push(...(await added(before)).map((line) => `${kind} for ${place}: ${line}`));
      restore();
    }
    expect(more).toEqual([]);
  });

  test('anything that vanishes between listing and reading', async () => {
    const before = await removals();
    const more: string[] = [];
    // A link or data file is not listed before it is read, nor is what lies in a tag's or revision's folder.
    const listed = entriesBelow('').filter(
      (place) => place.includes('/') && !isFile(place) && !/\/(?:current|index|signatures)(?:\/|$)/.test(place),
    );
    for (const place of listed) {
      const whole = world.path(place);
      let gone = false;
      const reader = new TreeReader((_, file) => {
        if (gone || (file !== whole && !file.startsWith(`${whole}/`))) return;
        gone = true;
        fs.renameSync(whole, `${world.root}/gone`);
      });
      more.push(...(await added(before, reader)).map((line) => `${place} vanished: ${line}`));
      if (gone) fs.renameSync(`${world.root}/gone`, whole);
    }
    expect(more).toEqual([]);
  });

  test('the tree is what it was, and its requests do remove', async () => {
    for (const [name, all] of await removals()) expect(all.length, name).toBeGreaterThan(0);
    expect(world.exists(`blobs/sha256/${layerDigest('base').slice(7, 9)}`)).toBe(true);
  });
});
