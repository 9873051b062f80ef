// `regsweep rm`: whole repositories, tags and revisions, by name or pattern.

import { command } from '../../cli/command.js';
import { CHANGE_OPTIONS, UNTAGGED_OPTIONS } from '../../cli/options.js';
import { percentOf } from '../../cli/percent.js';
import { EXIT, RegsweepError, usageError } from '../../model/errors.js';
import { requestOf } from '../../plan/request.js';

export const rm = command({
  name: 'rm',
  summary: 'Remove images, tags or revisions: IMAGE, IMAGE:TAG, IMAGE@DIGEST, or patterns of them',
  arguments: {
    reference: {
      takes: 'IMAGE',
      several: true,
      describe: 'The images to remove: IMAGE[:TAG|@DIGEST], with * ? [ab] {a,b} ** allowed in IMAGE and TAG',
    },
  },
  options: {
    'from-file': {
      takes: 'FILE',
      describe: 'Also take references from this file (- is stdin), one per line, with # comments',
      group: 'remove',
    },
    untagged: { describe: 'Also remove untagged images, in the repositories named', group: 'remove' },
    ...UNTAGGED_OPTIONS,
    ...CHANGE_OPTIONS,
    'allow-empty': { describe: 'Continue although it would remove every image of the registry', group: 'change' },
  },
  examples: [
    ['regsweep rm team/app:1.2 --dry-run', 'Show what would be removed with this tag'],
    ["regsweep rm 'team/*:2017*' --dry-run", 'Every tag that starts with 2017, in every repository of the team'],
    ['regsweep rm old/app', 'Remove all of the repository old/app; old/app/web stays'],
    ['regsweep rm --from-file unwanted.txt --yes', 'Remove the images listed in the file, without asking'],
  ],
  async run(options, session) {
    const { durationMs } = await import('../../cli/durations.js');
    const { readInUse, readReferences } = await import('../../cli/input-file.js');
    const file = options['from-file'];
    const inUse = options['keep-in-use'];
    const { signal } = session.interruption;
    if (file === '-' && inUse === '-') throw usageError('--from-file and --keep-in-use cannot both be stdin.');
    if ((file === '-' || inUse === '-') && !options.yes && !options['dry-run']) {
      throw usageError('cannot ask for confirmation: stdin is the list.', 'Use --yes or --dry-run.');
    }
    const listed = file === undefined ? [] : await readReferences('from-file', file, signal);
    const references = [...options.reference, ...listed];
    if (references.length === 0 && file === undefined) {
      throw usageError('rm needs something to remove.', 'Name IMAGE, IMAGE:TAG or IMAGE@DIGEST, or give --from-file.');
    }
    if (references.length === 0 && !options['ignore-missing']) {
      throw new RegsweepError('usage', EXIT.usage, `--from-file ${file} names nothing.`, {
        hint: 'Did the command that wrote it fail? --ignore-missing takes an empty list for nothing to do.',
      });
    }
    const request = requestOf({
      command: 'rm',
      nowMs: session.now(),
      references,
      ignoreMissing: options['ignore-missing'],
      untagged: options.untagged,
      tagless: options.tagless,
      graceMs: durationMs('grace', options.grace),
      allowEmpty: options['allow-empty'],
      maxDeletePercent: percentOf('max-delete', options['max-delete']),
      keepInUse: inUse === undefined ? [] : await readInUse(inUse, signal),
    });
    const { change } = await import('../../cli/change.js');
    return change(session, request, options);
  },
});
