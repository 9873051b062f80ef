// What must hold for every tree and every request: the plan is the oracle's, whatever order the disk lists things in; doubt never
// adds a removal; every prefix of a run leaves every surviving tag whole; a run keeps its promise, and a second finds nothing.

import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makePlan } from '../src/cli/make-plan.js';
import { execute } from '../src/execute/execute.js';
import { Writer } from '../src/execute/writer.js';
import { RegsweepError } from '../src/model/errors.js';
import type { Removal } from '../src/plan/removal.js';
import { needsOf, type Request, requestOf } from '../src/plan/request.js';
import type { Plan } from '../src/plan/types.js';
import { scan } from '../src/scan/scan.js';
import { openTree } from '../src/scan/tree.js';
import { TreeReader } from '../src/scan/tree-reader.js';
import {
  BELOW,
  type Damage,
  damage,
  type History,
  healthy,
  history,
  NOW_MS,
  REPOSITORIES,
  requestOn,
  type Wish,
  wish,
  worldOf,
} from './support/arbitrary.js';
import { notHeld } from './support/not-held.js';
import { oracle } from './support/oracle.js';
import { pullability } from './support/pullable.js';
import { differences, snapshot } from './support/snapshot.js';
import { MANY } from './support/trees.js';
import { World } from './support/world.js';

const runs = (count: number) => ({ numRuns: count * MANY });

/** A reader that lists every folder in another order. */
class ShuffledReader extends TreeReader {
  readonly #seed: number;
  constructor(seed: number) {
    super();
    this.#seed = seed;
  }
  override names(folder: string): string[] | undefined {
    return super.names(folder)?.sort((a, b) => this.#rank(a) - this.#rank(b));
  }
  override entries(folder: string) {
    return super.entries(folder)?.sort((a, b) => this.#rank(a.name) - this.#rank(b.name));
  }
  #rank(name: string): number {
    let hash = this.#seed;
    for (const character of name) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
    return hash >>> 0;
  }
}

async function planOf(root: string, request: Request, reader = new TreeReader()): Promise<Plan> {
  const found = await scan(openTree(root), needsOf(request), { reader });
  try {
    return await makePlan(found, request);
  } finally {
    await found.close();
  }
}

/** What goes, in the oracle's words; folders and leftovers hold nothing that anybody refers to. */
function goneOf(plan: Plan): string[] {
  return [...plan.removals].flatMap((removal) => wordOf(removal) ?? []).sort();
}
function wordOf({ kind, repository, tag, digest, upload }: Removal): string | undefined {
  switch (kind) {
    case 'tag':
      return `tag ${repository}:${tag}`;
    case 'history':
      return `history ${repository}:${tag}@${digest}`;
    case 'upload':
      return `upload ${repository}/${upload}`;
    case 'blob':
      return `blob ${digest}`;
    case 'directory':
    case 'leftover':
      return undefined;
    default:
      return `${kind} ${repository}@${digest}`;
  }
}

/** Runs `check` on the tree of `tree`, with the request that `wished` means on it. */
async function on(
  tree: History,
  wished: Wish,
  check: (world: World, on: NonNullable<ReturnType<typeof requestOn>>) => Promise<void>,
): Promise<void> {
  const world = worldOf(tree);
  try {
    const request = requestOn(world.v2, wished);
    if (request !== undefined) await check(world, request);
  } finally {
    world.remove();
  }
}

async function refusedOr(plan: Promise<Plan>): Promise<Plan | string> {
  try {
    return await plan;
  } catch (error) {
    if (error instanceof RegsweepError) return error.code;
    throw error;
  }
}

describe('the plan', () => {
  test("is the oracle's: nothing that is needed goes, everything that is not does", async () => {
    await fc.assert(
      fc.asyncProperty(history, fc.array(wish, { minLength: 1, maxLength: 3 }), async (tree, wishes) => {
        for (const wished of wishes) {
          await on(tree, wished, async (world, { asked, request }) => {
            const expected = oracle(world.v2, asked);
            const plan = await refusedOr(planOf(world.root, request));
            if ('refused' in expected) expect(plan).toBe(expected.refused);
            else expect(typeof plan === 'string' ? plan : goneOf(plan)).toEqual([...expected.gone].sort());
          });
        }
      }),
      runs(500),
    );
  });

  test('does not depend on the order in which the disk lists anything', async () => {
    await fc.assert(
      fc.asyncProperty(history, wish, fc.integer(), (tree, wished, seed) =>
        on(tree, wished, async (world, { request }) => {
          const plan = await refusedOr(planOf(world.root, request));
          const other = await refusedOr(planOf(world.root, request, new ShuffledReader(seed)));
          if (typeof plan === 'string' || typeof other === 'string') expect(other).toBe(plan);
          else {
            expect([...other.removals]).toEqual([...plan.removals]);
            expect(other.problems).toEqual(plan.problems);
            expect(other.frozen).toEqual(plan.frozen);
          }
        }),
      ),
      runs(150),
    );
  });

  test('never grows by doubt: what more cannot be read adds no removal', async () => {
    await fc.assert(
      fc.asyncProperty(history, unreadable, wish, async (tree, more, wished) => {
        // With --broken the damage itself is what is to be removed.
        const careful = { ...wished, broken: false };
        await on(tree, careful, async (world, { asked, request }) => {
          const before = await refusedOr(planOf(world.root, request));
          if (typeof before === 'string') return;
          const damaged = worldOf({ events: tree.events, damage: [...tree.damage, more] });
          try {
            const after = await refusedOr(planOf(damaged.root, request));
            if (typeof after === 'string') return;
            const literal = new Set(asked.named.map((n) => n.repository));
            // A repository that goes whole gives up what a tag that cannot be read ever named.
            const isWhole = (name: string): boolean =>
              asked.named.some((n) => n.repository === name && n.tag === undefined && n.digest === undefined);
            if (more.do === 'tag-link' && isWhole(REPOSITORIES[more.r]!)) return;
            const known = new Set(goneOf(before));
            for (const word of freeByDecision(world, damaged)) known.add(word);
            const added = goneOf(after).filter((word) => !known.has(word));
            // A tag that cannot be read any more does not make its digest's removal less literal.
            expect(added.filter((word) => ![...literal].some((name) => isLiteral(word, name, asked)))).toEqual([]);
          } finally {
            damaged.remove();
          }
        });
      }),
      runs(200),
    );
  });
});

/** Blobs that may go since `damaged` holds manifests that cannot be read any more (decision 1, its last paragraph). */
function freeByDecision(whole: World, damaged: World): string[] {
  const files = fs.readdirSync(path.join(whole.v2, 'blobs'), { recursive: true, encoding: 'utf8' });
  return files.flatMap((file) => {
    const data = `blobs/${file}`;
    const content = file.endsWith('/data') ? whole.read(data)! : '';
    if (!content.startsWith('{') || damaged.read(data) === content) return [];
    return notHeld(whole, data, content).map((hex) => `blob sha256:${hex}`);
  });
}

/** Damage that makes something unreadable that could be read, and takes nothing away. */
const unreadable: fc.Arbitrary<Damage> = damage.filter(
  (each) => each.do === 'tag-link' || (each.do === 'manifest' && each.how !== 6),
);

function isLiteral(
  word: string,
  repository: string,
  { named }: { named: readonly { repository: string; tag?: string; digest?: string }[] },
): boolean {
  return named.some(
    (n) =>
      n.repository === repository &&
      (n.tag === undefined && n.digest === undefined
        ? word.includes(` ${repository}@`) || word.includes(` ${repository}:`) || word.includes(` ${repository}/`)
        : word === `tag ${repository}:${n.tag}` || word === `revision ${repository}@${n.digest}`),
  );
}

describe('a run', () => {
  test('leaves every surviving tag whole after any of its steps', async () => {
    await fc.assert(
      fc.asyncProperty(history, wish, (tree, wished) =>
        on(tree, wished, async (world, { request }) => {
          const plan = await refusedOr(planOf(world.root, request));
          if (typeof plan === 'string' || plan.removals.length === 0) return;
          const before = pullability(world.v2);
          let step = 0;
          const writer = new Writer((call, file) => {
            if (call !== 'rename' && call !== 'rmdir') return;
            if (!file.startsWith(world.v2)) return;
            for (const [tag, why] of pullability(world.v2)) {
              if (why !== undefined && before.get(tag) === undefined) throw new Error(`step ${step}: ${tag}: ${why}`);
            }
            step += 1;
          });
          const outcome = await execute(openTree(world.root), plan, { keepTrash: false, id: 'run', writer });
          expect(outcome.status).toBe('done');
          for (const [tag, why] of pullability(world.v2))
            if (before.get(tag) === undefined) expect([tag, why]).toEqual([tag, undefined]);
        }),
      ),
      runs(150),
    );
  });

  test('does what its dry run promised, to the byte, and nothing else; a second one finds nothing to do', async () => {
    await fc.assert(
      fc.asyncProperty(history, wish, (tree, wished) =>
        on(tree, { ...wished, command: 'gc' }, async (world, { request }) => {
          const untouched = snapshot(world.root);
          const plan = await refusedOr(planOf(world.root, request));
          expect(differences(untouched, snapshot(world.root))).toEqual([]);
          if (typeof plan === 'string') return;
          const promised = [...plan.removals].reduce((sum, { bytes }) => sum + bytes, 0);
          const weight = weightOf(world.v2);
          const outcome = await execute(openTree(world.root), plan, { keepTrash: false, id: 'run' });
          expect(outcome).toMatchObject({ status: 'done', bytesFreed: promised });
          expect(weight - weightOf(world.v2)).toBe(promised);
          const folders = new Set([...plan.removals].map(({ path: gone }) => gone));
          for (const removal of plan.removals)
            expect(fs.existsSync(path.join(world.v2, removal.path)), removal.path).toBe(false);
          const stays = [...untouched.keys()].filter((file) => !isBelow(file, world, folders));
          for (const file of stays)
            if (!fs.existsSync(path.join(world.root, file))) expect(`${file} is gone`).toBe('there');
          const again = await refusedOr(planOf(world.root, request));
          if (again === 'no-such-name') return; // the repository that was named went whole
          expect(
            typeof again === 'string' ? again : [...again.removals].map(({ kind, path: gone }) => `${kind} ${gone}`),
          ).toEqual([]);
        }),
      ),
      runs(200),
    );
  });

  test('of a healthy tree leaves no tag broken at all', async () => {
    await fc.assert(
      fc.asyncProperty(healthy, wish, (tree, wished) =>
        on(tree, wished, async (world, { request }) => {
          const whole = [...pullability(world.v2)].filter(([, why]) => why === undefined).map(([tag]) => tag);
          const plan = await refusedOr(planOf(world.root, request));
          if (typeof plan === 'string') return;
          await execute(openTree(world.root), plan, { keepTrash: true, id: 'run' });
          const after = pullability(world.v2);
          for (const tag of whole) if (after.has(tag)) expect([tag, after.get(tag)]).toEqual([tag, undefined]);
        }),
      ),
      runs(100),
    );
  });
});

/** Bytes of every `data` and everything in uploads. */
function weightOf(v2: string): number {
  const entries = fs.readdirSync(v2, { recursive: true, withFileTypes: true, encoding: 'utf8' });
  return entries
    .filter((entry) => entry.isFile() && (entry.name === 'data' || entry.parentPath.includes('/_uploads/')))
    .reduce((sum, entry) => sum + fs.statSync(path.join(entry.parentPath, entry.name)).size, 0);
}

function isBelow(file: string, world: World, folders: ReadonlySet<string>): boolean {
  const relative = path.relative(world.v2, path.join(world.root, file));
  const parts = relative.split('/');
  return parts.some((_, n) => folders.has(parts.slice(0, n + 1).join('/')));
}

test('trees are built where they cost no disk', () => {
  const world = World.create(BELOW === undefined ? {} : { below: BELOW });
  expect(requestOn(world.v2, { ...fc.sample(wish, 1)[0]!, command: 'rm' })).toBeUndefined();
  expect(requestOf({ command: 'gc', nowMs: NOW_MS }).untagged).toBe(false);
  world.remove();
});
