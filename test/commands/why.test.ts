// `why`: each chain is true, what it calls kept stays in a collection, and what it calls deletable goes by the command that it names.

import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { chainsOf } from '../../src/commands/why/chains.js';
import type { DigestId } from '../../src/inventory/digest-table.js';
import { BLOB_PRESENT } from '../../src/inventory/inventory.js';
import { scan } from '../../src/scan/scan.js';
import { openTree } from '../../src/scan/tree.js';
import { regsweep } from '../cli/run.js';
import { faultsOf } from '../report/schema.js';
import { healthy, NOW_MS, worldOf } from '../support/arbitrary.js';
import { oracle } from '../support/oracle.js';
import { type Pushed, World } from '../support/world.js';

let world: World;
let app: Pushed;
let web: Pushed;
beforeEach(() => {
  world = World.create();
  app = world.image('app', '1.2', { layers: ['base', 'one'] });
  web = world.index('web', '2.0', [{ platform: 'linux/arm64', layers: ['base', 'arm'] }]);
});
afterEach(() => world.remove());
const run = (...words: readonly string[]) => regsweep(['why', ...words], { root: world.root });

test('the shortest chain to each root, through an index', async () => {
  const arm = (await run(web.children[0]!.slice(7, 19))).stdout;
  expect(arm).toContain(`${web.children[0]!.slice(0, 19)} <- listed by index ${web.digest.slice(0, 19)} <- web:2.0`);
  const base = await run(app.layers[0]!, '--json');
  const document = JSON.parse(base.stdout);
  expect(faultsOf(document, 'why')).toBeUndefined();
  expect(
    document.chains.map(({ repository, links }: { repository: string; links: unknown[] }) => [
      repository,
      links.length,
    ]),
  ).toEqual([
    ['app', 2],
    ['web', 3],
  ]);
});

test('for what nothing keeps: the command that deletes it, and it does', async () => {
  const stray = world.blob('stray', 10);
  const untagged = world.image('app', undefined, { layers: ['untagged'] });
  world.linkLayer('app', stray);
  expect((await run(stray)).stdout).toContain('deleted by  regsweep gc app');
  expect((await run(untagged.layers[0]!)).stdout).toContain('deleted by  regsweep gc app --untagged');
  expect((await regsweep(['gc', 'app', '--untagged', '--yes'], { root: world.root })).status).toBe(0);
  expect((await run(stray)).status).toBe(2);
  const orphan = world.blob('orphan', 10);
  expect((await run(orphan)).stdout).toBe(`Nothing keeps ${orphan}.\n  deleted by  regsweep gc --root ${world.root}\n`);
});

test('tags and digests, shortened ones, ambiguous ones, and none', async () => {
  expect((await run('app:1.2')).stdout).toContain('is kept by 1 tag');
  expect((await run(`web@${web.children[0]}`)).stdout).toContain('web:2.0');
  expect((await run('app')).status).toBe(2);
  expect((await run('app:nope')).status).toBe(2);
  expect((await run('sha256:ab')).stderr).toContain('too short');
  expect((await run('0123456789abcdef')).stderr).toContain('no such digest here');
});

test('a manifest that cannot be read keeps what its repository links, and is named', async () => {
  world.write(`blobs/sha256/${app.digest.slice(7, 9)}/${app.digest.slice(7)}/data`, 'cut');
  const { stdout } = await run(app.digest);
  expect(stdout).toContain('<- in app, which is frozen: all of it stays');
  expect(stdout).toMatch(/a manifest is cut short: blobs.*\n.*push again, or {2}regsweep rm app@sha256:/);
  const document = JSON.parse((await run(app.digest, '--json')).stdout);
  expect(faultsOf(document, 'why')).toBeUndefined();
  expect(document.chains.at(-1).waysOut).toEqual([`regsweep rm app@${app.digest}`]);
});

test('a tag that points nowhere: why it stays, and what removes it', async () => {
  world.write('repositories/app/_manifests/tags/1.2/current/link', '');
  const document = JSON.parse((await run('app:1.2', '--json')).stdout);
  expect(faultsOf(document, 'why')).toBeUndefined();
  expect(document).toMatchObject({ digest: null, kept: true, deletedBy: 'regsweep gc app --broken' });
  const ran = await run('app:1.2');
  expect([ran.status, ran.stdout]).toEqual([0, expect.stringContaining('or  regsweep rm app:1.2')]);
});

/** Without manifests of no known shape: whatever those may name stays, for doubt. */
const whole = healthy.filter(({ events }) => events.every((event) => event.do !== 'odd' || !event.known));

test('on any healthy tree: kept exactly where the oracle keeps it, with true links', async () => {
  await fc.assert(
    fc.asyncProperty(whole, async (history) => {
      const any = worldOf(history);
      try {
        const found = await scan(openTree(any.root), {}, { concurrency: 0 });
        await found.close();
        const { inventory } = found;
        const asked = {
          command: 'gc',
          nowMs: NOW_MS,
          named: [],
          scope: undefined,
          untagged: false,
          tagless: false,
          broken: false,
          leftovers: false,
          danglingSignatures: false,
          uploadsOlderThanMs: 0,
          inUse: [],
        } as const;
        const plain = oracle(any.v2, asked);
        const swept = oracle(any.v2, { ...asked, untagged: true, tagless: true });
        if ('refused' in plain || 'refused' in swept) return;
        for (let n = 0; n < inventory.digests.size; n += 1) {
          const id = n as DigestId;
          if (inventory.blobs.state[id] !== BLOB_PRESENT) continue;
          const chains = chainsOf(inventory, id);
          const roots = new Set(chains.map(({ root }) => root.kind));
          const word = `blob ${inventory.digests.text(id)}`;
          // Links alone are swept by any collection, untagged revisions by one that is asked to.
          expect([word, plain.gone.has(word)]).toEqual([word, !roots.has('tag') && !roots.has('untagged')]);
          // A companion tag goes with what it describes.
          const lasting = chains.some(({ root }) => root.kind === 'tag' && !root.tag.includes('sha256-'));
          if (lasting) expect([word, swept.gone.has(word)]).toEqual([word, false]);
          for (const { links } of chains) {
            let below = id;
            for (const { as, digest } of links) {
              if (digest === undefined) continue;
              const above = inventory.digests.find(digest as never)!;
              const names = [...inventory.manifests.references(above)];
              if (as === 'referrer') expect(inventory.manifests.subject(below)).toBe(above);
              else if (as !== 'signature' && as !== 'revision') {
                const aliases = inventory.repositories.flatMap(({ aliases: all }) =>
                  [...all].filter(([, content]) => content === below).map(([alias]) => alias),
                );
                expect(names.some((name) => name === below || aliases.includes(name as DigestId))).toBe(true);
              }
              below = above;
            }
          }
        }
      } finally {
        any.remove();
      }
    }),
    { numRuns: 80 },
  );
});
