// A writing writer whose calls on the items of a trash take as long as on a slow disk, until many are made at once.

import path from 'node:path';
import { Writer } from '../../src/execute/writer.js';

/** A file of this name cannot be deleted. */
export const STUCK = 'stuck';
const WAIT_MS = 2;

export class SlowWriter extends Writer {
  /** Deletions and looks that were made many at once. */
  overlapped = 0;
  /** Where items were moved to before they were deleted. */
  readonly places: string[] = [];

  constructor(before?: ConstructorParameters<typeof Writer>[0]) {
    super(before);
    const { unlink, names } = this.overlapping;
    Object.assign(this.overlapping, {
      unlink: async (file: string) => {
        this.overlapped += 1;
        refuseStuck(file);
        await unlink(file);
      },
      names: (folder: string) => {
        this.overlapped += 1;
        return names(folder);
      },
    } satisfies Partial<Writer['overlapping']>);
  }
  override names(at: string): string[] {
    wait();
    return super.names(at);
  }
  override unlink(file: string): void {
    wait();
    refuseStuck(file);
    super.unlink(file);
  }
  override rename(from: string, to: string): void {
    if (path.basename(path.dirname(to)).startsWith('private-')) this.places.push(to);
    super.rename(from, to);
  }
}

function wait(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WAIT_MS);
}

function refuseStuck(file: string): void {
  if (path.basename(file) === STUCK) throw Object.assign(new Error('EACCES: stuck'), { code: 'EACCES', path: file });
}
