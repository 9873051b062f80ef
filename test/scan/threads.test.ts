// Reading in place and reading by threads see the same: the built scanner, since only compiled code starts threads. What it finds
// is compared as a plan of everything, whose order and reasons no thread may change.

import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makePlan } from '../../src/cli/make-plan.js';
import type { DigestId } from '../../src/inventory/digest-table.js';
import { needsOf, requestOf } from '../../src/plan/request.js';
import { openTree } from '../../src/scan/tree.js';
import { damageBlob } from '../support/damage.js';
import { at } from '../support/tree-paths.js';
import { World } from '../support/world.js';
import { NOW_MS } from './planned.js';

const BUILT = pathToFileURL(path.resolve('build/src/scan/scan.js')).href;
const { scan } = (await import(/* @vite-ignore */ BUILT)) as typeof import('../../src/scan/scan.js');

const REQUEST = requestOf({
  command: 'gc',
  nowMs: NOW_MS,
  untagged: true,
  tagless: true,
  danglingSignatures: true,
  graceMs: 1000,
});

let world: World;
/** More of each than one batch holds, and enough in all for threads to be worth their start. */
beforeAll(() => {
  world = World.create();
  for (let r = 0; r < 45; r += 1) {
    const name = `team-${r % 5}/app-${r}`;
    for (let n = 0; n < 10; n += 1) world.image(name, `v${n}`, { layers: ['base', `${r} ${n}`] });
    world.image(name, 'v0', { layers: ['base', `${r} again`] });
    world.index(name, 'multi', [{ layers: [`${r} x`] }, { layers: [`${r} y`] }]);
    world.image(name, undefined, { layers: [`${r} loose`] });
    world.upload(name, `upload-${r}`, { startedAt: '2020-01-01T00:00:00Z' });
    world.blob(`stray ${r}`);
  }
  world.image('alias', 'v1', { layers: [{ name: 'big', alias: 'sha512' }] });
  world.schema1('old', 'v1', { layers: ['a'], signatures: ['s'] });
  damageBlob(world, world.read(at.current('team-1/app-1', 'v3'))!, 'truncated');
  world.write(at.current('team-2/app-2', 'v3'), '');
  world.write('repositories/team-3/app-3/.nfs0001', 'x');
  world.mkdir('repositories/empty/folder');
  world.write(`${at.current('team-4/app-4', 'v3')}.01234567-89ab-cdef-0123-456789abcdef.tmp`, 'x');
});
afterAll(() => world.remove());

async function seen(concurrency: number) {
  const found = await scan(openTree(world.root), needsOf(REQUEST), { concurrency });
  try {
    const { removals, frozen, leftAlone, problems, heldBackBlobs, partial } = await makePlan(found, REQUEST);
    const { repositories, digests, manifests } = found.inventory;
    const shape = repositories.map(({ name, tags, revisions, layerLinks, uploads, folders, emptyFolders }) => ({
      name,
      tags: tags.names.map((tag, i) => {
        const current = tags.current[i]!;
        return [tag, tags.state[i], current < 0 ? undefined : digests.text(current as DigestId)];
      }),
      revisions: [...revisions].map((id) => [digests.text(id as DigestId), manifests.state(id as DigestId)]),
      layerLinks: [...layerLinks].map((id) => digests.text(id as DigestId)),
      uploads,
      folders,
      emptyFolders,
    }));
    return { removals: [...removals], frozen, leftAlone, problems, heldBackBlobs, partial, shape };
  } finally {
    await found.close();
  }
}

test('two, three and eight threads see what none sees', async () => {
  const alone = await seen(0);
  expect(alone.removals.length).toBeGreaterThan(300);
  expect(alone.frozen).toHaveLength(2);
  for (const concurrency of [2, 3, 8]) expect(await seen(concurrency)).toEqual(alone);
});

test('what a thread cannot read stops the scan with the same words and path', async () => {
  const link = world.path(at.current('team-4/app-44', 'v9'));
  const text = fs.readFileSync(link);
  fs.rmSync(link);
  fs.symlinkSync('link', link);
  const faults = await Promise.all(
    [0, 3].map((concurrency) =>
      seen(concurrency).catch(({ code, message, path: where, hint }) => ({ code, message, path: where, hint })),
    ),
  );
  fs.rmSync(link);
  fs.writeFileSync(link, text);
  expect(faults[0]).toMatchObject({ code: 'tree-unreadable', path: link });
  expect(faults[1]).toEqual(faults[0]);
});
