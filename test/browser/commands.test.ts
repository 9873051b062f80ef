// The page of every command that has one, of a tree with damage in it, written by the program and opened in a browser: it renders
// in silence, asks for nothing, can be read in the light and in the dark, and fits a phone.

import fs from 'node:fs';
import path from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { regsweep } from '../cli/run.js';
import { damageBlob, damageLink, removeBlob, strayFile } from '../support/damage.js';
import { World } from '../support/world.js';
import { BROWSER, CONTRASTS, type Contrast, REQUIRED, SCROLLING } from './look.js';

/** Each command with its exit status, the first thing that its page says, and the sections that it has. */
const PAGES = [
  [
    'du',
    ['du', '--tags'],
    3,
    /^[\d.]+ kB of [\d.]+ kB can be freed$/,
    'Where the space is, Blobs, Repositories, Problems',
  ],
  ['check', ['check'], 5, /^3 problems found; pulls of 3 tags/, 'Where the damage is, Findings'],
  [
    'rm',
    ['rm', 'shop/api:1.0', '--dry-run'],
    3,
    /^Would free 1.*kB of /,
    'Where the space is, Why, What goes, Held back, Problems',
  ],
  [
    'gc',
    ['gc', '--untagged', '--dry-run'],
    3,
    /^Would free 2\d.*kB of /,
    'Where the space is, Why, What goes, Held back, Problems',
  ],
  [
    'retain',
    ['retain', 'shop/*', '--keep-last', '2', '--by', 'name', '--dry-run', '--plan-out', 'PLAN'],
    3,
    /^Would free /,
    'Where the space is, Why, What goes, What the keep rules say, Held back, Problems',
  ],
  [
    'apply',
    ['apply', 'PLAN', '--yes', '--keep-trash'],
    3,
    /^Moved [\d.]+ kB of [\d.]+ kB to the trash$/,
    'Where the space is, Why, What goes, What the keep rules say, Held back, Problems',
  ],
  ['undo', ['undo', '--yes'], 0, /^Put back [\d.]+ kB$/, 'What the trash holds, What came back'],
  ['trash', ['trash', 'ls'], 0, /^The trash holds 0 B$/, ''],
] as const;

describe.skipIf(BROWSER === undefined && !REQUIRED)('the page of', () => {
  let browser: Browser;
  let world: World;
  let out: World;

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: BROWSER!, args: ['--no-sandbox'] });
    world = World.create();
    out = World.create();
    for (const name of ['shop/web', 'shop/api', 'team/app']) {
      for (const n of [0, 1, 2, 3]) world.image(name, `1.${n}`, { layers: ['base', `${name} ${n}`] });
    }
    world.image('shop/web', undefined, { layers: ['untagged'] });
    world.upload('shop/web', '0a1b2c3d-1111-4222-8333-abcdefabcdef', {
      startedAt: '2020-01-01T00:00:00Z',
      bytes: 20_000,
    });
    damageBlob(world, world.image('broken/one', '1').digest, 'truncated');
    world.image('broken/two', '1');
    damageLink(world, 'repositories/broken/two/_manifests/tags/1/current/link', 'empty');
    removeBlob(world, world.image('broken/three', '1', { layers: ['lost'] }).layers[0]!);
    strayFile(world, 'repositories/shop/notes.txt');
  });
  afterAll(async () => {
    await browser?.close();
    world?.remove();
    out?.remove();
  });

  test.each(PAGES)('%s', async (command, words, status, lead, sections) => {
    const file = path.join(out.root, `${command}.html`);
    const given = words.map((word) => (word === 'PLAN' ? path.join(out.root, 'plan.json') : word));
    const ran = await regsweep([...given, '--report', file], { root: world.root });
    expect({ status: ran.status, stderr: ran.stderr }).toMatchObject({ status });
    const size = fs.statSync(file).size;
    expect(size).toBeLessThan(300_000);
    for (const [width, colorScheme] of [
      [1280, 'light'],
      [390, 'dark'],
    ] as const) {
      const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
      page.setDefaultTimeout(60_000);
      const said: string[] = [];
      page.on('console', (message) => said.push(message.text()));
      page.on('pageerror', (error) => said.push(error.message));
      page.on('request', (request) => said.push(request.url()));
      await page.goto(`file://${file}`);
      expect(said).toEqual([`file://${file}`]);
      expect(await page.locator('h1').textContent()).toBe(`regsweep ${command}`);
      expect(await page.locator('.lead').textContent()).toMatch(lead);
      if (command === 'du') expect(await page.locator('.remarks').textContent()).toContain('broken/one: frozen');
      const titles = await page.locator('h2').allTextContents();
      expect(titles.join(', ')).toBe([sections, 'The command'].filter(Boolean).join(', '));
      expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
      expect(await page.evaluate(SCROLLING)).toEqual([]);
      const faint = (await page.evaluate<readonly Contrast[]>(CONTRASTS)).filter(({ ratio, least }) => ratio < least);
      expect(faint).toEqual([]);
      await page.close();
    }
  });
});
