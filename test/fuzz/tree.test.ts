// Trees with anything in them: bytes in link files and manifests, upload dates, names, symbolic links and loops, sparse files. Whatever
// is found, the command ends with a known error or a result, no tag that pulled before is lost, and nothing outside is touched.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makePlan } from '../../src/cli/make-plan.js';
import { execute } from '../../src/execute/execute.js';
import { RegsweepError } from '../../src/model/errors.js';
import { needsOf, requestOf } from '../../src/plan/request.js';
import { changeDocument } from '../../src/report/json.js';
import { planLines } from '../../src/report/plan-table.js';
import { PLAIN } from '../../src/report/table.js';
import { scan } from '../../src/scan/scan.js';
import { openTree } from '../../src/scan/tree.js';
import { healthy, NOW_MS, worldOf } from '../support/arbitrary.js';
import { brokenTags, pullableTags, tagsOfTree } from '../support/pullable.js';
import { differences, snapshot } from '../support/snapshot.js';
import { MANY } from '../support/trees.js';

let outside: string;
let untouched: Map<string, string>;
beforeAll(() => {
  outside = fs.mkdtempSync(path.join(os.tmpdir(), 'regsweep-outside-'));
  fs.mkdirSync(path.join(outside, '_manifests/tags/x'), { recursive: true });
  fs.writeFileSync(path.join(outside, 'data'), "somebody else's");
  untouched = snapshot(outside, { mtime: true });
});
afterAll(() => fs.rmSync(outside, { recursive: true, force: true }));

const digestLike = fc.stringMatching(/^sha256:[0-9a-f]{64}$/);
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((some) => Buffer.from(some)),
  fc.json().map((text) => Buffer.from(text)),
  digestLike.map((text) => Buffer.from(text)),
  digestLike.map((text) => Buffer.from(`${text}\n`)),
  fc
    .constantFrom(
      'sha256:',
      'sha256:../../../../x',
      '../x',
      '/etc/passwd',
      '\0',
      'sha512:00',
      '2026',
      '9999-99-99T',
      '{"layers":[{"digest":"sha256:/../../x"}]}',
      '{"__proto__":{"manifests":[]}}',
      '{"manifests":{}}',
      `${'['.repeat(20_000)}`,
    )
    .map((text) => Buffer.from(text)),
  fc
    .record({
      layers: fc.array(fc.record({ digest: fc.oneof(digestLike, fc.string()), mediaType: fc.string() }), {
        maxLength: 3,
      }),
      config: fc.anything(),
      subject: fc.anything(),
    })
    .map((json) => Buffer.from(JSON.stringify(json))),
);
const oddName = fc.oneof(
  fc
    .constantFrom(
      'a\nb',
      'tab\there',
      '\u202egnp',
      ' ',
      'x'.repeat(200),
      '-rf',
      '$(id)',
      '\x1b[2J',
      'sha256',
      '.nfs0001',
      'link',
      '_layers',
      'é',
      '…',
    )
    .map((name) => Buffer.from(name)),
  fc.constant(Buffer.from([0x66, 0xff, 0xfe])),
);
const edit = fc.record({
  at: fc.nat(400),
  what: fc.oneof(
    fc.record({ do: fc.constant('write' as const), bytes }),
    fc.record({ do: fc.constant('make' as const), name: oddName, folder: fc.boolean() }),
    fc.record({
      do: fc.constantFrom('link-out' as const, 'link-loop' as const, 'link-in' as const),
      name: fc.constantFrom('l', 'app', 'data', 'link'),
    }),
    fc.record({ do: fc.constantFrom('sparse' as const, 'remove' as const) }),
  ),
});

/** Does one edit somewhere below `v2`; what cannot be done there is left. */
function apply(v2: string, { at, what }: { at: number; what: Parameters<typeof happen>[1] }): void {
  try {
    const entries = fs.readdirSync(v2, { recursive: true, withFileTypes: true, encoding: 'utf8' });
    const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
    const file = files.sort()[at % Math.max(1, files.length)];
    if (file !== undefined) happen(file, what, v2);
  } catch {
    return; // ignored error: that name is taken, or no text, or cannot be; the tree stays as it is
  }
}
function happen(
  file: string,
  what:
    | { do: 'write'; bytes: Buffer }
    | { do: 'make'; name: Buffer; folder: boolean }
    | { do: 'link-out' | 'link-loop' | 'link-in'; name: string }
    | { do: 'sparse' | 'remove' },
  v2: string,
): void {
  const beside = Buffer.from(`${path.dirname(path.dirname(file))}/`);
  const link = (to: string, name: string): void => fs.symlinkSync(to, path.join(beside.toString(), name));
  if (what.do === 'write') fs.writeFileSync(file, what.bytes);
  else if (what.do === 'make') {
    const target = Buffer.concat([beside, what.name]);
    if (what.folder) fs.mkdirSync(target);
    else fs.writeFileSync(target, 'x');
  } else if (what.do === 'link-out') link(outside, what.name);
  else if (what.do === 'link-loop') link('.', what.name);
  else if (what.do === 'link-in') link(v2, what.name);
  else if (what.do === 'sparse') fs.truncateSync(file, 6 * 1024 * 1024 * 1024);
  else fs.rmSync(file);
}

test('no crash, nothing lost, nothing outside touched', async () => {
  let planned = 0;
  await fc.assert(
    fc.asyncProperty(
      healthy,
      fc.array(edit, { minLength: 1, maxLength: 4 }),
      fc.boolean(),
      async (history, edits, untagged) => {
        const world = worldOf(history);
        try {
          for (const each of edits) apply(world.v2, each as Parameters<typeof apply>[1]);
          const whole = new Set(pullable(world.v2));
          const tree = openTree(world.root);
          const request = requestOf({ command: 'gc', nowMs: NOW_MS, untagged, tagless: untagged });
          const found = await scan(tree, needsOf(request), { concurrency: 0 });
          const plan = await makePlan(found, request).finally(() => found.close());
          const result = { root: tree.root, dryRun: true, plan, outcome: undefined, next: [] };
          const shown = [...planLines(result, { style: PLAIN, bytes: 'human', verbose: true, sumOnly: false })].join(
            '\n',
          );
          // biome-ignore lint/suspicious/noControlCharactersInRegex: that none is shown is what is tested
          expect(shown).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f\u202e]/);
          JSON.parse([...changeDocument(result)].join(''));
          const outcome = await execute(tree, plan, { keepTrash: true, id: 'run' });
          expect(['done', 'incomplete']).toContain(outcome.status);
          planned += 1;
          const after = new Set(pullable(world.v2));
          for (const tag of tags(world.v2)) if (whole.has(tag)) expect([tag, after.has(tag)]).toEqual([tag, true]);
        } catch (error) {
          // A tree that cannot be read whole is refused, with words and an exit status.
          if (!(error instanceof RegsweepError)) throw error;
          expect(error.message.length).toBeGreaterThan(10);
          expect([2, 4]).toContain(error.exitStatus);
        } finally {
          world.remove();
        }
        expect(differences(untouched, snapshot(outside, { mtime: true }))).toEqual([]);
      },
    ),
    { numRuns: 300 * MANY },
  );
  expect(planned).toBeGreaterThan(100 * MANY);
}, 300_000);

/** Tags that pull; the naive reader is not made for trees that loop. */
function pullable(v2: string): string[] {
  try {
    return brokenTags(v2).length >= 0 ? pullableTags(v2) : [];
  } catch {
    return []; // ignored error: what the naive reader cannot read it cannot vouch for
  }
}
function tags(v2: string): string[] {
  try {
    return tagsOfTree(v2);
  } catch {
    return []; // ignored error: as above
  }
}
