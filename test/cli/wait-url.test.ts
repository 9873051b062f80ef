// What counts as a sign of life after the start: any HTTP answer below 500, with any certificate.

import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { World } from '../support/world.js';
import { regsweep } from './run.js';

let world: World;
let server: http.Server | https.Server | undefined;
beforeEach(() => {
  world = World.create();
  world.image('app', '1', { layers: ['own'] });
});
afterEach(() => {
  server?.close();
  server = undefined;
  world.remove();
});

async function waiting(scheme: string) {
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  const url = `${scheme}://127.0.0.1:${(server!.address() as AddressInfo).port}/v2/`;
  const window = ['--stop-command', 'true', '--start-command', 'true', '--wait-url', url, '--wait-timeout', '1s'];
  return regsweep(['rm', 'app', '--yes', '--json', ...window], { root: world.root });
}

test.each([200, 301, 400, 403])('%i: it runs', async (status) => {
  server = http.createServer((_, response) => response.writeHead(status).end());
  const ran = await waiting('http');
  expect(ran.status, ran.stderr).toBe(0);
  expect(ran.stderr).not.toContain('not running');
});

test.each([500, 503])('%i: started, but not confirmed, exit 3', async (status) => {
  server = http.createServer((_, response) => response.writeHead(status).end());
  const ran = await waiting('http');
  expect(ran.status, ran.stderr).toBe(3);
  expect(ran.stderr).toContain('the registry was started, but not confirmed');
  expect(ran.stderr).not.toContain('not running');
  expect(JSON.parse(ran.stdout).window).toMatchObject({
    notConfirmed: expect.stringContaining(`it answers ${status}`),
  });
});

test.skipIf(spawnSync('openssl', ['version']).status !== 0)('a self-signed certificate: it runs', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'regsweep-tls-'));
  try {
    const files = ['-keyout', `${folder}/key`, '-out', `${folder}/cert`];
    const words = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=elsewhere', '-days', '1', ...files];
    execFileSync('openssl', words, { stdio: 'ignore' });
    const [key, cert] = ['key', 'cert'].map((name) => fs.readFileSync(path.join(folder, name)));
    server = https.createServer({ key: key!, cert: cert! }, (_, response) => response.writeHead(401).end());
    const ran = await waiting('https');
    expect(ran.status, ran.stderr).toBe(0);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});
