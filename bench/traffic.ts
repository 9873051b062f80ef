// Clients of a real registry, at work while it is cleaned: one that pushes and pulls again what it pushed, until it succeeds, as
// a pipeline does; and one that asks for a manifest without rest, and so knows how long there was no answer.

import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Registry } from '../test/support/registry.js';

const RETRY_MS = 250;
const ASK_MS = 5;

/** Pushes an image under a new tag, each into the next of `repositories`, until it is told to stop. */
export class Pusher {
  /** `repository:tag` of every push that was answered well. */
  readonly pushed: string[] = [];
  /** Pushes and pulls that failed, and were repeated. */
  failures = 0;
  readonly #registry: Registry;
  readonly #repositories: readonly string[];
  #ended = false;
  readonly #work: Promise<void>;

  constructor(registry: Registry, repositories: readonly string[]) {
    this.#registry = registry;
    this.#repositories = repositories;
    this.#work = this.#run();
  }

  /** Lets the push in flight succeed, and ends. */
  async end(): Promise<void> {
    this.#ended = true;
    await this.#work;
  }

  async #run(): Promise<void> {
    for (let n = 0; !this.#ended; n += 1) {
      const repository = this.#repositories[n % this.#repositories.length]!;
      const tag = `build-${Date.now()}-${n}`;
      await this.#untilDone(() => this.#registry.push(repository, tag, ['base', `build ${tag}`]));
      this.pushed.push(`${repository}:${tag}`);
      await this.#untilDone(() => this.#registry.pull(repository, tag));
    }
  }

  async #untilDone(work: () => Promise<unknown>): Promise<void> {
    for (;;) {
      try {
        await work();
        return;
      } catch {
        this.failures += 1; // ignored error: the registry is down just now, or was in the middle; what is asked for is repeated
        await sleep(RETRY_MS);
      }
    }
  }
}

/** Asks for a manifest again and again. */
export class Prober {
  /** The longest time between two good answers that had a bad one or none between them, in ms. */
  outageMs = 0;
  #ended = false;
  readonly #work: Promise<void>;

  constructor(registry: Registry, repository: string, tag: string) {
    this.#work = this.#run(registry, repository, tag);
  }

  async end(): Promise<void> {
    this.#ended = true;
    await this.#work;
  }

  async #run(registry: Registry, repository: string, tag: string): Promise<void> {
    let lastGood = performance.now();
    let failed = false;
    while (!this.#ended || failed) {
      const good = await registry.manifest(repository, tag).then(
        () => true,
        () => false, // ignored error: that is what is looked for
      );
      const now = performance.now();
      if (good && failed) this.outageMs = Math.max(this.outageMs, now - lastGood);
      if (good) lastGood = now;
      failed = !good;
      await sleep(ASK_MS);
    }
  }
}

/** What is wrong with `repository:tag` over HTTP, blob by blob; undefined where it comes whole, with the content its digests say. */
export async function faultOverHttp(
  registry: Registry,
  repository: string,
  reference: string,
): Promise<string | undefined> {
  type Entry = { readonly digest: string };
  const { json } = await registry.manifest(repository, reference);
  const { config, layers, manifests } = json as { config?: Entry; layers?: Entry[]; manifests?: Entry[] };
  for (const { digest } of manifests ?? []) {
    const fault = await faultOverHttp(registry, repository, digest);
    if (fault !== undefined) return fault;
  }
  for (const { digest } of [...(config === undefined ? [] : [config]), ...(layers ?? [])]) {
    const answer = await fetch(`${registry.url}/v2/${repository}/blobs/${digest}`);
    const content = Buffer.from(await answer.arrayBuffer());
    if (!answer.ok) return `${digest}: ${answer.status}`;
    if (`sha256:${createHash('sha256').update(content).digest('hex')}` !== digest) return `${digest}: another content`;
  }
  return undefined;
}
