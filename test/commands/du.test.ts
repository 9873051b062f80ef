// `du`: each byte in one class, unique is what really goes, reclaimable is what gc --untagged really frees.

import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makePlan } from '../../src/cli/make-plan.js';
import { frozenIn, type Usage, usageOf } from '../../src/commands/du/usage.js';
import { usageDocument } from '../../src/commands/du/view.js';
import { execute } from '../../src/execute/execute.js';
import { RegsweepError } from '../../src/model/errors.js';
import { requestOf } from '../../src/plan/request.js';
import type { Plan } from '../../src/plan/types.js';
import { scan } from '../../src/scan/scan.js';
import { openTree } from '../../src/scan/tree.js';
import { regsweep } from '../cli/run.js';
import { faultsOf } from '../report/schema.js';
import { history, NOW_MS, worldOf } from '../support/arbitrary.js';
import { damageLink, removeBlob } from '../support/damage.js';
import { at } from '../support/tree-paths.js';
import { MANY } from '../support/trees.js';
import { World } from '../support/world.js';

let world: World;
beforeEach(() => {
  world = World.create();
  world.image('app', '1', { layers: ['base', { name: 'one', bytes: 5000 }] });
  world.image('app', '2', { layers: ['base', { name: 'two', bytes: 3000 }] });
  world.image('app', undefined, { layers: ['base', { name: 'untagged', bytes: 700 }] });
  world.image('other', '1', { layers: ['base', { name: 'other', bytes: 40 }] });
  world.upload('other', 'b7a4a53e-6f11-4b0e-9e0f-3b8c3a3c1d1e', { startedAt: '2020-01-01T00:00:00Z', bytes: 123 });
  world.blob('stray', 900);
});
afterEach(() => world.remove());
const run = (...words: readonly string[]) => regsweep(words, { root: world.root });

function stored(): number {
  const blobs = path.join(world.v2, 'blobs');
  const entries = fs.readdirSync(blobs, { recursive: true, withFileTypes: true, encoding: 'utf8' });
  return entries.reduce((sum, e) => (e.isFile() ? sum + fs.statSync(path.join(e.parentPath, e.name)).size : sum), 0);
}

test('reclaimable is what gc --untagged frees, to the byte; unique is what rm of the repository frees', async () => {
  const ran = await run('du', '--json', '--tags');
  expect(ran.status, ran.stderr).toBe(0);
  const document = JSON.parse(ran.stdout);
  expect(faultsOf(document, 'usage')).toBeUndefined();
  const gc = JSON.parse((await run('gc', '--untagged', '--dry-run', '--json')).stdout);
  expect(document.reclaimableBytes).toBe(gc.totals.bytes);
  const app = document.repositories.find(({ repository }: { repository: string }) => repository === 'app');
  const rm = JSON.parse((await run('rm', 'app', '--dry-run', '--json')).stdout);
  expect(app.unique.bytes).toBe(rm.totals.bytes);
  const tag = JSON.parse((await run('rm', 'app:1', '--dry-run', '--json')).stdout);
  expect(app.tags[0].unique.bytes).toBe(tag.totals.bytes);
  expect(app.total.bytes).toBe(app.unique.bytes + app.shared.bytes);
});

test('ls and du count the same tags, those of signatures too', async () => {
  const { digest } = world.image('signed', '1', { layers: ['signed'] });
  world.image('signed', digest.replace(':', '-').concat('.sig'), { layers: ['signature'] });
  world.image('signed', `prod-${digest.replace(':', '-')}.sig`, { layers: ['another signature'] });
  world.image('signed', `sha256-${'0'.repeat(64)}.sig`, { layers: ['of an image that was never here'] });
  world.image('untagged', undefined);
  const counted = async (...words: readonly string[]): Promise<number> =>
    Number(/ (\d+) tags?,/.exec((await run('ls', ...words)).stdout)![1]);
  const { repositories } = JSON.parse((await run('du', '--json')).stdout);
  let sum = 0;
  for (const { repository, tagCount } of repositories) {
    expect(await counted(repository), repository).toBe(tagCount);
    sum += tagCount;
  }
  expect(sum).toBe(7);
  expect(await counted()).toBe(sum);
});

test('the classes of the totals add up to the blob store', async () => {
  const { totals } = JSON.parse((await run('du', '--json')).stdout);
  expect(totals.all.bytes).toBe(stored());
  expect(totals.tagged.bytes + totals.untagged.bytes + totals.orphaned.bytes + totals.unreferenced.bytes).toBe(
    stored(),
  );
  expect(totals.unreferenced.bytes).toBe(900);
  expect(totals.untagged.bytes).toBeGreaterThan(700);
  expect(totals.all.diskBytes).toBeGreaterThan(0);
});

test('the table: sorted by what would go, the first few, tags below; names and their mistakes', async () => {
  const table = (await run('du', '--tags')).stdout;
  expect(table.indexOf('\napp ')).toBeLessThan(table.indexOf('\nother '));
  expect(table).toMatch(/^ {2}1 /m);
  expect(table).toMatch(/Reclaimable by gc --untagged: /);
  const top = (await run('du', '--top', '1')).stdout;
  expect(top).toContain('(1 more repository not shown)');
  expect((await run('du', 'no-such')).status).toBe(2);
  expect((await run('du', '--top', 'x')).status).toBe(2);
  expect((await run('du', 'no-*')).stderr).toContain("'no-*' matches nothing");
});

test('a damaged tree: what is frozen is no untagged content, and is reported; so is what gc refuses', async () => {
  const damaged = world.image('broken', '1', { layers: [{ name: 'of the tag', bytes: 60_000 }] });
  damageLink(world, at.current('broken', '1'), 'empty');
  const ran = await run('du', '--json', '--tags');
  expect(ran.status, ran.stderr).toBe(3);
  const document = JSON.parse(ran.stdout);
  expect(faultsOf(document, 'usage')).toBeUndefined();
  expect(document.totals.held).toMatchObject({ blobs: 3, reclaimableBytes: 0 });
  expect(document.totals.untagged.bytes).toBeLessThan(10_000);
  const broken = document.repositories.find(({ repository }: { repository: string }) => repository === 'broken');
  expect(broken).toMatchObject({ frozen: true, untagged: { bytes: 0 }, orphaned: { bytes: 0 }, reclaimableBytes: 0 });
  expect((await run('du')).stdout).toMatch(/^broken {2}frozen, so all of it stays: a tag's link is an empty file/m);
  removeBlob(world, damaged.digest);
  world.write(at.current('broken', '1'), damaged.digest);
  const refused = await run('du', '--json');
  expect(refused.status, refused.stderr).toBe(3);
  expect(faultsOf(JSON.parse(refused.stdout), 'usage')).toBeUndefined();
  expect(JSON.parse(refused.stdout)).toMatchObject({
    reclaimableBytes: 0,
    refusal: { message: expect.stringContaining('have no manifest blob') },
  });
  expect((await run('du')).stdout).toContain('It refuses: 1 of 5 revisions have no manifest blob');
});

interface Rows {
  readonly usage: Usage;
  readonly plan: Plan | undefined;
}
async function rowsOf(any: World): Promise<Rows> {
  const found = await scan(openTree(any.root), { blobSizes: true, leftovers: 'likely' }, { concurrency: 0 });
  try {
    const plan = await makePlan(found, requestOf({ command: 'gc', nowMs: NOW_MS, untagged: true })).catch((error) => {
      if (error instanceof RegsweepError) return undefined;
      throw error;
    });
    const frozen = plan?.frozen ?? frozenIn(found.inventory);
    const names = new Set<string>(frozen.map(({ repository }) => repository));
    return { plan, usage: usageOf(found.inventory, { withTags: true, frozen: names, ...(plan && { plan }) }) };
  } finally {
    await found.close();
  }
}

test('on any tree, damaged or not: every byte once, and what is called reclaimable is what a collection frees', async () => {
  await fc.assert(
    fc.asyncProperty(history, async (tree) => {
      const any = worldOf(tree);
      try {
        const { usage, plan } = await rowsOf(any);
        const { repositories, totals } = usage;
        const heldBack = {
          frozen: plan?.frozen ?? [],
          leftAlone: plan?.leftAlone ?? [],
          heldBackBlobs: plan?.heldBackBlobs ?? 0,
        };
        const told = {
          root: any.root,
          usage,
          reclaimableBytes: 0,
          shown: repositories,
          refusal: undefined,
          ...heldBack,
        };
        expect(faultsOf(JSON.parse([...usageDocument(told)].join('')), 'usage')).toBeUndefined();
        const { all, tagged, held, untagged, orphaned, unreferenced, uploads, leftovers } = totals;
        const classes = [tagged, held, untagged, orphaned, unreferenced];
        const sum = (of: (each: (typeof classes)[number]) => number): number =>
          classes.reduce((total, each) => total + of(each), 0);
        expect(sum(({ blobs }) => blobs)).toBe(all.blobs);
        expect(sum(({ bytes }) => bytes)).toBe(all.bytes);
        expect(sum(({ diskBytes }) => diskBytes)).toBe(all.diskBytes);
        expect(all.bytes + uploads.bytes).toBe(bytesIn(any));
        // Of what tags lead to only signatures go, with the untagged image that they describe.
        expect(held.reclaimableBytes).toBe(0);
        for (const each of repositories) {
          if (each.frozen) expect([each.untagged.bytes, each.orphaned.bytes]).toEqual([0, 0]);
          else expect(each.held.bytes).toBe(0);
          expect(each.unique.bytes + each.shared.bytes).toBe(each.total.bytes);
          expect(each.reclaimableBytes).toBeLessThanOrEqual(each.unique.bytes + each.uploads.bytes + leftovers.bytes);
        }
        const reclaimable =
          sum((each) => each.reclaimableBytes) + uploads.reclaimableBytes + leftovers.reclaimableBytes;
        if (plan === undefined) return;
        const before = bytesIn(any);
        expect((await execute(openTree(any.root), plan, { keepTrash: false, id: 'run' })).status).toBe('done');
        expect(before - bytesIn(any)).toBe(reclaimable);
      } finally {
        any.remove();
      }
    }),
    { numRuns: 40 * MANY },
  );
});

/** Bytes of every `data` of a blob, and of everything in uploads. */
function bytesIn(any: World): number {
  const entries = fs.readdirSync(any.v2, { recursive: true, withFileTypes: true, encoding: 'utf8' });
  return entries
    .filter((entry) => entry.isFile() && (entry.name === 'data' || entry.parentPath.includes('/_uploads/')))
    .reduce((total, entry) => total + fs.statSync(path.join(entry.parentPath, entry.name)).size, 0);
}
