// The map: every byte in one field, however much is put together, and never more fields than can be read.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { StorageMap } from '../../../src/report/html/data.js';
import { type MapNode, nameSpaces } from '../../../src/report/html/name-spaces.js';
import { readable } from '../../../src/report/html/readable.js';
import { treemapMarkup } from '../../../src/report/html/treemap.js';

const AREA = 1104 * 540;

function storageOf(sizes: readonly (readonly [name: string, bytes: number, goes?: number])[]): StorageMap {
  const groups = sizes.map(([name, bytes, goes = 0]) => {
    const parts = [
      { name: '1.0', bytes: bytes - Math.floor(bytes / 3), goesBytes: Math.min(goes, bytes - Math.floor(bytes / 3)) },
      { name: 'shared by tags', bytes: Math.floor(bytes / 3), goesBytes: 0 },
    ];
    return { name, isRepository: true, bytes, goesBytes: parts[0]!.goesBytes, parts };
  });
  const sum = (of: (group: (typeof groups)[number]) => number) => groups.reduce((all, group) => all + of(group), 0);
  return { marks: 'goes', bytes: sum(({ bytes }) => bytes), goesBytes: sum(({ goesBytes }) => goesBytes), groups };
}

/** The fields that hold no others. */
function leaves(node: MapNode): readonly MapNode[] {
  return node.children.length === 0 ? [node] : node.children.flatMap(leaves);
}

function everyField(node: MapNode): readonly MapNode[] {
  return [node, ...node.children.flatMap(everyField)];
}

describe('the map', () => {
  test('whatever the names and sizes: sums are exact in every field, and the fields can be read', () => {
    const name = fc
      .array(fc.constantFrom('a', 'b', 'team', 'x-1', 'x-10'), { minLength: 1, maxLength: 4 })
      .map((parts) => parts.join('/'));
    const size = fc.oneof(fc.nat(10), fc.nat(10_000), fc.nat(2 ** 40));
    const sizes = fc.uniqueArray(fc.tuple(name, size, size), { selector: ([each]) => each, maxLength: 150 });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 50_000, max: AREA }), (list, area) => {
        const storage = storageOf(list);
        const all = readable(nameSpaces(storage), area);
        expect(leaves(all).reduce((sum, { bytes }) => sum + bytes, 0)).toBe(storage.bytes);
        expect(leaves(all).reduce((sum, { goesBytes }) => sum + goesBytes, 0)).toBe(storage.goesBytes);
        expect(all.repositories).toBe(list.filter(([, bytes]) => bytes > 0).length);
        for (const field of everyField(all)) {
          if (field.children.length === 0) continue;
          expect(field.children.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(field.bytes);
          expect(field.children.reduce((sum, { repositories }) => sum + repositories, 0)).toBeLessThanOrEqual(
            field.repositories,
          );
        }
        expect(everyField(all).length).toBeLessThan(500);
      }),
    );
  });

  test('few repositories stand by themselves under their whole names', () => {
    const all = readable(
      nameSpaces(
        storageOf([
          ['team/app', 900],
          ['team/web', 500],
          ['app', 400],
        ]),
      ),
      AREA,
    );
    expect(all.children.map(({ label }) => label)).toEqual(['team/app', 'team/web', 'app']);
    expect(all.children[0]!.children.map(({ name }) => name)).toEqual(['team/app: 1.0', 'team/app: shared by tags']);
  });

  test('many lie in their name spaces, and what all have in common is not said again', () => {
    const sizes = [1, 2, 3].flatMap((team) =>
      Array.from({ length: 20 }, (_, n) => [`corp/team${team}/app-${n}`, 1000 * team, 500] as const),
    );
    const all = readable(nameSpaces(storageOf([...sizes, ['corp/team1', 5000], ['corp/solo', 90_000]])), AREA);
    const labels = all.children.map(({ label }) => label);
    expect(labels).toEqual(['corp/solo', 'team3/', 'team2/', 'team1/'].map((label) => label.replace('corp/', '')));
    const team1 = all.children.find(({ label }) => label === 'team1/')!;
    expect(team1).toMatchObject({ name: 'corp/team1/', repositories: 21, bytes: 25_000, find: 'corp/team1/' });
    expect(team1.children.map(({ label }) => label)).toContain('(itself)');
  });

  test('thousands of equal repositories go into fields from one name to another, each with its own sum', () => {
    const sizes = Array.from({ length: 3000 }, (_, n) => [`image-${n}`, 1000, 250] as const);
    const all = readable(nameSpaces(storageOf(sizes)), AREA);
    expect(all.children.length).toBeGreaterThan(20);
    expect(all.children.length).toBeLessThanOrEqual(60);
    expect(all.children[0]).toMatchObject({ label: expect.stringMatching(/^image-0 … image-\d\d$/) });
    const [largest, least] = [Math.max, Math.min].map((of) => of(...all.children.map(({ bytes }) => bytes)));
    expect(largest! / least!).toBeLessThan(1.2);
    for (const { bytes, goesBytes } of all.children) expect(goesBytes).toBe(bytes / 4);
  });

  test('a few large ones are shown, the many small ones as so many more', () => {
    const sizes = Array.from({ length: 500 }, (_, n) => [`image-${n}`, n < 5 ? 1_000_000 : 10] as const);
    const all = readable(nameSpaces(storageOf(sizes)), AREA);
    expect(all.children.map(({ label }) => label)).toEqual([
      ...[0, 1, 2, 3, 4].map((n) => `image-${n}`),
      '495 more repositories',
    ]);
  });

  test('the drawings stay small for a registry of any size, and nothing lies outside of them', () => {
    const sizes = Array.from(
      { length: 5000 },
      (_, n) => [`org${n % 9}/p${n % 70}/svc-${n}`, 1000 + n, n % 900] as const,
    );
    const drawings = [...treemapMarkup(storageOf(sizes))];
    expect(drawings).toHaveLength(3);
    for (const drawing of drawings) {
      expect(drawing.length).toBeLessThan(200_000);
      const [, width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(drawing)!.map(Number);
      for (const [, x, y, w, h] of drawing.matchAll(
        /<rect class="\w+" x="(.+?)" y="(.+?)" width="(.+?)" height="(.+?)"/g,
      )) {
        expect(Number(x) + Number(w)).toBeLessThanOrEqual(width! + 0.2);
        expect(Number(y) + Number(h)).toBeLessThanOrEqual(height! + 0.2);
        expect(Math.min(Number(x), Number(y), Number(w), Number(h))).toBeGreaterThanOrEqual(0);
      }
    }
  });
});
