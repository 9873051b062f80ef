// What the steps of one scan share: the tree, the threads, the table of digests that all of them fill, and the problems met. Each
// step hands out tasks and puts the answers together, on this thread alone.

import { type DigestId, DigestTable } from '../inventory/digest-table.js';
import type { Inventory, Problem } from '../inventory/inventory.js';
import type { ScanNeeds } from '../inventory/questions.js';
import type { TagName } from '../model/names.js';
import type { Pool } from './pool.js';
import type { Task, TaskResult } from './tasks.js';
import type { TreeReader } from './tree-reader.js';

export interface ScanProgress {
  readonly phase: 'repositories' | 'blobs' | 'manifests';
  readonly done: number;
  readonly total: number;
}

/** How a scan goes about it. */
export interface ScanContext {
  readonly v2: string;
  readonly needs: ScanNeeds;
  readonly reader: TreeReader;
  readonly pool: Pool;
  /** An earlier scan of this tree, whose digests are gone on with. */
  readonly reuse: Inventory | undefined;
  readonly onProgress: ((progress: ScanProgress) => void) | undefined;
  readonly signal: AbortSignal | undefined;
}

export class Gathering {
  readonly v2: string;
  readonly needs: ScanNeeds;
  readonly reader: TreeReader;
  readonly pool: Pool;
  readonly reuse: Inventory | undefined;
  readonly digests: DigestTable;
  readonly problems: Problem[] = [];
  readonly young = {
    blobs: new Set<DigestId>(),
    revisions: new Map<number, Set<DigestId>>(),
    layerLinks: new Map<number, Set<DigestId>>(),
    tags: new Map<number, Set<TagName>>(),
  };
  readonly #onProgress: ScanContext['onProgress'];
  readonly #signal: ScanContext['signal'];

  constructor({ v2, needs, reader, pool, reuse, onProgress, signal }: ScanContext) {
    this.v2 = v2;
    this.needs = needs;
    this.reader = reader;
    this.pool = pool;
    this.reuse = reuse;
    this.digests = reuse?.digests ?? new DigestTable();
    this.#onProgress = onProgress;
    this.#signal = signal;
  }

  /** Has `tasks` done, telling of the progress in `units`, and hands each answer to `take`, in no order. */
  async each<T extends Task>(
    phase: ScanProgress['phase'],
    tasks: readonly T[],
    units: number,
    take: (answer: TaskResult<T>, task: T) => void,
  ): Promise<void> {
    let done = 0;
    await this.pool.each(
      tasks,
      units,
      (answer, task) => {
        take(answer, task);
        done += 1;
        this.#onProgress?.({ phase, done: Math.round((units * done) / tasks.length), total: units });
      },
      this.#signal,
    );
  }
}
