// The registry runs on while regsweep plans, is stopped for the change alone, and runs again whatever happened. Meanwhile others
// push and pull: nothing that was pushed and not named is lost.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { regsweep } from '../cli/run.js';
import { brokenTags } from '../support/pullable.js';
import { Registry, registryAvailable } from '../support/registry.js';

let registry: Registry;
let service: { readonly stop: string; readonly start: string };

beforeEach(async () => {
  if (!registryAvailable) return;
  registry = new Registry(fs.mkdtempSync(path.join(os.tmpdir(), 'regsweep-window-')));
  await registry.start();
  service = registry.service();
});
afterEach(async () => {
  if (!registryAvailable) return;
  await registry.remove();
  fs.rmSync(registry.root, { recursive: true, force: true });
});

function inWindow(words: readonly string[], more: Parameters<typeof regsweep>[1] & { stop?: string } = {}) {
  const { stop = service.stop, ...options } = more;
  const window = ['--stop-command', stop, '--start-command', service.start, '--wait-url', `${registry.url}/v2/`];
  return regsweep([...words, '--yes', ...window], { root: registry.root, ...options });
}

async function answers(): Promise<boolean> {
  return fetch(`${registry.url}/v2/`).then(
    ({ ok }) => ok,
    () => false,
  );
}

/** As often is a push repeated: for longer than any window here is. */
const MOST_TRIES = 400;

const broken = (): string[] => brokenTags(path.join(registry.root, 'docker/registry/v2'));

describe.skipIf(!registryAvailable)('in a window', () => {
  test('rm: the registry runs before and after, the tag is gone, the rest pulls, the downtime is reported', async () => {
    await registry.push('team/app', '1', ['base', 'one']);
    await registry.push('team/app', '2', ['base', 'two']);
    const ran = await inWindow(['rm', 'team/app:1', '--json']);
    expect(ran.status, ran.stderr).toBe(0);
    expect(await answers()).toBe(true);
    expect(await registry.tags('team/app')).toEqual(['2']);
    await registry.pull('team/app', '2');
    const { window, outcome, next } = JSON.parse(ran.stdout);
    expect(outcome.status).toBe('done');
    expect(next).toEqual([]);
    expect(Object.keys(window.phasesMs)).toEqual(
      expect.arrayContaining(['scan', 'plan', 'stop', 'rescan', 'replan', 'move', 'start', 'wait', 'free']),
    );
    const { stop, rescan, move, start, wait } = window.phasesMs;
    expect(window.downMs).toBeGreaterThanOrEqual(stop + rescan + move + start + wait - 5);
  });

  test('a stop command that fails changes nothing, and the registry is started', async () => {
    await registry.push('team/app', '1', ['base', 'one']);
    const ran = await inWindow(['rm', 'team/app:1'], { stop: `sh -c '${service.stop}; echo no such unit; exit 5'` });
    expect(ran.status).toBe(4);
    expect(ran.stderr).toContain('The stop command failed: it ended with 5; no such unit');
    expect(await answers()).toBe(true);
    await registry.pull('team/app', '1');
  });

  test('a stop command that does not stop it: refused by the guard, nothing is lost', async () => {
    await registry.push('team/app', '1', ['base', 'one']);
    const ran = await inWindow(['rm', 'team/app:1', '--stop-timeout', '1s'], { stop: 'true' });
    expect(ran.status).toBe(4);
    expect(ran.stderr).toContain('A registry is serving this tree');
    await registry.pull('team/app', '1');
  }, 60_000);

  test('a tag that came up after the plan was shown: exit 4, the registry is started, nothing is gone', async () => {
    await registry.push('team/app', '2024-a', ['base', 'one']);
    await registry.push('team/app', 'keep', ['base', 'keep']);
    // The stop command itself is the push that comes between: it copies a tag, as a push in the last moment would.
    const tags = path.join(registry.root, 'docker/registry/v2/repositories/team/app/_manifests/tags');
    const ran = await inWindow(['rm', 'team/app:2024*'], {
      stop: `sh -c '${service.stop}; cp -r ${tags}/2024-a ${tags}/2024-b'`,
    });
    expect(ran.status, ran.stderr).toBe(4);
    expect(ran.stderr).toContain('2024-b');
    expect(await answers()).toBe(true);
    expect(await registry.tags('team/app')).toEqual(['2024-a', '2024-b', 'keep']);
    await registry.pull('team/app', '2024-a');
  });

  test('a signal while it is down: the registry is started, the run counts as interrupted', async () => {
    await registry.push('team/app', '1', ['base', 'one']);
    await registry.push('team/app', '2', ['base', 'two']);
    const ran = await inWindow(['rm', 'team/app:1'], {
      stop: `sh -c '${service.stop}; sleep 1'`,
      whileRunning: async (child) => {
        while (await answers()) await sleep(10);
        child.kill('SIGTERM');
        child.kill('SIGTERM');
      },
    });
    expect(ran.status).toBe(143);
    // Who interrupts does not wait for the registry to answer: it was started, and comes up by itself.
    for (let tries = 0; tries < MOST_TRIES && !(await answers()); tries += 1) await sleep(50);
    expect(await answers()).toBe(true);
    expect(await registry.tags('team/app')).toEqual(['1', '2']);
  });

  test('pushes and pulls go on: what was pushed and not named is there, what failed succeeds when repeated', async ({
    signal,
  }) => {
    const pushed: string[] = [];
    let failed = 0;
    let pushing = true;
    const push = async (): Promise<void> => {
      for (let n = 0; pushing; n += 1) {
        const tag = `build-${n}`;
        for (let tries = 1, done = false; !done; tries += 1) {
          try {
            await registry.push('ci/app', tag, ['base', `build ${n}`]);
            await registry.pull('ci/app', tag);
            done = true;
          } catch (error) {
            // The registry is down just now, for a second or two.
            if (tries > MOST_TRIES) throw error;
            failed += 1;
            await sleep(50);
          }
        }
        pushed.push(tag);
      }
    };
    await registry.push('old/app', '1', ['base', 'old one']);
    await registry.push('old/app', '2', ['base', 'old two']);
    await registry.push('old/app', '3', ['base', 'old three']);
    const pusher = push();
    pusher.catch(() => undefined); // ignored error: told where it is waited for
    const ended: Awaited<ReturnType<typeof regsweep>>[] = [];
    try {
      for (const tag of ['1', '2', '3']) {
        while (pushed.length < Number(tag)) await sleep(20, undefined, { signal });
        ended.push(await inWindow(['rm', `old/app:${tag}`], {}));
      }
      ended.push(await inWindow(['gc', '--untagged', '--uploads-older-than', '0']));
    } finally {
      pushing = false;
      await pusher;
    }
    // A push cut off between plan and stop may be reported as moving; the same command again is welcome then.
    for (const { status, stderr } of ended.slice(0, 3)) expect([0, 4], stderr).toContain(status);
    expect([0, 3, 4], ended[3]!.stderr).toContain(ended[3]!.status);
    expect(failed).toBeLessThan(50);
    for (const tag of pushed) await registry.pull('ci/app', tag);
    expect(await registry.tags('ci/app')).toEqual([...pushed].sort());
    expect(broken()).toEqual([]);
  }, 120_000);
});
