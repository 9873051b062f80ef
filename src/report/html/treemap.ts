// The storage as a map: each repository a field, its tags within by size, what goes in the accent, to scale. Drawn twice, for a
// desk and for a phone; what would be too small to see is put together, so the drawing stays small however large the registry.

import { type HierarchyRectangularNode, hierarchy, treemap } from 'd3-hierarchy';
import { bytesText, counted } from '../text.js';
import type { StorageGroup, StorageMap, StoragePart } from './data.js';
import { escaped } from './markup.js';

/** How many fields are drawn at most: repositories, and parts of one. */
const MOST_GROUPS = 40;
const MOST_PARTS = 30;
/** A part below this share of all is put together with others. */
const LEAST_SHARE = 1 / 2500;
const TITLE_PX = 19;
const LINE_PX = 17;
/** What a letter takes in the fonts that a system has, on average and with some room. */
const LETTER_PX = 7;

interface Node extends StoragePart {
  readonly parts?: readonly StoragePart[];
}

/** The drawings of `storage`; nothing where it is empty. */
export function* treemapMarkup(storage: StorageMap): Generator<string> {
  if (storage.bytes === 0) return;
  const groups = grouped(storage);
  yield drawing(groups, 'wide', 1080, 520);
  yield drawing(groups, 'narrow', 358, 460);
}

/** What is drawn: the small put together as one. */
function grouped({ groups, bytes }: StorageMap): readonly StorageGroup[] {
  const least = bytes * LEAST_SHARE;
  const drawn = cut(groups, MOST_GROUPS, least, (rest) => ({
    ...summed(rest),
    name: `${counted(rest.length, 'smaller repository', 'smaller repositories')}`,
    parts: [{ ...summed(rest), name: 'together' }],
  }));
  return drawn.map((group) => ({
    ...group,
    parts: cut(group.parts, MOST_PARTS, least, (rest) => ({
      ...summed(rest),
      name: `${counted(rest.length, 'smaller part')}`,
    })),
  }));
}

/** The largest of `all`, and one made `of` the others. */
function cut<T extends StoragePart>(
  all: readonly T[],
  most: number,
  leastBytes: number,
  of: (rest: readonly T[]) => T,
): readonly T[] {
  const sorted = all.filter(({ bytes }) => bytes > 0).sort((a, b) => b.bytes - a.bytes || (a.name < b.name ? -1 : 1));
  const small = sorted.findIndex(({ bytes }, at) => at >= most || bytes < leastBytes);
  if (small < 0 || small === sorted.length - 1) return sorted;
  return [...sorted.slice(0, small), of(sorted.slice(small))];
}

function summed(parts: readonly StoragePart[]): { readonly bytes: number; readonly goesBytes: number } {
  return {
    bytes: parts.reduce((sum, each) => sum + each.bytes, 0),
    goesBytes: parts.reduce((sum, each) => sum + each.goesBytes, 0),
  };
}

function drawing(groups: readonly StorageGroup[], kind: 'wide' | 'narrow', width: number, height: number): string {
  const all: Node = { ...summed(groups), name: 'all', parts: groups };
  const tree = hierarchy<Node>(all, ({ parts }) => parts).sum(({ parts, bytes }) => (parts === undefined ? bytes : 0));
  const placed = treemap<Node>()
    .size([width, height])
    .round(true)
    .paddingTop((node) => (node.depth === 1 && fits(node, TITLE_PX * 2) ? TITLE_PX : 2))
    .paddingRight(2)
    .paddingBottom(2)
    .paddingLeft(2)
    .paddingInner(2)(tree);
  const body = (placed.children ?? []).map((group) => groupMarkup(group)).join('');
  const label = `Storage by repository and tag: ${told(all)}`;
  return `<svg class="map ${kind}" viewBox="0 0 ${width} ${height}" role="group" aria-label="${escaped(label)}">${body}</svg>\n`;
}

type Placed = HierarchyRectangularNode<Node>;

function fits(
  node: { readonly x0?: number; readonly x1?: number; readonly y0?: number; readonly y1?: number },
  px: number,
) {
  return (node.x1 ?? 0) - (node.x0 ?? 0) > 40 && (node.y1 ?? 0) - (node.y0 ?? 0) > px;
}

function groupMarkup(node: Placed): string {
  const { data } = node;
  const titled = fits(node, TITLE_PX * 2);
  const title = titled ? text(node, data.name, node.y0 + TITLE_PX - 5, '') : '';
  const parts = (node.children ?? []).map((part) => partMarkup(part, data.name)).join('');
  return `<g class="group" tabindex="0" role="group" ${labels(told(data))}${rect(node, 'frame')}${title}${parts}</g>\n`;
}

function partMarkup(node: Placed, group: string): string {
  const { data } = node;
  const share = data.bytes === 0 ? 0 : Math.min(1, data.goesBytes / data.bytes);
  const width = (node.x1 - node.x0) * share;
  const goes = width > 0 ? rect({ ...node, x1: node.x0 + Math.max(1, width) }, 'goes') : '';
  // On a field that goes in part, a label would lie half on the accent: only whole fields are labelled there.
  const room = fits(node, LINE_PX) && (share === 0 || share > 0.99);
  const label = room ? text(node, data.name, node.y0 + LINE_PX - 3, share > 0.99 ? 'on-goes' : '') : '';
  const named = { ...data, name: `${group}: ${data.name}` };
  return `<g tabindex="-1" role="img" ${labels(told(named))}${rect(node, 'stays')}${goes}${label}</g>`;
}

/** The attributes and the tooltip of a field. */
function labels(label: string): string {
  const safe = escaped(label);
  return `aria-label="${safe}"><title>${safe}</title>`;
}

function told({ name, bytes, goesBytes }: StoragePart): string {
  const goes =
    goesBytes === 0 ? 'all of it stays' : goesBytes >= bytes ? 'all of it goes' : `${bytesText(goesBytes)} of it goes`;
  return `${name}, ${bytesText(bytes)}, ${goes}`;
}

function rect(
  { x0, x1, y0, y1 }: { readonly x0: number; readonly x1: number; readonly y0: number; readonly y1: number },
  kind: string,
): string {
  const px = (value: number): string => String(Math.round(value * 10) / 10);
  return `<rect class="${kind}" x="${px(x0)}" y="${px(y0)}" width="${px(x1 - x0)}" height="${px(y1 - y0)}" rx="2"/>`;
}

/** `name` at the left of a field, where enough of it fits to be told apart. */
function text({ x0, x1 }: Placed, name: string, y: number, kind: string): string {
  const most = Math.floor((x1 - x0 - 10) / LETTER_PX);
  const letters = [...name];
  if (most < Math.min(letters.length, 5)) return '';
  const shown = letters.length <= most ? name : `${letters.slice(0, most - 1).join('')}…`;
  return `<text${kind === '' ? '' : ` class="${kind}"`} x="${x0 + 5}" y="${y}">${escaped(shown)}</text>`;
}
