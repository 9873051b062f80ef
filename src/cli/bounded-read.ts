// A file that the user names, read up to a limit: a regular file or a pipe, as `<(command)` is one. A folder and a device are refused
// by name, since reading `/dev/zero` never ends; and a named pipe without a writer is waited for, not hung on.

import fs from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 20;
const PIECE_BYTES = 65_536;

export interface Reading {
  readonly mostBytes: number;
  readonly signal?: AbortSignal | undefined;
  /** Called with what was opened, before it is read; what it throws ends the reading. */
  readonly check?: (stats: fs.Stats) => void;
}

/** The text of `file`. Throws where it is not a regular file or a pipe, holds more than `mostBytes`, and what the system says. */
export async function readBounded(file: string, { mostBytes, signal, check }: Reading): Promise<string> {
  const named = await stat(file);
  refuseOthers(named);
  const handle = await open(file, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  try {
    const stats = await handle.stat();
    refuseOthers(stats);
    check?.(stats);
    const pieces = stats.isFIFO() ? piecesOfPipe(handle, isNamed(file), signal) : piecesOf(handle, signal);
    return await collectText(pieces, mostBytes);
  } finally {
    await handle.close();
  }
}

/** The text that `pieces` make. Throws where it is more than `mostBytes`. */
export async function collectText(pieces: AsyncIterable<Uint8Array>, mostBytes: number): Promise<string> {
  const all: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of pieces) {
    bytes += piece.length;
    if (bytes > mostBytes) throw new Error(`it is larger than ${mostBytes} bytes`);
    all.push(piece);
  }
  return Buffer.concat(all).toString('utf8');
}

function refuseOthers(stats: fs.Stats): void {
  if (stats.isDirectory()) throw new Error('it is a folder');
  if (!stats.isFile() && !stats.isFIFO()) throw new Error('it is a device or a socket, not a file or a pipe');
}

/** False for `/dev/fd/N`, a pipe whose writer is there already: once it is gone, the end has come. */
function isNamed(file: string): boolean {
  return fs.lstatSync(file).isFIFO();
}

async function* piecesOf(handle: FileHandle, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  for (;;) {
    signal?.throwIfAborted();
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(PIECE_BYTES), 0, PIECE_BYTES);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}

async function* piecesOfPipe(
  handle: FileHandle,
  waitsForWriter: boolean,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  for (let waiting = waitsForWriter; ; ) {
    try {
      for await (const piece of piecesOf(handle, signal)) {
        waiting = false;
        yield piece;
      }
      if (!waiting) return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error; // ignored error: the writer has more to come
      waiting = false;
    }
    await sleep(POLL_MS, undefined, signal === undefined ? {} : { signal });
  }
}
