// Carries a plan out: every item leaves whole, by one rename into the run's trash, references before what they refer to, with a
// flush between the kinds; then the end mark; then the space is freed. After any prefix of this every tag is whole or gone.

import { CURRENT, DATA, HASH_STATES, INDEX, isLeftoverName, LINK, SIGNATURES, STARTED_AT } from '../model/layout.js';
import type { Tree } from '../model/tree.js';
import type { RemovalKind } from '../plan/removal.js';
import type { Plan } from '../plan/types.js';
import { WritingDoor } from './door.js';
import type { Outcome, StepFailure } from './outcome.js';
import { beginRun, END_MARK, isOwnPath, KEPT_MARK, runFolder, type Step, trashEntry, trashFolder } from './run.js';
import { emptyRun } from './trash.js';

export interface ExecuteOptions {
  readonly keepTrash: boolean;
  /** Sorts by time, unique. */
  readonly id: string;
  readonly signal?: AbortSignal;
  readonly door?: WritingDoor;
  readonly onProgress?: (done: number, total: number) => void;
  /** Called once everything has moved and the end mark is flushed, before the space is freed. */
  readonly onMoved?: () => Promise<void>;
}

const REFERENCES: ReadonlySet<RemovalKind> = new Set(['tag', 'revision', 'layerLink']);
const BREATHER = 256;

/** What the folder of each kind of item holds by a registry's own hand. */
const OWN: Readonly<Record<Exclude<RemovalKind, 'blob' | 'directory' | 'leftover'>, ReadonlySet<string>>> = {
  tag: new Set([CURRENT, INDEX]),
  history: new Set([LINK]),
  revision: new Set([LINK, SIGNATURES]),
  layerLink: new Set([LINK]),
  upload: new Set([DATA, STARTED_AT, HASH_STATES]),
};

export async function execute(tree: Tree, plan: Plan, options: ExecuteOptions): Promise<Outcome> {
  const door = options.door ?? new WritingDoor();
  const steps = beginRun(tree, plan, options.id, options.keepTrash, door);
  const mover = new Mover(tree, plan, options.id, door);
  let last: RemovalKind | undefined;
  for (const step of steps) {
    if (step.kind !== last && last !== undefined) door.sync(trashFolder(tree, options.id));
    last = step.kind;
    mover.take(step);
    if (step.step % BREATHER !== 0) continue;
    options.onProgress?.(step.step, steps.length);
    await new Promise((resolve) => setImmediate(resolve)); // lets a signal be seen
    if (options.signal?.aborted === true) return mover.outcome('interrupted', true);
  }
  if (options.signal?.aborted === true) return mover.outcome('interrupted', true);
  door.sync(trashFolder(tree, options.id));
  const keep = options.keepTrash || mover.tookForeign;
  if (mover.tookForeign) door.write(`${runFolder(tree, options.id)}/${KEPT_MARK}`, ['']);
  door.write(`${runFolder(tree, options.id)}/${END_MARK}`, ['']);
  door.sync(runFolder(tree, options.id));
  await options.onMoved?.();
  if (!keep) await emptyRun(tree, options.id, door);
  return mover.outcome(mover.failures.length > 0 || mover.skipped > 0 ? 'incomplete' : 'done', keep);
}

class Mover {
  readonly failures: StepFailure[] = [];
  /** Entries that were none of ours and travelled along, or held a folder back; relative to v2. */
  readonly foreign: string[] = [];
  /** True where a foreign entry lies in the trash now: nobody but the operator may delete it. */
  tookForeign = false;
  skipped = 0;
  readonly #tree: Tree;
  readonly #plan: Plan;
  readonly #id: string;
  readonly #door: WritingDoor;
  readonly #realV2: string;
  #done = 0;
  #bytes = 0;
  readonly #hurt = new Set<string>();

  constructor(tree: Tree, plan: Plan, id: string, door: WritingDoor) {
    this.#tree = tree;
    this.#plan = plan;
    this.#id = id;
    this.#door = door;
    this.#realV2 = door.realpath(tree.v2);
  }

  /** Takes one step, or notes why not. What a failed reference still needs is left. */
  take(step: Step): void {
    const repository = this.#plan.removals.repositoryAt(step.step - 1);
    if (this.#hurt.size > 0 && (step.kind === 'blob' || (repository !== undefined && this.#hurt.has(repository)))) {
      this.skipped += 1;
      return;
    }
    try {
      if (this.#move(step)) {
        this.#done += 1;
        this.#bytes += step.bytes;
      }
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === undefined) throw error;
      this.failures.push({ step: step.step, path: step.path, code, message });
      if (repository !== undefined && REFERENCES.has(step.kind)) this.#hurt.add(repository);
    }
  }

  /** False where there was nothing to take. */
  #move({ step, kind, path }: Step): boolean {
    const source = this.#locate(kind, path);
    const stats = this.#door.lstat(source);
    if (stats === undefined) return false; // gone already: what was wanted is so
    if (kind === 'directory') return this.#removeFolder(source, path);
    if (kind === 'leftover' ? !stats.isFile() : !stats.isDirectory()) {
      throw Object.assign(new Error(`it is no ${kind === 'leftover' ? 'file' : 'folder'}`), { code: 'ENOTDIR' });
    }
    const target = trashEntry(this.#tree, this.#id, step);
    if (kind === 'blob') {
      const others = this.#door.names(source).filter((name) => name !== DATA);
      if (others.length > 0) {
        this.foreign.push(...others.map((name) => `${path}/${name}`));
        if (this.#door.lstat(`${source}/${DATA}`)?.isFile() !== true) return false;
        this.#door.rename(`${source}/${DATA}`, target);
        return true;
      }
    } else if (kind !== 'leftover') {
      const others = this.#door.names(source).filter((name) => !OWN[kind].has(name) && !isLeftoverName(name));
      this.foreign.push(...others.map((name) => `${path}/${name}`));
      this.tookForeign ||= others.length > 0;
    }
    this.#door.rename(source, target);
    return true;
  }

  #removeFolder(source: string, path: string): boolean {
    try {
      this.#door.rmdir(source);
      return true;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // Not empty after all, or a symlink or a mount: it stays, as every folder that holds something does.
      if (code !== 'ENOTEMPTY' && code !== 'EEXIST' && code !== 'ENOTDIR') throw error;
      this.foreign.push(path);
      return false;
    }
  }

  /** The step's place, checked to lie under v2 (its repositories may be symlinks, as the registry follows them). */
  #locate(kind: RemovalKind, path: string): string {
    if (!isOwnPath(kind, path)) throw new Error(`regsweep bug, please report: '${path}' is no ${kind}`);
    const parent = path.slice(0, path.lastIndexOf('/'));
    const place = `${this.#tree.v2}/${path}`;
    if (kind !== 'blob') return place;
    // A blob's prefix folder is never a symlink of the registry's making.
    const real = this.#door.lstat(`${this.#tree.v2}/${parent}`);
    if (real?.isSymbolicLink() === true)
      throw Object.assign(new Error(`${this.#realV2}/${parent} is a symlink`), { code: 'ELOOP' });
    return place;
  }

  outcome(status: Outcome['status'], trashKept: boolean): Outcome {
    return {
      status,
      run: this.#id,
      stepsDone: this.#done,
      stepsSkipped: this.skipped,
      bytesFreed: this.#bytes,
      trashKept,
      failures: this.failures,
      foreign: this.foreign,
    };
  }
}
