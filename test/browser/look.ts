// Where the browser is, and what is asked of a page in it.

import fs from 'node:fs';

export const BROWSER = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((at) =>
  fs.existsSync(at),
);
export const REQUIRED = process.env['REGSWEEP_REQUIRE_REGISTRY'] === '1';

/** What can be scrolled sideways. */
export const SCROLLING = `[...document.querySelectorAll('.box')].filter((box) => box.scrollWidth > box.clientWidth + 1).map((box) => box.getAttribute('aria-labelledby'))`;

export interface Contrast {
  readonly text: string;
  readonly ratio: number;
  readonly least: number;
}

/** The contrast (WCAG 2) of every text with the ground it stands on, and of the edge of each field with what is around it. */
export const CONTRASTS = `(() => {
  const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => {
    const [r, g, b] = parts(colour).slice(0, 3).map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (a, b) => { const [x, y] = [light(a), light(b)].sort((m, n) => n - m); return (x + 0.05) / (y + 0.05); };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if ((parts(colour)[3] ?? 1) > 0) return colour;
    }
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (walker.currentNode.data.trim() === '' || element.getClientRects().length === 0 || element.closest('title,script')) continue;
    const style = getComputedStyle(element);
    const text = walker.currentNode.data.trim().slice(0, 30);
    if (element.closest('svg')) {
      const box = element.closest('text').getBoundingClientRect();
      const under = document.elementsFromPoint(box.x + 2, box.y + box.height / 2).find((e) => e.tagName === 'rect' && getComputedStyle(e).fill !== 'none');
      if (under) found.push({ text, ratio: ratio(style.fill, getComputedStyle(under).fill), least: 4.5 });
    } else found.push({ text, ratio: ratio(style.color, ground(element)), least: 4.5 });
  }
  for (const field of document.querySelectorAll('svg.wide .stays')) found.push({ text: 'edge', ratio: ratio(getComputedStyle(field).stroke, ground(field.closest('figure'))), least: 3 });
  for (const field of document.querySelectorAll('svg.wide .goes')) found.push({ text: 'mark', ratio: ratio(getComputedStyle(field).fill, getComputedStyle(document.querySelector('svg.map .stays')).fill), least: 3 });
  for (const input of document.querySelectorAll('input,button')) found.push({ text: 'control', ratio: ratio(getComputedStyle(input).borderTopColor, ground(input.parentElement)), least: 3 });
  return found;
})()`;
