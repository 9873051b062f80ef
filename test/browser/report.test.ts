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
import type { ReportData } from '../../src/report/html/data.js';
import { htmlReport } from '../../src/report/html/html-report.js';
import { because, planOf, repository, resultOf, tag, twoRepositories } from '../report/plan-samples.js';
import { sha256 } from '../support/content.js';

const BROWSER = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((at) =>
  fs.existsSync(at),
);
const REQUIRED = process.env['REGSWEEP_REQUIRE_REGISTRY'] === '1';
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
    expect(await page.locator('svg.wide .group').count()).toBe(2);
    expect(await page.locator('#removals tbody').count()).toBeGreaterThan(1);
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

  test('the filter is reached and used by keyboard', async () => {
    const { page } = await opened(sample());
    await page.locator('#filter').focus();
    await page.keyboard.type('team/web request');
    const shown = page.locator('#removals tbody tr:not([hidden]) td:nth-child(2)');
    await expect.poll(async () => visible(shown)).toEqual(['2.0']);
    await page.keyboard.press('Escape');
    await expect.poll(async () => (await visible(shown)).length).toBeGreaterThan(5);
    await page.close();
  });

  test('the map is walked with the arrow keys and tells what is under them', async () => {
    const { page } = await opened(sample());
    await page.locator('svg.wide .group').first().focus();
    expect(await page.locator('#pointed').textContent()).toBe('team/app, 3 kB, 2 kB of it goes');
    await page.keyboard.press('ArrowRight');
    expect(await page.locator('#pointed').textContent()).toBe('team/app: 1.0, 2 kB, all of it goes');
    await page.close();
  });

  test.each([390, 1280])('nothing makes the page wider than %i px', async (width) => {
    for (const data of [sample(), hostile()]) {
      const { page } = await opened(data, { viewport: { width, height: 800 } });
      expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
      expect(await page.locator(width < 640 ? 'svg.narrow' : 'svg.wide').isVisible()).toBe(true);
      await page.close();
    }
  });

  test('is dark where the reader is', async () => {
    const background = async (page: Page) => page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    const light = await opened(sample(), { colorScheme: 'light' });
    const dark = await opened(sample(), { colorScheme: 'dark' });
    expect(await background(light.page)).toBe('rgb(251, 250, 248)');
    expect(await background(dark.page)).toBe('rgb(21, 24, 27)');
    await Promise.all([light.page.close(), dark.page.close()]);
  });

  test('without script the tables are there, and no filter that does nothing', async () => {
    const { page } = await opened(sample(), { javaScriptEnabled: false });
    expect(await page.locator('.filter').first().isVisible()).toBe(false);
    expect(await page.locator('#removals').isVisible()).toBe(true);
    await page.close();
  });
});

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
    storage: {
      bytes: 5000,
      goesBytes: 3000,
      groups: [
        {
          name: 'team/app',
          bytes: 3000,
          goesBytes: 2000,
          parts: [
            { name: '1.0', bytes: 2000, goesBytes: 2000 },
            { name: 'latest', bytes: 1000, goesBytes: 0 },
          ],
        },
        { name: 'team/web', bytes: 2000, goesBytes: 1000, parts: [{ name: '2.0', bytes: 2000, goesBytes: 1000 }] },
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
    storage: { bytes: 10, goesBytes: 10, groups: [{ ...part, parts: [part] }] },
    tables: [{ title: HOSTILE, columns: [{ title: HOSTILE, is: 'text' }], rows: [[HOSTILE]] }],
    problems,
  };
}
