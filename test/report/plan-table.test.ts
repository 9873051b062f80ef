import { describe, expect, test } from 'vitest';

import { outcomeLines } from '../../src/report/outcome-lines.js';
import { planLines } from '../../src/report/plan-table.js';
import { PLAIN } from '../../src/report/table.js';
import { PROBLEM_CODES } from '../../src/report/words.js';
import { manyTags, planOf, repository, resultOf, tag, twoRepositories } from './plan-samples.js';

const VIEW = { style: PLAIN, bytes: 'human', verbose: false, sumOnly: false } as const;
const show = (result: Parameters<typeof planLines>[0], view: Partial<Parameters<typeof planLines>[1]> = {}) =>
  [...planLines(result, { ...VIEW, ...view })].join('\n');

describe('a plan on the screen', () => {
  test('shows root, repositories, tags, reasons, and last what it frees', () => {
    expect(`${show(resultOf(twoRepositories()))}\n`).toMatchInlineSnapshot(`
      "Registry  /var/lib/registry  (dry run: nothing is changed)

      REPOSITORY                   TAGS  REVISIONS  LINKS  UPLOADS  BLOBS    FREES
      team/app                        1          1      2               2     2 kB
      team/web                        1          1      1        1      1  1.05 kB
      (shared by several of them)                                       1     1 kB
      (in no repository)                                                1     1 kB
      total                           2          2      3        1      5  5.05 kB

      Tags that go: team/app:1.0, team/web:2.0

            WHAT GOES  BECAUSE
               2 tags  named in the request
      1 history entry  its revision goes
          2 revisions  only removed tags led to it
        3 layer links  only removed revisions named it
             1 upload  started too long ago and never finished  50 B
              4 blobs  this run takes the last reference        4 kB
               1 blob  nothing references it                    1 kB
      1 leftover file  left behind by a crash of the registry    3 B
       1 empty folder  this run takes all that is in it

      Would free 5.05 kB
      "
    `);
  });

  test('with many removals it stays one screen; verbose shows every step', () => {
    const result = resultOf(manyTags(5000));
    expect(show(result).split('\n').length).toBeLessThan(20);
    expect(show(result)).toContain('and 4,990 more');
    const verbose = show(result, { verbose: true });
    expect(verbose.split('\n').length).toBeGreaterThan(15_000);
    expect(verbose).toContain('15000  blob  sha256:');
  });

  test('verbose tells each step with its evidence', () => {
    const verbose = show(resultOf(twoRepositories()), { verbose: true });
    expect(verbose).toMatch(
      /^ 1 {2}tag {2}team\/app:1\.0 \(sha256:[0-9a-f]{12}\): named in the request \(reference team\/app:1\.0\)$/m,
    );
    expect(verbose).toMatch(
      /^ 9 {2}upload {2}team\/web 0a1b, 50 B: started too long ago and never finished \(age 9 days\)$/m,
    );
  });

  test('exact bytes where asked for', () => {
    expect(show(resultOf(twoRepositories()), { bytes: 'exact' }).split('\n').at(-1)).toBe('Would free 5053 bytes');
  });

  test('the sum alone where asked for', () => {
    expect(show(resultOf(twoRepositories(), { dryRun: false }), { sumOnly: true })).toBe('Frees 5.05 kB');
  });

  test('nothing to remove is said so', () => {
    const { removals } = manyTags(0);
    expect(show(resultOf(planOf(removals)))).toBe(
      'Registry  /var/lib/registry  (dry run: nothing is changed)\n\nNothing to remove.',
    );
  });

  test('names what is frozen with its cause and the way out, what is left alone, and what is held back', () => {
    const path = 'blobs/sha256/ab/ab12/data';
    const shown = show(
      resultOf(
        planOf(twoRepositories().removals, {
          frozen: [
            { repository: repository('old'), causes: [{ code: 'manifest-truncated', path, reference: 'old:1' }] },
          ],
          leftAlone: [{ repository: repository('by-digest'), code: 'tagless', count: 7 }],
          problems: [{ code: 'manifest-truncated', path }],
          heldBackBlobs: 3,
          partial: true,
        }),
      ),
    );
    expect(shown).toContain('old  frozen: only what is named literally goes from it');
    expect(shown).toContain(`a manifest is cut short: ${path}`);
    expect(shown).toContain('regsweep rm old:1');
    expect(shown).toContain('by-digest  left alone: 7 revisions but no tag');
    expect(shown).toContain('3 unreferenced blobs held back');
  });

  test('a name that holds escape sequences is shown, not obeyed', () => {
    const { removals } = manyTags(0);
    removals.tag(repository('evil\x1b[2J'), tag('a\nb'), undefined, {
      code: 'named',
      evidence: { reference: '\x1b]0;x\x07' },
    });
    const shown = show(resultOf(planOf(removals)), { verbose: true }).replaceAll('\n', '');
    expect(shown).not.toMatch(/\p{Cc}/u);
    expect(shown).toContain('evil\\x1b[2J:a\\x0ab');
  });

  test('fits a terminal of 80 columns, problems of every code included', () => {
    const problems = PROBLEM_CODES.map((code) => ({ code, path: 'repositories/team/app' }));
    const shown = show(resultOf(planOf(manyTags(100).removals, { problems })), { style: { ...PLAIN, width: 80 } });
    expect(shown.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });
});

describe('an outcome on the screen', () => {
  const outcome = {
    status: 'done',
    run: 'r1',
    stepsDone: 16,
    stepsSkipped: 0,
    bytesFreed: 5053,
    trashKept: false,
    deletedInPlace: false,
    failures: [],
    foreign: [],
  } as const;
  const tell = (...[what, next = []]: [Parameters<typeof outcomeLines>[0], Parameters<typeof outcomeLines>[2]?]) =>
    [...outcomeLines(what, manyTags(2).removals, next, { style: PLAIN, bytes: 'human' })].join('\n');

  test('done, and what is next', () => {
    expect(tell(outcome, [{ code: 'flush-redis', command: 'redis-cli --scan' }, { code: 'start-registry' }])).toBe(
      [
        'Removed 2 tags, 2 revisions and 2 blobs. Freed 5.05 kB.',
        'Next  Flush the redis that the registry caches in, or pushes will skip layers that are gone: redis-cli --scan',
        'Next  Start the registry again; a running one must be restarted, since it remembers deleted layers.',
      ].join('\n'),
    );
  });

  test('failures are reported with their path, and what was not tried', () => {
    const failures = [{ step: 4, path: 'repositories/a', code: 'EACCES', message: 'permission denied' }];
    const told = tell({ ...outcome, status: 'incomplete', stepsDone: 3, stepsSkipped: 12, failures });
    expect(told).toContain('Finished with failures after 3 steps');
    expect(told).toContain('EACCES  repositories/a: permission denied');
    expect(told).toContain('12 steps not tried');
  });

  test('a declined plan changed nothing, and kept trash freed nothing yet', () => {
    expect(tell({ ...outcome, status: 'declined' })).toBe('Nothing was changed.');
    expect(tell({ ...outcome, trashKept: true })).toContain('Moved 5.05 kB to the trash');
  });
});
