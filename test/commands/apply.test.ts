// A saved plan is carried out as it was looked at, or not at all.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { regsweep } from '../cli/run.js';
import { faultsOf } from '../report/schema.js';
import { brokenTags } from '../support/pullable.js';
import { differences, snapshot } from '../support/snapshot.js';
import { at } from '../support/tree-paths.js';
import { World } from '../support/world.js';

let world: World;
let folder: string;
let plan: string;
beforeEach(() => {
  world = World.create();
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'regsweep-plans-'));
  plan = path.join(folder, 'plan.json');
  world.image('team/app', '1.0', { layers: ['base', 'app 1.0'] });
  world.image('team/app', '1.1', { layers: ['base', 'app 1.1'] });
  world.image('team/app', '1.1', { layers: ['base', 'app 1.1 again'] });
});
afterEach(() => {
  world.remove();
  fs.rmSync(folder, { recursive: true, force: true });
});

const run = (...words: readonly string[]) => regsweep(words, { root: world.root });
const save = (...words: readonly string[]) => run(...words, '--dry-run', '--plan-out', plan);

async function refused(words: readonly string[], message: RegExp): Promise<void> {
  const before = snapshot(world.root);
  const ran = await regsweep(words, { root: world.root });
  expect(ran.stderr).toMatch(message);
  expect(ran.status).toBe(4);
  expect(differences(before, snapshot(world.root))).toEqual([]);
}

test('a plan is saved, valid by the schema, and carried out to the same end as the command itself', async () => {
  expect((await save('gc', '--untagged')).status).toBe(0);
  const document = JSON.parse(fs.readFileSync(plan, 'utf8'));
  expect(faultsOf(document, 'change')).toBeUndefined();
  const ran = await run('apply', plan, '--yes', '--json');
  expect(ran.status, ran.stderr).toBe(0);
  const done = JSON.parse(ran.stdout);
  expect(done.outcome.status).toBe('done');
  expect(done.removals).toEqual(document.removals);
  expect(brokenTags(world.v2)).toEqual([]);
  expect(JSON.parse((await run('gc', '--untagged', '--dry-run', '--json')).stdout).removals).toEqual([]);
});

test('the clock is the saved one: an upload that has grown old since does not go', async () => {
  const upload = 'b7a4a53e-6f11-4b0e-9e0f-3b8c3a3c1d1e';
  world.upload('team/app', upload, { startedAt: new Date().toISOString(), bytes: 10 });
  await save('gc', '--untagged', '--uploads-older-than', '1h');
  const { nowMs } = JSON.parse(fs.readFileSync(plan, 'utf8')).request;
  // Just not old enough by the saved clock, whole seconds as a registry writes them.
  const startedAt = new Date(Math.ceil((nowMs - 3_600_000) / 1000) * 1000).toISOString();
  fs.writeFileSync(world.path(`${at.upload('team/app', upload)}/startedat`), startedAt);
  await new Promise((resolve) => setTimeout(resolve, 1100));
  const ran = await run('apply', plan, '--yes', '--json');
  expect(ran.status, ran.stderr).toBe(0);
  expect(JSON.parse(ran.stdout).totals.uploads).toBe(0);
});

test('apply asks as every change does, and its dry run changes nothing', async () => {
  await save('gc', '--untagged');
  expect((await run('apply', plan)).status).toBe(2);
  const before = snapshot(world.root);
  expect((await run('apply', plan, '--dry-run')).status).toBe(0);
  expect(differences(before, snapshot(world.root))).toEqual([]);
});

test('a tag pushed since, though it has the name that was to go: refused, and both are reported', async () => {
  await save('rm', 'team/app:1.0');
  world.image('team/app', '1.0', { layers: ['base', 'app 1.0 mended'] });
  await refused(['apply', plan, '--yes'], /The tree has changed[\s\S]*- tag [\s\S]*1\.0[\s\S]*\+ tag [\s\S]*1\.0/);
});

test('an untagged image more, and one less: refused', async () => {
  await save('gc', '--untagged');
  world.image('team/app', undefined, { layers: ['base', 'new untagged'] });
  await refused(['apply', plan, '--yes'], /0 removals of it would not happen now, [5-9] more would/);
  await save('gc', '--untagged');
  await run('gc', '--untagged', '--yes');
  await refused(['apply', plan, '--yes'], /\d+ removals of it would not happen now, 0 more would/);
});

test('without --root the plan names the tree, whatever the environment names', async () => {
  expect((await save('rm', 'team/app:1.0')).status).toBe(0);
  const ran = await regsweep(['apply', plan, '--yes'], { environment: { REGISTRY_DATA_DIR: '/nowhere' } });
  expect(ran.status, ran.stderr).toBe(0);
  expect(ran.stdout).toContain(world.root);
});

test('a plan of another root, version or format, or cut off, or edited, is refused', async () => {
  await save('gc', '--untagged');
  const text = fs.readFileSync(plan, 'utf8');
  const cases: readonly (readonly [string, RegExp])[] = [
    [text.replace('"untagged":true', '"untagged":false'), /changed or cut off/],
    [text.replace('blobs/sha256', 'blobs/../..'), /changed or cut off/],
    [text.replace(/("version": ")[^"]*/, '$19.9.9'), /changed or cut off/],
    [text.replace('"format": 1', '"format": 2'), /format is 2/],
    [text.slice(0, -200), /not JSON, or cut off/],
    [JSON.stringify(JSON.parse(text)), /changed or cut off/],
    [JSON.stringify({ format: 1 }), /not written by --plan-out/],
    ['[]', /not/],
    ['', /not JSON/],
  ];
  for (const [edited, message] of cases) {
    expect(edited).not.toBe(text);
    fs.writeFileSync(plan, edited);
    await refused(['apply', plan, '--yes'], message);
  }
  const other = World.create();
  fs.writeFileSync(plan, text);
  other.image('team/app', '1.0');
  const ran = await regsweep(['apply', plan, '--yes'], { root: other.root });
  expect(ran.status).toBe(4);
  expect(ran.stderr).toContain(`is a plan for ${world.root}, not for ${other.root}`);
  other.remove();
});

test('a plan sealed by hand for another version is refused; one that names what is no request too', async () => {
  const { withChecksum } = await import('../../src/cli/checksum.js');
  const { version } = await import('../../src/cli/version.js');
  await save('gc', '--untagged');
  const document = JSON.parse(fs.readFileSync(plan, 'utf8'), (key, value) =>
    key === 'version' || key === 'seal' ? undefined : value,
  );
  const write = (json: object, by: string): void =>
    fs.writeFileSync(plan, [...withChecksum([`${JSON.stringify(json, undefined, 2)}\n`], by)].join(''));
  write(document, '9.9.9');
  await refused(['apply', plan, '--yes'], /regsweep 9\.9\.9 made it/);
  write({ ...document, request: { ...document.request, references: [{}] } }, version());
  await refused(['apply', plan, '--yes'], /does not hold a plan/);
  write({ ...document, request: { ...document.request, nowMs: 'now' } }, version());
  await refused(['apply', plan, '--yes'], /does not hold a plan/);
  write({ ...document, removals: [{ kind: 'root', path: '/' }] }, version());
  await refused(['apply', plan, '--yes'], /does not hold a plan/);
  write(document, version());
  expect((await run('apply', plan, '--yes')).status).toBe(0);
});

test('a file that is not there or no file: exit 2', async () => {
  expect((await run('apply', path.join(folder, 'none.json'), '--yes')).status).toBe(2);
  expect((await run('apply', folder, '--yes')).status).toBe(2);
  expect((await run('apply')).status).toBe(2);
});

test('a plan that would empty the registry is refused as `rm` is: a repository that was to stay is gone', async () => {
  world.image('other', '1', { layers: ['other'] });
  expect((await save('rm', 'team/*')).status).toBe(0);
  fs.rmSync(path.join(world.v2, 'repositories/other'), { recursive: true });
  await refused(['apply', plan, '--yes'], /No image of the registry would be left/);
  const ran = await run('apply', plan, '--yes', '--json');
  expect(JSON.parse(ran.stdout).error.code).toBe('empties-registry');
});

test('a plan that empties the registry with --allow-empty is applied; without it none is saved', async () => {
  const bare = await save('rm', '**');
  expect(bare.status, bare.stderr).toBe(4);
  expect(fs.existsSync(plan)).toBe(false);
  expect((await save('rm', '**', '--allow-empty')).status).toBe(0);
  expect((await run('apply', plan, '--yes')).status).toBe(0);
  expect(world.list('repositories/team/app/_manifests/tags')).toEqual([]);
});
