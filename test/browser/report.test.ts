// The report as a browser shows it: it renders, runs no word of what it reports, loads nothing, and fits a phone.

import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DigestTable } from '../../src/inventory/digest-table.js';
import type { Digest } from '../../src/model/digest.js';
import { RemovalList } from '../../src/plan/removal.js';
import type { Plan } from '../../src/plan/types.js';
import { SCRIPT, STYLE } from '../../src/report/html/assets.js';
import type { ReportData, ReportTable } from '../../src/report/html/data.js';
import { htmlReport } from '../../src/report/html/html-report.js';
import { because, planOf, repository, resultOf, tag, twoRepositories } from '../report/plan-samples.js';
import { sha256 } from '../support/content.js';
import { BROWSER, CONTRASTS, type Contrast, REQUIRED, SCROLLING } from './look.js';

/** How long what was typed may take to show: a machine may have much else to do. */
const PATIENT = { timeout: 60_000 };
const HOSTILE = `</script><script>document.title='owned'</script><img src=http://127.0.0.1:9/x onerror="document.title='owned'">"'\`\u202e\n`;

describe.skipIf(BROWSER === undefined && !REQUIRED)('the report in a browser', () => {
  let browser: Browser;
  let folder: string;

  beforeAll(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'regsweep-report-'));
    browser = await chromium.launch({ executablePath: BROWSER!, args: ['--no-sandbox'] });
  });
  afterAll(async () => {
    await browser?.close();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  /** The page of `data`, what its console said, and what it asked for beside itself. */
  async function opened(data: ReportData, options: Parameters<Browser['newPage']>[0] = {}) {
    const file = path.join(folder, `${Math.random()}.html`);
    fs.writeFileSync(
      file,
      [...htmlReport(data, (text) => createHash('sha256').update(text).digest('base64'))].join(''),
    );
    const page = await browser.newPage(options);
    page.setDefaultTimeout(PATIENT.timeout);
    const said: string[] = [];
    const asked: string[] = [];
    page.on('console', (message) => said.push(message.text()));
    page.on('pageerror', (error) => said.push(error.message));
    page.on('request', (request) => asked.push(request.url()));
    await page.goto(`file://${file}`);
    return { page, said, asked: asked.filter((url) => url !== `file://${file}`) };
  }

  test('renders whole, in silence, and asks for nothing', async () => {
    const { page, said, asked } = await opened(sample());
    expect(await page.locator('h1').textContent()).toBe('regsweep rm');
    expect(await page.locator('svg.wide > g').count()).toBe(2);
    expect(await page.locator('#removals tbody').count()).toBeGreaterThan(1);
    expect(await page.locator('.lead').textContent()).toBe('Would free 5.05 kB of 5 kB');
    expect(await page.locator('svg.narrow').isVisible()).toBe(false);
    // The policy takes the style and the script by their hashes: both are in force.
    expect(await page.locator('.filter').first().isVisible()).toBe(true);
    expect(await page.evaluate<string>('getComputedStyle(document.querySelector("header")).maxWidth')).not.toBe('none');
    expect({ said, asked }).toEqual({ said: [], asked: [] });
    await page.close();
  });

  test('shows a hostile name and obeys none of it', async () => {
    const { page, said, asked } = await opened(hostile());
    expect(await page.title()).toContain('regsweep rm');
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.locator('script').count()).toBe(1);
    const shown = await page.locator('#removals').textContent();
    expect(shown).toContain("</script><script>document.title='owned'");
    expect(shown).toContain('\\u{202e}\\x0a');
    expect(shown).not.toContain('\u202e');
    expect({ said, asked }).toEqual({ said: [], asked: [] });
    await page.close();
  });

  test('the search is reached and used by keyboard', async () => {
    const { page } = await opened(sample());
    await page.locator('#removals-filter').focus();
    await page.keyboard.type('team/web request');
    const shown = page.locator('#removals tbody tr:not(:has(th)) td:nth-child(2)');
    await expect.poll(async () => visible(shown), PATIENT).toEqual(['2.0']);
    expect(await page.locator('output').first().textContent()).toBe('1 row');
    await page.keyboard.press('Escape');
    await expect.poll(async () => (await visible(shown)).length, PATIENT).toBeGreaterThan(5);
    await page.keyboard.type('no such thing');
    await expect.poll(async () => page.locator('output').first().textContent(), PATIENT).toBe('nothing found');
    await page.close();
  });

  test('a digest is found by its whole text, as it is pasted', async () => {
    const { page } = await opened(sample());
    await page.locator('#removals-filter').fill(sha256('layer app'));
    const shown = page.locator('#removals tbody tr:not(:has(th)) td:nth-child(1)');
    await expect.poll(async () => visible(shown), PATIENT).toEqual(['blob', 'layer link']);
    await page.close();
  });

  test('the map is one stop of Tab, walked with the arrow keys, and tells what is under them', async () => {
    const { page } = await opened(sample());
    const told = () => page.locator('#pointed').textContent();
    expect(await page.locator('svg.wide [tabindex="0"]').count()).toBe(1);
    await page.locator('svg.wide g').first().focus();
    expect(await told()).toBe('team/app, 3 kB, 2 kB of it goes');
    await page.keyboard.press('ArrowDown');
    expect(await told()).toBe('team/app: 1.0, 2 kB, all of it goes');
    await page.keyboard.press('ArrowRight');
    expect(await told()).toBe('team/app: latest, 1 kB, all of it stays');
    await page.keyboard.press('ArrowRight');
    expect(await told()).toBe('team/app: latest, 1 kB, all of it stays');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowRight');
    expect(await told()).toBe('team/web, 2 kB, 1 kB of it goes');
    // The ring is seen where the focus is.
    const ring = await page.locator('svg.wide .ring').boundingBox();
    const field = await page.locator('svg.wide g:focus > rect').first().boundingBox();
    expect(Math.abs((ring?.x ?? 0) - (field?.x ?? 99))).toBeLessThan(4);
    expect(await page.evaluate('getComputedStyle(document.querySelector("svg.wide .ring")).strokeWidth')).toBe('3px');
    expect(await page.locator('svg.wide [tabindex="0"]').count()).toBe(1);
    await page.keyboard.press('Enter');
    expect(await page.locator('#removals-filter').inputValue()).toBe('team/web');
    expect(await page.evaluate('document.activeElement.id')).toBe('removals-filter');
    await page.close();
  });

  test('every control is reached by Tab and shows that it has the focus', async () => {
    const { page } = await opened({ ...sample(), tables: [longTable(300)] });
    const reached = new Set<string>();
    for (let press = 0; press < 40; press += 1) {
      await page.keyboard.press('Tab');
      const [name, outline] = await page.evaluate<[string, string]>(
        `(() => { const e = document.activeElement; return [e.tagName, e.closest('svg') ? 'ring' : getComputedStyle(e).outlineStyle]; })()`,
      );
      if (name === 'BODY') break;
      expect(outline).not.toBe('none');
      reached.add(name.toLowerCase());
    }
    expect([...reached].sort()).toEqual(['a', 'button', 'div', 'g', 'input', 'summary']);
    await page.close();
  });

  test('a long table is shown a screenful at a time, is searched whole, and is whole on paper', async () => {
    const { page } = await opened({ ...sample(), tables: [longTable(1200)] });
    const rows = page.locator('#rows-0 tbody tr');
    const shown = () => page.evaluate<number>(SHOWN);
    expect(await rows.count()).toBe(1200);
    expect(await shown()).toBe(100);
    await page.getByRole('button', { name: 'Show 400 more' }).click();
    expect(await shown()).toBe(500);
    await page.locator('#rows-0-filter').fill('repository-1177');
    await expect.poll(shown, PATIENT).toBe(1);
    await page.emulateMedia({ media: 'print' });
    expect(await shown()).toBe(1200);
    expect(await page.locator('.filter').first().isVisible()).toBe(false);
    expect(await page.locator('details pre').isVisible()).toBe(true);
    await page.emulateMedia({ media: 'screen' });
    await page.locator('#rows-0-filter').fill('');
    await page.getByRole('button', { name: 'Show all' }).click();
    expect(await shown()).toBe(1200);
    expect(await page.getByRole('button', { name: 'Show all' }).count()).toBe(0);
    await page.close();
  });

  test('what goes, grouped: a group that is not shown yet is found and printed', async () => {
    const { page } = await opened({ ...sample(), change: resultOf(manyRepositories(80)) });
    const heads = () =>
      page.evaluate<number>(
        `[...document.querySelectorAll('#removals th[scope=rowgroup]')].filter((e) => e.getClientRects().length).length`,
      );
    expect(await heads()).toBe(25);
    await page.locator('#removals-filter').fill('team/r77');
    await expect.poll(heads, PATIENT).toBe(1);
    await page.emulateMedia({ media: 'print' });
    expect(await heads()).toBe(80);
    await page.close();
  });

  test.each([320, 390, 820, 1280])(
    'nothing makes the page wider than %i px, and no table scrolls on a phone',
    async (width) => {
      for (const data of [{ ...sample(), tables: [longTable(30)] }, hostile()]) {
        const { page } = await opened(data, { viewport: { width, height: 800 } });
        expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
        const map = width < 560 ? 'svg.narrow' : width < 1000 ? 'svg.middle' : 'svg.wide';
        expect(await page.locator('svg.map:visible').count()).toBe(1);
        expect(await page.locator(map).isVisible()).toBe(true);
        if (width < 640) expect(await page.evaluate(SCROLLING)).toEqual([]);
        await page.close();
      }
    },
  );

  test.each(['light', 'dark'] as const)(
    '%s: text stands off its ground by 4.5 to 1, fields of the map by 3 to 1',
    async (colorScheme) => {
      const { page } = await opened(everyTone(), { colorScheme });
      const background = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
      expect(background).toBe(colorScheme === 'light' ? 'rgb(251, 250, 248)' : 'rgb(21, 24, 27)');
      const faint = (await page.evaluate<readonly Contrast[]>(CONTRASTS)).filter(({ ratio, least }) => ratio < least);
      expect(faint).toEqual([]);
      await page.close();
    },
  );

  test('nothing moves, whatever the reader wants', () => {
    expect(STYLE).not.toMatch(/animation|transition|scroll-behavior/);
    expect(SCRIPT).not.toMatch(/smooth|requestAnimationFrame|animate/);
  });

  test('without script the tables are there, and no filter that does nothing', async () => {
    const { page } = await opened(sample(), { javaScriptEnabled: false });
    expect(await page.locator('.filter').first().isVisible()).toBe(false);
    expect(await page.locator('.keys').isVisible()).toBe(false);
    expect(await page.locator('#removals').isVisible()).toBe(true);
    await page.close();
  });
});

/** How many rows of the first table of data are laid out. */
const SHOWN = `[...document.querySelectorAll('#rows-0 tbody tr')].filter((row) => row.getClientRects().length > 0).length`;

/** A table of `count` repositories. */
function longTable(count: number): ReportTable {
  const rows = Array.from({ length: count }, (_, n) => [`team/with/a/long/name/repository-${n}`, n, 1_234_567 * n]);
  const columns = [
    { title: 'Repository', is: 'name' as const },
    { title: 'Tags', is: 'count' as const },
    { title: 'Total', is: 'bytes' as const },
  ];
  return { title: 'Repositories', columns, groups: [{ rows }] };
}

/** A page with every colour that there is. */
function everyTone(): ReportData {
  const tones = ['plain', 'goes', 'good', 'bad'] as const;
  const { change: _, ...rest } = sample();
  const plan = planOf(twoRepositories().removals, {
    verdicts: [{ repository: repository('team/app'), tag: tag('1.0'), keep: false, rule: 'not-retained' }],
    frozen: [
      { repository: repository('team/x'), causes: [{ code: 'manifest-truncated', path: 'a/b', reference: 'x' }] },
    ],
  });
  return {
    ...rest,
    change: resultOf(plan),
    tables: [
      longTable(300),
      {
        title: 'Tones',
        columns: [{ title: 'Name', is: 'name' }],
        groups: tones.map((tone) => ({ head: { title: `tone ${tone}`, note: 'a note', tone }, rows: [['a'], ['b']] })),
      },
    ],
  };
}

/** `count` repositories lose a tag each. */
function manyRepositories(count: number): Plan {
  const digests = new DigestTable();
  const removals = new RemovalList(digests);
  const id = digests.intern(sha256('image') as Digest);
  for (let n = 0; n < count; n += 1) removals.tag(repository(`team/r${n}`), tag('1.0'), id, because('named'));
  removals.weigh(new Float64Array(count));
  return planOf(removals);
}

async function visible(cells: ReturnType<Page['locator']>): Promise<readonly string[]> {
  const texts: string[] = [];
  for (const cell of await cells.all()) if (await cell.isVisible()) texts.push((await cell.textContent()) ?? '');
  return texts;
}

function sample(): ReportData {
  const plan = twoRepositories();
  return {
    command: 'rm',
    root: '/var/lib/registry',
    madeMs: Date.UTC(2026, 10, 21),
    version: '1.0.0',
    commandLine: 'regsweep rm team/app:1.0 --dry-run',
    change: resultOf(plan),
    folder: '/root',
    storage: {
      marks: 'goes',
      bytes: 5000,
      goesBytes: 3000,
      groups: [
        {
          name: 'team/app',
          isRepository: true,
          bytes: 3000,
          goesBytes: 2000,
          parts: [
            { name: '1.0', bytes: 2000, goesBytes: 2000 },
            { name: 'latest', bytes: 1000, goesBytes: 0 },
          ],
        },
        {
          name: 'team/web',
          isRepository: true,
          bytes: 2000,
          goesBytes: 1000,
          parts: [{ name: '2.0', bytes: 2000, goesBytes: 1000 }],
        },
      ],
    },
    problems: [{ code: 'foreign-entry', path: 'repositories/team/notes.txt' }],
  };
}

/** Everything that comes from a disk is hostile. */
function hostile(): ReportData {
  const digests = new DigestTable();
  const removals = new RemovalList(digests);
  const id = digests.intern(sha256('hostile') as Digest);
  const name = repository(HOSTILE);
  removals.tag(name, tag(HOSTILE), id, because('named', { reference: HOSTILE }));
  removals.upload(name, HOSTILE, because('upload-expired'));
  removals.directory(name, `repositories/${HOSTILE}${'x'.repeat(300)}`, because('emptied'));
  removals.weigh(new Float64Array(3));
  const problems = [{ code: 'foreign-entry' as const, path: HOSTILE, detail: HOSTILE }];
  const part = { name: HOSTILE, bytes: 10, goesBytes: 10 };
  const plan = planOf(removals, {
    problems,
    frozen: [{ repository: name, causes: [{ code: 'manifest-truncated', path: HOSTILE, reference: HOSTILE }] }],
    leftAlone: [{ repository: name, code: 'tagless', count: 2 }],
    verdicts: [{ repository: name, tag: tag(HOSTILE), keep: false, rule: HOSTILE }],
  });
  return {
    ...sample(),
    root: `/srv/${HOSTILE}`,
    commandLine: `regsweep rm '${HOSTILE}'`,
    change: resultOf(plan),
    folder: `/home/${HOSTILE}`,
    storage: { marks: 'goes', bytes: 10, goesBytes: 10, groups: [{ ...part, isRepository: true, parts: [part] }] },
    tables: [
      {
        title: HOSTILE,
        columns: ['text', 'name'].map((is) => ({ title: HOSTILE, is: is as 'text' | 'name' })),
        groups: [{ head: { title: HOSTILE, note: HOSTILE, tone: 'bad' }, rows: [[HOSTILE, HOSTILE]] }],
      },
    ],
    problems,
  };
}
