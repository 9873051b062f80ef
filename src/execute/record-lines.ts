// A run's record back from disk, a step a line: JavaScript holds no string of the record of three million steps, and a run that
// cannot be read cannot be put back.

import type { Reader } from './reader.js';

const STEPS = '"steps":[';
const END = ']}';

/** What `file` holds, as unchecked data. Throws SyntaxError where it was not written in full, and what `reader` throws. */
export function readRecord(file: string, reader: Reader): unknown {
  return recordOfLines(reader.lines(file)) ?? JSON.parse(reader.read(file));
}

/** The record that `lines` spell; undefined where they are laid out otherwise than a run writes them. */
export function recordOfLines(lines: Iterable<string>): unknown {
  let head: string | undefined;
  let inSteps = false;
  const steps: unknown[] = [];
  for (const line of lines) {
    if (head === undefined) head = line;
    else if (!inSteps) {
      if (line !== STEPS) return undefined;
      inSteps = true;
    } else if (line === END) return { ...JSON.parse(`${head.slice(0, -1)}}`), steps };
    else if (line !== '') steps.push(JSON.parse(line.endsWith(',') ? line.slice(0, -1) : line));
  }
  if (!inSteps) return undefined;
  throw new SyntaxError('it ends within its steps');
}
