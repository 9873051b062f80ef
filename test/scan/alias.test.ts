// A revision by another algorithm is its content's manifest: same kind, same parts, same subject.

import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Digest } from '../../src/model/digest.js';
import { scan } from '../../src/scan/scan.js';
import { openTree } from '../../src/scan/tree.js';
import { at } from '../support/tree-paths.js';
import { World } from '../support/world.js';

test('the sha512 name of an index', async () => {
  const world = World.create();
  try {
    const index = world.index('app', 'v1', [{ layers: ['own'] }]);
    const hex = createHash('sha512')
      .update(world.read(at.blob(index.digest))!)
      .digest('hex');
    const name: Digest = `sha512:${hex}` as Digest;
    world.write(at.revision('app', name), index.digest);
    const { inventory, close } = await scan(openTree(world.root), {}, { concurrency: 0 });
    await close();
    const { digests, manifests } = inventory;
    const [alias, content] = [digests.find(name)!, digests.find(index.digest)!];
    expect(manifests.kind(content)).toBe('index');
    expect(manifests.kind(alias)).toBe('index');
    expect([...manifests.references(alias)]).toEqual([...manifests.references(content)]);
    expect(manifests.role(alias, 0)).toBe('manifest');
  } finally {
    world.remove();
  }
});
