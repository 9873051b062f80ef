// What is to be reported of the program as a whole, for its help and its man page.

import { EXIT } from '../model/errors.js';
import type { Example } from './command.js';
import type { Takes } from './option.js';

export const PROGRAM = 'regsweep';

export const ABOUT = "Cleans a container registry's storage tree on disk while the registry is stopped.";

/** More of it, in paragraphs. */
export const DESCRIPTION: readonly string[] = [
  'It works on the files of a Docker or OCI registry (docker/registry/v2, as the filesystem driver of distribution lays it out), without its API. It removes images, tags and revisions, by name or by keep rules, and deletes what nothing references any more. Before it changes anything it shows what goes, why, and how many bytes come back, and asks.',
  'What a remaining tag needs is never taken. A manifest or link that cannot be read counts as in use: its repository is left alone but for what is named literally, and the result says why. A command refuses to change a tree that a registry serves; with --stop-command and --start-command it stops the registry for the change alone.',
  'A dry run (--dry-run) makes the very same plan and opens nothing for writing. A run that was cut off is put back by the next one. With --keep-trash `regsweep undo` puts back what a run took.',
];

export const FIRST_EXAMPLES: readonly Example[] = [
  ['regsweep ls', 'List repositories and tags'],
  ['regsweep rm team/app:1.2 --dry-run', 'Show what would go with a tag'],
  ['regsweep gc --untagged', 'Delete what nothing references; asks first'],
];

/** Exit statuses, in groups that mean the same. */
export const EXIT_STATUSES: readonly (readonly [statuses: readonly number[], meaning: string])[] = [
  [[EXIT.ok], 'Done, or nothing to do'],
  [[EXIT.failed], 'Unexpected failure'],
  [[EXIT.usage], 'Usage, or a name that does not exist'],
  [[EXIT.partial], 'Finished, but something could not be read or removed, or was left alone'],
  [[EXIT.refused], 'Refused for safety, nothing touched'],
  [[EXIT.damaged], 'check found damage'],
  [[EXIT.changes], '--detailed-exitcode: a dry run that found changes'],
  [[EXIT.hungUp, EXIT.interrupted, EXIT.quit, EXIT.terminated], "Interrupted: 128 and the signal's number"],
];

/** What the words that options take mean, where that does not go without saying. */
export const VALUES: readonly (readonly [takes: Takes, is: string])[] = [
  ['DURATION', 'a number and its unit, such as 30m, 12h, 7d, 2w or 1y'],
  ['GLOB', 'a name, in which * ? [ab] {a,b} stand for others; quote it'],
];

/** Where the tree is looked for, in this order. */
export const ROOT_ORDER: readonly string[] = [
  '--root DIR',
  'the variable REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY',
  'storage.filesystem.rootdirectory in the file that --config names, else in /etc/docker/registry/config.yml or /etc/distribution/config.yml where there is one',
  'the variable REGISTRY_DATA_DIR',
  '/var/lib/registry',
];

export const ENVIRONMENT: readonly (readonly [name: string, meaning: string])[] = [
  [
    'REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY',
    "The registry's root directory, as the registry itself takes it. --root comes before it.",
  ],
  [
    'REGISTRY_DATA_DIR',
    'The root directory where neither the option, the variable above nor a configuration names one.',
  ],
  ['NO_COLOR', 'Not empty: no colour.'],
];

export const FILES: readonly (readonly [name: string, meaning: string])[] = [
  [
    '/etc/docker/registry/config.yml, /etc/distribution/config.yml',
    "The registry's configuration, where --config names no other.",
  ],
  [
    './.regsweep.yml',
    'Options that stay the same, one "option: value" a line, where --config-file names no other file. It is read only if no other user can write it.',
  ],
  ['ROOT/.regsweep/lock', 'Held while a command changes the tree.'],
  [
    'ROOT/docker/registry/v2/.regsweep',
    'While the lock is held or a run is on disk: a symlink to where they are, for other paths to the same tree, such as bind mounts.',
  ],
  [
    'ROOT/.regsweep/runs/ID',
    'One run: its plan, and the trash that its items moved to. The next command that changes the tree puts back what a run took that was cut off.',
  ],
];
