// The tree that a command works on, found, opened and ready to be scanned with the session's progress and interruption.

import { throughPointer } from '../execute/pointer.js';
import { Reader } from '../execute/reader.js';
import type { ScanNeeds } from '../inventory/questions.js';
import { type Scan, type ScanOptions, scan } from '../scan/scan.js';
import { openTree, type Tree } from '../scan/tree.js';
import { progressOf } from './progress.js';
import type { Redis } from './redis.js';
import { chooseRoot } from './root.js';
import type { Session } from './session.js';

export interface Source {
  readonly tree: Tree;
  /** The redis that the registry's configuration names. */
  readonly redis: Redis | undefined;
  /**
   * Scans the tree; throws `interrupted` where a signal came. To be closed. `reuse` is what an earlier scan found: what
   * never changes is taken from there, and leftovers, which refer to nothing, are looked for only where that found them.
   */
  scan(needs: ScanNeeds, options?: Pick<ScanOptions, 'reuse' | 'only'>): Promise<Scan>;
}

/**
 * Opens the tree that the options name, else the one at `otherwise`, else the one that the environment or a configuration names.
 * Throws what says that it is none.
 */
export async function openSource(session: Session, otherwise?: string): Promise<Source> {
  const { config } = session.options;
  const root = session.options.root ?? (config === undefined ? otherwise : undefined);
  const choice = await chooseRoot({ root, config, environment: session.environment });
  const reader = session.io?.reader;
  const tree = throughPointer(openTree(choice.path, reader), new Reader());
  session.log.info('tree found', { root: tree.root, from: choice.from });
  return {
    tree,
    redis: choice.redis,
    async scan(needs, options) {
      const progress = progressOf(session);
      const begun = session.now();
      try {
        const { signal } = session.interruption;
        const found = await scan(tree, needs, {
          ...(session.concurrency === undefined ? {} : { concurrency: session.concurrency }),
          onProgress: ({ phase, done, total }) => progress.report(phase, done, total),
          signal,
          ...options,
          ...(reader === undefined ? {} : { reader }),
        });
        const { inventory } = found;
        session.log.info('scanned', {
          ms: session.now() - begun,
          repositories: inventory.repositories.length,
          blobs: inventory.blobs.count,
          digests: inventory.digests.size,
        });
        return found;
      } finally {
        progress.end();
        session.interruption.check();
      }
    },
  };
}
