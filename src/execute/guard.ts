// Is a registry serving this very tree? Every process that runs `registry serve` is asked, through its own view of the file
// system, which folder its root is; the same device and inode is the same tree, whatever it is called in its container.

import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { parse } from 'yaml';
import { refusal } from '../model/errors.js';
import type { Tree } from '../model/tree.js';

export interface Serving {
  readonly pid: number;
  readonly command: string;
}

const DEFAULT_CONFIGS = ['/etc/docker/registry/config.yml', '/etc/distribution/config.yml'];
const DEFAULT_ROOT = '/var/lib/registry';
const ROOT_VARIABLE = 'REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY=';

/** Registries that serve `tree`, of those whose processes can be seen from here. */
export function findServing(tree: Tree): readonly Serving[] {
  const own = statSync(tree.root);
  return processes().flatMap((pid) => {
    const words = wordsOf(pid);
    if (!isRegistry(words)) return [];
    const same = rootsOf(pid, words).some((root) => {
      const stats = statIn(pid, root);
      return stats !== undefined && stats.dev === own.dev && stats.ino === own.ino;
    });
    return same ? [{ pid, command: words.join(' ') }] : [];
  });
}

export function refuseServing(tree: Tree): void {
  const [found] = findServing(tree);
  if (found === undefined) return;
  throw refusal(
    'registry-running',
    `A registry is serving this tree: process ${found.pid}, \`${found.command}\`.`,
    'Nothing was touched. Stop it, run this again, and start it afterwards. --force-running goes on all the same, at the risk of losing pushes.',
  );
}

/** What can not be seen from here, as a sentence; undefined where every process of the host can. */
export function blindSpot(): string | undefined {
  try {
    const init = readlinkSync('/proc/1/ns/pid');
    const contained = readFileSync('/proc/1/cgroup', 'utf8')
      .split('\n')
      .some((line) => /docker|containerd|kubepods|libpod|lxc/.test(line));
    const marked = ['/.dockerenv', '/run/.containerenv'].some(
      (file) => statSync(file, { throwIfNoEntry: false }) !== undefined,
    );
    return init !== '' && !contained && !marked ? undefined : BLIND;
  } catch {
    return BLIND; // ignored error: who can not look at process 1 does not see the host's processes either
  }
}

const BLIND = "the host's processes can not be seen from here: make sure yourself that no registry serves this tree.";

function processes(): readonly number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return []; // ignored error: no /proc, no processes to see; blindSpot() says so
  }
}

function isRegistry(words: readonly string[]): boolean {
  const program = words[0]?.slice(words[0].lastIndexOf('/') + 1) ?? '';
  return /^(?:docker-)?registry/.test(program) && words.includes('serve');
}

function rootsOf(pid: number, words: readonly string[]): readonly string[] {
  const given = contentOf(`/proc/${pid}/environ`)
    .split('\0')
    .find((entry) => entry.startsWith(ROOT_VARIABLE));
  if (given !== undefined) return [given.slice(ROOT_VARIABLE.length)];
  const named = words.slice(words.indexOf('serve') + 1).find((word) => !word.startsWith('-'));
  const roots = (named === undefined ? DEFAULT_CONFIGS : [named]).flatMap((file) =>
    rootIn(contentOf(viewOf(pid, file))),
  );
  return roots.length > 0 ? roots : [DEFAULT_ROOT];
}

function rootIn(config: string): readonly string[] {
  if (config === '') return [];
  try {
    const root: unknown = parse(config)?.storage?.filesystem?.rootdirectory;
    return typeof root === 'string' ? [root] : [DEFAULT_ROOT];
  } catch {
    return []; // ignored error: a registry could not have started on it either; the default root is looked at instead
  }
}

/** `file` as process `pid` sees it. */
function viewOf(pid: number, file: string): string {
  return file.startsWith('/') ? `/proc/${pid}/root${file}` : `/proc/${pid}/cwd/${file}`;
}

function statIn(pid: number, path: string) {
  try {
    return statSync(viewOf(pid, path), { throwIfNoEntry: false });
  } catch {
    return undefined; // ignored error: a process of another user; run as root to see it (the README says so)
  }
}

function wordsOf(pid: number): readonly string[] {
  return contentOf(`/proc/${pid}/cmdline`)
    .split('\0')
    .filter((word) => word !== '');
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // ignored error: the process ended meanwhile, or is another user's
  }
}
