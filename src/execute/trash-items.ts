// Goes through the items of one trash folder: one after the other where each is done in an instant, as in memory; many at once where
// they wait for the disk. An item that fails does not stop the others.

import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { RemovalKind } from '../plan/removal.js';
import type { DeletingCalls, Writer } from './writer.js';

/** An entry of a trash folder, named after the step that moved it there. */
export interface TrashItem {
  readonly step: number;
  /** Undefined where the record does not say. */
  readonly kind: RemovalKind | undefined;
}

/** Does something to one item, which lies at `path`, by `calls`. */
export type ItemWork = (item: TrashItem, path: string, calls: DeletingCalls) => Promise<void>;

/** The items of a trash folder, and the names of its other entries. */
export function entriesOf(
  trash: string,
  kindOf: (step: number) => RemovalKind | undefined,
  writer: Writer,
): { readonly items: readonly TrashItem[]; readonly others: readonly string[] } {
  const items: TrashItem[] = [];
  const others: string[] = [];
  for (const name of writer.names(trash)) {
    if (/^[1-9]\d{0,8}$/.test(name)) items.push({ step: Number(name), kind: kindOf(Number(name)) });
    else others.push(name);
  }
  return { items, others };
}

/** Items between two looks at the clock. */
const BATCH = 32;
/** An item that takes longer than this, in ms, and gives up the processor, waits for the disk. */
const WAITING_MS = 0.1;
/** More at once were no faster on any disk that was tried. */
const AT_ONCE = 16;
/** The longest that signals go unnoticed. */
const YIELD_EVERY_MS = 10;

/**
 * Does `work` to each item where it lies or, once items wait for the disk and if they may be `moved`, in private folders of the same
 * trash. Returns what the system refused. Once `signal` is aborted it throws its reason, and no call is in progress any more.
 */
export async function eachItem(
  trash: string,
  items: readonly TrashItem[],
  writer: Writer,
  work: ItemWork,
  { moved = false, signal }: { readonly moved?: boolean; readonly signal?: AbortSignal | undefined } = {},
): Promise<readonly NodeJS.ErrnoException[]> {
  const failures: NodeJS.ErrnoException[] = [];
  const attempt: ItemWork = async (item, path, calls) => {
    try {
      await work(item, path, calls);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === undefined) throw error;
      failures.push(error as NodeJS.ErrnoException);
    }
  };
  let yieldedMs = performance.now();
  for (let at = 0; at < items.length; at += BATCH) {
    const batch = items.slice(at, at + BATCH);
    const [startedMs, waits] = [performance.now(), waitsSoFar()];
    for (const item of batch) {
      signal?.throwIfAborted();
      await attempt(item, `${trash}/${item.step}`, writer);
    }
    const nowMs = performance.now();
    const waited = nowMs - startedMs > batch.length * WAITING_MS && waitsSoFar() - waits > batch.length / 2;
    if (waited && !writer.watched) {
      await manyAtOnce(trash, items.slice(at + BATCH), writer, attempt, moved, signal);
      break;
    }
    if (nowMs - yieldedMs < YIELD_EVERY_MS) continue;
    await setImmediate();
    yieldedMs = performance.now();
  }
  signal?.throwIfAborted();
  return failures;
}

/** How often this process gave up the processor voluntarily: waiting for a disk does that, a busy machine does not. */
function waitsSoFar(): number {
  return process.resourceUsage().voluntaryContextSwitches;
}

/** Ends when every call has, then throws the first error. */
async function manyAtOnce(
  trash: string,
  items: readonly TrashItem[],
  writer: Writer,
  work: ItemWork,
  moved: boolean,
  signal: AbortSignal | undefined,
): Promise<void> {
  const waiting = items.values();
  const lane = async (): Promise<void> => {
    const folder = moved ? new PrivateFolder(trash, writer) : undefined;
    try {
      for (const item of waiting) {
        signal?.throwIfAborted();
        await work(item, folder?.take(item.step) ?? `${trash}/${item.step}`, writer.overlapping);
      }
    } finally {
      folder?.remove();
    }
  };
  const lanes = Array.from({ length: Math.min(AT_ONCE, items.length) }, lane);
  for (const end of await Promise.allSettled(lanes)) if (end.status === 'rejected') throw end.reason;
}

/**
 * A folder in a trash folder for what is deleted one item after the other. Removing an entry locks the folder that it lies in, so
 * deletions from one folder wait for each other; a rename does not wait for the disk.
 */
class PrivateFolder {
  readonly #trash: string;
  readonly #writer: Writer;
  /** Undefined where the disk has no room for one. */
  readonly #path: string | undefined;

  constructor(trash: string, writer: Writer) {
    this.#trash = trash;
    this.#writer = writer;
    const path = `${trash}/private-${randomUUID()}`;
    if (succeeds(() => writer.mkdir(path))) this.#path = path;
  }

  /** Moves the item of `step` here if the disk allows it. Returns where it lies now. */
  take(step: number): string {
    const entry = `${this.#trash}/${step}`;
    if (this.#path === undefined) return entry;
    const place = `${this.#path}/${step}`;
    return succeeds(() => this.#writer.rename(entry, place)) ? place : entry;
  }

  /** Leaves it where something in it could not be deleted: the next attempt to empty that trash finds it. */
  remove(): void {
    const path = this.#path;
    if (path !== undefined) succeeds(() => this.#writer.rmdir(path));
  }
}

/** Returns whether the system did it. A full disk, which is being emptied here, may have no room for a folder. */
function succeeds(call: () => void): boolean {
  try {
    call();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return false; // ignored error: the item is deleted where it lies, and any problem with it is reported then
  }
}
