// Whether a thing stays, and which command deletes it. Chains say what holds it; whether a collection leaves it the plan itself
// says, so that no command is named which would not do it. A thing that a tag leads to needs no plan.

import { companionSubject } from '../../inventory/companions.js';
import type { DigestId } from '../../inventory/digest-table.js';
import { BLOB_PRESENT, type Inventory } from '../../inventory/inventory.js';
import type { Question } from '../../inventory/questions.js';
import { EXIT, RegsweepError } from '../../model/errors.js';
import type { RepositoryName, TagName } from '../../model/names.js';
import { planRequest } from '../../plan/plan.js';
import { type Request, requestOf } from '../../plan/request.js';
import type { Plan } from '../../plan/types.js';
import { type Chain, chainOfBrokenTag, chainsOf, doubtsOf, holds } from './chains.js';

/** What was asked about: a blob wherever it is, or a tag or revision of one repository. */
export interface Thing {
  /** Undefined for a tag whose link cannot be read. */
  readonly id: DigestId | undefined;
  readonly position?: number;
  /** Position in the repository's tags. */
  readonly tag?: number;
}

/** A `gc` that deletes the thing. */
export interface Sweep {
  /** None: the whole registry. */
  readonly repositories: readonly RepositoryName[];
  readonly untagged: boolean;
  readonly broken: boolean;
  readonly tagless: boolean;
  readonly allowEmpty: boolean;
}

export interface Explanation {
  readonly chains: readonly Chain[];
  /** True where `gc --untagged` leaves it. */
  readonly kept: boolean;
  /** What deletes it; of a thing that is kept, what would all the same. */
  readonly deletedBy: Sweep | undefined;
  /** Why `gc` does nothing at all, where nothing else holds the thing. */
  readonly refusal: { readonly message: string; readonly hint: string } | undefined;
}

function isCompanion({ digests, repositories }: Inventory, name: RepositoryName, tag: TagName): boolean {
  const repository = repositories.find((each) => each.name === name)!;
  return companionSubject(digests, repository, repository.tags.names.indexOf(tag)) !== undefined;
}

const PLAIN: Sweep = { repositories: [], untagged: false, broken: false, tagless: false, allowEmpty: false };

/** Explains `thing`. Yields what plans ask; the answers go into `inventory.facts`. */
export function* explaining(inventory: Inventory, thing: Thing, nowMs: number): Generator<Question, Explanation, void> {
  const chains = allChains(inventory, thing);
  const own = chains.filter((chain) => isOwn(inventory, thing, chain));
  const lasting = ({ repository, root }: Chain): boolean =>
    root.kind === 'tag' && !isCompanion(inventory, repository, root.tag);
  if (own.some(lasting) || !isThere(inventory, thing))
    return { chains, kept: true, deletedBy: undefined, refusal: undefined };

  const names = [...new Set(own.map(({ repository }) => repository))];
  const scopes = names.length > 0 && names.length <= MOST_NAMES ? [names, []] : [[]];
  const tried: Sweep[] = [false, true].flatMap((untagged) =>
    scopes.map((repositories) => ({ ...PLAIN, repositories, untagged })),
  );
  let last: Plan | RegsweepError | undefined;
  let refused = false;
  for (const sweep of tried) {
    last = yield* planOf(inventory, sweep, nowMs);
    refused ||= last instanceof RegsweepError;
    if (last instanceof RegsweepError || !goes(inventory, last, thing)) continue;
    return { chains: settled(chains, last), kept: false, deletedBy: sweep, refusal: undefined };
  }
  const found = settled(chains, last);
  const held = found.some((chain) => holds(chain.root) && isOwn(inventory, thing, chain));
  const doubt = held ? [] : doubts(inventory, thing);
  const broken = brokenHelps([...own, ...doubt]);
  const deletedBy = broken || refused ? yield* forcedSweep(inventory, thing, { scopes, broken }, nowMs) : undefined;
  const refusal = !held && last instanceof RegsweepError ? { message: last.message, hint: last.hint ?? '' } : undefined;
  return { chains: [...found, ...doubt], kept: true, deletedBy, refusal };
}

/** True for a chain that tells whether the thing itself stays: a tag's own, those in a revision's repository, all of a blob. */
export function isOwn({ repositories }: Inventory, { id, position, tag }: Thing, { repository, root }: Chain): boolean {
  if (position === undefined) return true;
  if (repository !== repositories[position]!.name) return false;
  if (tag === undefined || id === undefined) return true;
  return (root.kind === 'tag' || root.kind === 'signature') && root.tag === repositories[position]!.tags.names[tag];
}

/** More repositories than this are not named one by one. */
const MOST_NAMES = 8;

function allChains(inventory: Inventory, { id, position, tag }: Thing): readonly Chain[] {
  if (id !== undefined) return chainsOf(inventory, id);
  const chain = chainOfBrokenTag(inventory, position!, tag!);
  return chain === undefined ? [] : [chain];
}

/** What takes a refusal away. */
const FLAGS: Readonly<Partial<Record<RegsweepError['code'], 'broken' | 'tagless' | 'allowEmpty'>>> = {
  'too-many-missing': 'broken',
  'tagless-registry': 'tagless',
  'nothing-referenced': 'allowEmpty',
};

/** The gentlest `gc` that deletes what a plain one leaves: with what it refuses to do unasked, and no more of that than is needed. */
function* forcedSweep(
  inventory: Inventory,
  thing: Thing,
  { scopes, broken }: { readonly scopes: readonly (readonly RepositoryName[])[]; readonly broken: boolean },
  nowMs: number,
): Generator<Question, Sweep | undefined, void> {
  for (const untagged of [false, true]) {
    for (const repositories of scopes) {
      let sweep: Sweep = { ...PLAIN, repositories, untagged, broken };
      for (;;) {
        const plan = yield* planOf(inventory, sweep, nowMs);
        if (!(plan instanceof RegsweepError)) {
          if (goes(inventory, plan, thing)) return sweep;
          break;
        }
        const flag = FLAGS[plan.code];
        if (flag === undefined || sweep[flag]) break;
        sweep = { ...sweep, [flag]: true };
      }
    }
  }
  return undefined;
}

/** True where what cannot be pulled is what keeps the thing: `--broken` takes that. */
function brokenHelps(chains: readonly Chain[]): boolean {
  return chains.some(
    ({ root }) =>
      root.kind === 'unexplained' || ('causes' in root && root.causes.some(({ code }) => code.startsWith('tag-link'))),
  );
}

/** The request that a sweep is; the clock decides uploads alone. */
export function requestOfSweep({ repositories, ...sweep }: Sweep, nowMs: number): Request {
  return requestOf({ command: 'gc', nowMs, patterns: repositories, ...sweep });
}

function* planOf(inventory: Inventory, sweep: Sweep, nowMs: number): Generator<Question, Plan | RegsweepError, void> {
  try {
    return yield* planRequest(inventory, requestOfSweep(sweep, nowMs));
  } catch (error) {
    // Not ignored: a refusal is the answer, told with its way out.
    if (error instanceof RegsweepError && error.exitStatus === EXIT.refused) return error;
    throw error;
  }
}

/** True where there is anything that could go: a blob, a link or a tag. */
function isThere({ blobs, repositories }: Inventory, { id, tag }: Thing): boolean {
  if (id === undefined || tag !== undefined || blobs.state[id] === BLOB_PRESENT) return true;
  return repositories.some(({ revisions, layerLinks }) => revisions.includes(id) || layerLinks.includes(id));
}

/** True where `plan` takes the thing: the tag, the revision from its repository, the blob, or every link to no blob. */
function goes({ blobs, repositories }: Inventory, { removals }: Plan, { id, position, tag }: Thing): boolean {
  const name = position === undefined ? undefined : repositories[position]!.name;
  const tagName = tag === undefined ? undefined : repositories[position!]!.tags.names[tag];
  let links = 0;
  for (let index = 0; index < removals.length; index += 1) {
    const kind = removals.kindAt(index);
    if (kind === 'tag') {
      if (tagName !== undefined && removals.repositoryAt(index) === name && removals.at(index).tag === tagName)
        return true;
      continue;
    }
    if (tagName !== undefined || removals.digestIdAt(index) !== id) continue;
    if (kind === 'blob' && name === undefined) return true;
    if (kind === 'revision' && name !== undefined && removals.repositoryAt(index) === name) return true;
    if (kind === 'revision' || kind === 'layerLink') links += 1;
  }
  if (name !== undefined || id === undefined || blobs.state[id] === BLOB_PRESENT) return false;
  const all = repositories.flatMap(({ revisions, layerLinks }) => [revisions, layerLinks]);
  return links > 0 && links === all.filter((ids) => ids.includes(id)).length;
}

/** Chains whose root is a tag that the plan takes with what it describes are reported as such. */
function settled(chains: readonly Chain[], plan: Plan | RegsweepError | undefined): readonly Chain[] {
  if (plan === undefined || plan instanceof RegsweepError) return chains;
  const { removals } = plan;
  const going = new Set<string>();
  for (let index = 0; index < removals.length; index += 1) {
    if (removals.kindAt(index) !== 'tag') continue;
    const { repository, tag } = removals.at(index);
    going.add(`${repository}:${tag}`);
  }
  return chains.map((chain) =>
    chain.root.kind === 'tag' && going.has(`${chain.repository}:${chain.root.tag}`)
      ? { ...chain, root: { kind: 'signature', tag: chain.root.tag } }
      : chain,
  );
}

function doubts(inventory: Inventory, { id, position }: Thing): readonly Chain[] {
  return id === undefined || position !== undefined ? [] : doubtsOf(inventory, id);
}
