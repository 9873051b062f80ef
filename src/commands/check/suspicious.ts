// Manifests that `check` must read once more: what they name and their repository lacks may be kept elsewhere on purpose.

import type { DigestId } from '../../inventory/digest-table.js';
import type { LinkFault } from '../../inventory/faults.js';
import type { Inventory } from '../../inventory/inventory.js';
import type { Digest } from '../../model/digest.js';
import type { RepositoryName } from '../../model/names.js';
import { ExaminedRepository } from './examined-repository.js';

/** Manifests that name what their repository does not hold, or links wrongly: those layers may be kept elsewhere. */
export function suspicious(
  inventory: Inventory,
  positions: ReadonlySet<number>,
  links: readonly LinkFault[],
): readonly Digest[] {
  const { digests } = inventory;
  const faulty = new Map<RepositoryName, Set<DigestId>>();
  for (const { repository, digest } of [...links, ...inventory.problems]) {
    const id = repository === undefined || digest === undefined ? undefined : digests.find(digest);
    if (id === undefined) continue;
    const same = faulty.get(repository!);
    if (same === undefined) faulty.set(repository!, new Set([id]));
    else same.add(id);
  }
  const found = new Set<Digest>();
  for (const position of positions) {
    const examined = new ExaminedRepository(inventory, position, new Map());
    for (const { revision } of examined.lacking()) found.add(digests.text(revision));
    const wrong = faulty.get(examined.name);
    if (wrong !== undefined) for (const revision of examined.naming(wrong)) found.add(digests.text(revision));
  }
  return [...found];
}
