// When a loop over steps lets a signal be seen: now and then where steps are fast, after a moment where a disk is slow.

const MOST_STEPS = 256;
const MOST_MS = 50;

export class SignalCheck {
  #steps = 0;
  #sinceMs = performance.now();

  /** Called once for each step. True where it let a signal come in. */
  async step(): Promise<boolean> {
    this.#steps += 1;
    if (this.#steps < MOST_STEPS && performance.now() - this.#sinceMs < MOST_MS) return false;
    await new Promise((resolve) => setImmediate(resolve));
    this.#steps = 0;
    this.#sinceMs = performance.now();
    return true;
  }
}
