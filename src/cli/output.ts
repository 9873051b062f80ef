// The result's way to stdout: in pieces, at the reader's pace, so that a document of any length needs little memory. A reader
// that went away (`| head`) is no error, and never stops a change half-way.

/** Writes text to a stream piece by piece. */
export class Output {
  readonly #stream: NodeJS.WriteStream;
  #gone = false;
  #failed = false;
  #written = false;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    stream.on('error', this.#onError);
  }

  /** True where the result could not be written, a reader gone away aside. */
  get failed(): boolean {
    return this.#failed;
  }

  /** True once a part of the result was written. */
  get written(): boolean {
    return this.#written;
  }

  /** Writes all `pieces` as they are. */
  async pieces(pieces: Iterable<string>): Promise<void> {
    for (const piece of pieces) {
      if (this.#gone) return;
      this.#written = true;
      if (!this.#stream.write(piece)) await this.#drained();
    }
  }

  /** Writes all `lines`, ending each. */
  async lines(lines: Iterable<string>): Promise<void> {
    await this.pieces(inBlocks(lines));
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#stream.off('drain', done);
        this.#stream.off('close', done);
        this.#stream.off('error', done);
        resolve();
      };
      this.#stream.on('drain', done);
      this.#stream.on('close', done);
      this.#stream.on('error', done);
    });
  }

  readonly #onError = (error: NodeJS.ErrnoException): void => {
    this.#gone = true;
    if (error.code === 'EPIPE' || this.#failed) return; // ignored error: the reader has had enough
    process.stderr.write(`regsweep: the result cannot be written: ${error.message}\n`);
    this.#failed = true;
  };
}

function* inBlocks(lines: Iterable<string>): Generator<string> {
  let block = '';
  for (const line of lines) {
    block += `${line}\n`;
    if (block.length < 32_768) continue;
    yield block;
    block = '';
  }
  if (block !== '') yield block;
}
