// Takes one item after another out of the tree, each by one rename, and keeps the tally. Where a reference cannot be taken, what it
// needs stays too: the rest of its repository, and the blobs that it names.

import { isSha256 } from '../model/digest.js';
import { RegsweepError } from '../model/errors.js';
import { DATA } from '../model/layout.js';
import type { Tree } from '../model/tree.js';
import type { RemovalKind } from '../plan/removal.js';
import type { Plan } from '../plan/types.js';
import { foreignEntries } from './foreign.js';
import { deleteInPlace } from './in-place.js';
import type { Outcome, StepFailure } from './outcome.js';
import { OwnPaths } from './own-path.js';
import { type RunRecord, type Step, trashEntry } from './run.js';
import { freeRun } from './trash.js';
import type { Writer } from './writer.js';

const REFERENCES: ReadonlySet<RemovalKind> = new Set(['tag', 'history', 'revision', 'layerLink']);

export class Mover {
  readonly failures: StepFailure[] = [];
  /** Entries that were none of ours and travelled along, or held a folder back; relative to v2. */
  readonly foreign: string[] = [];
  skipped = 0;
  readonly #tree: Tree;
  readonly #plan: Plan;
  readonly #record: RunRecord;
  readonly #writer: Writer;
  readonly #realV2: string;
  readonly #ownPaths = new OwnPaths();
  /** The blobs' prefix folder that was looked at last, relative to v2. */
  #realPrefix: string | undefined;
  #done = 0;
  #bytes = 0;
  #deletedInPlace = false;
  /** Repositories of which a reference could not be removed: the rest of them stays as it is. */
  readonly #hurt = new Set<string>();
  /** What references that are still there name: those blobs stay. */
  readonly #needed = new Set<string>();
  /** True where an alias is still there, whose blob its name does not tell: then every blob stays. */
  #needsAll = false;

  constructor(tree: Tree, plan: Plan, record: RunRecord, writer: Writer) {
    this.#tree = tree;
    this.#plan = plan;
    this.#record = record;
    this.#writer = writer;
    this.#realV2 = writer.realpath(tree.v2);
  }

  /** Takes one step, or notes why not. What a failed reference still needs is left. */
  take(step: Step): void {
    if (this.#isHeld(step)) return;
    try {
      if (this.#move(step)) this.#count(step);
    } catch (error) {
      this.#failed(step, error);
    }
  }

  /** Deletes the item of one step where it lies. */
  async takeInPlace(step: Step): Promise<void> {
    if (this.#isHeld(step)) return;
    try {
      const source = this.#locate(step.kind, step.path);
      const stats = this.#writer.lstat(source);
      if (stats === undefined) return;
      if (step.kind === 'leftover' ? !stats.isFile() : !stats.isDirectory())
        throw Object.assign(new Error('something else lies in its place'), { code: 'ENOTDIR' });
      const others = foreignEntries(step.kind, source, this.#writer);
      if (others.length > 0) {
        // Nobody could bring it back.
        this.foreign.push(...others.map((name) => `${step.path}/${name}`));
        if (step.kind !== 'blob')
          throw Object.assign(new Error('it holds what is none of a registry'), { code: 'ENOTEMPTY' });
        this.#writer.unlink(`${source}/${DATA}`);
      } else {
        await deleteInPlace(this.#tree, step.kind, source, this.#writer);
      }
      this.#deletedInPlace = true;
      this.#count(step);
    } catch (error) {
      this.#failed(step, error);
    }
  }

  /**
   * Looks for foreign entries in what was taken, and frees the rest unless it is to be `kept`. What cannot be deleted is named, and
   * the next run tries again. Returns whether the trash is gone.
   */
  async free(kept: boolean): Promise<boolean> {
    try {
      const { foreign, stays } = await freeRun(this.#tree, this.#record, this.#writer, { kept });
      this.foreign.push(...foreign);
      return !kept && !stays;
    } catch (error) {
      this.fails(0, (error as NodeJS.ErrnoException).path ?? '', error);
      return false;
    }
  }

  /** Notes a failure of the system; anything else is a bug and thrown. */
  fails(step: number, path: string, error: unknown): void {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined || error instanceof RegsweepError) throw error;
    this.failures.push({ step, path, code, message });
  }

  #count(step: Step): void {
    this.#done += 1;
    this.#bytes += step.bytes;
  }

  #isHeld(step: Step): boolean {
    if (this.#hurt.size === 0) return false;
    const { repository, digest } = this.#plan.removals.at(step.step - 1);
    const held =
      step.kind === 'blob'
        ? this.#needsAll || this.#needed.has(digest!)
        : repository !== undefined && this.#hurt.has(repository);
    if (!held) return false;
    this.skipped += 1;
    this.#remains(step);
    return true;
  }

  #failed(step: Step, error: unknown): void {
    this.fails(step.step, step.path, error);
    const { repository } = this.#plan.removals.at(step.step - 1);
    if (repository !== undefined && REFERENCES.has(step.kind)) this.#hurt.add(repository);
    this.#remains(step);
  }

  /** A reference stays: so must what it names. */
  #remains(step: Step): void {
    if (!REFERENCES.has(step.kind)) return;
    const { digest, lacks } = this.#plan.removals.at(step.step - 1);
    for (const named of digest === undefined ? lacks : [digest, ...lacks]) {
      this.#needed.add(named);
      this.#needsAll ||= !isSha256(named);
    }
  }

  /** False where there was nothing to take: what was wanted is so already. */
  #move(step: Step): boolean {
    const { kind, path } = step;
    const source = this.#locate(kind, path);
    if (kind === 'directory') return this.#removeFolder(source, path);
    const target = trashEntry(this.#tree, this.#record, step)!;
    try {
      if (kind !== 'leftover') this.#writer.renameFolder(source, target);
      else if (this.#writer.lstat(source)?.isFile() !== false) this.#writer.rename(source, target);
      else throw Object.assign(new Error('it is no file'), { code: 'EISDIR' });
      return true;
    } catch (error) {
      // It may be the trash that is not there.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || this.#writer.lstat(source) !== undefined) throw error;
      return false;
    }
  }

  #removeFolder(source: string, path: string): boolean {
    try {
      return this.#writer.rmdir(source);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // Not empty after all, or a symlink or a mount: it stays, as every folder that holds something does.
      if (code !== 'ENOTEMPTY' && code !== 'EEXIST' && code !== 'ENOTDIR') throw error;
      if (this.failures.length === 0) this.foreign.push(path);
      else this.skipped += 1; // it holds what could not be taken
      return false;
    }
  }

  /** The step's place, checked to lie under v2 (its repositories may be symlinks, as the registry follows them). */
  #locate(kind: RemovalKind, path: string): string {
    if (!this.#ownPaths.has(kind, path))
      throw new Error(`regsweep bug, please report: '${path}' is not the path of a ${kind}`);
    if (kind === 'blob') this.#refuseSymlinkedPrefix(path.slice(0, path.lastIndexOf('/')));
    return `${this.#tree.v2}/${path}`;
  }

  /**
   * A blob's prefix folder is never a symlink of the registry's making. Those of one prefix go in a row, and the lock keeps every other
   * run of ours away meanwhile: the folder is looked at before the first of them, as it would be right before each.
   */
  #refuseSymlinkedPrefix(prefix: string): void {
    if (prefix === this.#realPrefix) return;
    if (this.#writer.lstat(`${this.#tree.v2}/${prefix}`)?.isSymbolicLink() === true)
      throw Object.assign(new Error(`${this.#realV2}/${prefix} is a symlink`), { code: 'ELOOP' });
    this.#realPrefix = prefix;
  }

  outcome(status: Outcome['status'], trashKept: boolean): Outcome {
    return {
      status,
      run: this.#record.id,
      stepsDone: this.#done,
      stepsSkipped: this.skipped,
      bytesFreed: this.#bytes,
      trashKept,
      deletedInPlace: this.#deletedInPlace,
      failures: this.failures,
      foreign: this.foreign,
    };
  }
}
