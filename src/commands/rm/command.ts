// `regsweep rm`: whole repositories, tags and revisions, by name or pattern.

import { command } from '../../cli/command.js';
import { changeOptions, GROUPS, maxDeleteOption, untaggedGraceOption } from '../../cli/options.js';
import { percentOf } from '../../cli/percent.js';
import { EXIT, RegsweepError, usageError } from '../../model/errors.js';
import { requestOf } from '../../plan/request.js';

export const rm = command({
  name: 'rm',
  usage: 'rm [reference..]',
  summary: 'Remove images, tags or revisions: IMAGE, IMAGE:TAG, IMAGE@DIGEST, or patterns of them',
  build: (yargs) =>
    changeOptions(
      yargs
        .positional('reference', {
          type: 'string',
          takes: 'IMAGE',
          array: true,
          default: [] as string[],
          describe: 'What to remove: IMAGE[:TAG|@DIGEST], * ? [ab] {a,b} ** allowed in IMAGE and TAG',
        })
        .option('from-file', {
          type: 'string',
          takes: 'FILE',
          requiresArg: true,
          describe: 'Take references from this file too (- is stdin), one a line, # comments',
          group: GROUPS.what,
        })
        .option('untagged', {
          type: 'boolean',
          default: false,
          describe: 'Also remove what no tag leads to, in the repositories named',
          group: GROUPS.what,
        })
        .option('tagless', {
          type: 'boolean',
          default: false,
          describe: 'With --untagged: also in repositories that have not one tag',
          group: GROUPS.what,
        }),
    )
      .option('grace', untaggedGraceOption())
      .option('max-delete', maxDeleteOption())
      .option('allow-empty', {
        type: 'boolean',
        default: false,
        describe: 'Go on though it would remove every image of the registry',
        group: GROUPS.change,
      })
      .example('$0 rm team/app:1.2 --dry-run', 'What would go with this tag')
      .example("$0 rm 'team/*:2017*' --dry-run", 'Every tag that starts with 2017, in every repository of the team')
      .example('$0 rm old/app', 'The repository old/app whole; old/app/web stays')
      .example('$0 rm --from-file unwanted.txt --yes', 'What the file lists, without asking'),
  async run(options, session) {
    if (options.tagless && !options.untagged) throw usageError('--tagless only means something with --untagged.');
    if (options.grace !== '0' && !options.untagged) throw usageError('--grace needs --untagged.');
    const { durationMs } = await import('../../cli/durations.js');
    const { readInUse, readReferences } = await import('../../cli/input-file.js');
    const file = options['from-file'];
    const inUse = options['keep-in-use'];
    const { signal } = session.interruption;
    if (file === '-' && inUse === '-') throw usageError('--from-file and --keep-in-use cannot both be stdin.');
    if ((file === '-' || inUse === '-') && !options.yes && !options['dry-run']) {
      throw usageError('stdin is a list, so nobody can be asked.', 'Give --yes or --dry-run.');
    }
    const listed = file === undefined ? [] : await readReferences('from-file', file, signal);
    const references = [...options.reference, ...listed];
    if (references.length === 0 && file === undefined) {
      throw usageError(
        'rm needs to be told what to remove.',
        'Name IMAGE, IMAGE:TAG or IMAGE@DIGEST, or give --from-file.',
      );
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
