// What took how long: phases by name in the order they began, whole milliseconds.

export class Stopwatch {
  readonly #now: () => number;
  readonly #phases = new Map<string, number>();

  /** `now`: ms of a clock that is never set back. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Does `work` and notes what it took, also where it fails. */
  async time<T>(phase: string, work: () => Promise<T>): Promise<T> {
    const begun = this.#now();
    try {
      return await work();
    } finally {
      this.note(phase, this.#now() - begun);
    }
  }

  /** Adds `ms` to what `phase` took. */
  note(phase: string, ms: number): void {
    this.#phases.set(phase, (this.#phases.get(phase) ?? 0) + Math.round(ms));
  }

  phases(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#phases);
  }
}
