// A manifest that lists another, with what lists it in turn: each once in memory, however deep they nest. As JSON it is its reference.

export class Lister {
  /** What to give to `rm`. */
  readonly reference: string;
  /** Manifests of the repository that list this one directly. */
  readonly listedBy: Lister[] = [];

  constructor(reference: string) {
    this.reference = reference;
  }

  toJSON(): string {
    return this.reference;
  }
}
