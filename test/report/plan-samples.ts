// Plans made by hand, for tests of how they are reported: every kind of removal, every code, hostile names, great numbers.

import { DigestTable } from '../../src/inventory/digest-table.js';
import type { Digest } from '../../src/model/digest.js';
import type { RepositoryName, TagName } from '../../src/model/names.js';
import { type Reason, type ReasonCode, RemovalList } from '../../src/plan/removal.js';
import { requestOf } from '../../src/plan/request.js';
import type { Plan } from '../../src/plan/types.js';
import type { ChangeResult } from '../../src/report/result.js';
import { sha256 } from '../support/content.js';

export const repository = (name: string) => name as RepositoryName;
export const tag = (name: string) => name as TagName;

export function because(code: ReasonCode, evidence: Reason['evidence'] = {}): Reason {
  return { code, evidence };
}

export function planOf(removals: RemovalList, more: Partial<Plan> = {}): Plan {
  return {
    request: requestOf({ command: 'rm', nowMs: Date.UTC(2026, 10, 21), references: ['team/app:1.0'] }),
    removals,
    frozen: [],
    leftAlone: [],
    problems: [],
    verdicts: [],
    heldBackBlobs: 0,
    partial: false,
    ...more,
  };
}

export function resultOf(plan: Plan, more: Partial<ChangeResult> = {}): ChangeResult {
  return { root: '/var/lib/registry', dryRun: true, plan, outcome: undefined, next: [], ...more };
}

/** Two repositories: each loses a tag and a layer of its own, both one layer that they share; a blob lay in none. */
export function twoRepositories(): Plan {
  const digests = new DigestTable();
  const id = (name: string) => digests.intern(sha256(name) as Digest);
  const removals = new RemovalList(digests);
  const app = repository('team/app');
  const web = repository('team/web');
  removals.tag(app, tag('1.0'), id('image app'), because('named', { reference: 'team/app:1.0' }));
  removals.tag(web, tag('2.0'), id('image web'), because('named', { reference: 'team/web:2.0' }));
  removals.history(app, tag('latest'), id('image app'), because('history-of-removed'));
  removals.revision(app, id('image app'), because('released', { tag: '1.0' }));
  removals.revision(web, id('image web'), because('released', { tag: '2.0' }));
  removals.layerLink(app, id('layer app'), because('link-released'));
  removals.layerLink(app, id('layer both'), because('link-released'));
  removals.layerLink(web, id('layer both'), because('link-released'));
  removals.upload(web, '0a1b', because('upload-expired', { ageMs: 9 * 86_400_000 }));
  for (const blob of ['image app', 'image web', 'layer app', 'layer both'])
    removals.blob(id(blob), because('blob-released'));
  removals.blob(id('stray'), because('blob-unreferenced'));
  removals.leftover(app, 'repositories/team/app/_manifests/tags/x/current/link.tmp', because('leftover-expired'));
  removals.directory(app, 'repositories/team/app/_layers/sha256', because('emptied'));
  const bytes = { upload: 50, blob: 1000, leftover: 3 } as const;
  const weights = Float64Array.from([...removals], ({ kind }) =>
    kind in bytes ? bytes[kind as keyof typeof bytes] : 0,
  );
  removals.weigh(weights);
  return planOf(removals);
}

/** One repository loses `tags` tags, each with a revision and a blob of its own. */
export function manyTags(tags: number): Plan {
  const digests = new DigestTable();
  const removals = new RemovalList(digests);
  const app = repository('team/app');
  const ids = Array.from({ length: tags }, (_, n) => digests.intern(sha256(`image ${n}`) as Digest));
  for (const [n, id] of ids.entries()) removals.tag(app, tag(`1.${n}`), id, because('named'));
  for (const id of ids) removals.revision(app, id, because('released'));
  for (const id of ids) removals.blob(id, because('blob-released'));
  removals.weigh(Float64Array.from([...removals], ({ kind }) => (kind === 'blob' ? 1000 : 0)));
  return planOf(removals);
}
