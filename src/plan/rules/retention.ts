// `retain`: the tags that no keep rule keeps go, repository by repository; each tag gets its verdict. Left alone, and named: a
// repository that would lose its last tag, and one whose push times are those of a copy.

import { companionSubject } from '../../inventory/companions.js';
import type { DigestId } from '../../inventory/digest-table.js';
import { BLOB_PRESENT } from '../../inventory/inventory.js';
import { isDoubtful } from '../../inventory/manifest-table.js';
import type { Question } from '../../inventory/questions.js';
import { refusal } from '../../model/errors.js';
import { copiedTimes, pushedTogether } from '../copied-times.js';
import type { Draft, RepositoryDraft } from '../draft.js';
import { hasRule, type Judged, judge, tagsInScope } from '../keep.js';
import { policyOf } from '../policies.js';
import { Pullable } from '../pullable.js';
import { reason } from '../removal.js';
import type { RetainPolicy } from '../request.js';
import type { LeftAlone, Verdict } from '../types.js';

/** What `retain` judges in one repository. */
interface Judging {
  readonly part: RepositoryDraft;
  readonly policy: RetainPolicy;
  /** Positions of the tags that are no companions. */
  readonly images: readonly number[];
  readonly pullable: Pullable;
}

/** Judges every tag of every repository in scope and removes what no rule keeps. Throws the refusal `no-keep-rule`. */
export function* removeUnretained(draft: Draft): Generator<Question, void, void> {
  const { request, inventory } = draft;
  if (request.command !== 'retain') return;
  const { policies, keepInUse } = request;
  if (policies.length === 0 || !policies.every(({ keep }) => hasRule(keep) || keepInUse.length > 0)) throw noRule();
  const all = draft.repositories.flatMap((part) => judgingOf(draft, part) ?? []);
  const asked = [...all.flatMap(createdNeeded), ...[...holding(draft, all, pushedTogether)].flatMap(currentsOf)];
  if (asked.length > 0) yield { ask: 'created', manifests: [...new Set(asked)] };
  const blobs = new Set(
    all.flatMap(({ part, pullable }) => [...part.remainingCurrents()].flatMap((id) => [...pullable.needs(id)])),
  );
  const stored = [...blobs].filter((id) => inventory.blobs.state[id] === BLOB_PRESENT);
  if (stored.length > 0) yield { ask: 'stored', blobs: stored };
  const copied = holding(draft, all, copiedTimes);
  for (const judging of all) {
    const { part } = judging;
    const judged = copied.has(judging) ? leaveAlone(draft, judging, 'copied-times') : verdictsOn(draft, judging);
    for (const verdict of judged) draft.verdicts.push({ repository: part.repository.name, ...verdict });
    judged.forEach(({ keep, ageMs, ageOf }, tag) => {
      if (!keep)
        part.tags.set(
          tag,
          reason('not-retained', ageMs === undefined ? {} : { [ageOf ?? 'pushed']: iso(draft, ageMs) }),
        );
    });
  }
}

function judgingOf({ inventory, request }: Draft, part: RepositoryDraft): Judging | undefined {
  const policy = part.inScope ? policyOf(request.policies, part.repository.name) : undefined;
  if (policy === undefined) return undefined;
  const isImage = (tag: number): boolean => companionSubject(inventory.digests, part.repository, tag) === undefined;
  const images = [...part.repository.tags.names.keys()].filter(isImage);
  return { part, policy, images, pullable: new Pullable(inventory, part.reach) };
}

/** The verdicts after all is decided: signature tags go with what they sign, which only then is known. */
export function finalVerdicts(draft: Draft): readonly Verdict[] {
  const gone = new Set<string>();
  for (const { repository, tags } of draft.repositories) {
    for (const [tag, { code }] of tags)
      if (code !== 'not-retained') gone.add(`${repository.name}:${repository.tags.names[tag]}`);
  }
  return draft.verdicts.map((verdict) =>
    verdict.keep && gone.has(`${verdict.repository}:${verdict.tag}`)
      ? { repository: verdict.repository, tag: verdict.tag, keep: false, rule: 'follows-subject' }
      : verdict,
  );
}

function verdictsOn(draft: Draft, judging: Judging): readonly Judged[] {
  const { part, policy, images, pullable } = judging;
  const { tags } = part.repository;
  if (part.frozen) return kept(judging, 'frozen');
  const pulls = images.filter((tag) => pullable.has(tags.current[tag] as DigestId));
  const facts = factsOf(draft, part, pulls);
  const judged = new Map(judge(facts, policy, draft.request.nowMs).map((verdict) => [verdict.tag, verdict]));
  const isBroken = new Set(images.filter((tag) => !pulls.includes(tag)));
  const verdicts = tags.names.map((tag, at): Judged => {
    const found = judged.get(tag);
    // A tag that cannot be pulled fills no place and is no reason for another to go: `gc --broken` removes it.
    if (found === undefined) return { tag, keep: true, rule: isBroken.has(at) ? 'broken' : 'follows-subject' };
    if (found.keep) return found;
    if (draft.inventory.withinGrace.tags.get(part.position)?.has(tag) === true)
      return { tag, keep: true, rule: 'grace' };
    return part.pinnedTags.has(at) ? { tag, keep: true, rule: 'keep-in-use' } : found;
  });
  const going = verdicts.filter(({ keep }) => !keep).length;
  const empties = going > 0 && going === pulls.length && !draft.request.allowEmpty;
  return empties ? leaveAlone(draft, judging, 'last-tag', going) : verdicts;
}

function factsOf({ inventory }: Draft, { repository }: RepositoryDraft, tags: readonly number[]) {
  const { names, current, pushedMs } = repository.tags;
  return tags.map((at) => ({
    unreadable: current[at]! < 0 || isDoubtful(inventory.manifests.state(current[at] as DigestId)),
    tag: names[at]!,
    pushedMs: pushedMs[at]!,
    createdMs: inventory.facts.createdMs.get(current[at] as DigestId) ?? Number.NaN,
  }));
}

function kept({ part }: Judging, rule: string): readonly Judged[] {
  return part.repository.tags.names.map((tag) => ({ tag, keep: true, rule }));
}

function leaveAlone(
  draft: Draft,
  judging: Judging,
  code: LeftAlone['code'],
  count = judging.images.length,
): readonly Judged[] {
  draft.leftAlone.push({ repository: judging.part.repository.name, code, count });
  return kept(judging, code);
}

/** Repositories with tags that `choose` finds among those in scope, of all repositories together or of one alone. */
function holding(draft: Draft, all: readonly Judging[], choose: typeof copiedTimes): ReadonlySet<Judging> {
  const judged = all.filter(({ policy }) => policy.by === undefined);
  const scopes = judged.map((judging) => {
    const facts = factsOf(draft, judging.part, judging.images);
    return tagsInScope(facts, judging.policy).map((each) => ({ ...each, judging }));
  });
  return new Set([scopes.flat(), ...scopes].flatMap((tags) => choose(tags)).map(({ judging }) => judging));
}

/** Manifests whose creation orders tags, or breaks ties between them. */
function createdNeeded(judging: Judging): readonly DigestId[] {
  const { part, policy, images } = judging;
  if (part.frozen || policy.by === 'name') return [];
  const pushedMs = new Set(images.map((tag) => part.repository.tags.pushedMs[tag]));
  return policy.by === 'created' || pushedMs.size < images.length ? currentsOf(judging) : [];
}

function currentsOf({ part, images }: Judging): readonly DigestId[] {
  return images.map((tag) => part.repository.tags.current[tag] as DigestId).filter((id) => id >= 0);
}

function iso({ request }: Draft, ageMs: number): string {
  return new Date(request.nowMs - ageMs).toISOString();
}

function noRule(): Error {
  return refusal(
    'no-keep-rule',
    'retain without a keep rule would remove every tag.',
    'Nothing was done. Say what to keep: --keep-last 10, --keep-within 30d, --keep-tag latest, or --policy FILE.',
  );
}
