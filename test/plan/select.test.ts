// Which repositories a policy speaks of: what it chooses is no wider than it reads, what it leaves out no narrower.

import { expect, test } from 'vitest';
import { policyOf } from '../../src/plan/policies.js';

const policy = { keep: { last: 1 }, tags: [], exclude: [], repositories: [] };

test.each([
  ['team/**', ['team/app', 'team/app/debug'], ['team', 'teams/app', 'a/team/app']],
  ['team/*', ['team/app'], ['team', 'team/app/debug']],
  ['team*/**', ['team/app', 'teams/app/debug'], ['team', 'teams']],
  ['**', ['team', 'team/app'], []],
  ['**/app', ['app', 'team/app', 'a/b/app'], ['apps', 'app/x']],
  ['{a,b}/**', ['a/x', 'b/x/y'], ['a', 'b', 'c/x']],
])('%s chooses %j and not %j', (pattern, chosen, others) => {
  const policies = [{ ...policy, repositories: [pattern] }];
  for (const name of chosen) expect(policyOf(policies, name), name).toBeDefined();
  for (const name of others) expect(policyOf(policies, name), name).toBeUndefined();
});

test('to leave out team/** leaves out team as well: more stays', () => {
  const policies = [{ ...policy, exclude: ['team/**'] }];
  for (const name of ['team', 'team/app', 'team/app/debug']) expect(policyOf(policies, name), name).toBeUndefined();
  for (const name of ['teams', 'other/team']) expect(policyOf(policies, name), name).toBeDefined();
});
