// What a terminal of some width shows: nothing runs over its edge but a path or a name that is there to be copied; a pipe gets all.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makePlan } from '../../src/cli/make-plan.js';
import { usageOf } from '../../src/commands/du/usage.js';
import { usageLines } from '../../src/commands/du/view.js';
import { listingOf } from '../../src/commands/ls/listing.js';
import { listingLines } from '../../src/commands/ls/view.js';
import { requestOf } from '../../src/plan/request.js';
import { planLines } from '../../src/report/plan-table.js';
import { PLAIN } from '../../src/report/table.js';
import { width } from '../../src/report/width.js';
import { scan } from '../../src/scan/scan.js';
import { openTree } from '../../src/scan/tree.js';
import { damageBlob, damageLink } from '../support/damage.js';
import { at } from '../support/tree-paths.js';
import { World } from '../support/world.js';

const LONG = 'platform-engineering/continuous-delivery/payments-gateway-service/backend-api';
const NOW_MS = Date.UTC(2026, 10, 21);

let world: World;
beforeAll(() => {
  world = World.create();
  const image = world.image(LONG, 'release-2026.11.21-build.4711-feature-very-long-branch-name', { layers: ['a'] });
  world.signatureTag(LONG, image);
  world.referrer(LONG, undefined, image, { artifactType: 'application/vnd.dev.cosign.artifact.sbom.v1+json' });
  world.index('web', 'latest', [{ platform: 'linux/amd64' }, { platform: 'linux/arm64', layers: ['arm'] }]);
  world.image('web', undefined, { layers: [{ name: 'untagged', bytes: 123_456 }] });
  world.image('日本語レジストリ/イメージ', 'バージョン１', { layers: ['wide'] });
  world.image('broken', '1', { layers: ['broken'] });
  damageLink(world, at.current('broken', '1'), 'empty');
  damageBlob(world, world.image('cut', '2', { layers: ['cut'] }).digest, 'truncated');
  world.upload('web', 'b7a4a53e-6f11-4b0e-9e0f-3b8c3a3c1d1e', { startedAt: '2020-01-01T00:00:00Z', bytes: 123_456 });
});
afterAll(() => world.remove());

async function lines(command: string, columns: number | undefined): Promise<readonly string[]> {
  const style = { ...PLAIN, width: columns };
  const found = await scan(openTree(world.root), { blobSizes: true, tagTimes: true }, { concurrency: 0 });
  try {
    if (command === 'ls') {
      const listing = await listingOf(found, world.root, [], NOW_MS);
      return [...listingLines(listing, { style, byteStyle: 'human', verbose: false })];
    }
    const retain = command === 'retain';
    const policies = [{ repositories: [], keep: { tags: ['nothing'] }, tags: [], exclude: [] }];
    const request = retain
      ? requestOf({ command: 'retain', nowMs: NOW_MS, policies, allowEmpty: true })
      : requestOf({ command: 'gc', nowMs: NOW_MS, untagged: true });
    const plan = await makePlan(found, request);
    if (command !== 'du') {
      const view = { style, bytes: 'human', verbose: false, sumOnly: false } as const;
      return [...planLines({ root: world.root, dryRun: true, plan } as never, view)];
    }
    const frozen = new Set<string>(plan.frozen.map(({ repository }) => repository));
    const usage = usageOf(found.inventory, { withTags: true, plan, frozen });
    const { leftAlone, heldBackBlobs } = plan;
    const told = { root: world.root, usage, shown: usage.repositories, refusal: undefined, leftAlone, heldBackBlobs };
    const result = { ...told, frozen: plan.frozen, reclaimableBytes: 123_456 };
    return [...usageLines(result, { style, bytes: 'human', tags: true })];
  } finally {
    await found.close();
  }
}

/** A line that runs over: a word, or a command, that is longer than the terminal is wide. */
const copied = (line: string): boolean => /^ *(?:to unfreeze: .*|\S+)$/.test(line);

describe.each(['ls', 'du', 'gc', 'retain'])('%s', (command) => {
  test.each([120, 80, 40])('fits %s columns', async (columns) => {
    const all = (await lines(command, columns)).flatMap((line) => line.split('\n'));
    expect(all.filter((line) => width(line) > columns && !copied(line))).toEqual([]);
    expect(all.length).toBeGreaterThan(5);
  });
  test('cuts nothing in a pipe', async () => {
    const all = (await lines(command, undefined)).join('\n');
    expect(all).not.toMatch(/[^\d\s]…[^.]/);
    if (command === 'ls') expect(all).toContain(`${LONG}:release-2026.11.21-build.4711-feature-very-long-branch-name`);
  });
});

test('an image shows its platforms, and its signature and referrer below it, as soon as there is room', async () => {
  const shown = (await lines('ls', 80)).join('\n');
  expect(shown).toMatch(/web:latest .*linux\/amd64, \+1/);
  expect(shown).toMatch(/branch-name .*\n {2}├ signature?.*\n {2}└ referrer +[0-9a-f]{12} +vnd\.dev/);
});
