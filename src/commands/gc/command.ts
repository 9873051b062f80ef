// `regsweep gc`: what nothing references, in the whole registry or in the repositories named.

import { command } from '../../cli/command.js';
import { changeOptions, GROUPS, maxDeleteOption } from '../../cli/options.js';
import { percentOf } from '../../cli/percent.js';
import { usageError } from '../../model/errors.js';
import { requestOf } from '../../plan/request.js';

export const gc = command({
  name: 'gc',
  usage: 'gc [pattern..]',
  summary: 'Delete what nothing references: blobs, unused layer links, old uploads, empty folders',
  build: (yargs) =>
    changeOptions(
      yargs
        .positional('pattern', {
          type: 'string',
          takes: 'REPOSITORY',
          array: true,
          default: [] as string[],
          describe: 'Repositories to look after, by name or pattern (* ? [ab] {a,b} **); none means the whole registry',
        })
        .option('untagged', {
          type: 'boolean',
          default: false,
          describe: 'Also remove what no tag leads to; children of indexes and referrers stay with their image',
          group: GROUPS.what,
        })
        .option('tagless', {
          type: 'boolean',
          default: false,
          describe: 'Also clean repositories without a single tag, or layers without a single manifest',
          group: GROUPS.what,
        })
        .option('uploads-older-than', {
          type: 'string',
          takes: 'DURATION',
          requiresArg: true,
          default: '168h',
          describe: 'Delete unfinished uploads begun longer ago',
          group: GROUPS.what,
        })
        .option('dangling-signatures', {
          type: 'boolean',
          default: false,
          describe: 'Also remove signature tags of images that are in no repository here',
          group: GROUPS.what,
        })
        .option('broken', {
          type: 'boolean',
          default: false,
          describe: 'Also remove tags and revisions that cannot be served, and dangling history',
          group: GROUPS.what,
        })
        .option('leftovers', {
          type: 'boolean',
          default: false,
          describe:
            'Search every folder for files of crashed writes; else a big tree is searched only where a registry >= 3.1 wrote it',
          group: GROUPS.what,
        })
        .option('grace', {
          type: 'string',
          takes: 'DURATION',
          requiresArg: true,
          default: '0',
          describe: 'Keep what is younger, and what it references',
          group: GROUPS.what,
        }),
    )
      .option('max-delete', maxDeleteOption())
      .option('allow-empty', {
        type: 'boolean',
        default: false,
        describe: 'Go on though it would empty a registry that has blobs but no image at all',
        group: GROUPS.change,
      })
      .example('$0 gc --dry-run', 'What nothing references, and its bytes')
      .example('$0 gc --untagged', 'Untagged images too; asks first')
      .example("$0 gc 'team/**' --untagged --yes", 'In the repositories of one team, without asking')
      .example('$0 gc --untagged --grace 2w --yes', 'For a timer: nothing younger than two weeks, without asking')
      .example('$0 gc --untagged --max-delete 20 --yes', 'Never more than a fifth of the blobs at once'),
  async run(options, session) {
    const inUse = options['keep-in-use'];
    const { signal } = session.interruption;
    if (inUse === '-' && !options.yes && !options['dry-run']) {
      throw usageError('stdin is a list, so nobody can be asked.', 'Give --yes or --dry-run.');
    }
    const { durationMs } = await import('../../cli/durations.js');
    const { readInUse } = await import('../../cli/input-file.js');
    const request = requestOf({
      command: 'gc',
      nowMs: session.now(),
      patterns: options.pattern,
      untagged: options.untagged,
      tagless: options.tagless,
      broken: options.broken,
      leftovers: options.leftovers,
      danglingSignatures: options['dangling-signatures'],
      allowEmpty: options['allow-empty'],
      graceMs: durationMs('grace', options.grace),
      uploadsOlderThanMs: durationMs('uploads-older-than', options['uploads-older-than']),
      maxDeletePercent: percentOf('max-delete', options['max-delete']),
      ignoreMissing: options['ignore-missing'],
      keepInUse: inUse === undefined ? [] : await readInUse(inUse, signal),
    });
    const { change } = await import('../../cli/change.js');
    return change(session, request, options);
  },
});
