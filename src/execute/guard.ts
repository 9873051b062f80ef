// Is a registry serving this very tree? Every process that could be a registry is looked at through its own view of the file
// system: the same device and inode is the same tree, whatever it is called in its container. Doubt refuses.

import { closeSync, constants, fstatSync, openSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { refusal } from '../model/errors.js';
import { V2_BELOW_ROOT } from '../model/layout.js';
import type { Tree } from '../model/tree.js';
import { DEFAULT_CONFIGS, type RegistryConfig, readRegistryConfig, type Variables } from './registry-config.js';
import {
  commandLine,
  hasEnded,
  isRegistryProgram,
  processes,
  type RegistryCommand,
  registryCommand,
  sightOf,
  statIn,
  variablesOf,
  viewOf,
} from './registry-process.js';

export interface Serving {
  readonly pid: number;
  readonly command: string;
  /** Its configuration makes it read-only, for certain. */
  readonly readonly: boolean;
  /** Why it cannot be ruled out that it serves this tree; undefined where it surely does. */
  readonly doubt: string | undefined;
}

const MOST_CONFIG_BYTES = 4_194_304;

/** Registries that serve `tree`, or may, of those whose processes can be seen from here. */
export async function findServing(tree: Tree): Promise<readonly Serving[]> {
  const found: Serving[] = [];
  for (const pid of processes()) {
    if (pid === process.pid) continue;
    const words = commandLine(pid);
    const command = registryCommand(words, sightOf(pid)) ?? unusualCommand(pid, words);
    if (command === undefined) continue;
    const seen = await serves(pid, command, tree);
    if (seen !== undefined && !hasEnded(pid)) found.push({ pid, command: words.join(' '), ...seen });
  }
  return found;
}

/** Refuses while a registry serves `tree`, or may. Returns those that serve it read-only, which are no danger. */
export async function refuseServing(tree: Tree): Promise<readonly Serving[]> {
  const found = await findServing(tree);
  const [first] = found.filter(isDanger);
  if (first === undefined) return found;
  const { pid, command, doubt } = first;
  throw refusal(
    'registry-running',
    doubt === undefined
      ? `A registry is serving this tree: process ${pid}, \`${command}\`.`
      : `A registry may be serving this tree: process ${pid}, \`${command}\`: ${doubt}.`,
    `Nothing was touched. ${doubt === undefined ? '' : 'Run this as root, which may read everything, or stop that process. '}Stop the registry, run this again, and start it afterwards. --force-running continues anyway, at the risk of losing pushes.`,
  );
}

/** A registry that may write. */
export function isDanger({ readonly, doubt }: Serving): boolean {
  return doubt !== undefined || !readonly;
}

/** What cannot be seen from here, as a sentence; undefined where every process of the host can. */
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
    return BLIND; // ignored error: where that cannot be read, the host's processes cannot be seen either
  }
}

const BLIND = "the host's processes cannot be seen from here: make sure yourself that no registry serves this tree.";

/** A registry under another name, as `exec -a` gives one. */
function unusualCommand(pid: number, words: readonly string[]): RegistryCommand | undefined {
  return words.includes('serve') && isRegistryProgram(pid)
    ? registryCommand(['registry', ...words.slice(1)])
    : undefined;
}

/** How process `pid` serves `tree`; undefined where it surely does not. */
async function serves(
  pid: number,
  command: RegistryCommand,
  tree: Tree,
): Promise<Pick<Serving, 'readonly' | 'doubt'> | undefined> {
  try {
    const { root, readonly } = await configOf(pid, command);
    return root !== undefined && resolvesTo(pid, root, tree) ? { readonly, doubt: undefined } : undefined;
  } catch (error) {
    return { readonly: false, doubt: (error as Error).message };
  }
}

/** Two roots may lead to one tree: by a link, or by a mount, at any place down to the blobs. */
function resolvesTo(pid: number, root: string, { root: own, v2 }: Tree): boolean {
  const theirs = `${root}/${V2_BELOW_ROOT}`;
  const pairs = [
    [own, root],
    [v2, root],
    [own, theirs],
    [v2, theirs],
    [`${v2}/blobs`, `${theirs}/blobs`],
    [`${v2}/repositories`, `${theirs}/repositories`],
  ] as const;
  return pairs.some(([ours, other]) => {
    const mine = statSync(ours, { throwIfNoEntry: false });
    const its = mine && statIn(pid, other);
    return mine !== undefined && its !== undefined && mine.dev === its.dev && mine.ino === its.ino;
  });
}

async function configOf(pid: number, command: RegistryCommand): Promise<RegistryConfig> {
  const variables = variablesOf(pid);
  const named = command.config ?? variables.get('REGISTRY_CONFIGURATION_PATH');
  const config = await readRegistryConfig(configText(pid, named), [...variables] satisfies Variables);
  if (config.driver === undefined) throw new Error('its configuration names no storage driver');
  return config;
}

function configText(pid: number, named: string | undefined): string {
  for (const file of named === undefined ? DEFAULT_CONFIGS : [named]) {
    const text = contentOf(viewOf(pid, file));
    if (text !== undefined) return text;
  }
  throw new Error(named === undefined ? 'it names no configuration file' : `its configuration ${named} is not there`);
}

/** Undefined where no file is there. Never waits, as opening a FIFO would. */
function contentOf(file: string): string | undefined {
  let handle: number;
  try {
    handle = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const stats = fstatSync(handle);
    if (!stats.isFile() || stats.size > MOST_CONFIG_BYTES) throw new Error(`${file} is not a file of a usual size`);
    return readFileSync(handle, 'utf8');
  } finally {
    closeSync(handle);
  }
}
