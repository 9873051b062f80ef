// Sizes at which what works on a small tree ends: a call takes no hundred thousand arguments. The inventory is made in memory.

import { expect, test } from 'vitest';
import { madeInventory, NOW_MS } from '../../bench/inventory.js';
import { planRequest } from '../../src/plan/plan.js';
import { requestOf } from '../../src/plan/request.js';

test('a tag that has named two hundred thousand images goes with all of them', () => {
  const inventory = madeInventory({ digests: 600_001, repositories: 1 });
  const [repository] = inventory.repositories;
  const { name, revisions, tags } = repository!;
  const request = requestOf({ command: 'rm', nowMs: NOW_MS, references: [`${name}:${tags.names[0]}`] });
  const steps = planRequest(inventory, request);
  let step = steps.next();
  for (; step.done !== true; step = steps.next()) {
    if (step.value.ask === 'histories')
      for (const [position, asked] of step.value.tags)
        inventory.facts.histories.note(
          position,
          repository!,
          asked,
          asked.map((tag) => [tag, tag === 0 ? revisions : Uint32Array.of(tags.current[tag]!)]),
        );
  }
  // Its own image, and those that no tag refers to: each with its config and layer.
  const gone = 1 + revisions.length - tags.names.length;
  const kinds = Array.from({ length: step.value.removals.length }, (_, at) => step.value.removals.kindAt(at));
  const count = (kind: string): number => kinds.filter((each) => each === kind).length;
  expect(count('tag')).toBe(1);
  expect(count('revision')).toBe(gone);
  expect(count('layerLink')).toBe(2 * gone);
  expect(count('blob')).toBe(3 * gone);
});
