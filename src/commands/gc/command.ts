// `regsweep gc`: what nothing references, in the whole registry or in the repositories named.

import { command } from '../../cli/command.js';
import { CHANGE_OPTIONS, REPOSITORIES } from '../../cli/options.js';
import { percentOf } from '../../cli/percent.js';
import { usageError } from '../../model/errors.js';
import { requestOf } from '../../plan/request.js';

export const gc = command({
  name: 'gc',
  summary: 'Delete unreferenced data: blobs, unused layer links, old uploads, empty folders',
  arguments: REPOSITORIES,
  options: {
    untagged: {
      describe: 'Also remove untagged images; children of indexes and referrers stay with their image',
      group: 'remove',
    },
    tagless: {
      describe: 'Also clean repositories without a single tag, or layers without a single manifest',
      group: 'remove',
    },
    'uploads-older-than': {
      takes: 'DURATION',
      default: '168h',
      describe: 'Delete unfinished uploads started longer ago',
      group: 'remove',
    },
    'dangling-signatures': {
      describe: 'Also remove signature tags whose image is in no repository here',
      group: 'remove',
    },
    broken: {
      describe: 'Also remove tags and revisions that cannot be pulled, and dangling history',
      group: 'remove',
    },
    leftovers: {
      describe:
        'Search every folder for files of crashed writes (by default, a large tree is searched only if written by a registry >= 3.1)',
      group: 'remove',
    },
    grace: {
      takes: 'DURATION',
      default: '0',
      describe: 'Keep everything younger than this, and what it references',
      group: 'remove',
    },
    ...CHANGE_OPTIONS,
    'allow-empty': {
      describe: 'Continue although it would empty a registry that has blobs but no image at all',
      group: 'change',
    },
  },
  examples: [
    ['regsweep gc --dry-run', 'Show unreferenced data, and its bytes'],
    ['regsweep gc --untagged', 'Delete untagged images too; asks first'],
    ["regsweep gc 'team/**' --untagged --yes", 'Clean the repositories of one team, without asking'],
    ['regsweep gc --untagged --grace 2w --yes', 'On a schedule: keep everything younger than two weeks'],
    ['regsweep gc --untagged --max-delete 20 --yes', 'Never delete more than a fifth of the blobs at once'],
  ],
  async run(options, session) {
    const inUse = options['keep-in-use'];
    const { signal } = session.interruption;
    if (inUse === '-' && !options.yes && !options['dry-run']) {
      throw usageError('cannot ask for confirmation: stdin is the list.', 'Use --yes or --dry-run.');
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
