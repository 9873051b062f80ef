// A real registry on loopback, and skopeo to push and pull: what no test of our own making can be wrong about. Tests that need
// it are skipped where the binaries are absent, and fail there when REGSWEEP_REQUIRE_REGISTRY is set.

import { execFile, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';

const exec = promisify(execFile);
const REGISTRY = 'docker-registry';

function has(program: string): boolean {
  try {
    execFileSync('which', [program], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** True where a real registry and skopeo can be run. Throws where they are required and absent. */
export const registryAvailable = ((): boolean => {
  const available = has(REGISTRY) && has('skopeo');
  if (!available && process.env['REGSWEEP_REQUIRE_REGISTRY']) {
    throw new Error('docker-registry and skopeo are required here (REGSWEEP_REQUIRE_REGISTRY) and are not installed');
  }
  return available;
})();

export type Format = 'oci' | 'v2s2' | 'v2s1';

export class Registry {
  readonly root: string;
  readonly #work: string;
  #port = 0;
  #child: ReturnType<typeof spawn> | undefined;
  #pidFile: string | undefined;

  constructor(root: string) {
    this.root = root;
    this.#work = fs.mkdtempSync(path.join(os.tmpdir(), 'regsweep-registry-'));
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  async start(): Promise<void> {
    this.#port = await freePort();
    const config = path.join(this.#work, 'config.yml');
    fs.writeFileSync(
      config,
      `version: 0.1\nlog: {level: error}\nstorage:\n  filesystem: {rootdirectory: ${this.root}}\n  delete: {enabled: true}\nhttp: {addr: 127.0.0.1:${this.#port}}\ncompatibility: {schema1: {enabled: true}}\n`,
    );
    this.#child = spawn(REGISTRY, ['serve', config], { stdio: 'ignore' });
    for (let tries = 0; tries < 200; tries += 1) {
      const up = await fetch(`${this.url}/v2/`).then(
        (response) => response.ok,
        () => false,
      );
      if (up) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error('the registry did not start');
  }

  /** Commands that stop and start this registry, as an operator has them, without this object: it runs on, at the same URL. */
  service(): { readonly stop: string; readonly start: string } {
    const file = path.join(this.#work, 'pid');
    this.#pidFile = file;
    fs.writeFileSync(file, String(this.pid));
    const stop = path.join(this.#work, 'stop.sh');
    fs.writeFileSync(
      stop,
      `#!/bin/sh\npid=$(cat ${file})\nkill $pid\nwhile grep -q . /proc/$pid/cmdline 2>/dev/null; do sleep 0.05; done\n`,
      { mode: 0o755 },
    );
    const start = path.join(this.#work, 'start.sh');
    fs.writeFileSync(
      start,
      `#!/bin/sh\n${REGISTRY} serve ${this.#work}/config.yml >/dev/null 2>&1 &\necho $! > ${file}\necho started\n`,
      { mode: 0o755 },
    );
    return { stop, start };
  }

  async stop(): Promise<void> {
    if (this.#pidFile !== undefined) {
      await endOf(Number(fs.readFileSync(this.#pidFile, 'utf8')));
      this.#pidFile = undefined;
    }
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await ended;
  }

  async remove(): Promise<void> {
    await this.stop();
    fs.rmSync(this.#work, { recursive: true, force: true });
  }

  /** Pushes an image of small layers, one file each; the same names are the same layers. Returns the manifest's digest. */
  async push(
    repository: string,
    tag: string,
    layers: readonly string[],
    format: Format = 'oci',
    architecture = 'amd64',
  ): Promise<string> {
    const layout = fs.mkdtempSync(path.join(this.#work, 'image-'));
    writeLayout(layout, layers, architecture);
    await skopeo([
      'copy',
      '-f',
      format,
      '--dest-tls-verify=false',
      `oci:${layout}:image`,
      `docker://127.0.0.1:${this.#port}/${repository}:${tag}`,
    ]);
    return (await this.manifest(repository, tag)).digest;
  }

  async putManifest(repository: string, reference: string, json: object, mediaType: string): Promise<string> {
    const body = JSON.stringify(json);
    const response = await fetch(`${this.url}/v2/${repository}/manifests/${reference}`, {
      method: 'PUT',
      headers: { 'content-type': mediaType },
      body,
    });
    if (response.status !== 201)
      throw new Error(`PUT ${repository}:${reference}: ${response.status} ${await response.text()}`);
    return `sha256:${createHash('sha256').update(body).digest('hex')}`;
  }

  async manifest(
    repository: string,
    reference: string,
  ): Promise<{ digest: string; size: number; mediaType: string; json: unknown }> {
    const response = await fetch(`${this.url}/v2/${repository}/manifests/${reference}`, {
      headers: { accept: ACCEPT },
    });
    if (!response.ok) throw new Error(`GET ${repository}@${reference}: ${response.status}`);
    const bytes = Buffer.from(await response.arrayBuffer());
    const digest = response.headers.get('docker-content-digest') ?? '';
    return {
      digest,
      size: bytes.length,
      mediaType: response.headers.get('content-type') ?? '',
      json: JSON.parse(bytes.toString()),
    };
  }

  /** Pulls everything that `reference` leads to; skopeo checks each digest. */
  async pull(repository: string, reference: string): Promise<void> {
    const target = fs.mkdtempSync(path.join(this.#work, 'pull-'));
    const name = reference.startsWith('sha256:') ? `${repository}@${reference}` : `${repository}:${reference}`;
    await skopeo([
      'copy',
      '--all',
      '--src-tls-verify=false',
      `docker://127.0.0.1:${this.#port}/${name}`,
      `dir:${target}`,
    ]);
    fs.rmSync(target, { recursive: true });
  }

  async tags(repository: string): Promise<string[] | undefined> {
    const response = await fetch(`${this.url}/v2/${repository}/tags/list`);
    if (response.status === 404) return undefined;
    return (((await response.json()) as { tags: string[] | null }).tags ?? []).sort();
  }

  async catalog(): Promise<string[]> {
    const response = await fetch(`${this.url}/v2/_catalog?n=1000`);
    return ((await response.json()) as { repositories: string[] }).repositories;
  }

  async deleteManifest(repository: string, digest: string): Promise<void> {
    const response = await fetch(`${this.url}/v2/${repository}/manifests/${digest}`, { method: 'DELETE' });
    if (response.status !== 202) throw new Error(`DELETE ${repository}@${digest}: ${response.status}`);
  }

  /** Begins an upload and leaves it. */
  async abandonUpload(repository: string): Promise<void> {
    await fetch(`${this.url}/v2/${repository}/blobs/uploads/`, { method: 'POST' });
  }
}

/** Ends a process that may be nobody's child, and waits until it is gone. */
async function endOf(pid: number): Promise<void> {
  const runs = (): boolean =>
    fs.existsSync(`/proc/${pid}/cmdline`) && fs.readFileSync(`/proc/${pid}/cmdline`).length > 0;
  if (runs()) process.kill(pid, 'SIGTERM');
  while (runs()) await new Promise((resolve) => setTimeout(resolve, 20));
}

export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
const MANIFEST_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json';
const ACCEPT = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  OCI_INDEX,
  MANIFEST_LIST,
  'application/vnd.docker.distribution.manifest.v1+prettyjws',
].join(', ');

async function skopeo(words: readonly string[]): Promise<void> {
  await exec('skopeo', ['--insecure-policy', ...words], { timeout: 60_000 });
}

async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function writeLayout(folder: string, layers: readonly string[], architecture: string): void {
  const blobs = path.join(folder, 'blobs/sha256');
  fs.mkdirSync(blobs, { recursive: true });
  const put = (bytes: Buffer): { digest: string; size: number } => {
    const hex = createHash('sha256').update(bytes).digest('hex');
    fs.writeFileSync(path.join(blobs, hex), bytes);
    return { digest: `sha256:${hex}`, size: bytes.length };
  };
  const tars = layers.map((name) => tarOf(`${name}.txt`, `${name}\n`.repeat(64)));
  const config = put(
    Buffer.from(
      JSON.stringify({
        architecture,
        os: 'linux',
        created: '2024-05-01T12:00:00Z',
        config: { Cmd: ['/bin/true'] },
        rootfs: {
          type: 'layers',
          diff_ids: tars.map((tar) => `sha256:${createHash('sha256').update(tar).digest('hex')}`),
        },
        history: layers.map((name) => ({ created: '2024-05-01T12:00:00Z', created_by: `COPY ${name}` })),
      }),
    ),
  );
  const manifest = put(
    Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...config },
        layers: tars.map((tar) => ({
          mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
          ...put(gzipSync(tar)),
        })),
      }),
    ),
  );
  const entry = {
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    ...manifest,
    annotations: { 'org.opencontainers.image.ref.name': 'image' },
  };
  fs.writeFileSync(path.join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [entry] }));
  fs.writeFileSync(path.join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
}

/** A tar archive of one file (ustar). */
function tarOf(name: string, content: string): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write('0000644\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0', 136);
  header.write('        ', 148);
  header.write('0', 156);
  header.write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  const body = Buffer.alloc(Math.ceil(content.length / 512) * 512);
  body.write(content);
  return Buffer.concat([header, body, Buffer.alloc(1024)]);
}
