// A folder for one thread alone, in the trash folder that it helps to empty. Who removes an entry has the folder that it lies in to
// himself until that is done: threads that each wait for the disk would stand in a line there. Taking an item aside waits for nothing.

import { randomUUID } from 'node:crypto';
import type { WritingDoor } from './door.js';

export class Aside {
  readonly #door: WritingDoor;
  /** The trash folder that is being emptied. */
  #trash: string | undefined;
  /** This thread's own folder there; undefined where the disk has no room for one. */
  #folder: string | undefined;

  constructor(door: WritingDoor) {
    this.#door = door;
  }

  /** Takes the entry `step` of `trash` aside, where the disk allows it. Returns where it lies now. */
  take(trash: string, step: number): string {
    if (trash !== this.#trash) this.#enter(trash);
    const entry = `${trash}/${step}`;
    if (this.#folder === undefined) return entry;
    const place = `${this.#folder}/${step}`;
    return attempted(() => this.#door.rename(entry, place)) ? place : entry;
  }

  #enter(trash: string): void {
    this.leave();
    this.#trash = trash;
    const folder = `${trash}/aside-${randomUUID()}`;
    if (attempted(() => this.#door.mkdir(folder))) this.#folder = folder;
  }

  /** Removes the folder of this thread, unless something could not be deleted there: who empties that trash finds it. */
  leave(): void {
    const folder = this.#folder;
    this.#trash = undefined;
    this.#folder = undefined;
    if (folder !== undefined) attempted(() => this.#door.rmdir(folder));
  }
}

/** Says whether the system did it. It need not: a disk that is full, to be emptied here, has no room for a folder. */
function attempted(call: () => void): boolean {
  try {
    call();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return false; // ignored error: the item is deleted where it lies, and what is wrong with it is told then
  }
}
