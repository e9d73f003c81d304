/** Who has the word about an instance, in the order of the rules. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  DEFAULT_POLICY_RULES,
  decidePolicy,
  type PolicyFacts,
  type PolicyRules,
  readHaPolicy,
} from './decide-policy.ts';

const UUID = '5ac48e81-b0fa-461b-9554-299f6a46fe5d';
/** Every rule of the chain has a word about this one; each test takes the first ones away. */
const ALL: PolicyFacts = {
  instanceUuid: UUID,
  name: `amphora-${UUID}`,
  projectId: 'shop',
  metadata: { 'medevac:policy': 'restart', HA_Enabled: 'false' },
  tags: ['automatic-recovery'],
  flavorExtraSpecs: { evacuable: 'false' },
  imageProperties: { evacuable: 'true' },
};
const RULES: PolicyRules = {
  ...DEFAULT_POLICY_RULES,
  overrides: { [UUID]: 'stop' },
  projects: { shop: 'restart' },
};

describe('policy of an instance', () => {
  const named = { ...ALL, name: 'vm' };
  const withoutOverride = { ...RULES, overrides: {} };
  const plain = { ...named, metadata: {}, tags: [], flavorExtraSpecs: {} };
  for (const [who, facts, rules, policy, isAsked] of [
    ['an exclusion', ALL, RULES, 'never', false],
    ["an operator's override", named, RULES, 'stop', true],
    ["the owner's policy", named, withoutOverride, 'restart', true],
    [
      "the owner's yes or no",
      { ...named, metadata: { HA_Enabled: 'false' } },
      withoutOverride,
      'never',
      false,
    ],
    ["the owner's tag", { ...named, metadata: {} }, withoutOverride, 'evacuate', true],
    ['the flavor', { ...plain, flavorExtraSpecs: { evacuable: 'no' } }, withoutOverride, 'never'],
    ['the image', plain, withoutOverride, 'evacuate', true],
    ['the project', { ...plain, imageProperties: undefined }, withoutOverride, 'restart', false],
    [
      'the default',
      { ...plain, imageProperties: undefined, projectId: 'other' },
      withoutOverride,
      'evacuate',
      false,
    ],
  ] as const) {
    it(`D19: has the answer of ${who} before all that come after`, () => {
      const answer = decidePolicy(facts, rules);
      assert.equal(answer.policy, policy);
      assert.equal(answer.isAsked, isAsked ?? false);
      assert.notEqual(answer.reason, '');
    });
  }

  it('passes a word by that is no policy', () => {
    const facts = { ...plain, metadata: { 'medevac:policy': 'sometimes' } };
    assert.equal(decidePolicy(facts, withoutOverride).policy, 'evacuate');
    assert.equal(readHaPolicy(' Never '), 'never');
    assert.equal(readHaPolicy('sometimes'), undefined);
  });

  it('excludes only where every condition holds, and nothing without one', () => {
    const exclusion = { name: 'trove', tag: 'automatic-recovery', metadata: 'managed=trove' };
    const rules = { ...RULES, exclusions: [exclusion] };
    const policyWith = (metadata: Record<string, string>) =>
      decidePolicy({ ...named, metadata }, { ...rules, overrides: {} }).policy;
    assert.equal(policyWith({ managed: 'trove' }), 'never');
    assert.equal(policyWith({ managed: 'magnum' }), 'evacuate');
    const empty = { ...withoutOverride, exclusions: [{ name: 'empty' }] };
    assert.equal(decidePolicy(plain, empty).policy, 'evacuate');
  });

  it('takes signs of a pattern other than * and ? as they are', () => {
    const rules = { ...withoutOverride, exclusions: [{ name: 'n', instanceName: 'db.*' }] };
    const policyOf = (name: string) => decidePolicy({ ...plain, name }, rules).policy;
    assert.equal(policyOf('db.primary'), 'never');
    assert.equal(policyOf('dbx'), 'evacuate');
  });
});
