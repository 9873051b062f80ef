// `du`: each byte in one class, unique is what really goes, reclaimable is what gc --untagged really frees.

import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { usageOf } from '../../src/inspect/usage.js';
import { scan } from '../../src/scan/scan.js';
import { openTree } from '../../src/scan/tree.js';
import { faultsOf } from '../report/schema.js';
import { healthy, worldOf } from '../support/arbitrary.js';
import { World } from '../support/world.js';
import { regsweep } from './run.js';

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

test('on any healthy tree: every byte once, and no repository alone more than all of it', async () => {
  await fc.assert(
    fc.asyncProperty(healthy, async (history) => {
      const any = worldOf(history);
      try {
        const found = await scan(openTree(any.root), { blobSizes: true }, { concurrency: 0 });
        const { repositories, totals } = usageOf(found.inventory, { withTags: true });
        await found.close();
        const { all, tagged, untagged, orphaned, unreferenced } = totals;
        const classes = [tagged, untagged, orphaned, unreferenced];
        expect(classes.reduce((sum, { blobs }) => sum + blobs, 0)).toBe(all.blobs);
        expect(classes.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(all.bytes);
        const unique = repositories.reduce((sum, each) => sum + each.unique.bytes, 0);
        expect(unique).toBeLessThanOrEqual(all.bytes - unreferenced.bytes);
      } finally {
        any.remove();
      }
    }),
    { numRuns: 60 },
  );
});
