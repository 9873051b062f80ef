// `--report`: a page beside the result, of a dry run and of a real one, never inside the tree, refused before anything is touched.

import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { snapshot } from '../support/snapshot.js';
import { World } from '../support/world.js';
import { regsweep } from './run.js';

let world: World;
let out: World;
beforeEach(() => {
  world = World.create();
  out = World.create();
  world.image('team/app', '1.0', { layers: ['base', 'one'] });
  world.image('team/app', '2.0', { layers: ['base', 'two'] });
});
afterEach(() => {
  world.remove();
  out.remove();
});

describe('--report', () => {
  test.each([['--dry-run'], ['--yes']])('rm %s writes the plan, the map and the command', async (how) => {
    const file = path.join(out.root, 'report.html');
    const { status, stderr } = await regsweep(['rm', 'team/app:1.0', how, '--report', file], { root: world.root });
    expect({ status, stderr }).toMatchObject({ status: 0 });
    const page = fs.readFileSync(file, 'utf8');
    expect(page).toContain(`regsweep rm team/app:1.0 ${how} --report`);
    expect(page).toContain('named in the request');
    expect(page).toContain('team/app: shared by tags');
    expect(page).toContain('team/app: 1.0');
    expect(page.includes('Dry run: nothing was changed')).toBe(how === '--dry-run');
    expect(page.includes('Start the registry again')).toBe(how === '--yes');
    expect(fs.readdirSync(out.root)).toEqual(['docker', 'report.html']);
  });

  test.each([
    ['du', 'can be freed'],
    ['check', 'No damage found'],
  ])('%s writes its tables', async (command, text) => {
    const file = path.join(out.root, 'report.html');
    const { status, stderr } = await regsweep([command, '--report', file], { root: world.root });
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(fs.readFileSync(file, 'utf8')).toContain(text);
    expect((await regsweep([command, '--report', path.join(world.root, 'x.html')], { root: world.root })).status).toBe(
      2,
    );
  });

  test('undo tells what comes back and what stays, by repository', async () => {
    const file = path.join(out.root, 'undo.html');
    const undo = (...words: readonly string[]) => regsweep(['undo', ...words, '--report', file], { root: world.root });
    await regsweep(['rm', 'team/app:1.0', '--yes', '--keep-trash'], { root: world.root });
    expect((await undo('--dry-run')).status).toBe(0);
    expect(fs.readFileSync(file, 'utf8')).toMatch(/Dry run: nothing was changed.*Would put back .*What comes back/s);
    const { status, stderr } = await undo('--yes');
    expect({ status, stderr }).toMatchObject({ status: 0 });
    const page = fs.readFileSync(file, 'utf8');
    expect(page).toMatch(/Done.*Put back .*What came back/s);
    expect(page).toContain('repositories/team/app/_manifests/tags/1.0');
    expect(page).toContain('team/app: blobs, ');
    expect(page).toContain('all of it comes back');
    expect(page).not.toContain('What stays in the trash<');
    // A page that could not be written is found before anything is put back.
    await regsweep(['rm', 'team/app:1.0', '--yes', '--keep-trash'], { root: world.root });
    const before = snapshot(path.join(world.root, 'docker'));
    expect((await regsweep(['undo', '--yes', '--report', world.root], { root: world.root })).status).toBe(2);
    expect(snapshot(path.join(world.root, 'docker'))).toEqual(before);
  });

  test('trash empty, which deletes for good, leaves a page of what it freed', async () => {
    const file = path.join(out.root, 'trash.html');
    await regsweep(['rm', 'team/app:1.0', '--yes', '--keep-trash'], { root: world.root });
    const words = ['trash', 'empty', '--report'];
    expect((await regsweep([...words, path.join(out.root, 'none/x')], { root: world.root })).status).toBe(2);
    const { status, stderr } = await regsweep([...words, file], { root: world.root });
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(fs.readFileSync(file, 'utf8')).toMatch(/Freed [1-9].* for good.*rm<\/td>.*freed for good/s);
  });

  test('undo names what stays in the trash and why', async () => {
    const file = path.join(out.root, 'undo.html');
    await regsweep(['rm', 'team/app:1.0', '--yes', '--keep-trash'], { root: world.root });
    world.image('team/app', '1.0', { layers: ['base', 'newer'] });
    const { status } = await regsweep(['undo', '--yes', '--report', file], { root: world.root });
    expect(status).toBe(3);
    expect(fs.readFileSync(file, 'utf8')).toMatch(/What stays in the trash.*something newer is in its place/s);
  });

  test.each([
    ['inside the tree', () => path.join(world.root, 'report.html')],
    ['in a folder that is not there', () => path.join(out.root, 'none/report.html')],
    ['on a folder', () => out.v2],
    ['with a name that no file can have', () => path.join(out.root, `${'x'.repeat(256)}.html`)],
    ['as a folder', () => `${path.join(out.root, 'new')}/`],
  ])('%s is refused and nothing is touched', async (_, at) => {
    const before = snapshot(world.root);
    const { status, stderr } = await regsweep(['rm', 'team/app:1.0', '--yes', '--report', at()], { root: world.root });
    expect(status).toBe(2);
    expect(stderr).toContain('--report');
    expect(snapshot(world.root)).toEqual(before);
  });

  test('what the user keeps beside the page is left alone', async () => {
    const file = path.join(out.root, 'report.html');
    fs.writeFileSync(`${file}.part`, 'mine');
    expect((await regsweep(['du', '--report', file], { root: world.root })).status).toBe(0);
    expect(fs.readFileSync(`${file}.part`, 'utf8')).toBe('mine');
    expect(fs.readdirSync(out.root)).toEqual(['docker', 'report.html', 'report.html.part']);
  });

  test.each([
    ['--report', '--plan-out'],
    ['--report', '--log-file'],
    ['--plan-out', '--log-file'],
    ['--report', '--keep-in-use'],
    ['--log-file', '--from-file'],
  ])('%s and %s may not be one file, however it is spelled', async (one, other) => {
    const file = path.join(out.root, 'same');
    const before = snapshot(world.root);
    for (const exists of [false, true]) {
      if (exists) fs.writeFileSync(file, 'team/app:1.0\n');
      const words = ['rm', 'team/app:1.0', '--yes', one, file, other, path.join(out.root, 'docker/../same')];
      const { status, stderr } = await regsweep(words, { root: world.root });
      expect({ status, stderr }).toMatchObject({ status: 2 });
      expect(stderr).toContain('name the same file');
      expect(fs.existsSync(file)).toBe(exists);
    }
    expect(fs.readFileSync(file, 'utf8')).toBe('team/app:1.0\n');
    expect(snapshot(world.root)).toEqual(before);
  });

  test('apply has a page under its own name, and it never overwrites the saved plan', async () => {
    const plan = path.join(out.root, 'plan.json');
    await regsweep(['rm', 'team/app:1.0', '--dry-run', '--plan-out', plan], { root: world.root });
    const { status } = await regsweep(['apply', plan, '--yes', '--report', plan], { root: world.root });
    expect(status).toBe(2);
    expect(fs.readFileSync(plan, 'utf8')).toContain('"seal"');
    const page = path.join(out.root, 'apply.html');
    expect((await regsweep(['apply', plan, '--dry-run', '--report', page], { root: world.root })).status).toBe(0);
    expect(fs.readFileSync(page, 'utf8')).toContain('<h1>regsweep apply</h1>');
    const linked = path.join(out.root, 'linked.json');
    fs.linkSync(plan, linked);
    expect((await regsweep(['apply', plan, '--yes', '--log-file', linked], { root: world.root })).status).toBe(2);
  });

  test('a page that cannot be written once the change is made exits 1, after the result', async () => {
    const folder = path.join(out.root, 'gone');
    fs.mkdirSync(folder);
    const file = path.join(folder, 'report.html');
    // The folder goes while the registry is being "stopped": after the check, before the page.
    const words = ['rm', 'team/app:1.0', '--yes', '--report', file, '--stop-command', `rmdir ${folder}`];
    const { status, stdout, stderr } = await regsweep([...words, '--start-command', 'true'], { root: world.root });
    expect({ status, stderr }).toMatchObject({ status: 1 });
    expect(stdout).toContain('Removed ');
    expect(stderr).toContain('--report cannot be written');
    expect(stderr).toContain('only the page is missing');
    expect(stderr).not.toContain('should not happen');
    expect((await regsweep(['ls', '--json'], { root: world.root })).stdout).not.toContain('"1.0"');
  });
});
