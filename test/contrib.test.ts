// What is run on a schedule: valid for its reader, and the registry is started again whatever happens.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgsStringToArgv } from 'string-argv';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { regsweep } from './cli/run.js';

const contrib = (name: string): string => path.resolve('contrib', name);
const has = (program: string): boolean => spawnSync('which', [program]).status === 0;

describe('contrib', () => {
  test.skipIf(!has('systemd-analyze'))('systemd takes the service and its timer', () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'regsweep-units-'));
    try {
      for (const name of ['regsweep.service', 'regsweep.timer'])
        fs.copyFileSync(contrib(name), path.join(folder, name));
      const units = ['regsweep.service', 'regsweep.timer'].map((name) => path.join(folder, name));
      const ran = spawnSync('systemd-analyze', ['verify', '--man=no', ...units], { encoding: 'utf8' });
      expect(ran.stderr.split('\n').filter((line) => line.includes('regsweep'))).toEqual([]);
      expect(ran.status).toBe(0);
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });

  test('the service starts the registry afterwards, whatever became of the cleaning', () => {
    const unit = fs.readFileSync(contrib('regsweep.service'), 'utf8');
    expect(unit).toMatch(/^ExecStopPost=.*systemctl start docker-registry/m);
    expect(unit).toMatch(/^SuccessExitStatus=3$/m);
  });

  test.each([0, 1, 4])('the line for cron starts it again, also where the cleaning exits %d', (status) => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'regsweep-cron-'));
    try {
      const log = path.join(folder, 'log');
      const fake = (name: string, line: string): void =>
        fs.writeFileSync(path.join(folder, name), `#!/bin/sh\necho ${name} "$@" >> ${log}\n${line}\n`, { mode: 0o755 });
      fake('systemctl', 'exit 0');
      fake('regsweep', `exit ${status}`);
      const line = fs
        .readFileSync(contrib('regsweep.cron'), 'utf8')
        .split('\n')
        .find((each) => each.startsWith('30 '))!;
      const command = line.split(/\s+/).slice(6).join(' ');
      spawnSync('/bin/sh', ['-c', command], { env: { PATH: `${folder}:${process.env['PATH']}` } });
      const said = fs.readFileSync(log, 'utf8').trim().split('\n');
      expect(said[0]).toMatch(/^regsweep retain --policy \S+ .*--stop-command systemctl stop docker-registry/);
      expect(said.at(-1)).toBe('systemctl start docker-registry');
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });

  test('the compose file holds the registry and the cleaner on one volume', () => {
    const { services, volumes } = parse(fs.readFileSync(contrib('compose.yml'), 'utf8'));
    expect(services.registry.volumes).toContain('registry:/var/lib/registry');
    expect(fs.existsSync(contrib(path.join(services.regsweep.build, 'Dockerfile')))).toBe(true);
    expect(services.regsweep.volumes).toContain('registry:/var/lib/registry');
    expect(Object.keys(volumes)).toEqual(['registry']);
  });

  test('what the Dockerfile copies from the checkout and starts is there, and its Node is one that is supported', () => {
    const recipe = fs.readFileSync(path.resolve('Dockerfile'), 'utf8');
    const copied = [...recipe.matchAll(/^COPY (?!--from)(.*) \.\/?$/gm)].flatMap(([, names]) => names!.split(' '));
    expect(copied).toContain('package-lock.json');
    expect(copied.filter((name) => !fs.existsSync(path.resolve(name)))).toEqual([]);
    const [, launcher] = /^ENTRYPOINT \["node", "\/opt\/regsweep\/(.*)"\]$/m.exec(recipe) ?? [];
    expect(fs.existsSync(path.resolve(launcher ?? 'none'))).toBe(true);
    const taken = [...recipe.matchAll(/^COPY --from=build \/build\/(\S+)/gm)].map(([, name]) => name);
    expect(taken).toEqual(['package.json', 'dist', 'bin']);
    for (const [, major] of recipe.matchAll(/^FROM node:(\d+)-slim/gm))
      expect(Number(major)).toBeGreaterThanOrEqual(22);
  });

  test('what the container, the service and cron run are commands as they stand: tried on a tree, as dry runs', async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'regsweep-contrib-'));
    try {
      const root = path.join(folder, 'root');
      fs.cpSync(path.resolve('fixtures/demo'), root, { recursive: true });
      const policy = path.join(folder, 'policy.yml');
      fs.writeFileSync(policy, 'policies:\n  - repositories: "**"\n    keep:\n      last: 9\n');
      const text = (file: string): string => fs.readFileSync(path.resolve(file), 'utf8').replace(/ \\\n\s*/g, ' ');
      const lines = [
        parse(text('contrib/compose.yml')).services.regsweep.command,
        /^ExecStart=\/usr\/bin\/env regsweep (.*)$/m.exec(text('contrib/regsweep.service'))?.[1],
        /^30 .*; regsweep (.*)$/m.exec(text('contrib/regsweep.cron'))?.[1],
        /--volumes-from registry regsweep (.*?);/.exec(text('Dockerfile'))?.[1],
      ];
      for (const line of lines) {
        const words = parseArgsStringToArgv(String(line))
          .map((word) => (word === '--yes' ? '--dry-run' : word))
          .map((word) => word.replace('/etc/regsweep/policy.yml', policy).replace('/var/log', folder))
          .map((word) => word.replace('/var/lib/registry', root));
        const { status, stderr } = await regsweep(words, {
          environment: { REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: root },
        });
        expect(status, `${line}: ${stderr}`).toBe(0);
      }
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });
});
