// What `npm publish` would send: all that a user needs, nothing that only developers do. And what is sent runs.

import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';

const here = path.resolve(import.meta.dirname, '..');
const manifest = JSON.parse(fs.readFileSync(path.join(here, 'package.json'), 'utf8'));
const packed = JSON.parse(
  execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: here, encoding: 'utf8' }),
) as readonly [{ readonly files: readonly { readonly path: string; readonly mode: number }[] }];
const files = packed[0].files.map((file) => file.path);

describe('the package', () => {
  test('holds the program, its schemas, its pages, and the tree of the demo', () => {
    const wanted = [
      ...Object.values(manifest.bin as Readonly<Record<string, string>>),
      ...['README.md', 'LICENSE', 'CHANGELOG.md', 'SECURITY.md'],
      ...['dist/start.js', 'dist/regsweep.cjs', 'dist/scan-worker.js'],
      ...['dist/help/regsweep.txt', 'dist/help/definitions.json'],
      ...(manifest.man as readonly string[]).map((file) => path.normalize(file)),
      ...['schema', 'contrib', 'docs/decisions'].flatMap((folder) =>
        fs.readdirSync(path.join(here, folder)).map((file) => `${folder}/${file}`),
      ),
      ...['docs/moving.md', 'docs/retention.md', 'docs/release.md', 'fixtures/demo/empty-folders.txt'],
    ];
    expect(wanted.filter((file) => !files.includes(file))).toEqual([]);
  });

  test('holds nothing else: no tests, no sources, no other fixtures, nothing of the workshop', () => {
    const known =
      /^(?:package\.json|[A-Z]+\.md|LICENSE|bin\/\w+\.js|dist\/[\w.-]+\.(?:c?js|c?js\.map|cache)|dist\/help\/(?:\w+\.txt|definitions\.json)|dist\/man\/regsweep\.1|schema\/.+\.json|contrib\/.+|docs\/(?:decisions\/\d{4}-)?[\w-]+\.md|fixtures\/demo\/.+)$/;
    expect(files.filter((file) => !known.test(file) || /\.test\.|\.tgz$|\.log$/.test(file))).toEqual([]);
    expect(files).not.toContain('CONTRIBUTING.md');
  });

  test('every link from one page to another leads to something in it', () => {
    const broken = files
      .filter((file) => /^(?:docs\/.*|[A-Z]+)\.md$/.test(file))
      .flatMap((page) =>
        [...fs.readFileSync(path.join(here, page), 'utf8').matchAll(/\]\(([^):#]+)(?:#[^)]*)?\)/g)]
          .map(([, target]) => path.join(path.dirname(page), target!))
          .filter((target) => !files.some((file) => file === target || file.startsWith(`${target}/`)))
          .map((target) => `${page} links to ${target}`),
      );
    expect(broken).toEqual([]);
  });

  test('has its man page where npm links it from: npm passes over one that is no list', () => {
    expect(manifest.man).toEqual(['./dist/man/regsweep.1']);
  });

  test('is published with its provenance or not at all, and says which Node it needs', () => {
    expect(manifest.publishConfig).toEqual({ access: 'public', provenance: true });
    expect(manifest.engines).toEqual({ node: '>=20.19' });
    expect(manifest.private).toBeUndefined();
  });

  test('runs from these files alone', () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'regsweep-package-'));
    try {
      // npm prints an upload's id as ***, as it does with all that might be secret.
      for (const file of files.filter((each) => !each.includes('***')))
        fs.cpSync(path.join(here, file), path.join(folder, file));
      const root = path.join(folder, 'fixtures/demo');
      const runs = [
        ['regsweep.js', '--version'],
        ['regsweep.js', 'ls', '--root', root],
        ['delete_docker_registry_image.js', '-i', 'shop/web', '-n'],
      ].map(([bin, ...words]) =>
        spawnSync(process.execPath, [path.join(folder, 'bin', bin!), ...words], {
          cwd: folder,
          env: { PATH: process.env['PATH'], REGISTRY_DATA_DIR: root },
          encoding: 'utf8',
        }),
      );
      expect(runs.map(({ status, stderr }) => [status, stderr])).toEqual([
        [0, ''],
        [0, ''],
        [0, ''],
      ]);
      expect(runs[0]!.stdout).toBe(`${manifest.version}\n`);
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });
});
