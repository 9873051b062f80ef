// `regsweep retain`: removes the tags that no keep rule keeps.

import { command } from '../../cli/command.js';
import { changeOptions, GROUPS, maxDeleteOption, untaggedGraceOption } from '../../cli/options.js';
import { percentOf } from '../../cli/percent.js';
import { usageError } from '../../model/errors.js';
import { globMatcher } from '../../model/glob.js';
import type { KeepRules, RetainPolicy, TagOrder } from '../../plan/request.js';
import { requestOf } from '../../plan/request.js';

const ORDERS: readonly TagOrder[] = ['pushed', 'created', 'name'];

const number = (describe: string, takes: 'N' | 'DURATION' = 'N') =>
  ({ type: 'string', takes, requiresArg: true, describe, group: GROUPS.keep }) as const;
const globs = (describe: string, group: string) =>
  ({
    type: 'string',
    takes: 'GLOB',
    array: true,
    requiresArg: true,
    default: [] as string[],
    describe,
    group,
  }) as const;

export const retain = command({
  name: 'retain',
  usage: 'retain [pattern..]',
  summary: 'Remove the tags that no keep rule keeps',
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
        .option('keep-last', number('Keep the newest N tags of each repository'))
        .option('keep-within', number('Keep what is younger than this, such as 30d', 'DURATION'))
        .option('keep-semver', number('Keep the N highest versions'))
        .option('keep-semver-minor', number('Keep the highest of each of the N highest minor lines (1.2.*)'))
        .option('keep-semver-major', number('Keep the highest of each of the N highest major lines (1.*)'))
        .option('keep-tag', globs('Keep the tags that match; may be given again', GROUPS.keep))
        .option('keep-daily', number('Keep the newest of each of the last N days that have one'))
        .option('keep-weekly', number('... weeks'))
        .option('keep-monthly', number('... months'))
        .option('keep-yearly', number('... years'))
        .option('policy', {
          type: 'string',
          takes: 'FILE',
          requiresArg: true,
          describe: 'Take rules for several repository patterns from this YAML file',
          group: GROUPS.keep,
        })
        .option('tag', globs('Only tags that match are counted and up for removal', GROUPS.what))
        .option('exclude', globs('Leave out tags, and whole repositories, that match', GROUPS.what))
        .option('older-than', {
          type: 'string',
          takes: 'DURATION',
          requiresArg: true,
          describe: 'Nothing younger is removed, whatever the rules say',
          group: GROUPS.what,
        })
        .option('by', {
          choices: ORDERS,
          takes: 'ORDER',
          requiresArg: true,
          describe: 'What tags are ordered by; pushed where not given; name is as a version',
          group: GROUPS.what,
        })
        .option('untagged', {
          type: 'boolean',
          default: false,
          describe: 'Also remove what no tag leads to: overwritten tags are where the disk went',
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
        describe: 'Let a repository lose its last tag',
        group: GROUPS.change,
      })
      .example('$0 retain --keep-last 10 --dry-run', 'What would go beyond the ten newest tags of each repository')
      .example("$0 retain 'ci/**' --keep-within 14d --keep-tag latest --untagged", 'CI builds: two weeks, and latest')
      .example('$0 retain --policy policy.yml --yes', 'For a timer: rules by repository, from a file'),
  async run(options, session) {
    if (options.tagless && !options.untagged) throw usageError('--tagless only means something with --untagged.');
    if (options.grace !== '0' && !options.untagged) throw usageError('--grace needs --untagged.');
    const inUse = options['keep-in-use'];
    const { signal } = session.interruption;
    if ((inUse === '-' || options.policy === '-') && !options.yes && !options['dry-run']) {
      throw usageError('stdin is a list, so nobody can be asked.', 'Give --yes or --dry-run.');
    }
    const { durationMs } = await import('../../cli/durations.js');
    const { readInUse } = await import('../../cli/input-file.js');
    const keep = keepOf(options, durationMs);
    const policies = await policiesOf(options, keep, durationMs, signal);
    checkPatterns(policies);
    const request = requestOf({
      command: 'retain',
      nowMs: session.now(),
      patterns: options.pattern,
      policies,
      untagged: options.untagged,
      tagless: options.tagless,
      graceMs: durationMs('grace', options.grace),
      allowEmpty: options['allow-empty'],
      maxDeletePercent: percentOf('max-delete', options['max-delete']),
      ignoreMissing: options['ignore-missing'],
      keepInUse: inUse === undefined ? [] : await readInUse(inUse, signal),
    });
    const { change } = await import('../../cli/change.js');
    return change(session, request, options);
  },
});

/** A malformed pattern costs no scan. */
function checkPatterns(policies: readonly RetainPolicy[]): void {
  for (const { repositories, keep, tags, exclude } of policies) {
    for (const pattern of [...repositories, ...(keep.tags ?? []), ...tags, ...exclude]) globMatcher(pattern);
  }
}

type Words = Readonly<Record<string, unknown>>;
type Duration = (option: string, text: string) => number;

function keepOf(options: Words, durationMs: Duration): KeepRules {
  const whole = (name: string, key: keyof KeepRules): KeepRules => {
    const text = options[name];
    if (text === undefined) return {};
    if (typeof text !== 'string' || !/^[1-9]\d{0,8}$/.test(text)) {
      throw usageError(`--${name} '${String(text)}' is no whole number above 0.`);
    }
    return { [key]: Number(text) };
  };
  const within = options['keep-within'];
  const tags = options['keep-tag'] as readonly string[];
  return {
    ...whole('keep-last', 'last'),
    ...(typeof within === 'string' ? { withinMs: durationMs('keep-within', within) } : {}),
    ...whole('keep-semver', 'semver'),
    ...whole('keep-semver-minor', 'semverMinor'),
    ...whole('keep-semver-major', 'semverMajor'),
    ...(tags.length > 0 ? { tags } : {}),
    ...whole('keep-daily', 'daily'),
    ...whole('keep-weekly', 'weekly'),
    ...whole('keep-monthly', 'monthly'),
    ...whole('keep-yearly', 'yearly'),
  };
}

async function policiesOf(
  options: Words,
  keep: KeepRules,
  durationMs: Duration,
  signal: AbortSignal,
): Promise<readonly RetainPolicy[]> {
  const tags = options['tag'] as readonly string[];
  const exclude = options['exclude'] as readonly string[];
  const older = options['older-than'];
  const by = options['by'];
  const file = options['policy'];
  if (typeof file === 'string') {
    const given = Object.keys(keep).length > 0 || tags.length > 0 || exclude.length > 0;
    if (given || older !== undefined || by !== undefined) {
      throw usageError('--policy holds the rules: give keep rules and scope there, not beside it.');
    }
    const { readPolicies } = await import('./policy.js');
    return readPolicies(file, signal);
  }
  return [
    {
      repositories: [],
      keep,
      tags,
      exclude,
      ...(typeof older === 'string' ? { olderThanMs: durationMs('older-than', older) } : {}),
      ...(by === undefined ? {} : { by: by as TagOrder }),
    },
  ];
}
