// Keep rules on the tags of one repository: each rule keeps some, a tag that none keeps goes, keep beats everything. Pure: tags,
// rules and the clock in, a verdict for every tag out.

import { DOCKER_BEGAN_MS } from '../inventory/questions.js';
import type { TagName } from '../model/names.js';
import { tagMatcher } from './known-names.js';
import type { KeepRules, RetainPolicy, TagOrder } from './request.js';
import { compareNames, compareVersions, lineOf, type Version, versionOf } from './version.js';

/** A tag as the rules see it. */
export interface TagFacts {
  readonly tag: TagName;
  /** ms since 1970; NaN or before Docker existed where unknown. */
  readonly pushedMs: number;
  /** ms since 1970; NaN where unknown, or before Docker existed. */
  readonly createdMs: number;
}

/** What became of a tag, and by which rule. */
export interface Judged {
  readonly tag: TagName;
  readonly keep: boolean;
  readonly rule: string;
  /** 1-based, where the rule counts. */
  readonly rank?: number;
  /** Age by the order in force. */
  readonly ageMs?: number;
  /** What `ageMs` counts from. */
  readonly ageOf?: 'pushed' | 'created';
}

const DAY_MS = 86_400_000;

/** The verdict on each of `tags`, in their order. */
export function judge(tags: readonly TagFacts[], policy: RetainPolicy, nowMs: number): readonly Judged[] {
  return new Judge(policy, nowMs).judge(tags);
}

/** Tags that are up for removal and counted; those of the other globs are neither. */
export function tagsInScope<T extends Pick<TagFacts, 'tag'>>(tags: readonly T[], policy: RetainPolicy): readonly T[] {
  const only = policy.tags.map(tagMatcher);
  const exclude = policy.exclude.map(tagMatcher);
  return tags.filter(
    ({ tag }) =>
      (only.length === 0 || only.some((matches) => matches(tag))) && !exclude.some((matches) => matches(tag)),
  );
}

/** True where the rules keep something at all. */
export function hasRule(keep: KeepRules): boolean {
  return Object.values(keep).some((value) => (Array.isArray(value) ? value.length > 0 : value !== undefined));
}

class Judge {
  readonly #policy: RetainPolicy;
  readonly #nowMs: number;
  readonly #by: TagOrder;
  readonly #kept = new Map<TagName, { readonly rule: string; readonly rank?: number }>();

  constructor(policy: RetainPolicy, nowMs: number) {
    this.#policy = policy;
    this.#nowMs = nowMs;
    this.#by = policy.by ?? 'pushed';
  }

  judge(tags: readonly TagFacts[]): readonly Judged[] {
    const inScope = tagsInScope(tags, this.#policy);
    const newestFirst = [...inScope].sort((a, b) => this.#newer(a, b));
    this.#keepByName(newestFirst);
    this.#keepByOrder(newestFirst);
    this.#keepByVersion(newestFirst);
    this.#keepByCalendar(newestFirst);
    this.#keepUndecidable(inScope);
    const scope = new Set(inScope.map(({ tag }) => tag));
    return tags.map((facts): Judged => {
      const { tag } = facts;
      const timeMs = this.#timeMs(facts);
      const ageOf = this.#by === 'created' ? ('created' as const) : ('pushed' as const);
      const age = Number.isNaN(timeMs) ? {} : { ageMs: Math.max(0, this.#nowMs - timeMs), ageOf };
      if (!scope.has(tag)) return { tag, keep: true, rule: 'out-of-scope', ...age };
      const kept = this.#kept.get(tag);
      if (kept !== undefined) return { tag, keep: true, ...kept, ...age };
      const { olderThanMs } = this.#policy;
      if (olderThanMs !== undefined && !(this.#nowMs - timeMs > olderThanMs)) {
        return { tag, keep: true, rule: 'not-old-enough', ...age };
      }
      return { tag, keep: false, rule: 'not-retained', ...age };
    });
  }

  #keepByName(tags: readonly TagFacts[]): void {
    const matchers = (this.#policy.keep.tags ?? []).map(tagMatcher);
    for (const { tag } of tags) if (matchers.some((matches) => matches(tag))) this.#keep(tag, 'keep-tag');
  }

  #keepByOrder(newestFirst: readonly TagFacts[]): void {
    const { last, withinMs } = this.#policy.keep;
    newestFirst.slice(0, last ?? 0).forEach(({ tag }, at) => {
      this.#keep(tag, 'keep-last', at + 1);
    });
    if (withinMs === undefined) return;
    for (const facts of newestFirst) {
      if (this.#nowMs - this.#timeMs(facts) <= withinMs) this.#keep(facts.tag, 'keep-within');
    }
  }

  #keepByVersion(tags: readonly TagFacts[]): void {
    const { semver, semverMinor, semverMajor } = this.#policy.keep;
    const versions = tags
      .flatMap(({ tag }) => {
        const version = versionOf(tag);
        return version === undefined ? [] : [{ tag, version }];
      })
      .sort((a, b) => compareVersions(b.version, a.version) || compareNames(b.tag, a.tag));
    versions.slice(0, semver ?? 0).forEach(({ tag }, at) => {
      this.#keep(tag, 'keep-semver', at + 1);
    });
    this.#keepLines(versions, semverMinor ?? 0, 2, 'keep-semver-minor');
    this.#keepLines(versions, semverMajor ?? 0, 1, 'keep-semver-major');
  }

  /** The highest of each of the `count` highest lines. */
  #keepLines(
    versions: readonly { readonly tag: TagName; readonly version: Version }[],
    count: number,
    parts: number,
    rule: string,
  ): void {
    const lines = new Set<string>();
    for (const { tag, version } of versions) {
      const line = lineOf(version, parts);
      if (lines.size >= count || lines.has(line)) continue;
      lines.add(line);
      this.#keep(tag, rule, lines.size);
    }
  }

  /**
   * The newest of each of the last N days, weeks, months or years that have one, in UTC; where there are fewer than N, the
   * oldest too (restic, `internal/restic/snapshot_policy.go`).
   */
  #keepByCalendar(newestFirst: readonly TagFacts[]): void {
    const { daily, weekly, monthly, yearly } = this.#policy.keep;
    const dated = newestFirst.filter((facts) => !Number.isNaN(this.#timeMs(facts)));
    const byTime = [...dated].sort((a, b) => this.#timeMs(b) - this.#timeMs(a) || this.#newer(a, b));
    const calendar: readonly (readonly [string, number | undefined, (ms: number) => string])[] = [
      ['keep-daily', daily, dayOf],
      ['keep-weekly', weekly, weekOf],
      ['keep-monthly', monthly, (ms) => dayOf(ms).slice(0, 7)],
      ['keep-yearly', yearly, (ms) => dayOf(ms).slice(0, 4)],
    ];
    for (const [rule, count = 0, spanOf] of calendar) {
      if (count === 0) continue;
      const spans = new Set<string>();
      byTime.forEach((facts, at) => {
        const span = spanOf(this.#timeMs(facts));
        const oldest = at === byTime.length - 1;
        if (spans.size >= count || (spans.has(span) && !oldest)) return;
        spans.add(oldest && spans.has(span) ? `${span} oldest` : span);
        this.#keep(facts.tag, rule, spans.size);
      });
    }
  }

  /** What the rules cannot tell: dates that are none, and names that are no versions where versions are counted. */
  #keepUndecidable(tags: readonly TagFacts[]): void {
    const { semver, semverMinor, semverMajor } = this.#policy.keep;
    const judgesVersions = [semver, semverMinor, semverMajor].some((rule) => rule !== undefined);
    const judgesTimes = this.#judgesTimes();
    for (const facts of tags) {
      if (judgesTimes && Number.isNaN(this.#timeMs(facts))) this.#keep(facts.tag, 'unknown-date');
      if (judgesVersions && versionOf(facts.tag) === undefined) this.#keep(facts.tag, 'no-version');
    }
  }

  /** By name, the time of a tag matters only to rules that ask for it. */
  #judgesTimes(): boolean {
    const { withinMs, daily, weekly, monthly, yearly } = this.#policy.keep;
    const asked = [withinMs, daily, weekly, monthly, yearly, this.#policy.olderThanMs];
    return this.#by !== 'name' || asked.some((each) => each !== undefined);
  }

  #keep(tag: TagName, rule: string, rank?: number): void {
    if (!this.#kept.has(tag)) this.#kept.set(tag, rank === undefined ? { rule } : { rule, rank });
  }

  /** By name there is no other time than that of the push. */
  #timeMs({ pushedMs, createdMs }: TagFacts): number {
    const timeMs = this.#by === 'created' ? createdMs : pushedMs;
    return timeMs < DOCKER_BEGAN_MS ? Number.NaN : timeMs;
  }

  /** Negative where `a` is newer: by the order in force, then by creation, then by name. */
  #newer(a: TagFacts, b: TagFacts): number {
    const byName = compareNames(b.tag, a.tag);
    if (this.#by === 'name') return byName;
    return later(a, b, (facts) => this.#timeMs(facts)) || later(a, b, ({ createdMs }) => createdMs) || byName;
  }
}

function later(a: TagFacts, b: TagFacts, of: (facts: TagFacts) => number): number {
  const [first, second] = [of(a), of(b)];
  if (Number.isNaN(first) || Number.isNaN(second)) return Number(Number.isNaN(first)) - Number(Number.isNaN(second));
  return second - first;
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** The Monday of the week, which names it. */
function weekOf(ms: number): string {
  const weekday = (new Date(ms).getUTCDay() + 6) % 7;
  return dayOf(ms - weekday * DAY_MS);
}
