// Rule 3.13 on generated trees: with a grace no more goes than without; nothing goes whose link or data is younger, nor
// what a young manifest names.

import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Digest } from '../../src/model/digest.js';
import { RegsweepError } from '../../src/model/errors.js';
import type { Plan } from '../../src/plan/types.js';
import { NOW_MS, planned } from '../scan/planned.js';
import { history, worldOf } from '../support/arbitrary.js';
import { at } from '../support/tree-paths.js';
import { MANY } from '../support/trees.js';
import { World } from '../support/world.js';

const DAY_MS = 86_400_000;
const OLD = new Date(NOW_MS - 30 * DAY_MS);
const YOUNG = new Date(NOW_MS - 3_600_000);

/** Files below v2, sorted. */
function filesOf(world: World): string[] {
  const entries = fs.readdirSync(world.v2, { recursive: true, withFileTypes: true, encoding: 'utf8' });
  const files = entries.filter((entry) => entry.isFile());
  return files.map((entry) => path.relative(world.v2, path.join(entry.parentPath, entry.name))).sort();
}

/** Digests that a manifest's text shows, the weak subject aside; none of what does not parse, or is a config. */
function namedIn(world: World, digest: string): readonly string[] {
  try {
    const { subject, annotations, rootfs, ...rest } = JSON.parse(world.read(at.blob(digest)) ?? '{}');
    return JSON.stringify(rest).match(/sha256:[0-9a-f]{64}/g) ?? [];
  } catch {
    return []; // ignored error: what is damaged freezes its repository, which other tests look at
  }
}

async function planOf(
  world: World,
  graceMs: number,
  flags: { untagged: boolean; broken: boolean },
): Promise<Plan | undefined> {
  try {
    const request = { command: 'gc' as const, tagless: flags.untagged, allowEmpty: true, graceMs, ...flags };
    return await planned(world.root, request);
  } catch (error) {
    if (error instanceof RegsweepError) return undefined;
    throw error;
  }
}

test('no more than without, nothing young, nor what it names', async () => {
  let kept = 0;
  await fc.assert(
    fc.asyncProperty(
      history,
      fc.array(fc.nat(), { maxLength: 6 }),
      fc.record({ untagged: fc.boolean(), broken: fc.boolean() }),
      async (tree, picks, flags) => {
        const world = worldOf(tree);
        try {
          const files = filesOf(world);
          world.touchAll('.', OLD);
          const young = new Set(files.length === 0 ? [] : picks.map((pick) => files[pick % files.length]!));
          for (const file of young) world.touch(file, YOUNG);
          const [without, within] = [await planOf(world, 0, flags), await planOf(world, DAY_MS, flags)];
          if (without === undefined || within === undefined) return;
          // A history entry on its own, where without the grace its tag goes whole, is no more.
          const all = [...without.removals].map((removal) => removal.path);
          const gone = [...within.removals].map((removal) => removal.path);
          expect(gone.filter((item) => !all.some((whole) => item === whole || item.startsWith(`${whole}/`)))).toEqual(
            [],
          );
          kept += all.length - gone.length;
          const items = [...within.removals].filter(({ kind }) => kind !== 'directory').map((removal) => removal.path);
          for (const file of young) {
            // A registry writes history and signatures with the link that counts, and never alone.
            if (!/\/(?:link|data)$/.test(file) || /\/(?:index|signatures)\/sha256\//.test(file)) continue;
            expect(items.filter((item) => file === item || file.startsWith(`${item}/`))).toEqual([]);
            const revision = /^(.*)\/_manifests\/revisions\/sha256\/([0-9a-f]{64})\/link$/.exec(file);
            const blob = /^blobs\/sha256\/..\/([0-9a-f]{64})\/data$/.exec(file);
            const digest = revision?.[2] ?? blob?.[1];
            if (digest === undefined) continue;
            for (const named of [`sha256:${digest}`, ...namedIn(world, `sha256:${digest}`)]) {
              expect(items).not.toContain(path.dirname(at.blob(named)));
              if (revision) expect(items).not.toContain(`${revision[1]}/_layers/sha256/${named.slice(7)}`);
            }
          }
        } finally {
          world.remove();
        }
      },
    ),
    { numRuns: 150 },
  );
  expect(kept).toBeGreaterThan(20);
});

test('a push cut off before its tag was written, a moment ago: the tag and all it may name stay', async () => {
  const world = World.create();
  try {
    world.image('app', 'v1', { layers: ['own'] });
    const begun = world.image('app', 'v2', { layers: ['begun'] });
    world.removeFile(at.current('app', 'v2'));
    world.touchAll('.', OLD);
    world.touch(at.history('app', 'v2', begun.digest), YOUNG);
    const request = { command: 'gc' as const, untagged: true, broken: true };
    const kinds = async (graceMs: number) =>
      [...(await planned(world.root, { ...request, graceMs })).removals].map(({ kind }) => kind);
    expect(await kinds(0)).toEqual(expect.arrayContaining(['tag', 'revision', 'blob']));
    expect((await kinds(DAY_MS)).filter((kind) => kind !== 'directory')).toEqual([]);
  } finally {
    world.remove();
  }
});

describe('the grace is transitive', () => {
  let world: World;
  beforeEach(() => {
    world = World.create();
    world.image('app', 'kept', { layers: ['base'] });
  });
  afterEach(() => world.remove());
  const old = () => world.touchAll('.', OLD);
  const goes = async (command: 'gc' | 'rm' | 'retain' = 'gc', more = {}) => {
    const plan = await planned(world.root, { command, untagged: true, graceMs: DAY_MS, ...more });
    return [...plan.removals].filter(({ kind }) => kind !== 'directory').map(({ path: at_ }) => at_);
  };
  /** Pushes an index whose own link was not written yet; returns its children. */
  const cutOff = (linked: boolean) => {
    const children = ['arm', 'amd'].map((name) => world.image('app', undefined, { layers: ['base', name] }));
    const index = world.index('app', undefined, children);
    fs.rmSync(world.path(path.dirname(at.revision('app', index.digest))), { recursive: true });
    if (!linked) {
      for (const { digest } of children)
        fs.rmSync(world.path(path.dirname(at.revision('app', digest))), { recursive: true });
    }
    old();
    return { index, children };
  };

  test.each([true, false])(
    'a young index blob that no link names keeps its old children; linked: %s',
    async (linked) => {
      const { index } = cutOff(linked);
      expect(await goes()).not.toEqual([]);
      world.touch(at.blob(index.digest), YOUNG);
      expect(await goes()).toEqual([]);
    },
  );

  test('two levels of indexes down', async () => {
    const { index: inner } = cutOff(true);
    const outer = world.index('app', undefined, [inner]);
    for (const { digest } of [inner, outer])
      fs.rmSync(world.path(path.dirname(at.revision('app', digest))), { recursive: true, force: true });
    old();
    world.touch(at.blob(outer.digest), YOUNG);
    expect(await goes()).toEqual([]);
  });

  test('an old revision link whose data is young keeps its revision, and what that names', async () => {
    const image = world.image('app', undefined, { layers: ['own'] });
    old();
    expect(await goes()).toContain(path.dirname(at.revision('app', image.digest)));
    world.touch(at.blob(image.digest), YOUNG);
    expect(await goes()).toEqual([]);
  });

  test('a young history link keeps its revision', async () => {
    const before = world.image('app', 'v1', { layers: ['before'] });
    world.image('app', 'v1', { layers: ['now'] });
    old();
    expect(await goes()).toContain(path.dirname(at.revision('app', before.digest)));
    world.touch(at.history('app', 'v1', before.digest), YOUNG);
    expect(await goes()).toEqual([]);
  });

  test('rm --untagged and retain --untagged hold to it, for revisions and tags alike', async () => {
    const image = world.image('app', undefined, { layers: ['own'] });
    const tagged = world.image('app', 'late', { layers: ['late'] });
    old();
    world.touch(at.revision('app', image.digest), YOUNG);
    world.touch(at.current('app', 'late'), YOUNG);
    const policies = [{ repositories: [], keep: { tags: ['kept'] }, tags: [], exclude: [] }];
    expect(await goes('retain', { policies })).toEqual([]);
    const named = await goes('rm', { references: ['app:late'] });
    expect(named).toContain(at.tag('app', 'late'));
    expect(named).not.toContain(path.dirname(at.revision('app', image.digest)));
    expect(await goes('retain', { policies, graceMs: 0 })).toContain(path.dirname(at.revision('app', tagged.digest)));
  });

  test('whatever is young, nothing that it leads to goes', async () => {
    await fc.assert(
      fc.asyncProperty(history, fc.nat(), async (tree, pick) => {
        const grown = worldOf(tree);
        try {
          const data = filesOf(grown).filter((file) => file.startsWith('blobs/') && file.endsWith('/data'));
          if (data.length === 0) return;
          grown.touchAll('.', OLD);
          const young = data[pick % data.length]!;
          grown.touch(young, YOUNG);
          const plan = await planOf(grown, DAY_MS, { untagged: true, broken: false });
          if (plan === undefined) return;
          const gone = new Set(
            [...plan.removals].flatMap(({ kind, digest }) => (kind === 'tag' || !digest ? [] : [digest])),
          );
          const reached = new Set([`sha256:${young.split('/')[3]}`]);
          for (const digest of reached) for (const named of namedIn(grown, digest)) reached.add(named);
          expect([...reached].filter((digest) => gone.has(digest as Digest))).toEqual([]);
        } finally {
          grown.remove();
        }
      }),
      { numRuns: 100 * MANY },
    );
  });
});
