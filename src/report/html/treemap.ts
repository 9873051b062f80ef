// The storage as a map: each field as large as what it takes, filled from below by what is marked of it, to scale. Drawn for a
// desk, for paper and for a phone, each with as much as can be read there.

import { type HierarchyRectangularNode, hierarchy, treemap, treemapSquarify } from 'd3-hierarchy';
import { bytesText } from '../text.js';
import type { StorageMap } from './data.js';
import { escaped } from './markup.js';
import { type MapNode, nameSpaces } from './name-spaces.js';
import { BETWEEN, readable } from './readable.js';

/** Each drawing's class, and its size in px. */
const DRAWINGS = [
  ['wide', 1104, 540],
  ['middle', 680, 520],
  ['narrow', 358, 560],
] as const;
const TITLE_PX = 20;
const LINE_PX = 16;
/** A field with this room inside may have a title. */
const TITLED_PX = TITLE_PX * 2;
/** What a letter takes in the fonts that a system has, on average and with some room. */
const LETTER_PX = 7.3;
const BOLD_PX = 7.8;
/** How much wider than high a field is by choice. */
const WIDER = 1.7;
/** What is marked shows, however little it is. */
const LEAST_MARK_PX = 2;

/** What a mark means, said of all of a field, of a part of it, of nothing; and in the legend. */
export const MARKS: Readonly<
  Record<
    StorageMap['marks'],
    {
      readonly all: string;
      readonly some: string;
      readonly none: string;
      readonly key: readonly [plain: string, marked: string];
    }
  >
> = {
  goes: { all: 'all of it goes', some: 'of it goes', none: 'all of it stays', key: ['stays', 'goes'] },
  reclaimable: {
    all: 'gc --untagged would free all of it',
    some: 'of it gc --untagged would free',
    none: 'gc --untagged keeps all of it',
    key: ['gc --untagged keeps it', 'gc --untagged would free it'],
  },
  broken: {
    all: 'cannot be pulled',
    some: 'of it cannot be pulled',
    none: 'no damage found',
    key: ['no damage found', 'cannot be pulled'],
  },
  back: {
    all: 'all of it comes back',
    some: 'of it comes back',
    none: 'all of it stays in the trash',
    key: ['stays in the trash', 'comes back'],
  },
};

type Words = (typeof MARKS)[StorageMap['marks']];
type Placed = HierarchyRectangularNode<MapNode>;

/** The drawings of `storage`; nothing where it is empty. */
export function* treemapMarkup(storage: StorageMap): Generator<string> {
  if (storage.bytes === 0) return;
  const all = nameSpaces(storage);
  for (const [kind, width, height] of DRAWINGS) {
    yield drawing(readable(all, width * height), MARKS[storage.marks], kind, width, height);
  }
}

function drawing(all: MapNode, words: Words, kind: string, width: number, height: number): string {
  const tree = hierarchy<MapNode>(all, ({ children }) => children).sum(({ children, bytes }) =>
    children.length === 0 ? bytes : 0,
  );
  const placed = treemap<MapNode>()
    .size([width, height])
    .tile(wide)
    .round(true)
    .paddingTop((node) => (node.depth === 0 ? 0 : isTitled(node as Placed) ? TITLE_PX : 2))
    .paddingRight((node) => (node.depth === 0 ? 0 : 2))
    .paddingBottom((node) => (node.depth === 0 ? 0 : 2))
    .paddingLeft((node) => (node.depth === 0 ? 0 : 2))
    .paddingInner(3)(tree);
  const body = (placed.children ?? []).map((node, at) => fieldMarkup(node, words, at === 0)).join('');
  const label = `Map of the storage: ${bytesText(all.bytes)}, ${markedText(all, words)}`;
  return `<svg class="map ${kind}" viewBox="0 0 ${width} ${height}" role="group" aria-label="${escaped(label)}">${body}<rect class="ring" rx="3"/></svg>\n`;
}

/** Near squares, stretched: a label is wider than high. */
function wide(node: HierarchyRectangularNode<MapNode>, x0: number, y0: number, x1: number, y1: number): void {
  treemapSquarify(node, x0 / WIDER, y0, x1 / WIDER, y1);
  for (const child of node.children ?? []) {
    child.x0 *= WIDER;
    child.x1 *= WIDER;
  }
}

function fieldMarkup(node: Placed, words: Words, reachable = false): string {
  const { data, children } = node;
  if (node.x1 <= node.x0 || node.y1 <= node.y0) return '';
  const told = escaped(`${data.name}, ${bytesText(data.bytes)}, ${markedText(data, words)}`);
  const find = data.find === undefined ? '' : ` data-find="${escaped(data.find)}"`;
  const inner =
    children === undefined
      ? cellMarkup(node)
      : `${rect(node, 'frame')}${titleMarkup(node)}${children.map((child) => fieldMarkup(child, words)).join('')}`;
  const role = children === undefined ? 'img' : 'group';
  return `<g tabindex="${reachable ? 0 : -1}" role="${role}" aria-label="${told}"${find}><title>${told}</title>${inner}</g>\n`;
}

/** `1.2 GB of it goes`. */
function markedText({ bytes, goesBytes }: MapNode, words: Words): string {
  if (goesBytes === 0) return words.none;
  return goesBytes >= bytes ? words.all : `${bytesText(goesBytes)} ${words.some}`;
}

/** A field without others in it; its label stands where the ground under it is of one colour. */
function cellMarkup(node: Placed): string {
  const { data, x0, y0, y1 } = node;
  const height = y1 - y0;
  const share = data.bytes === 0 ? 0 : Math.min(1, data.goesBytes / data.bytes);
  const marked = share === 0 ? 0 : Math.min(height, Math.max(LEAST_MARK_PX, height * share));
  const ground = rect(node, 'stays') + (marked === 0 ? '' : rect({ ...pick(node), y0: y1 - marked }, 'goes'));
  const above = height - marked >= Math.min(2 * LINE_PX + 2, marked);
  const room = above ? height - marked : marked;
  if (room < LINE_PX) return ground;
  const top = above ? y0 : y1 - marked;
  const kind = above ? '' : 'on-goes';
  const name = fitted(node, data.label);
  if (name === '') return ground;
  // A size that is cut off would be another size.
  const whole = bytesText(data.bytes);
  const size = room < 2 * LINE_PX + 2 || fitted(node, whole) !== whole ? '' : whole;
  return (
    ground +
    text(x0 + 5, top + LINE_PX - 3, name, kind) +
    (size === '' ? '' : text(x0 + 5, top + 2 * LINE_PX - 3, size, `size ${kind}`.trim()))
  );
}

function isTitled({ x0 = 0, x1 = 0, y0 = 0, y1 = 0 }: Partial<Placed>): boolean {
  return x1 - x0 > 40 && y1 - y0 > TITLED_PX;
}

function titleMarkup(node: Placed): string {
  if (!isTitled(node)) return '';
  const { data, x0, x1, y0 } = node;
  const name = fitted(node, data.label, BOLD_PX);
  if (name === '') return '';
  const size = bytesText(data.bytes);
  const room = x1 - x0 - 10 - [...name].length * BOLD_PX > (size.length + 2) * LETTER_PX;
  const sized = room ? `<tspan class="size" dx="7">${escaped(size)}</tspan>` : '';
  return `<text class="title" x="${x0 + 5}" y="${y0 + TITLE_PX - 6}">${escaped(name)}${sized}</text>`;
}

/** As much of `name` as the field is wide, of `first … last` the first; nothing where that would tell nothing. */
function fitted({ x0, x1 }: Placed, name: string, letterPx = LETTER_PX): string {
  const most = Math.floor((x1 - x0 - 8) / letterPx);
  const letters = [...name];
  if (letters.length <= most) return name;
  const [first = '', last] = name.split(BETWEEN);
  if (last !== undefined && [...first].length + 2 <= most) return `${first} …`;
  return most < 5
    ? ''
    : `${letters
        .slice(0, most - 1)
        .join('')
        .trimEnd()}…`;
}

function text(x: number, y: number, content: string, kind: string): string {
  const px = Math.round(y * 10) / 10;
  return `<text${kind === '' ? '' : ` class="${kind}"`} x="${x}" y="${px}">${escaped(content)}</text>`;
}

interface Box {
  readonly x0: number;
  readonly x1: number;
  readonly y0: number;
  readonly y1: number;
}

function pick({ x0, x1, y0, y1 }: Box): Box {
  return { x0, x1, y0, y1 };
}

function rect({ x0, x1, y0, y1 }: Box, kind: string): string {
  const px = (value: number): string => String(Math.round(value * 10) / 10);
  return `<rect class="${kind}" x="${px(x0)}" y="${px(y0)}" width="${px(x1 - x0)}" height="${px(y1 - y0)}" rx="2"/>`;
}
