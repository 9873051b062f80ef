// What `check` finds in a whole tree, without a process of its own.

import { type CheckedTree, examine } from '../../src/commands/check/examine.js';
import { scan } from '../../src/scan/scan.js';
import { openTree } from '../../src/scan/tree.js';
import type { World } from '../support/world.js';

export async function examined(
  world: World,
  content = false,
): Promise<CheckedTree & { readonly repositories: number }> {
  const found = await scan(openTree(world.root), { leftovers: 'all', blobSizes: true }, { concurrency: 0 });
  try {
    const scope = new Set(found.inventory.repositories.keys());
    const nothing = (): void => undefined;
    const extent = { all: true, content, sinceMs: undefined, onProgress: nothing, onStep: nothing };
    return { ...(await examine(found, world.v2, scope, extent)), repositories: scope.size };
  } finally {
    await found.close();
  }
}
