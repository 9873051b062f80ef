// Hazards 15 and 17 (docs/hazards.md): no rule of these commands goes by the date in an image, and the steps of a run go in an order in
// which it may stop after any of them.

import fs from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { planned } from '../scan/planned.js';
import { pullability, pullableRevisions, pullableTags } from '../support/pullable.js';
import { at } from '../support/tree-paths.js';
import { World } from '../support/world.js';
import { clean, going, whole } from './clean.js';
import { regsweepHere } from './here.js';

let world: World;
beforeEach(() => {
  world = World.create();
});
afterEach(() => world.remove());

describe('hazard 15: the date in an image decides nothing', () => {
  test.each([
    '1970-01-01T00:00:00Z',
    '1980-01-01T00:00:01Z',
    '0001-01-01T00:00:00Z',
    '2999-01-01T00:00:00Z',
    'garbage',
  ])('created %s: the grace goes by the time of the push', async (created) => {
    world.image('app', 'v1', { layers: ['own'] });
    const old = world.image('app', undefined, { layers: ['old'], created });
    world.touchAll('repositories', new Date('2020-01-01'));
    world.touchAll('blobs', new Date('2020-01-01'));
    const young = world.image('app', undefined, { layers: ['young'], created });
    const { went } = await clean(world, ['gc', '--untagged', '--tagless', '--grace', '1d']);
    expect(went).toEqual(going(whole('app', old)));
    expect(pullableRevisions(world.v2)).toContain(`app@${young.digest}`);
  });

  test.each(['1970-01-01T00:00:00Z', '1980-01-01T00:00:01Z', '0001-01-01T00:00:00Z'])(
    'ls shows no date for one created %s',
    async (created) => {
      world.image('app', 'v1', { layers: ['own'], created });
      const { stdout } = await regsweepHere(['ls', '--json'], world.root);
      expect(JSON.parse(stdout).repositories[0].images[0].created).toBeNull();
    },
  );
});

describe('hazard 17: a run that ends after any step', () => {
  /** Everything that any rule takes, and much that none does. */
  function lived(): void {
    const app = world.image('app', 'v1', { layers: ['base', 'one'] });
    world.image('app', 'latest', { layers: ['base', 'old'] });
    world.image('app', 'latest', { layers: ['base', { name: 'now', alias: 'sha512' }] });
    world.signatureTag('app', app);
    world.referrer('app', undefined, app);
    world.nestedIndex('app', 'multi', [[{ layers: ['base', 'x'] }], [{ layers: ['base', 'y'] }]]);
    world.copy('copy', 'v1', app);
    world.schema1('old', 'v1', { layers: ['a'], signatures: ['s'] });
    const loose = world.image('web', undefined, { layers: ['base', 'loose'] });
    world.index('web', 'multi', [loose, { layers: ['base', 'z'] }]);
    world.image('web', undefined, { layers: ['base', 'gone'] });
    world.linkLayer('web', world.blob('half'));
  }

  test.each([
    ['rm of one tag', { command: 'rm' as const, references: ['app:v1'] }],
    ['rm of many', { command: 'rm' as const, references: ['app:*', 'old', 'web:multi'], untagged: true }],
    ['gc --untagged', { command: 'gc' as const, untagged: true }],
  ])('%s: every tag that is still there pulls, and no tag is half there', async (_, request) => {
    lived();
    const before = pullableTags(world.v2);
    const { removals } = await planned(world.root, request);
    expect(removals.length).toBeGreaterThan(5);
    for (const { kind, path } of removals) {
      // As the run takes an item: whole, at once.
      if (kind === 'directory') fs.rmdirSync(world.path(path));
      else fs.rmSync(world.path(path), { recursive: true });
      for (const [tag, why] of pullability(world.v2)) {
        expect(before).toContain(tag);
        expect([tag, why], `after ${kind} ${path}`).toEqual([tag, undefined]);
      }
    }
    expect(world.exists(at.repository('copy'))).toBe(true);
  });
});
