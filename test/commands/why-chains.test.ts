// `why` on trees of every kind of damage: what it calls kept `gc --untagged` leaves and a root that holds it is named; what it does
// not is deleted by the command that it names, really carried out on a copy. And shapes that a naive search is slow on.

import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { answered, makePlan } from '../../src/cli/make-plan.js';
import { chainsOf, holds } from '../../src/commands/why/chains.js';
import {
  type Explanation,
  explaining,
  isOwn,
  requestOfSweep,
  type Sweep,
  type Thing,
} from '../../src/commands/why/verdict.js';
import { sweepText, waysOut, whyDocument, whyLines } from '../../src/commands/why/view.js';
import { execute } from '../../src/execute/execute.js';
import { type DigestId, DigestTable } from '../../src/inventory/digest-table.js';
import { Histories } from '../../src/inventory/histories.js';
import { BLOB_PRESENT, type Inventory } from '../../src/inventory/inventory.js';
import { ManifestTable, READ } from '../../src/inventory/manifest-table.js';
import { RegsweepError } from '../../src/model/errors.js';
import type { RepositoryName } from '../../src/model/names.js';
import { PLAIN } from '../../src/report/table.js';
import { unread } from '../../src/scan/gather-repositories.js';
import { type Scan, scan } from '../../src/scan/scan.js';
import { openTree } from '../../src/scan/tree.js';
import { faultsOf } from '../report/schema.js';
import { BELOW, type History, history, NOW_MS, worldOf } from '../support/arbitrary.js';
import { sha256 } from '../support/content.js';
import { damageBlob, damageLink, LINK_DAMAGES, removeBlob } from '../support/damage.js';
import { at } from '../support/tree-paths.js';
import { MANY } from '../support/trees.js';
import { layerDigest, World } from '../support/world.js';

const UNTAGGED: Sweep = { repositories: [], untagged: true, broken: false, tagless: false, allowEmpty: false };

interface Asked {
  readonly thing: Thing;
  /** The file that is the thing, relative to v2. */
  readonly file: string;
  readonly explained: Explanation;
}

/** Every blob, revision and tag of the tree, explained. */
async function everything(found: Scan): Promise<readonly Asked[]> {
  const { inventory } = found;
  const { digests, blobs, repositories } = inventory;
  const things: { thing: Thing; file: string }[] = [];
  for (let id = 0; id < digests.size; id += 1) {
    if (blobs.state[id] === BLOB_PRESENT)
      things.push({ thing: { id: id as DigestId }, file: at.blob(digests.text(id as DigestId)) });
  }
  repositories.forEach(({ name, revisions, tags }, position) => {
    for (const id of revisions)
      things.push({
        thing: { id: id as DigestId, position },
        file: path.dirname(at.revision(name, digests.text(id as DigestId))),
      });
    tags.names.forEach((tag, n) => {
      const id = tags.current[n]! < 0 ? undefined : (tags.current[n] as DigestId);
      things.push({ thing: { id, position, tag: n }, file: at.tag(name, tag) });
    });
  });
  const all: Asked[] = [];
  for (const { thing, file } of things)
    all.push({ thing, file, explained: await answered(found, explaining(inventory, thing, NOW_MS)) });
  return all;
}

/** Carries out `sweep` on a copy of the tree and hands that over. A refusal leaves the copy as it was. */
async function after(world: World, sweep: Sweep, look: (copy: World) => void): Promise<void> {
  const copy = World.create(BELOW === undefined ? {} : { below: BELOW });
  try {
    fs.cpSync(world.root, copy.root, { recursive: true, preserveTimestamps: true });
    const found = await scan(openTree(copy.root), { leftovers: 'all' }, { concurrency: 0 });
    try {
      const plan = await makePlan(found, requestOfSweep(sweep, NOW_MS));
      const outcome = await execute(openTree(copy.root), plan, { keepTrash: false, id: 'run' });
      expect(outcome.status).toBe('done');
    } catch (error) {
      if (!(error instanceof RegsweepError)) throw error;
    } finally {
      await found.close();
    }
    look(copy);
  } finally {
    copy.remove();
  }
}

async function verified(world: World): Promise<void> {
  const found = await scan(openTree(world.root), {}, { concurrency: 0 });
  const all = await everything(found);
  const { inventory } = found;
  const { repositories, digests } = inventory;
  await found.close();
  const word = ({ thing: { id, position, tag }, file }: Asked): string =>
    `${file} (${position === undefined ? '' : repositories[position]!.name} ${tag ?? ''} ${id === undefined ? '' : digests.text(id)})`;
  for (const { thing, file, explained } of all) {
    const digest = thing.id === undefined ? undefined : digests.text(thing.id);
    const result = { root: world.root, what: file, digest, stored: true, ...explained };
    expect(faultsOf(JSON.parse([...whyDocument(result)].join('')), 'why')).toBeUndefined();
    const lines = [...whyLines(result, PLAIN, true)];
    for (const command of explained.chains.flatMap(waysOut))
      if (command.startsWith('regsweep rm')) expect(lines.join('\n')).toContain(command);
  }
  await after(world, UNTAGGED, (copy) => {
    for (const asked of all) {
      const { kept, chains, refusal } = asked.explained;
      if (kept) expect([word(asked), copy.exists(asked.file)]).toEqual([word(asked), true]);
      const held = chains.some((chain) => holds(chain.root) && isOwn(inventory, asked.thing, chain));
      expect([word(asked), 'held', held || refusal !== undefined]).toEqual([word(asked), 'held', kept]);
      if (!kept) expect([word(asked), asked.explained.deletedBy !== undefined]).toEqual([word(asked), true]);
      for (const { root } of chains) if ('causes' in root) expect(root.causes.length).toBeGreaterThan(0);
    }
  });
  const commands = new Map<string, { sweep: Sweep; files: string[] }>();
  for (const { explained, file } of all) {
    if (explained.deletedBy === undefined) continue;
    const text = sweepText(explained.deletedBy);
    const same = commands.get(text) ?? { sweep: explained.deletedBy, files: [] };
    same.files.push(file);
    commands.set(text, same);
  }
  for (const [text, { sweep, files }] of commands) {
    await after(world, sweep, (copy) => {
      for (const file of files) expect([text, file, copy.exists(file)]).toEqual([text, file, false]);
    });
  }
}

test('on any tree, damaged or not: kept is left with a root that is named, and each command does what is said of it', async () => {
  await fc.assert(
    fc.asyncProperty(history, async (tree: History) => {
      const world = worldOf(tree);
      try {
        await verified(world);
      } finally {
        world.remove();
      }
    }),
    { numRuns: 40 * MANY },
  );
});

/** What `why` says of a digest, or of a tag, of the tree. */
async function asked(world: World, what: string, tag?: string): Promise<Explanation> {
  const found = await scan(openTree(world.root), {}, { concurrency: 0 });
  const { repositories, digests } = found.inventory;
  const position = repositories.findIndex(({ name }) => name === what);
  const thing: Thing =
    tag === undefined
      ? { id: digests.find(what as never)! }
      : { id: undefined, position, tag: repositories[position]!.tags.names.indexOf(tag as never) };
  const explained = await answered(found, explaining(found.inventory, thing, NOW_MS));
  await found.close();
  return explained;
}

async function on(look: (world: World) => Promise<void>): Promise<void> {
  const world = World.create(BELOW === undefined ? {} : { below: BELOW });
  try {
    await look(world);
  } finally {
    world.remove();
  }
}

const references = ({ chains }: Explanation): readonly string[] =>
  chains.flatMap(({ root }) => ('causes' in root ? root.causes.map(({ reference }) => reference) : []));
const kinds = ({ chains }: Explanation): readonly string[] => chains.map(({ root }) => root.kind);

test("a signature's tag goes though another tag leads to the same image", async () => {
  await on(async (world) => {
    const image = world.image('app', undefined, { layers: ['one'] });
    const signature = world.signatureTag('app', image);
    world.retag('app', '1', signature);
    await verified(world);
  });
});

test('an index that describes what it lists, both untagged', async () => {
  await on(async (world) => {
    const inner = world.index('app', undefined, []);
    world.index('app', undefined, [inner], { subject: inner });
    world.image('app', '1', { layers: ['one'] });
    expect(kinds(await asked(world, inner.digest))).toEqual(['untagged']);
    await verified(world);
  });
});

test.each(LINK_DAMAGES)('a tag whose link is damaged (%s) is kept for its own doubt, with the way out', async (how) => {
  await on(async (world) => {
    world.image('app', '1', { layers: ['one'] });
    const other = world.image('app', undefined, { layers: ['untagged'] });
    damageLink(world, at.current('app', '1'), how);
    const tag = await asked(world, 'app', '1');
    expect(tag).toMatchObject({ kept: true, deletedBy: { repositories: ['app'], broken: true } });
    expect([kinds(tag), references(tag)]).toEqual([['frozen'], ['app:1']]);
    for (const digest of [other.digest, ...other.layers]) {
      const held = await asked(world, digest);
      expect([held.kept, kinds(held), references(held)]).toEqual([true, ['frozen'], ['app:1']]);
    }
  });
});

test('what an unreadable manifest of another repository may name is held back by it, and by nothing once that is gone', async () => {
  await on(async (world) => {
    const stray = world.blob('never linked', 30);
    const damaged = world.image('app', '1', { layers: ['one'] });
    world.image('app', '2', { layers: ['two'] });
    damageBlob(world, damaged.digest, 'garbled');
    const held = await asked(world, stray);
    expect([held.kept, kinds(held), references(held)]).toEqual([true, ['doubt'], [`app@${damaged.digest}`]]);
    world.apiDeleteManifest('app', damaged);
    expect(await asked(world, stray)).toMatchObject({ kept: false, chains: [], deletedBy: { untagged: false } });
  });
});

test('a link that a missing manifest may explain stays without --broken', async () => {
  await on(async (world) => {
    for (let n = 0; n < 30; n += 1) world.image('app', `${n}`, { layers: ['base'], config: `${n}` });
    removeBlob(world, world.image('app', 'lost', { layers: ['lost'] }).digest);
    const held = await asked(world, layerDigest('lost'));
    expect(kinds(held)).toEqual(['unexplained']);
    expect(held).toMatchObject({ kept: true, deletedBy: { repositories: ['app'], broken: true } });
  });
});

test('a collection that refuses is reported with its way out', async () => {
  await on(async (world) => {
    const stray = world.blob('stray', 30);
    world.image('app', '1', { layers: ['base'] });
    removeBlob(world, world.image('app', 'lost', { layers: ['lost'] }).digest);
    const refused = await asked(world, stray);
    expect(refused).toMatchObject({ kept: true, chains: [], deletedBy: { broken: true } });
    expect(refused.refusal?.message).toContain('1 of 2 revisions have no manifest blob');
  });
  await on(async (world) => {
    const alone = world.blob('alone', 30);
    expect(await asked(world, alone)).toMatchObject({ kept: true, deletedBy: { allowEmpty: true, broken: false } });
  });
});

test("a signature's tag goes with its image, and is no root", async () => {
  await on(async (world) => {
    const image = world.image('app', undefined, { layers: ['one'] });
    world.image('app', '1', { layers: ['two'] });
    const signature = world.signatureTag('app', image);
    const gone = await asked(world, signature.layers[0]!);
    expect(gone).toMatchObject({ kept: false, deletedBy: { repositories: ['app'], untagged: true } });
    expect(kinds(gone)).toEqual(['signature']);
  });
});

/** One repository of manifests alone, as a scan would find it. */
function inventoryOf(
  manifests: number,
  names: (n: number) => { readonly layers: number[]; readonly subject?: number },
): Inventory {
  const digests = new DigestTable();
  const idOf = (n: number): DigestId => digests.intern(sha256(`${n}`));
  const table = new ManifestTable();
  const revisions = Uint32Array.from({ length: manifests }, (_, n) => idOf(n));
  for (let n = 0; n < manifests; n += 1) {
    const { layers, subject } = names(n);
    table.set(
      idOf(n),
      READ,
      1,
      layers.map(idOf),
      layers.map(() => 1),
      subject === undefined ? undefined : idOf(subject),
    );
  }
  const repository = { ...unread('app' as RepositoryName), revisions };
  const state = new Uint8Array(digests.size).fill(BLOB_PRESENT);
  return {
    digests,
    manifests: table,
    repositories: [repository],
    blobs: { state },
    facts: { histories: new Histories() },
  } as unknown as Inventory;
}

test('many manifests that share a layer, and a long row of referrers, each cost one look', () => {
  const many = 10_000;
  const shared = inventoryOf(many, () => ({ layers: [many] }));
  expect(chainsOf(shared, shared.digests.find(sha256(`${many}`))!)).toHaveLength(many);
  const row = inventoryOf(many, (n) => ({ layers: [many + n], ...(n === 0 ? {} : { subject: n - 1 }) }));
  const [chain, ...more] = chainsOf(row, row.digests.find(sha256(`${2 * many - 1}`))!);
  expect([chain?.links.length, more]).toEqual([many, []]);
});
