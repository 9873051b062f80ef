// What of a map can be read at its size: fields too small for a label are put together, so that a drawing holds a few hundred
// at most, however large the registry. The sums stay exact: what is put together is as large as its parts.

import { counted } from '../text.js';
import { type MapNode, nodeOf } from './name-spaces.js';

/** px² that a field takes to hold a label and a size. */
const CELL_PX = 3000;
/** A field with others inside takes more: their labels, and a line for its own. */
const FRAME_PX = 6 * CELL_PX;
/** A field from one name to another takes more: two names. */
const RANGE_PX = 2 * CELL_PX;
/** A field this small is still worth its place where it is larger than others. */
const LEAST_PX = CELL_PX / 3;
/** Between the first and the last name of a field that holds several. */
export const BETWEEN = ' … ';
const MOST_CHILDREN = 60;
const MOST_DEPTH = 3;

/** `node`, drawn on `areaPx` px², with what cannot be read there put together. */
export function readable(node: MapNode, areaPx: number, depth = 0): MapNode {
  const inside = depth === 0 || (areaPx >= FRAME_PX && depth < MOST_DEPTH) ? node.children : [];
  const [only] = inside;
  if (only === undefined) return { ...node, children: [] };
  const px = (bytes: number): number => (node.bytes === 0 ? 0 : (areaPx * bytes) / node.bytes);
  const sorted = [...inside].sort((a, b) => b.bytes - a.bytes || inOrder(a, b));
  const large = sorted.filter((child, at) => at < MOST_CHILDREN && px(child.bytes) >= LEAST_PX);
  const shown = large.map((child) => readable(child, px(child.bytes), depth + 1));
  const rest = sorted.slice(large.length);
  if (rest.length < 2) return { ...node, children: [...shown, ...rest.map((child) => ({ ...child, children: [] }))] };
  const restPx = px(rest.reduce((sum, { bytes }) => sum + bytes, 0));
  const fields = Math.min(Math.floor(restPx / RANGE_PX), MOST_CHILDREN, Math.floor(rest.length / 2));
  const together = fields < 2 ? [more(node, rest, shown.length > 0)] : ranges(node, rest, fields);
  return { ...node, children: [...shown, ...together] };
}

/** `rest` in about `count` fields of about one size, each from one name to another. */
function ranges(parent: MapNode, rest: readonly MapNode[], count: number): readonly MapNode[] {
  const named = [...rest].sort(inOrder);
  const each = named.reduce((sum, { bytes }) => sum + bytes, 0) / count;
  const runs: MapNode[][] = [[]];
  let filled = 0;
  for (const node of named) {
    const run = runs.at(-1)!;
    if (run.length > 0 && filled + node.bytes / 2 > each * runs.length) runs.push([node]);
    else run.push(node);
    filled += node.bytes;
  }
  return runs.map((run) => {
    const [first, last] = [run[0]!, run.at(-1)!];
    if (run.length === 1) return { ...first, children: [] };
    const label = `${first.label}${BETWEEN}${last.label}`;
    return { ...together(parent, run, `${first.name} to ${last.name}, ${holding(run, true)}`), label };
  });
}

/** All of `rest` as one field. */
function more(parent: MapNode, rest: readonly MapNode[], others: boolean): MapNode {
  const label = holding(rest, !others);
  return { ...together(parent, rest, parent.name === 'all' ? label : `${parent.name} ${label}`), label };
}

function together(parent: MapNode, nodes: readonly MapNode[], name: string): MapNode {
  return { ...nodeOf(name, name, parent.find, nodes), children: [] };
}

/** `12 more repositories`. */
function holding(nodes: readonly MapNode[], all: boolean): string {
  const repositories = nodes.reduce((sum, node) => sum + node.repositories, 0);
  const text = repositories === 0 ? counted(nodes.length, 'part') : counted(repositories, 'repository', 'repositories');
  return all ? text : text.replace(' ', ' more ');
}

const ORDER = new Intl.Collator('en', { numeric: true });

function inOrder(a: MapNode, b: MapNode): number {
  return ORDER.compare(a.name, b.name) || (a.name < b.name ? -1 : 1);
}
