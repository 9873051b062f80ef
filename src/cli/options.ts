// Options that several commands share, each group once: where the tree is, how to speak, what a change may do.

import type { Argv } from 'yargs';

/** Options of every command. */
export function globalOptions(yargs: Argv) {
  return yargs
    .option('root', {
      type: 'string',
      takes: 'DIR',
      requiresArg: true,
      describe: "The registry's root directory, or its docker/registry/v2",
      group: GROUPS.tree,
    })
    .option('config', {
      type: 'string',
      takes: 'FILE',
      requiresArg: true,
      describe: "The registry's config.yml, to take the root from",
      group: GROUPS.tree,
    })
    .option('config-file', {
      type: 'string',
      takes: 'FILE',
      requiresArg: true,
      describe: 'A YAML file with options that stay the same; ./.regsweep.yml where not given',
      group: GROUPS.tree,
    })
    .option('concurrency', {
      type: 'string',
      takes: 'N',
      requiresArg: true,
      describe: 'How much to read and delete at a time',
      group: GROUPS.tree,
    })
    .option('json', { type: 'boolean', default: false, describe: 'One JSON document on stdout', group: GROUPS.output })
    .option('bytes', { type: 'boolean', default: false, describe: 'Exact bytes, not 1.2 GB', group: GROUPS.output })
    .option('verbose', {
      alias: 'v',
      type: 'boolean',
      default: false,
      describe: 'Show every item, and tell what is being done',
      group: GROUPS.output,
    })
    .option('quiet', {
      alias: 'q',
      type: 'boolean',
      default: false,
      describe: 'No progress, no remarks; only the sum of the result',
      group: GROUPS.output,
    })
    .option('log-file', {
      type: 'string',
      takes: 'FILE',
      requiresArg: true,
      describe: 'Append a log to this file, a JSON object a line',
      group: GROUPS.output,
    })
    .option('no-color', {
      type: 'boolean',
      default: false,
      describe: 'No colour; so does NO_COLOR in the environment',
      group: GROUPS.output,
    });
}

export type GlobalOptions = ReturnType<typeof globalOptions> extends Argv<infer T> ? T : never;

/** Options of every command that changes the tree: how a change is carried out. */
export function carryingOptions<T>(yargs: Argv<T>) {
  return yargs
    .option('dry-run', {
      alias: 'n',
      type: 'boolean',
      default: false,
      describe: 'Show what would be done, change nothing',
      group: GROUPS.change,
    })
    .option('yes', {
      alias: 'y',
      type: 'boolean',
      default: false,
      describe: 'Do it without asking',
      group: GROUPS.change,
    })
    .option('keep-trash', {
      type: 'boolean',
      default: false,
      describe: 'Keep what goes in the trash: its space is not freed until `trash empty`',
      group: GROUPS.change,
    })
    .option('force-running', {
      type: 'boolean',
      default: false,
      describe: 'Go on though a registry serves this tree: pushes may be damaged',
      group: GROUPS.change,
    })
    .option('own-blobs', ownBlobsOption())
    .option('force-mount', forceMountOption())
    .option('detailed-exitcode', {
      type: 'boolean',
      default: false,
      describe: 'Exit 10 from a dry run that finds something to do',
      group: GROUPS.change,
    })
    .option('stop-command', {
      type: 'string',
      takes: 'COMMAND',
      requiresArg: true,
      describe: 'Stops the registry, once the plan is made and confirmed',
      group: GROUPS.window,
    })
    .option('start-command', {
      type: 'string',
      takes: 'COMMAND',
      requiresArg: true,
      describe: 'Starts it again, whatever happened, before the space is freed',
      group: GROUPS.window,
    })
    .option('stop-timeout', {
      type: 'string',
      takes: 'DURATION',
      requiresArg: true,
      describe: 'How long the registry may take to end after that: 30s where not given',
      group: GROUPS.window,
    })
    .option('shell', {
      type: 'boolean',
      default: false,
      describe: 'Hand both commands to /bin/sh; else they are split into words and run as they are',
      group: GROUPS.window,
    })
    .option('wait-url', {
      type: 'string',
      takes: 'URL',
      requiresArg: true,
      describe: 'After the start wait until this answers, such as http://localhost:5000/v2/',
      group: GROUPS.window,
    })
    .option('wait-timeout', {
      type: 'string',
      takes: 'DURATION',
      requiresArg: true,
      describe: 'How long to wait for that: 60s where not given',
      group: GROUPS.window,
    });
}

/** `--max-delete`, of every command that deletes blobs. */
export function maxDeleteOption() {
  return {
    type: 'string',
    takes: 'PERCENT',
    requiresArg: true,
    default: '100',
    describe: 'Refuse when more than this percentage of the blobs would go',
    group: GROUPS.change,
  } as const;
}

/** `--grace` of the commands that sweep untagged revisions on request. */
export function untaggedGraceOption() {
  return {
    type: 'string',
    takes: 'DURATION',
    requiresArg: true,
    default: '0',
    describe: 'With --untagged: keep what is younger, and what it references',
    group: GROUPS.what,
  } as const;
}

/** `--force-mount`, of every command that changes the tree. */
export function forceMountOption() {
  return {
    type: 'boolean',
    default: false,
    describe:
      'Go on though the tree is a mounted object store: a run that is cut off can lose images, and an undo leaves keys that end in /',
    group: GROUPS.change,
  } as const;
}

/** `--in-place`, of every command that removes. */
export function inPlaceOption() {
  return {
    type: 'boolean',
    default: false,
    describe: 'Delete without a record or trash, for a full disk: it cannot be undone',
    group: GROUPS.change,
  } as const;
}

/** `--own-blobs`, of every command that changes the tree. */
export function ownBlobsOption() {
  return {
    type: 'boolean',
    default: false,
    describe: 'No other registry uses these blobs, though they lie outside the root',
    group: GROUPS.change,
  } as const;
}

export type CarryingOptions = ReturnType<typeof carryingOptions<unknown>> extends Argv<infer T> ? T : never;

/** Options of every command that plans a change and carries it out. */
export function changeOptions<T>(yargs: Argv<T>) {
  return carryingOptions(yargs)
    .option('in-place', inPlaceOption())
    .option('keep-in-use', {
      type: 'string',
      takes: 'FILE',
      requiresArg: true,
      describe: 'Keep the images and digests that this file lists (- is stdin), as kubectl prints them',
      group: GROUPS.change,
    })
    .option('ignore-missing', {
      type: 'boolean',
      default: false,
      describe: 'Warn about references and entries of --keep-in-use that match nothing, and go on',
      group: GROUPS.change,
    })
    .option('plan-out', {
      type: 'string',
      takes: 'FILE',
      requiresArg: true,
      describe: 'Save the plan to this file, as JSON, for `regsweep apply`',
      group: GROUPS.change,
    })
    .option('report', reportOption());
}

/** `--report`, of every command that has something to picture. */
export function reportOption() {
  return {
    type: 'string',
    takes: 'FILE',
    requiresArg: true,
    describe: 'Write a page to this file: what goes and why, and a map of the storage; one .html that loads nothing',
    group: GROUPS.output,
  } as const;
}

/** Headings of the groups in `--help`. */
export const GROUPS = {
  look: 'What is looked at:',
  keep: 'What stays:',
  what: 'What goes:',
  tree: 'Tree:',
  output: 'Output:',
  change: 'Change:',
  window: 'While the registry runs (it is stopped for the change alone):',
} as const;
