// Each tree that a real registry wrote, cleaned: what goes with `gc --untagged`, what with `rm`, and that nothing is left where all
// was removed. A fixture without an expectation here fails.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { copyFixture, FIXTURE_NAMES } from '../support/fixture.js';
import { brokenTags, pullableRevisions, pullableTags } from '../support/pullable.js';
import { World } from '../support/world.js';
import { clean, settled } from './clean.js';

interface Expected {
  /** What `gc --untagged` takes, by kind; nothing where not given. */
  readonly gc?: Readonly<Record<string, number>>;
  /** References that are then removed one after the other, each with what it takes. */
  readonly rm: readonly (readonly [reference: string, takes: Readonly<Record<string, number>>])[];
}

const IMAGE = { tag: 1, revision: 1, layerLink: 3, blob: 4 };

const FIXTURES: Readonly<Record<string, Expected>> = {
  schema1: { rm: [['app:1', { tag: 1, revision: 1, layerLink: 2, blob: 3 }]] },
  schema2: { rm: [['app:1', IMAGE]] },
  oci: { rm: [['app:1', IMAGE]] },
  'manifest-list': { rm: [['app:1', { tag: 1, revision: 3, layerLink: 5, blob: 8 }]] },
  'tagged-index-untagged-child': { rm: [['app', { tag: 1, revision: 3, layerLink: 5, blob: 8 }]] },
  'nested-repository-names': {
    rm: [
      ['team', { tag: 1, revision: 1, layerLink: 3, blob: 3 }],
      // Its own layer is in team/app/debug too.
      ['team/app', { tag: 1, revision: 1, layerLink: 3, blob: 2 }],
      ['team/app/debug:1', { tag: 1, revision: 1, layerLink: 4, blob: 5 }],
    ],
  },
  'tag-pushed-again': {
    gc: { history: 1, revision: 1, layerLink: 2, blob: 3 },
    rm: [['app:latest', IMAGE]],
  },
  'same-image-in-two-repositories': {
    rm: [
      ['two/app:1', { tag: 1, revision: 1, layerLink: 3 }],
      ['one/app', IMAGE],
    ],
  },
  demo: {
    gc: { history: 2, revision: 2, layerLink: 6, upload: 1, blob: 9 },
    rm: [
      // Its signature goes with it.
      ['shop/web:1.0', { tag: 2, revision: 2, layerLink: 4, blob: 6 }],
      ['shop/web:latest', { tag: 1, revision: 1, layerLink: 2, blob: 3 }],
      ['shop/api', { tag: 2, revision: 4, layerLink: 7, blob: 10 }],
      ['legacy/*', { tag: 1, revision: 1, layerLink: 2, blob: 2 }],
      ['shop/**', { tag: 3, revision: 3, layerLink: 9, blob: 11 }],
    ],
  },
};

let world: World;

/** How many of each kind went. */
function counted(went: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of went) {
    const kind = word.slice(0, word.indexOf(' '));
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

test('every fixture has its expectation', () => {
  expect(Object.keys(FIXTURES).sort()).toEqual([...FIXTURE_NAMES].sort());
});

describe.each(Object.keys(FIXTURES))('%s', (name) => {
  const { gc, rm } = FIXTURES[name]!;
  beforeEach(() => {
    world = new World(copyFixture(name));
    for (const upload of world.list('repositories/legacy/cron/_uploads'))
      world.write(`repositories/legacy/cron/_uploads/${upload}/startedat`, '2020-01-01T00:00:00Z');
  });
  afterEach(() => world.remove());

  test('as the registry wrote it every tag is whole', () => {
    expect(brokenTags(world.v2)).toEqual([]);
    expect(pullableTags(world.v2).length).toBeGreaterThan(0);
  });

  test('hazard 14: gc takes no tag; with --untagged what no tag refers to; twice it takes nothing', async () => {
    const tags = pullableTags(world.v2);
    expect(counted((await clean(world, ['gc', '--untagged'])).went)).toEqual(gc ?? {});
    expect(pullableTags(world.v2)).toEqual(tags);
    await settled(world, ['gc', '--untagged']);
  });

  test('rm of one after the other, until nothing is left', async () => {
    await clean(world, ['gc', '--untagged']);
    for (const [reference, takes] of rm) {
      expect(counted((await clean(world, ['rm', reference, '--allow-empty'])).went), reference).toEqual(takes);
    }
    expect(pullableRevisions(world.v2)).toEqual([]);
    expect(world.list('repositories')).toEqual([]);
    expect(world.list('blobs/sha256')).toEqual([]);
  });
});
