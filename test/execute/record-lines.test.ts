// A record read a line at a time is what it would be if it were read whole; one that was cut off is none.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readRecord, recordOfLines } from '../../src/execute/record-lines.js';
import { readRun } from '../../src/execute/run.js';
import { Writer } from '../../src/execute/writer.js';
import { openTree } from '../../src/scan/tree.js';
import { World } from '../support/world.js';

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
    expect(readRecord(fileOf(text), new Writer())).toEqual(JSON.parse(text));
  }
});

test('never read whole where it is laid out as a run writes it', () => {
  class Pieces extends Writer {
    override read(): string {
      throw new Error('read whole');
    }
  }
  expect(readRecord(fileOf(recordText(3)), new Pieces())).toMatchObject({ steps: { length: 3 } });
});

test('laid out otherwise, as by hand, it is read all the same', () => {
  const record = JSON.parse(recordText(3));
  for (const text of [JSON.stringify(record), JSON.stringify(record, undefined, 2)])
    expect(readRecord(fileOf(text), new Writer())).toEqual(record);
});

test('cut off anywhere before its last bracket it is none', () => {
  const text = recordText(2);
  for (let end = 0; end < text.length - 2; end += 1)
    expect(() => readRecord(fileOf(text.slice(0, end)), new Writer()), String(end)).toThrow(SyntaxError);
  expect(recordOfLines(text.split('\n'))).toEqual(JSON.parse(text));
});

const MIB = 1024 * 1024;

test('a line that is longer than many pieces is whole, and so are the lines around it', () => {
  const long = 'é'.repeat(2 * MIB + 7);
  for (const lines of [
    ['a', '', long, 'b', long],
    [long, '', ''],
    ['x'.repeat(MIB - 1), 'y'.repeat(MIB), 'z'],
  ]) {
    const read = [...new Writer().lines(fileOf(`${lines.join('\n')}\n`))];
    expect(read.length).toBe(lines.length);
    for (const [at, line] of lines.entries()) expect(read[at] === line, `line ${at}`).toBe(true);
  }
});

test('one line over the limit is refused, many that are longer together are not', () => {
  const linesOf = (text: string) => [...new Writer().lines(fileOf(text), 2 * MIB)];
  const most = 'x'.repeat(2 * MIB);
  expect(linesOf(`a\n${most}\n${most}\n${most}\n`).length).toBe(4);
  for (const text of [`${most}x`, `${most}x\n`, `a\nb${most}\nc\n`, `${most}\n${most}\n${most}y`]) {
    expect(() => linesOf(text)).toThrow(expect.objectContaining({ code: 'EFBIG', path: expect.any(String) }));
  }
});

test('one that the disk does not give is refused, and is not taken for one that was never written in full', () => {
  const world = World.create();
  onTestFinished(() => world.remove());
  const run = path.join(world.root, '.regsweep/runs/20260101T000000.000Z-a');
  fs.mkdirSync(path.join(run, 'trash'), { recursive: true });
  const read = () => readRun(openTree(world.root), path.basename(run), new Writer());
  fs.writeFileSync(path.join(run, 'plan.json'), '{"format":1,\n"steps":[\n');
  expect(read()).toBeUndefined();
  fs.rmSync(path.join(run, 'plan.json'));
  fs.mkdirSync(path.join(run, 'plan.json'));
  expect(read).toThrow(
    expect.objectContaining({ code: 'run-record', message: expect.stringContaining('is a folder, not a file') }),
  );
});
