/** Contract of the rule store. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { InstanceRuleRecord, SegmentRulesRecord } from '@medevac/engine';
import { contract } from './implementations.ts';
import { segmentFields, uuid } from './sample-rows.ts';

const RULES: SegmentRulesRecord = {
  segmentUuid: uuid(1),
  fencing: 'trusted',
  storage: 'local',
  returnPolicy: 'automatic',
  instancePolicy: 'stop',
  by: 'anna/ops',
  note: 'the rack without BMCs',
  changedAtMs: 1_000,
};
const rule = (n: number, change: Partial<InstanceRuleRecord> = {}): InstanceRuleRecord => ({
  instanceUuid: uuid(n),
  policy: 'never',
  priority: null,
  by: 'anna/ops',
  note: null,
  changedAtMs: 2_000 + n,
  ...change,
});

contract('RuleStore', (open) => {
  it('keeps the rules of a segment, the newest in place of the older', async () => {
    const stores = await open();
    await stores.segments.createSegment(uuid(1), segmentFields(), 1);
    assert.equal(await stores.rules.readSegment(uuid(1)), undefined);
    assert.equal(await stores.rules.writeSegment(RULES), 'written');
    assert.deepEqual(await stores.rules.readSegment(uuid(1)), RULES);
    const later = { ...RULES, fencing: null, instancePolicy: null, note: null, changedAtMs: 2_000 };
    assert.equal(await stores.rules.writeSegment(later), 'written');
    assert.deepEqual(await stores.rules.readSegment(uuid(1)), later);
  });

  it('refuses rules for a segment that is not there, or was deleted', async () => {
    const stores = await open();
    assert.equal(await stores.rules.writeSegment(RULES), 'missing');
    await stores.segments.createSegment(uuid(1), segmentFields(), 1);
    await stores.segments.deleteSegment(uuid(1), 2);
    assert.equal(await stores.rules.writeSegment(RULES), 'missing');
  });

  it('keeps one rule of an instance and reads those that are asked for', async () => {
    const stores = await open();
    await stores.rules.writeInstance(rule(1));
    await stores.rules.writeInstance(rule(1, { policy: 'evacuate', priority: 9, note: 'billing' }));
    await stores.rules.writeInstance(rule(2, { policy: null, priority: 0 }));
    await stores.rules.writeInstance(rule(3));
    const read = await stores.rules.readInstances([uuid(2), uuid(1), uuid(4)]);
    assert.deepEqual(
      read.toSorted((a, b) => a.changedAtMs - b.changedAtMs),
      [
        rule(1, { policy: 'evacuate', priority: 9, note: 'billing' }),
        rule(2, { policy: null, priority: 0 }),
      ],
    );
    assert.deepEqual(await stores.rules.readInstances([]), []);
  });

  it('lists by UUID, page by page, and forgets what is cleared', async () => {
    const stores = await open();
    for (const n of [3, 1, 2]) await stores.rules.writeInstance(rule(n));
    const first = await stores.rules.listInstances({ limit: 2 });
    assert.deepEqual(first, { kind: 'page', rows: [rule(1), rule(2)] });
    const rest = await stores.rules.listInstances({ limit: 2, marker: uuid(2) });
    assert.deepEqual(rest, { kind: 'page', rows: [rule(3)] });
    assert.equal(await stores.rules.clearInstance(uuid(2)), true);
    assert.equal(await stores.rules.clearInstance(uuid(2)), false);
    assert.deepEqual(await stores.rules.readInstances([uuid(2)]), []);
  });
});
