// A seal on a JSON document: its last two fields name the version that wrote it and the hash of all before. It shows a slip
// of an editor or a cut-off copy, not malice: anyone who may write the file can make a new checksum.

import { createHash } from 'node:crypto';

const END = '\n}\n';

/** The pieces of a JSON object that ends with `\n}\n`, with `version` and `seal` added as its last fields. */
export function* withChecksum(pieces: Iterable<string>, version: string): Generator<string> {
  const hash = createHash('sha256');
  let held = '';
  for (const piece of pieces) {
    held += piece;
    const ready = held.slice(0, -END.length);
    if (ready === '') continue;
    hash.update(ready);
    yield ready;
    held = held.slice(-END.length);
  }
  const last = `,\n  "version": ${JSON.stringify(version)}`;
  hash.update(last);
  yield `${last},\n  "seal": "sha256:${hash.digest('hex')}"${END}`;
}

/** True where `text` ends with the seal of what stands before it. */
export function hasValidChecksum(text: string): boolean {
  const at = text.lastIndexOf(',\n  "seal": "');
  if (at < 0) return false;
  const hash = createHash('sha256').update(text.slice(0, at)).digest('hex');
  return text.slice(at) === `,\n  "seal": "sha256:${hash}"${END}`;
}
