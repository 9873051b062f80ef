// Every read that a scan and its plan do is made to fail, one after the other, once and for ever, with several errors. Each
// round ends in a refusal that names the path, or in a plan that removes no more than the undisturbed one: nothing that could not
// be read is taken for nothing.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXIT, RegsweepError } from '../../src/model/errors.js';
import type { Request } from '../../src/plan/request.js';
import { TreeReader } from '../../src/scan/tree-reader.js';
import { at } from '../support/tree-paths.js';
import { World } from '../support/world.js';
import { planned, removalsOf } from './planned.js';

let world: World;
beforeAll(() => {
  world = World.create();
  const app = world.image('team/app', 'v1', { layers: ['base', 'one'] });
  world.image('team/app', 'latest', { layers: ['base', 'old'] });
  world.image('team/app', 'latest', { layers: ['base', { name: 'now', alias: 'sha512' }] });
  world.signatureTag('team/app', app);
  world.referrer('team/app', undefined, app);
  world.index('team/web', 'multi', [{ layers: ['base', 'x'] }, { layers: ['base', 'y'] }]);
  world.image('team/web', undefined, { layers: ['base', 'loose'] });
  world.schema1('old', 'v1', { layers: ['a'], signatures: ['s'] });
  world.copy('copy', 'v1', app);
  world.linkLayer('copy', world.blob('half'));
  world.upload('copy', 'aaaa', { startedAt: '2020-01-01T00:00:00Z' });
  world.blob('stray');
  world.write(at.current('old', 'cut'), '');
});
afterAll(() => world.remove());

type Wanted = Partial<Request> & Pick<Request, 'command'>;
const REQUESTS: Readonly<Record<string, Wanted>> = {
  'rm of a tag': { command: 'rm', references: ['team/app:v1'] },
  'rm of a repository': { command: 'rm', references: ['team/web'] },
  'gc --untagged': { command: 'gc', untagged: true },
  'gc --untagged --grace': { command: 'gc', untagged: true, graceMs: 1000 },
};

const ERRORS = ['EIO', 'EACCES', 'EMFILE', 'ESTALE'] as const;

/** A reader whose `nth` call fails with `code`, and every later one too where `forEver`. */
function failing(nth: number, code: string, forEver: boolean): { reader: TreeReader; struck: () => readonly string[] } {
  let calls = 0;
  const struck: string[] = [];
  const reader = new TreeReader((call, file) => {
    calls += 1;
    if (forEver ? calls < nth : calls !== nth) return;
    struck.push(file);
    throw Object.assign(new Error(`${code}: made to fail, ${call} '${file}'`), { code });
  });
  return { reader, struck: () => struck };
}

describe.each(Object.keys(REQUESTS))('%s', (name) => {
  const request = REQUESTS[name]!;

  test.each([
    ['once', false],
    ['for ever', true],
  ])('the N-th read fails %s: refused with its path, or no more goes', async (_, forEver) => {
    const undisturbed = new Set(removalsOf(await planned(world.root, request)));
    expect(undisturbed.size).toBeGreaterThan(5);
    let refused = 0;
    let frozen = 0;
    let nth = 1;
    for (; ; nth += 1) {
      const { reader, struck } = failing(nth, ERRORS[nth % ERRORS.length]!, forEver);
      try {
        const plan = await planned(world.root, request, reader);
        if (struck().length === 0) break;
        expect(removalsOf(plan).filter((removal) => !undisturbed.has(removal))).toEqual([]);
        expect(plan.problems.map(({ code }) => code)).toContain('manifest-unreadable');
        // Of a repository that goes whole nothing is left in doubt.
        if (name !== 'rm of a repository') expect(plan.partial, `call ${nth}, ${struck()[0]}`).toBe(true);
        frozen += 1;
      } catch (error) {
        if (!(error instanceof RegsweepError)) throw error;
        expect(error).toMatchObject({ code: 'tree-unreadable', exitStatus: EXIT.refused });
        expect(struck()).toContain(error.path);
        refused += 1;
      }
    }
    expect(nth).toBeGreaterThan(100);
    expect(refused).toBeGreaterThan(50);
    if (!forEver) expect(frozen).toBeGreaterThan(5);
  });
});

test('an error that is no errno is a bug and is not swallowed', async () => {
  const reader = new TreeReader((call) => {
    if (call === 'read') throw new TypeError('a bug');
  });
  await expect(planned(world.root, { command: 'gc' }, reader)).rejects.toThrow('a bug');
});
