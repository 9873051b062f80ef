// A folder for one thread alone, in the trash folder that it helps to empty. Who removes an entry has the folder that it lies in to
// himself until that is done: threads that each wait for the disk would stand in a line there. Taking an item aside waits for nothing.

import { randomUUID } from 'node:crypto';
import type { WritingDoor } from './door.js';

export class Aside {
  readonly #door: WritingDoor;
  /** The trash folder that is being emptied, and in it the one of this thread. */
  #trash: string | undefined;
  #folder: string | undefined;

  constructor(door: WritingDoor) {
    this.#door = door;
  }

  /** Takes the entry `step` of `trash` aside. Returns where it lies now. */
  take(trash: string, step: number): string {
    if (trash !== this.#trash) {
      this.leave();
      const folder = `${trash}/aside-${randomUUID()}`;
      this.#door.mkdir(folder);
      this.#folder = folder;
      this.#trash = trash;
    }
    const place = `${this.#folder}/${step}`;
    this.#door.rename(`${trash}/${step}`, place);
    return place;
  }

  /** Removes the folder of this thread, unless something could not be deleted there: who empties that trash finds it. */
  leave(): void {
    const folder = this.#folder;
    if (folder === undefined) return;
    this.#folder = undefined;
    this.#trash = undefined;
    try {
      this.#door.rmdir(folder);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === undefined) throw error; // ignored error otherwise: the same failure is told of what lies in it
    }
  }
}
