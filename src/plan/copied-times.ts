// Push times that a copy made: a tree that was copied without its times has all tags pushed within minutes, and made over days.

const LEAST_TAGS = 10;
const PUSHED_WITHIN_MS = 600_000;
const CREATED_OVER_MS = 86_400_000;

interface Times {
  /** ms since 1970; NaN where it cannot be read. */
  readonly pushedMs: number;
  /** ms since 1970; NaN where unknown. */
  readonly createdMs: number;
  /** True where the tag or its manifest cannot be read: it may be of any time. */
  readonly unreadable: boolean;
}

/** Those of `tags` that were pushed together, where they are ten at least and most of them: a copy, or one large push. */
export function pushedTogether<T extends Times>(tags: readonly T[]): readonly T[] {
  const [known, unknown] = [
    tags.filter(({ pushedMs }) => pushedMs >= 0),
    tags.filter(({ pushedMs }) => !(pushedMs >= 0)),
  ];
  const sorted = known.sort((a, b) => a.pushedMs - b.pushedMs);
  let [from, most] = [0, 0];
  for (let first = 0, end = 0; end < sorted.length; end += 1) {
    while (sorted[end]!.pushedMs - sorted[first]!.pushedMs > PUSHED_WITHIN_MS) first += 1;
    if (end + 1 - first > most) [from, most] = [first, end + 1 - first];
  }
  const together = [...sorted.slice(from, from + most), ...unknown];
  return together.length >= LEAST_TAGS && together.length * 2 > tags.length ? together : [];
}

/** Those of `tags` whose push times a copy made: pushed together, and created over more than a day. */
export function copiedTimes<T extends Times>(tags: readonly T[]): readonly T[] {
  const together = pushedTogether(tags);
  const created = together.map(({ createdMs }) => createdMs).filter((ms) => !Number.isNaN(ms));
  let [least, latest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const ms of created) {
    least = Math.min(least, ms);
    latest = Math.max(latest, ms);
  }
  return latest - least > CREATED_OVER_MS || together.some(({ unreadable }) => unreadable) ? together : [];
}
