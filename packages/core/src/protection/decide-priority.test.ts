/** Priorities: whose word counts, and within which bounds. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  DEFAULT_PRIORITY_RULES,
  decidePriority,
  type PriorityRules,
  readAfter,
  readPriority,
} from './decide-priority.ts';

const FACTS = {
  instanceUuid: 'i',
  name: 'vm',
  projectId: 'shop',
  metadata: { 'medevac:priority': '9' },
  tags: ['medevac:priority=8'],
  flavorExtraSpecs: { 'medevac:priority': '7' },
  imageProperties: undefined,
};
const RULES: PriorityRules = {
  ...DEFAULT_PRIORITY_RULES,
  instances: { i: 1 },
  projects: { shop: 6 },
};

describe('priority', () => {
  const own = { ...RULES, instances: {} };
  const silent = { ...FACTS, metadata: {}, tags: [], flavorExtraSpecs: {} };
  for (const [who, facts, rules, priority] of [
    ['the operator’s for the instance', FACTS, RULES, 1],
    ['the metadata’s', FACTS, own, 9],
    ['the tag’s', { ...FACTS, metadata: {} }, own, 8],
    ['the flavor’s', { ...FACTS, metadata: {}, tags: [] }, own, 7],
    ['the project’s', silent, own, 6],
    ['the default', { ...silent, projectId: 'other' }, own, 5],
  ] as const) {
    it(`is ${who} when nobody before has said one`, () => {
      assert.equal(decidePriority(facts, rules), priority);
    });
  }

  it('of a tenant is kept within the operator’s bounds', () => {
    const bounded = { ...own, tenantLeast: 3, tenantMost: 6 };
    assert.equal(decidePriority(FACTS, bounded), 6);
    const low = { ...FACTS, metadata: { 'medevac:priority': '0' } };
    assert.equal(decidePriority(low, bounded), 3);
    assert.equal(
      decidePriority({ ...silent, flavorExtraSpecs: FACTS.flavorExtraSpecs }, bounded),
      7,
    );
  });

  for (const text of ['', '-1', '11', '1.5', 'high', '99', '0x1']) {
    it(`is not read from ${JSON.stringify(text)}`, () => {
      assert.equal(readPriority(text), undefined);
    });
  }

  it('is read from whole numbers up to ten', () => {
    assert.deepEqual([readPriority('0'), readPriority(' 10 ')], [0, 10]);
  });

  it('reads the instances to wait for', () => {
    assert.deepEqual(readAfter({ 'medevac:after': ' db-1, ,db-2' }), ['db-1', 'db-2']);
    assert.deepEqual(readAfter({}), []);
    const many = Array.from({ length: 40 }, (_, index) => `vm-${index}`).join();
    assert.equal(readAfter({ 'medevac:after': many }).length, 16);
  });
});
