// Is a registry serving this very tree? Every process that runs `registry serve` is asked, through its own view of the file
// system, which folders its root and its v2 are; the same device and inode is the same tree, whatever it is called in its container.

import { lstatSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { refusal } from '../model/errors.js';
import { V2_BELOW_ROOT } from '../model/layout.js';
import type { Tree } from '../model/tree.js';

export interface Serving {
  readonly pid: number;
  readonly command: string;
}

const DEFAULT_CONFIGS = ['/etc/docker/registry/config.yml', '/etc/distribution/config.yml'];
const DEFAULT_ROOT = '/var/lib/registry';
/** As many symbolic links in one path as Linux follows. */
const LINKS_AT_MOST = 40;

/** Registries that serve `tree`, of those whose processes can be seen from here. */
export async function findServing(tree: Tree): Promise<readonly Serving[]> {
  const own = [statSync(tree.root), statSync(tree.v2)];
  const registries = processes()
    .map((pid) => ({ pid, words: wordsOf(pid) }))
    .filter(({ words }) => isRegistry(words));
  if (registries.length === 0) return [];
  // Loaded here: where no registry runs, and that is the rule, nobody waits for it.
  const { parse } = await import('yaml');
  return registries.flatMap(({ pid, words }) => {
    // Two roots may lead to one v2: by a symlink, or by a mount of v2 alone.
    const same = rootsOf(pid, words, parse).some((root) =>
      [root, `${root}/${V2_BELOW_ROOT}`].some((path) => {
        const stats = statIn(pid, path);
        return stats !== undefined && own.some(({ dev, ino }) => stats.dev === dev && stats.ino === ino);
      }),
    );
    return same ? [{ pid, command: words.join(' ') }] : [];
  });
}

export async function refuseServing(tree: Tree): Promise<void> {
  const [found] = await findServing(tree);
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
    // The host's own name space has this number on every Linux (PROC_PID_INIT_INO in include/linux/proc_ns.h).
    const hosts = readlinkSync('/proc/self/ns/pid') === 'pid:[4026531836]';
    const contained = readFileSync('/proc/1/cgroup', 'utf8')
      .split('\n')
      .some((line) => /docker|containerd|kubepods|libpod|lxc/.test(line));
    const marked = ['/.dockerenv', '/run/.containerenv'].some(
      (file) => statSync(file, { throwIfNoEntry: false }) !== undefined,
    );
    return hosts && !contained && !marked ? undefined : BLIND;
  } catch {
    return BLIND; // ignored error: who can not look there does not see the host's processes either
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

/**
 * The roots that the process may serve, the likeliest first. Source: distribution's configuration/parser.go (a variable goes before
 * the file, the longer name before the shorter) and registry/registry.go `resolveConfiguration`.
 */
function rootsOf(pid: number, words: readonly string[], parse: Parse): readonly string[] {
  const rootIn = (text: string | undefined, driver: (given: Settings) => Settings) => rootNamed(text, driver, parse);
  const variable = variablesOf(pid);
  const root = variable('REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY');
  if (root !== undefined) return [root];
  const driver = variable('REGISTRY_STORAGE_FILESYSTEM');
  if (driver !== undefined) return [rootIn(driver, (given) => given) ?? DEFAULT_ROOT];
  // Takes the place of all that the file says of storage, its root directory too: `filesystem` alone means the default one.
  const storage = variable('REGISTRY_STORAGE');
  if (storage !== undefined) return [rootIn(storage, (given) => given?.['filesystem']) ?? DEFAULT_ROOT];
  const named =
    words.slice(words.indexOf('serve') + 1).find((word) => !word.startsWith('-')) ??
    variable('REGISTRY_CONFIGURATION_PATH');
  const roots = (named === undefined ? DEFAULT_CONFIGS : [named]).flatMap((file) => {
    const path = viewOf(pid, file);
    const config = path === undefined ? '' : contentOf(path);
    return config === '' ? [] : (rootIn(config, (given) => given?.['storage']?.['filesystem']) ?? DEFAULT_ROOT);
  });
  return roots.length > 0 ? roots : [DEFAULT_ROOT];
}

type Settings = { readonly [key: string]: Settings } | undefined;
/** Of YAML. */
type Parse = (text: string) => Settings;

/** `rootdirectory` of the driver's settings in `text`; undefined where it names none. */
function rootNamed(text: string | undefined, driver: (given: Settings) => Settings, parse: Parse): string | undefined {
  if (text === undefined) return undefined;
  try {
    const root: unknown = driver(parse(text))?.['rootdirectory'];
    return typeof root === 'string' ? root : undefined;
  } catch {
    return undefined; // ignored error: a registry could not have started on it either; the next place is looked at instead
  }
}

function variablesOf(pid: number): (name: string) => string | undefined {
  const entries = contentOf(`/proc/${pid}/environ`).split('\0');
  return (name) => entries.find((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1);
}

/**
 * `path` as process `pid` sees it, as a path of ours. Links are followed here, one by one: the kernel would resolve an absolute one
 * in our own view, not in the process's.
 */
function viewOf(pid: number, path: string): string | undefined {
  try {
    const top = `/proc/${pid}/root`;
    const from = path.startsWith('/') ? '' : insideOf(readlinkSync(`/proc/${pid}/cwd`), readlinkSync(top));
    let left = `${from}/${path}`.split('/');
    let at: string[] = [];
    for (let links = 0; left.length > 0; ) {
      const [name = '', ...rest] = left;
      left = rest;
      if (name === '' || name === '.') continue;
      if (name === '..') {
        at.pop();
        continue;
      }
      const here = [top, ...at, name].join('/');
      if (lstatSync(here, { throwIfNoEntry: false })?.isSymbolicLink() !== true) {
        at.push(name);
        continue;
      }
      links += 1;
      if (links > LINKS_AT_MOST) return undefined;
      const target = readlinkSync(here);
      if (target.startsWith('/')) at = [];
      left = [...target.split('/'), ...left];
    }
    return [top, ...at].join('/');
  } catch {
    return undefined; // ignored error: the process ended meanwhile, or is another user's; run as root to see it (the README says so)
  }
}

/** A working folder as /proc tells it, less the root of a process that was given another by chroot. */
function insideOf(folder: string, root: string): string {
  return root !== '/' && folder.startsWith(`${root}/`) ? folder.slice(root.length) : folder;
}

function statIn(pid: number, path: string) {
  const seen = viewOf(pid, path);
  try {
    return seen === undefined ? undefined : statSync(seen, { throwIfNoEntry: false });
  } catch {
    return undefined; // ignored error: as above
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
