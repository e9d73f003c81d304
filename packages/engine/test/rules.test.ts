/** Rules that operators set for one segment or one instance while Medevac runs. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { InstanceUuid } from '@medevac/kernel';
import { type InstanceRule, NO_SEGMENT_RULES, type SegmentRules } from '../src/index.ts';
import { EngineBench } from './engine-bench.ts';

const ORIGIN = { by: 'anna/ops', note: null, changedAtMs: 1 };

async function ruleSegment(bench: EngineBench, rules: Partial<SegmentRules>): Promise<void> {
  const host = await bench.stores.segments.readHost(bench.hostUuid(0));
  assert.ok(host);
  const segmentUuid = host.segmentUuid;
  const record = { segmentUuid, ...NO_SEGMENT_RULES, ...rules, ...ORIGIN };
  assert.equal(await bench.stores.rules.writeSegment(record), 'written');
}

const ruleInstance = (
  bench: EngineBench,
  instanceUuid: InstanceUuid,
  rule: Partial<InstanceRule>,
) =>
  bench.stores.rules.writeInstance({
    ...{ instanceUuid, policy: null, priority: null },
    ...rule,
    ...ORIGIN,
  });

async function recovered(bench: EngineBench): Promise<readonly string[]> {
  const report = await bench.crashAndReport();
  await bench.untilStatus(report, 'finished');
  return bench.nova.writes
    .filter((one) => one.startsWith('evacuate '))
    .map((one) => one.slice('evacuate '.length));
}

async function messages(bench: EngineBench): Promise<readonly (string | null)[]> {
  return (await bench.vmoves()).map(({ message }) => message);
}

describe('rules of operators', () => {
  it('F4: the word for one instance stands above what its owner says', async () => {
    const bench = await EngineBench.open(0);
    const kept = bench.nova.addServer('dead', { metadata: { 'medevac:policy': 'evacuate' } });
    const moved = bench.nova.addServer('dead', { metadata: { HA_Enabled: 'false' } });
    await ruleInstance(bench, kept, { policy: 'never' });
    await ruleInstance(bench, moved, { policy: 'evacuate' });
    assert.deepEqual(await recovered(bench), [bench.nova.server(moved).name]);
    assert.ok((await messages(bench)).some((one) => /an operator has set never/.test(one ?? '')));
  });

  it('F3: the priority for one instance stands above its metadata', async () => {
    const bench = await EngineBench.open(0);
    const first = bench.nova.addServer('dead', { metadata: { 'medevac:priority': '9' } });
    const second = bench.nova.addServer('dead', { metadata: { 'medevac:priority': '1' } });
    await ruleInstance(bench, second, { priority: 10 });
    const names = [second, first].map((uuid) => bench.nova.server(uuid).name);
    assert.deepEqual(await recovered(bench), names);
  });

  it('the default of a segment holds for instances of which nobody says more', async () => {
    const bench = await EngineBench.open(2);
    const asked = bench.nova.addServer('dead', { metadata: { HA_Enabled: 'true' } });
    await ruleSegment(bench, { instancePolicy: 'never' });
    assert.deepEqual(await recovered(bench), [bench.nova.server(asked).name]);
    const left = (await messages(bench)).filter((one) =>
      /policy of its segment is never/.test(one ?? ''),
    );
    assert.equal(left.length, 2);
  });

  it('D20: a segment with local storage is not rebuilt, whatever the program was told', async () => {
    const bench = await EngineBench.open(2);
    await ruleSegment(bench, { storage: 'local' });
    const report = await bench.crashAndReport();
    await bench.untilStatus(report, 'failed');
    assert.ok(!bench.nova.writes.some((one) => one.startsWith('evacuate ')));
  });

  it('A1: a segment that is declared required is not evacuated on the word of a reporter', async () => {
    const bench = await EngineBench.open(2);
    await ruleSegment(bench, { fencing: 'required' });
    await bench.crashAndReport();
    await bench.untilState('fence_failed');
    await bench.clock.advance(300_000);
    assert.ok(!bench.nova.writes.some((one) => one.startsWith('evacuate ')));
  });

  it('a segment that is declared trusted is, though the program was told otherwise', async () => {
    const bench = await EngineBench.open(2);
    await ruleSegment(bench, { fencing: 'trusted' });
    const report = await bench.crashAndReport({ fenceDevices: [] });
    await bench.untilStatus(report, 'finished');
    await bench.assertRecovered(report);
  });

  it('F1: hosts of one segment return by themselves, those of others on approval', async () => {
    const bench = await EngineBench.open(1);
    await ruleSegment(bench, { returnPolicy: 'automatic' });
    await recovered(bench);
    bench.nova.revive('dead', 1_000);
    await bench.until(
      async () => {
        const incident = await bench.incident();
        const record = incident && (await bench.stores.returns.read(incident.id));
        return record?.state === 'returned';
      },
      3_600_000,
      1_000,
    );
    assert.equal(bench.nova.host('dead').status, 'enabled');
  });
});
