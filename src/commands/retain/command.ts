// `regsweep retain`: removes the tags that no keep rule keeps.

import { command } from '../../cli/command.js';
import type { Options, OptionValues } from '../../cli/option.js';
import { CHANGE_OPTIONS, REPOSITORIES, UNTAGGED_OPTIONS } from '../../cli/options.js';
import { percentOf } from '../../cli/percent.js';
import { usageError } from '../../model/errors.js';
import { globMatcher } from '../../model/glob.js';
import type { KeepRules, RetainPolicy, TagOrder } from '../../plan/request.js';
import { requestOf } from '../../plan/request.js';

const ORDERS = ['pushed', 'created', 'name'] as const satisfies readonly TagOrder[];

/** Keep rules and what they apply to: what a policy file holds instead. */
const RULES = {
  'keep-last': { takes: 'N', describe: 'Keep the newest N tags of each repository', group: 'keep' },
  'keep-within': { takes: 'DURATION', describe: 'Keep tags younger than this, such as 30d', group: 'keep' },
  'keep-semver': { takes: 'N', describe: 'Keep the N highest versions', group: 'keep' },
  'keep-semver-minor': {
    takes: 'N',
    describe: 'Keep the highest of each of the N highest minor lines (1.2.*)',
    group: 'keep',
  },
  'keep-semver-major': {
    takes: 'N',
    describe: 'Keep the highest of each of the N highest major lines (1.*)',
    group: 'keep',
  },
  'keep-tag': {
    takes: 'GLOB',
    several: true,
    describe: 'Keep the tags that match; may be given again',
    group: 'keep',
  },
  'keep-daily': { takes: 'N', describe: 'Keep the newest of each of the last N days that have one', group: 'keep' },
  'keep-weekly': { takes: 'N', describe: '... weeks', group: 'keep' },
  'keep-monthly': { takes: 'N', describe: '... months', group: 'keep' },
  'keep-yearly': { takes: 'N', describe: '... years', group: 'keep' },
  policy: {
    takes: 'FILE',
    describe: 'Take rules for several repository patterns from this YAML file',
    group: 'keep',
  },
  tag: {
    takes: 'GLOB',
    several: true,
    describe: 'Count and remove only tags that match; may be given again',
    group: 'remove',
  },
  exclude: {
    takes: 'GLOB',
    several: true,
    describe: 'Leave out tags, and whole repositories, that match; may be given again',
    group: 'remove',
  },
  'older-than': {
    takes: 'DURATION',
    describe: 'Remove only tags older than this, whatever the rules say',
    group: 'remove',
  },
  by: {
    choices: ORDERS,
    takes: 'ORDER',
    describe: 'Order tags by this (pushed if not given); name compares versions',
    group: 'remove',
  },
} as const satisfies Options;

type Rules = OptionValues<typeof RULES>;

export const retain = command({
  name: 'retain',
  summary: 'Remove the tags that no keep rule keeps',
  arguments: REPOSITORIES,
  options: {
    ...RULES,
    untagged: {
      describe: 'Also remove untagged images, such as those of overwritten tags, which often take most of the disk',
      group: 'remove',
    },
    ...UNTAGGED_OPTIONS,
    ...CHANGE_OPTIONS,
    'allow-empty': { describe: 'Allow a repository to lose its last tag', group: 'change' },
  },
  examples: [
    ['regsweep retain --keep-last 10 --dry-run', 'Show the tags beyond the ten newest of each repository'],
    [
      "regsweep retain 'ci/**' --keep-within 14d --keep-tag latest --untagged",
      'Keep two weeks of CI builds, and latest',
    ],
    ['regsweep retain --policy policy.yml --yes', 'On a schedule: rules by repository, from a file'],
  ],
  async run(options, session) {
    const inUse = options['keep-in-use'];
    const { signal } = session.interruption;
    if ((inUse === '-' || options.policy === '-') && !options.yes && !options['dry-run']) {
      throw usageError('cannot ask for confirmation: stdin is the list.', 'Use --yes or --dry-run.');
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

type Duration = (option: string, text: string) => number;

function keepOf(options: Rules, durationMs: Duration): KeepRules {
  const whole = (name: keyof Rules & `keep-${string}`, key: keyof KeepRules): KeepRules => {
    const text = options[name];
    if (text === undefined) return {};
    if (typeof text !== 'string' || !/^[1-9]\d{0,8}$/.test(text)) {
      throw usageError(`--${name} must be a whole number above 0, not '${String(text)}'.`);
    }
    return { [key]: Number(text) };
  };
  const { 'keep-within': within, 'keep-tag': tags } = options;
  return {
    ...whole('keep-last', 'last'),
    ...(within === undefined ? {} : { withinMs: durationMs('keep-within', within) }),
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
  options: Rules,
  keep: KeepRules,
  durationMs: Duration,
  signal: AbortSignal,
): Promise<readonly RetainPolicy[]> {
  const { tag: tags, exclude, 'older-than': older, by, policy: file } = options;
  if (file !== undefined) {
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
      ...(older === undefined ? {} : { olderThanMs: durationMs('older-than', older) }),
      ...(by === undefined ? {} : { by }),
    },
  ];
}
