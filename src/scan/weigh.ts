// What a removal frees: the size of the data files that go with it. Only what goes is looked at.

import type { Problem } from '../inventory/inventory.js';
import { DATA } from '../model/layout.js';
import type { ReadingDoor } from './door.js';
import { weighFolder } from './repository.js';
import type { Weighed } from './tasks.js';

export function weighItems(
  v2: string,
  items: readonly { readonly kind: string; readonly path: string }[],
  door: ReadingDoor,
): Weighed {
  const bytes = new Float64Array(items.length);
  const problems: Problem[] = [];
  const bare: number[] = [];
  items.forEach(({ kind, path }, i) => {
    if (kind === 'upload') bytes[i] = weighFolder(`${v2}/${path}`, door).bytes;
    if (kind !== 'blob' && kind !== 'leftover') return;
    const file = kind === 'blob' ? `${path}/${DATA}` : path;
    const stats = door.lstat(`${v2}/${file}`);
    if (stats === undefined && kind === 'blob' && (door.names(`${v2}/${path}`)?.length ?? 0) > 0) bare.push(i);
    if (stats === undefined || !stats.isFile()) return;
    bytes[i] = stats.size;
    if (stats.nlink > 1) problems.push({ code: 'hard-linked', path: file, detail: String(stats.nlink) });
  });
  return { bytes, problems, bare };
}
