// Options that several commands share, as data: where the tree is, what to print, how a change is made.

import type { Arguments, Options, OptionValues } from './option.js';

/** Options of every command. */
export const GLOBAL_OPTIONS = {
  root: {
    takes: 'DIR',
    describe: "The registry's root directory, or its docker/registry/v2",
    group: 'tree',
  },
  config: {
    takes: 'FILE',
    describe: "The registry's config.yml, to take the root from",
    group: 'tree',
  },
  'config-file': {
    takes: 'FILE',
    describe: 'Read options from this YAML file instead of ./.regsweep.yml',
    group: 'tree',
  },
  concurrency: {
    takes: 'N',
    describe: 'Number of files to read or delete at a time',
    group: 'tree',
    setting: true,
  },
  json: { describe: 'Print one JSON document on stdout', group: 'output' },
  bytes: { describe: 'Print exact bytes, not 1.2 GB', group: 'output' },
  verbose: { alias: 'v', describe: 'Show every item and log each step', group: 'output', conflicts: 'quiet' },
  quiet: { alias: 'q', describe: 'Print only the totals: no progress, no notes', group: 'output' },
  'log-file': {
    takes: 'FILE',
    writes: true,
    describe: 'Append a log to this file, one JSON object per line',
    group: 'output',
    setting: true,
  },
  'no-color': { describe: 'Print without colour, as with NO_COLOR in the environment', group: 'output' },
} as const satisfies Options;

export type GlobalOptions = OptionValues<typeof GLOBAL_OPTIONS>;

/** Options of every command, and those that yargs answers by itself. */
export const PROGRAM_OPTIONS: Options = {
  ...GLOBAL_OPTIONS,
  help: { alias: 'h', describe: 'Show help', group: 'other' },
  version: { describe: 'Show version number', group: 'other' },
};

/** Options of every command that changes the tree. */
export const TREE_CHECK_OPTIONS = {
  'own-blobs': {
    describe: 'Confirm that no other registry uses these blobs, although they are outside the root',
    group: 'change',
    setting: true,
  },
  'force-mount': {
    describe:
      'Continue although the tree is a mounted object store: an interrupted run can lose images, and an undo leaves keys that end in /',
    group: 'change',
    setting: true,
  },
} as const satisfies Options;

/** Options of every command that makes or undoes a change: how it is carried out. */
export const CARRYING_OPTIONS = {
  'dry-run': { alias: 'n', describe: 'Show what would be done, change nothing', group: 'change' },
  yes: { alias: 'y', describe: 'Do not ask for confirmation', group: 'change' },
  'keep-trash': {
    describe: 'Move removed items to the trash: their space is not freed until `trash empty`',
    group: 'change',
    setting: true,
  },
  'force-running': {
    describe: 'Continue although a registry serves this tree: pushes may be damaged',
    group: 'change',
  },
  ...TREE_CHECK_OPTIONS,
  'detailed-exitcode': { describe: 'Exit with 10 from a dry run that finds something to do', group: 'change' },
  'stop-command': {
    takes: 'COMMAND',
    describe: 'Stop the registry with this command, once the plan is made and confirmed',
    group: 'service',
    setting: true,
  },
  'start-command': {
    takes: 'COMMAND',
    describe: 'Start the registry again with this command, whatever happened, before the space is freed',
    group: 'service',
    setting: true,
  },
  'stop-timeout': {
    takes: 'DURATION',
    describe: 'Wait this long for the registry to exit after --stop-command (30s if not given)',
    group: 'service',
    setting: true,
  },
  shell: {
    describe: 'Run both commands with /bin/sh instead of splitting them into words',
    group: 'service',
    setting: true,
  },
  'wait-url': {
    takes: 'URL',
    describe: 'After the start, wait until this URL answers, such as http://localhost:5000/v2/',
    group: 'service',
    requires: 'start-command',
    setting: true,
  },
  'wait-timeout': {
    takes: 'DURATION',
    describe: 'Wait this long for --wait-url (60s if not given)',
    group: 'service',
    setting: true,
  },
} as const satisfies Options;

export type CarryingOptions = OptionValues<typeof CARRYING_OPTIONS>;

/** `--report`, of every command with something to show on a page. */
export const REPORT_OPTION = {
  report: {
    takes: 'FILE',
    writes: true,
    describe: 'Write a self-contained HTML page to this file: what is removed and why, and a map of the storage',
    group: 'output',
  },
} as const satisfies Options;

/** `--in-place`, of every command that removes. */
export const IN_PLACE_OPTION = {
  'in-place': {
    describe: 'Delete without a record or trash, for a full disk: this cannot be undone',
    group: 'change',
    conflicts: 'keep-trash',
  },
} as const satisfies Options;

/** Options of every command that plans a change and carries it out. */
export const CHANGE_OPTIONS = {
  ...CARRYING_OPTIONS,
  ...IN_PLACE_OPTION,
  'keep-in-use': {
    takes: 'FILE',
    describe: 'Keep the images and digests listed in this file (- is stdin), as kubectl prints them',
    group: 'change',
  },
  'ignore-missing': {
    describe: 'Warn about references and --keep-in-use entries that match nothing, and continue',
    group: 'change',
  },
  'plan-out': {
    takes: 'FILE',
    writes: true,
    describe: 'Save the plan to this file, as JSON, for `regsweep apply`',
    group: 'change',
  },
  ...REPORT_OPTION,
  'max-delete': {
    takes: 'PERCENT',
    default: '100',
    describe: 'Refuse if more than this percentage of the blobs would be deleted',
    group: 'change',
  },
} as const satisfies Options;

/** Options of the commands that remove untagged revisions along with what they remove by name or rule. */
export const UNTAGGED_OPTIONS = {
  tagless: {
    describe: 'With --untagged: also in repositories without a single tag',
    group: 'remove',
    requires: 'untagged',
  },
  grace: {
    takes: 'DURATION',
    default: '0',
    describe: 'With --untagged: keep revisions younger than this, and what they reference',
    group: 'remove',
    requires: 'untagged',
  },
} as const satisfies Options;

/** The repositories that a command works on. */
export const REPOSITORIES = {
  pattern: {
    takes: 'REPOSITORY',
    several: true,
    describe: 'Repositories to work on, by name or pattern (* ? [ab] {a,b} **); all if none is given',
  },
} as const satisfies Arguments;
