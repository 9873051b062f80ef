// A page of a plan of any length: small enough to be opened, with every repository and tag in it to be searched for, and sums that
// are those of the plan.

import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { DigestTable } from '../../../src/inventory/digest-table.js';
import type { Digest } from '../../../src/model/digest.js';
import { RemovalList } from '../../../src/plan/removal.js';
import type { Plan } from '../../../src/plan/types.js';
import { htmlReport } from '../../../src/report/html/html-report.js';
import { removalsMarkup } from '../../../src/report/html/removals.js';
import { sha256 } from '../../support/content.js';
import { because, planOf, repository, resultOf, tag, twoRepositories } from '../plan-samples.js';

/** `repositories` lose `tags` tags each, with a revision and a blob of its own. */
function large(repositories: number, tags: number): Plan {
  const digests = new DigestTable();
  const removals = new RemovalList(digests);
  const each = (act: (name: string, n: number) => void): void => {
    for (let r = 0; r < repositories; r += 1) for (let n = 0; n < tags; n += 1) act(`team${r % 40}/service-${r}`, n);
  };
  const id = (name: string, n: number) => digests.intern(`sha256:${hex(name, n)}` as Digest);
  each((name, n) => removals.tag(repository(name), tag(`1.${n}.0`), id(name, n), because('not-retained')));
  each((name, n) => removals.revision(repository(name), id(name, n), because('released')));
  each((name, n) => removals.blob(id(name, n), because('blob-released', { repository: name })));
  removals.weigh(Float64Array.from([...removals], ({ kind }) => (kind === 'blob' ? 1000 : 0)));
  const verdicts = [...removals].flatMap(({ kind, repository: name, tag: of }) =>
    kind === 'tag' ? [{ repository: name!, tag: of!, keep: false, rule: 'not-retained', ageMs: 9e9 }] : [],
  );
  return planOf(removals, { verdicts });
}

function hex(name: string, n: number): string {
  return sha256(`${name} ${n}`).slice(7);
}

function pageOf(plan: Plan): string {
  const data = { command: 'retain', root: '/r', madeMs: 0, version: '1', commandLine: 'regsweep', folder: '/' };
  const hash = (text: string): string => createHash('sha256').update(text).digest('base64');
  return [...htmlReport({ ...data, change: resultOf(plan), problems: [] }, hash)].join('');
}

describe('a page of a long plan', () => {
  test('stays a few megabytes, and names every repository and tag that goes', () => {
    const page = pageOf(large(2000, 30));
    expect(page.length).toBeLessThan(5_000_000);
    const goes = page.slice(page.indexOf('id="goes"'), page.indexOf('id="verdicts"'));
    for (const n of [0, 999, 1999]) expect(goes.includes(`>team${n % 40}/service-${n}<`)).toBe(true);
    expect(goes.split('1.29.0').length - 1).toBeGreaterThan(1900);
    const verdicts = page.slice(page.indexOf('id="verdicts"'));
    expect(verdicts.split('1.29.0').length - 1).toBeGreaterThan(1900);
    expect(goes.includes('and 28 tags, 30 revisions, 30 blobs: ')).toBe(true);
  });

  test('is bounded however many repositories there are, and says what it omits', () => {
    const page = pageOf(large(6000, 1));
    expect(page.length).toBeLessThan(6_000_000);
    expect(page.includes('and 2,000 more of these; --json lists all')).toBe(true);
  });

  test('what several repositories gave up together is no single one of them', () => {
    const markup = [...removalsMarkup(twoRepositories().removals)].join('');
    const sizes = [...markup.matchAll(/<th scope="rowgroup".*?<td class="number">(.*?)<\/td>/g)].map(
      ([, size]) => size,
    );
    expect(markup).toContain('Shared by several repositories');
    expect(sizes.map((size) => size!.replace(/<.*?>/g, ''))).toEqual(['2 kB', '1.05 kB', '1 kB', '1 kB']);
  });
});
