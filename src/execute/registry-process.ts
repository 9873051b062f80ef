// Which processes could be a registry, and what each sees: its command line, its environment, and files through its own view of
// the file system. What may not be read throws; a process that has ended meanwhile reads as nothing.

import { lstatSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import path from 'node:path';

/** As many symbolic links in one path as Linux follows. */
const MOST_LINKS = 40;

/** How a process was started as a registry; `config` is the configuration file that its command line names. */
export interface RegistryCommand {
  readonly config: string | undefined;
}

/** What a word of a command line names, as its process sees it. */
export interface Sight {
  isFile(word: string): boolean;
  isProgram(word: string): boolean;
}

const BLIND: Sight = { isFile: () => false, isProgram: () => false };

export function processes(): readonly number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return []; // ignored error: without /proc no process can be seen; blindSpot() says so
  }
}

/** The command line of process `pid`; empty where it has ended, or is a thread of the kernel. */
export function commandLine(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      .split('\0')
      .filter((word) => word !== '');
  } catch {
    return []; // ignored error: the process has ended; every user may read the command line of one that runs
  }
}

/**
 * Whether `words` could start a registry: a program whose name contains `registry`, or is `distribution`, anywhere in them, as
 * a loader, an emulator or an init may come first; then `serve`, or nothing but a configuration file, as up to 2.3.
 */
export function registryCommand(
  words: readonly string[],
  { isFile, isProgram }: Sight = BLIND,
): RegistryCommand | undefined {
  const names = words.map((word) => path.basename(word));
  const first = names.findIndex(isRegistryName);
  if (first < 0 || names.slice(0, first).some((name) => /^regsweep(?:\.js)?$/.test(name))) return undefined;
  const rest = words.slice(first + 1);
  if (rest.includes('garbage-collect')) return undefined;
  const serve = rest.indexOf('serve');
  if (serve >= 0) return { config: rest.slice(serve + 1).find(isOperand) };
  for (const [at, name] of names.entries()) {
    // Without the word `serve` a file's name is not enough: it may be an argument, as of an editor or a copy.
    if (!isRegistryName(name) || (at > 0 && !isProgram(words[at]!))) continue;
    const [config, ...further] = words.slice(at + 1).filter(isOperand);
    if (config !== undefined && further.length === 0 && (/\.ya?ml$/i.test(config) || isFile(config))) return { config };
  }
  return undefined;
}

/** Files that belong to a registry are not registries. */
const NOT_PROGRAM = /\.(?:ya?ml|json|conf|log|txt|md|tar|t?gz|zip|pid|sock|service)$/i;

function isRegistryName(name: string): boolean {
  return (/registry/i.test(name) && !NOT_PROGRAM.test(name)) || name === 'distribution';
}

function isOperand(word: string): boolean {
  return !word.startsWith('-');
}

/** True where `pid` runs `serve` from an executable that is a registry's, whatever its command line calls it. */
export function isRegistryProgram(pid: number): boolean {
  try {
    return isRegistryName(path.basename(readlinkSync(`/proc/${pid}/exe`)));
  } catch {
    return false; // ignored error: the command line alone decides where the program may not be seen
  }
}

export function hasEnded(pid: number): boolean {
  return commandLine(pid).length === 0;
}

/** The environment that `pid` was started with; of a doubled name the first counts, as Go reads it. */
export function variablesOf(pid: number): ReadonlyMap<string, string> {
  const variables = new Map<string, string>();
  for (const entry of readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')) {
    const [, name, value = ''] = /^([^=]+)=(.*)$/s.exec(entry) ?? [];
    if (name !== undefined && !variables.has(name)) variables.set(name, value);
  }
  return variables;
}

/**
 * `file` as process `pid` sees it, as a path of ours. Links are followed here, one by one: the kernel would resolve an absolute
 * one in our own view, not in the process's. Throws where it cannot be followed, ENOENT excepted.
 */
export function viewOf(pid: number, file: string): string {
  const top = `/proc/${pid}/root`;
  // Read even where it is not needed: without the right to do so, nothing below can be seen.
  const root = readlinkSync(top);
  const from = file.startsWith('/') ? '' : below(root, readlinkSync(`/proc/${pid}/cwd`));
  let left = `${from}/${file}`.split('/');
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
    if (links > MOST_LINKS) throw new Error(`${file}: too many symbolic links`);
    const target = readlinkSync(here);
    if (target.startsWith('/')) at = [];
    left = [...target.split('/'), ...left];
  }
  return [top, ...at].join('/');
}

/** Undefined where nothing is there. Throws where that cannot be seen. */
export function statIn(pid: number, file: string) {
  return statSync(viewOf(pid, file), { throwIfNoEntry: false });
}

/** A working directory as /proc shows it, without the root of a process that was given another by chroot. */
function below(root: string, directory: string): string {
  return root !== '/' && directory.startsWith(`${root}/`) ? directory.slice(root.length) : directory;
}

/** Files and programs as process `pid` sees them. What cannot be seen may be one. */
export function sightOf(pid: number): Sight {
  const isFile = (word: string, mode = 0): boolean => {
    try {
      const stats = statIn(pid, word);
      return stats?.isFile() === true && (stats.mode & mode) === mode;
    } catch {
      return true; // ignored error: as said above
    }
  };
  return { isFile: (word) => isFile(word), isProgram: (word) => word.includes('/') && isFile(word, 0o100) };
}
