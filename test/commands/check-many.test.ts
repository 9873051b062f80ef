// Findings by the hundred thousand: registries that have never been cleaned link more layers than a call takes arguments.

import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { findingsOf } from '../../src/commands/check/findings.js';
import { chainsOf } from '../../src/commands/why/chains.js';
import type { Digest } from '../../src/model/digest.js';
import type { TagName } from '../../src/model/names.js';
import { scan } from '../../src/scan/scan.js';
import { openTree } from '../../src/scan/tree.js';
import { World } from '../support/world.js';

const MANY = 200_000;

test('two hundred thousand layer links to nothing, and as many tags on one image', async () => {
  const world = World.create();
  try {
    const image = world.image('app', 'v1', { layers: ['own'] });
    const { inventory, close } = await scan(openTree(world.root), { blobSizes: true }, { concurrency: 0 });
    await close();
    const [repository] = inventory.repositories;
    const links = Uint32Array.from({ length: MANY }, (_, n) =>
      inventory.digests.intern(`sha256:${createHash('sha256').update(`${n}`).digest('hex')}` as Digest),
    );
    const evidence = { links: [], content: [], strays: [], foreignLayers: new Map() };
    const stale = { ...inventory, repositories: [{ ...repository!, layerLinks: links }] };
    const dangling = findingsOf(stale, new Set([0]), evidence).filter(({ code }) => code === 'layer-link-dangling');
    expect(dangling).toHaveLength(MANY);

    const id = inventory.digests.find(image.digest)!;
    const tags = {
      names: Array.from({ length: MANY }, (_, n) => `t${n}` as TagName),
      current: new Int32Array(MANY).fill(id),
      state: new Uint8Array(MANY),
      pushedMs: new Float64Array(0),
    };
    expect(chainsOf({ ...inventory, repositories: [{ ...repository!, tags }] }, id)).toHaveLength(MANY);
  } finally {
    world.remove();
  }
});
