// The blobs that go, as numbers: what a Map of them would say.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type DigestId, DigestTable } from '../../src/inventory/digest-table.js';
import { reason } from '../../src/plan/removal.js';
import { RemovedBlobs } from '../../src/plan/removed-blobs.js';

const REASONS = [reason('blob-unreferenced'), reason('blob-released', { repository: 'a' }), reason('broken')];

test('what was set last is what a Map would hold', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat({ max: 300 }), fc.nat({ max: 2 }))), (sets) => {
      const blobs = new RemovedBlobs(new DigestTable());
      const map = new Map<DigestId, (typeof REASONS)[number]>();
      for (const [id, which] of sets) {
        blobs.set(id as DigestId, REASONS[which]!);
        map.set(id as DigestId, REASONS[which]!);
      }
      expect(blobs.size).toBe(map.size);
      expect([...blobs.ids()]).toEqual([...map.keys()].sort((a, b) => a - b));
      for (let id = 0; id <= 301; id += 1) {
        expect(blobs.has(id as DigestId)).toBe(map.has(id as DigestId));
        expect(blobs.get(id as DigestId)).toBe(map.get(id as DigestId));
      }
    }),
  );
});
