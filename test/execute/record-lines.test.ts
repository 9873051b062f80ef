// A record read a line at a time is what it would be if it were read whole; one that was cut off is none.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { WritingDoor } from '../../src/execute/door.js';
import { readRecord, recordOfLines } from '../../src/execute/record-lines.js';

function fileOf(text: string): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'regsweep-record-'));
  onTestFinished(() => fs.rmSync(folder, { recursive: true }));
  fs.writeFileSync(path.join(folder, 'plan.json'), text);
  return path.join(folder, 'plan.json');
}

/** As a run writes it, with a name that pieces of any size cut in two somewhere. */
function recordText(steps: number): string {
  const each = Array.from({ length: steps }, (_, at) =>
    JSON.stringify({ step: at + 1, kind: 'leftover', path: `blobs/${'é'.repeat(at % 7)}/${at}\n.tmp`, bytes: 0 }),
  );
  return `{"format":1,"id":"a","request":{"patterns":["é"]},\n"steps":[\n${each.join(',\n')}\n]}\n`;
}

test('of no step, one, and more than a piece holds', () => {
  for (const steps of [0, 1, 50_000]) {
    const text = recordText(steps);
    expect(readRecord(fileOf(text), new WritingDoor())).toEqual(JSON.parse(text));
  }
});

test('never read whole where it is laid out as a run writes it', () => {
  class Door extends WritingDoor {
    override read(): string {
      throw new Error('read whole');
    }
  }
  expect(readRecord(fileOf(recordText(3)), new Door())).toMatchObject({ steps: { length: 3 } });
});

test('laid out otherwise, as by hand, it is read all the same', () => {
  const record = JSON.parse(recordText(3));
  for (const text of [JSON.stringify(record), JSON.stringify(record, undefined, 2)])
    expect(readRecord(fileOf(text), new WritingDoor())).toEqual(record);
});

test('cut off anywhere before its last bracket it is none', () => {
  const text = recordText(2);
  for (let end = 0; end < text.length - 2; end += 1)
    expect(() => readRecord(fileOf(text.slice(0, end)), new WritingDoor()), String(end)).toThrow(SyntaxError);
  expect(recordOfLines(text.split('\n'))).toEqual(JSON.parse(text));
});
