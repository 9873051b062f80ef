import { describe, expect, test } from 'vitest';
import { REMOVAL_KINDS } from '../../src/plan/removal.js';
import { changeDocument, errorDocument } from '../../src/report/json.js';
import { PROBLEM_CODES, REASON_CODES } from '../../src/report/words.js';
import { manyTags, planOf, repository, resultOf, tag, twoRepositories } from './plan-samples.js';
import { faultsOf, SCHEMA } from './schema.js';

const read = (result: Parameters<typeof changeDocument>[0]) => JSON.parse([...changeDocument(result)].join(''));

describe('a change as JSON', () => {
  test('holds to the schema, every kind of removal in it', () => {
    const document = read(resultOf(twoRepositories()));
    expect(faultsOf(document, 'change')).toBeUndefined();
    expect(document.removals.map(({ kind }: { kind: string }) => kind)).toEqual([
      ...['tag', 'tag', 'history', 'revision', 'revision', 'layerLink', 'layerLink', 'layerLink', 'upload'],
      ...['blob', 'blob', 'blob', 'blob', 'blob', 'leftover', 'directory'],
    ]);
  });

  test('counts each blob once, for the repository that gave it up, as shared, or as in none', () => {
    const { totals } = read(resultOf(twoRepositories()));
    expect(totals).toMatchObject({
      tags: 2,
      history: 1,
      revisions: 2,
      layerLinks: 3,
      uploads: 1,
      blobs: 5,
      bytes: 5053,
    });
    expect(totals.repositories).toMatchObject([
      { repository: 'team/app', tags: 1, blobs: 2, bytes: 2003 },
      { repository: 'team/web', tags: 1, blobs: 1, bytes: 1050 },
    ]);
    expect(totals.shared).toMatchObject({ blobs: 1, bytes: 1000 });
    expect(totals.unlinked).toMatchObject({ blobs: 1, bytes: 1000 });
    const parts = [...totals.repositories, totals.shared, totals.unlinked];
    for (const of of ['tags', 'history', 'revisions', 'layerLinks', 'uploads', 'blobs', 'directories', 'bytes']) {
      expect(
        parts.reduce((sum, part) => sum + part[of], 0),
        of,
      ).toBe(totals[of]);
    }
  });

  test('tells what was held back, verdicts, problems and the outcome, by the schema', () => {
    const plan = planOf(twoRepositories().removals, {
      frozen: [
        {
          repository: repository('old'),
          causes: [{ code: 'manifest-truncated', path: 'blobs/sha256/ab/ab12/data', reference: 'old:1' }],
        },
      ],
      leftAlone: [{ repository: repository('pushed-by-digest'), code: 'tagless', count: 7 }],
      problems: [{ code: 'pattern-matched-nothing', path: '', detail: 'x*' }],
      verdicts: [{ repository: repository('old'), tag: tag('1'), keep: true, rule: 'keep-last', rank: 1, ageMs: 5 }],
      heldBackBlobs: 3,
      partial: true,
    });
    const failures = [{ step: 4, path: 'repositories/a', code: 'EACCES', message: 'permission denied' }];
    const outcome = {
      status: 'incomplete',
      run: 'r1',
      stepsDone: 3,
      stepsSkipped: 1,
      bytesFreed: 9,
      trashKept: true,
      deletedInPlace: false,
      failures,
      foreign: [],
    } as const;
    const next = [{ code: 'flush-redis', command: 'redis-cli --scan' }, { code: 'start-registry' }] as const;
    const document = read(resultOf(plan, { dryRun: false, outcome, next }));
    expect(faultsOf(document, 'change')).toBeUndefined();
    expect(document).toMatchObject({ dryRun: false, partial: true, heldBackBlobs: 3, outcome: { failures }, next });
  });

  test('is handed out in pieces, none of them the whole of a large plan', () => {
    const pieces = [...changeDocument(resultOf(manyTags(20_000)))];
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    expect(length).toBeGreaterThan(10_000_000);
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThan(128 * 1024);
    expect(JSON.parse(pieces.join('')).removals).toHaveLength(60_000);
  });

  test('the same plan is the same document, character by character', () => {
    const once = [...changeDocument(resultOf(twoRepositories()))].join('');
    expect([...changeDocument(resultOf(twoRepositories()))].join('')).toBe(once);
  });

  test('the schema refuses what it does not know', () => {
    const document = read(resultOf(twoRepositories()));
    expect(faultsOf({ ...document, extra: 1 }, 'change')).toContain('additional properties');
    expect(faultsOf({ ...document, totals: { ...document.totals, extra: 1 } }, 'change')).toContain('unevaluated');
    expect(faultsOf({ ...document, removals: [{ ...document.removals[0], reason: undefined }] }, 'change')).toContain(
      'reason',
    );
  });
});

test('an error is one line of JSON by the schema, what it does not know left out', () => {
  const text = errorDocument({ code: 'usage', message: 'no', exitStatus: 2, hint: undefined, path: '/a' });
  expect(text.trim().split('\n')).toHaveLength(1);
  expect(JSON.parse(text)).toEqual({ format: 1, error: { code: 'usage', message: 'no', exitStatus: 2, path: '/a' } });
  expect(faultsOf(JSON.parse(text), 'failure')).toBeUndefined();
});

test('the schema knows every code that there is, and no other', () => {
  const { reasonCode, problemCode, kind } = SCHEMA.$defs;
  expect([...reasonCode.enum].sort()).toEqual([...REASON_CODES].sort());
  expect([...problemCode.enum].sort()).toEqual([...PROBLEM_CODES].sort());
  expect(kind.enum).toEqual(expect.arrayContaining([...REMOVAL_KINDS]));
});
