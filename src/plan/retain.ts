// `retain`: the tags that no keep rule keeps go, repository by repository; each tag gets its verdict. Left alone, and named: a
// repository that would lose its last tag, and one whose push times are those of a copy.

import type { DigestId } from '../inventory/digest-table.js';
import type { Question } from '../inventory/questions.js';
import { refusal } from '../model/errors.js';
import { signatureSubject, type TagName } from '../model/names.js';
import type { Draft, RepositoryDraft } from './draft.js';
import { hasRule, type Judged, judge, type TagFacts } from './keep.js';
import { policyOf } from './policies.js';
import { reason } from './references.js';
import type { RetainPolicy } from './request.js';
import type { Verdict } from './types.js';

const COPY_TAGS = 10;
const COPY_PUSHED_MS = 600_000;
const COPY_CREATED_MS = 86_400_000;

/** Judges every tag of every repository in scope and removes what no rule keeps. Throws the refusal `no-keep-rule`. */
export function* dropUnretained(draft: Draft): Generator<Question, void, void> {
  const { request } = draft;
  if (request.command !== 'retain') return;
  if (
    request.policies.length === 0 ||
    !request.policies.every((policy) => hasRule(policy.keep) || request.keepInUse.length > 0)
  )
    throw noRule();
  const parts = draft.repositories.flatMap((part) => {
    const policy = part.inScope ? policyOf(request.policies, part.repository.name) : undefined;
    return policy === undefined ? [] : [{ part, policy }];
  });
  const manifests = new Set<DigestId>();
  for (const { part, policy } of parts) {
    if (part.frozen || !asksForCreation(part, policy)) continue;
    for (const current of part.repository.tags.current) if (current >= 0) manifests.add(current as DigestId);
  }
  if (manifests.size > 0) yield { ask: 'created', manifests: [...manifests] };
  for (const { part, policy } of parts) {
    const judged = verdictsOn(draft, part, policy);
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

/** The verdicts after all is decided: signature tags go with what they sign, which only then is known. */
export function settledVerdicts(draft: Draft): readonly Verdict[] {
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

function verdictsOn(draft: Draft, part: RepositoryDraft, policy: RetainPolicy): readonly Judged[] {
  const { name, tags } = part.repository;
  const stays = (rule: string) => tags.names.map((tag): Judged => ({ tag, keep: true, rule }));
  if (part.frozen) return stays('frozen');
  const createdMs = (tag: number): number => draft.inventory.facts.createdMs.get(tags.current[tag] as DigestId) ?? NaN;
  const images = tags.names.flatMap((tag, at): TagFacts[] =>
    signatureSubject(tag) === undefined ? [{ tag, pushedMs: tags.pushedMs[at]!, createdMs: createdMs(at) }] : [],
  );
  if (policy.by === undefined && isCopied(images)) {
    draft.leftAlone.push({ repository: name, code: 'copied-times', count: images.length });
    return stays('copied-times');
  }
  const judged = new Map(judge(images, policy, draft.request.nowMs).map((verdict) => [verdict.tag, verdict]));
  const verdict = (tag: TagName, at: number): Judged => {
    const found = judged.get(tag);
    if (found === undefined) return { tag, keep: true, rule: 'follows-subject' };
    return part.pinnedTags.has(at) && !found.keep ? { tag, keep: true, rule: 'keep-in-use' } : found;
  };
  const verdicts = tags.names.map(verdict);
  const going = verdicts.filter(({ keep }) => !keep).length;
  if (going > 0 && going === images.length && !draft.request.allowEmpty) {
    draft.leftAlone.push({ repository: name, code: 'last-tag', count: going });
    return stays('last-tag');
  }
  return verdicts;
}

/** Many tags pushed at once that were made over days: a tree that was copied without its times. */
function isCopied(tags: readonly TagFacts[]): boolean {
  if (tags.length < COPY_TAGS) return false;
  const created = tags.flatMap(({ createdMs }) => (Number.isNaN(createdMs) ? [] : [createdMs]));
  const pushed = tags.map(({ pushedMs }) => pushedMs);
  return spread(pushed) <= COPY_PUSHED_MS && spread(created) > COPY_CREATED_MS;
}

function spread(times: readonly number[]): number {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const time of times) {
    least = Math.min(least, time);
    most = Math.max(most, time);
  }
  return Math.max(0, most - least);
}

/** Creation is read where it orders, where it breaks ties, and where it may tell a copied tree. */
function asksForCreation({ repository }: RepositoryDraft, { by }: RetainPolicy): boolean {
  if (by === 'created') return true;
  if (by === 'name') return false;
  const { names } = repository.tags;
  const pushedMs = repository.tags.pushedMs.filter((_, tag) => signatureSubject(names[tag]!) === undefined);
  if (new Set(pushedMs).size < pushedMs.length) return true;
  return by === undefined && pushedMs.length >= COPY_TAGS && spread([...pushedMs]) <= COPY_PUSHED_MS;
}

function iso({ request }: Draft, ageMs: number): string {
  return new Date(request.nowMs - ageMs).toISOString();
}

function noRule(): Error {
  return refusal(
    'no-keep-rule',
    'retain without a keep rule would remove every tag.',
    'Nothing was done. Say what is to stay: --keep-last 10, --keep-within 30d, --keep-tag latest, or --policy FILE.',
  );
}
