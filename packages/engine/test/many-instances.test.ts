/** Hosts with more instances than are evacuated at once: the bounds, and what a wait makes old. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEFAULT_PACE_RULES } from '@medevac/core';
import type { HostName, InstanceUuid } from '@medevac/kernel';
import type { Nova } from '@medevac/openstack';
import { EngineBench } from './engine-bench.ts';

/** Less than is asked for, so that some wait. */
const PACE = { ...DEFAULT_PACE_RULES, openPerCloud: 40 };

interface Counted {
  /** Instances that evacuate was called for, in order. */
  readonly asked: InstanceUuid[];
  mostCalls: number;
  mostOpen: number;
}

/** Counts evacuate calls; each takes `extraMs` longer. */
function countEvacuations(bench: EngineBench, extraMs = 0): Counted {
  const { nova, clock } = bench;
  const counted: Counted = { asked: [], mostCalls: 0, mostOpen: 0 };
  const evacuate: Nova['evacuate'] = nova.evacuate.bind(nova);
  let calls = 0;
  nova.evacuate = async (uuid, target, call) => {
    counted.asked.push(uuid);
    counted.mostCalls = Math.max(counted.mostCalls, ++calls);
    try {
      await clock.sleep(extraMs, call.signal);
      const outcome = await evacuate(uuid, target, call);
      const open = nova.migrations.filter((one) => !/done|error|failed/.test(one.status));
      counted.mostOpen = Math.max(counted.mostOpen, open.length);
      return outcome;
    } finally {
      calls -= 1;
    }
  };
  return counted;
}

/** What somebody may do to an instance whose turn has not come. */
const DEEDS = {
  deletes: (bench: EngineBench, uuid: InstanceUuid) => void bench.nova.servers.delete(uuid),
  moves: (bench: EngineBench, uuid: InstanceUuid) => {
    bench.nova.server(uuid).host = 'alive-1' as HostName;
  },
} as const;

async function assertLeftAlone(bench: EngineBench, uuid: InstanceUuid): Promise<void> {
  const vmoves = await bench.vmoves();
  const statuses = vmoves.map((one) => [one.instanceUuid === uuid, one.status].join());
  assert.deepEqual([...new Set(statuses)].toSorted(), ['false,succeeded', 'true,ignored']);
  assert.deepEqual(bench.nova.violations, []);
  const evidence = await bench.evidence();
  assert.deepEqual(
    evidence.map((one) => one.kind),
    ['failure'],
    'it says nothing of the host',
  );
}

describe('a host with many instances', () => {
  it('of 1,000 has each one evacuated once, and no more at once than the limits allow', async () => {
    const bench = await EngineBench.open(1_000, { bootMs: 3_000, scheduleMs: 500 });
    const counted = countEvacuations(bench, 200);
    const report = await bench.crashAndReport({ settings: { pace: PACE } });
    await bench.untilStatus(report, 'finished', 3_600_000);
    await bench.assertRecovered(report);
    assert.equal(counted.asked.length, 1_000);
    assert.equal(new Set(counted.asked).size, 1_000);
    assert.equal(counted.mostCalls, PACE.calls);
    assert.equal(counted.mostOpen, PACE.openPerCloud);
  });

  for (const [deed, act] of Object.entries(DEEDS)) {
    it(`leaves one alone that somebody ${deed} while it waits for its call`, async () => {
      const bench = await EngineBench.open(PACE.openPerCloud);
      const counted = countEvacuations(bench, 8_000);
      const report = await bench.crashAndReport({ settings: { pace: PACE } });
      await bench.until(() => counted.asked.length === PACE.calls, 60_000, 50);
      await bench.clock.advance(2_000);
      // All have their place and were looked at; this one's call is not on its way yet.
      const uuid = [...bench.nova.servers.keys()].at(-1)!;
      assert.ok(!counted.asked.includes(uuid));
      act(bench, uuid);
      await bench.untilStatus(report, 'finished');
      assert.ok(!counted.asked.includes(uuid));
      await assertLeftAlone(bench, uuid);
    });

    it(`leaves one alone that somebody ${deed} while it waits for a place`, async () => {
      const bench = await EngineBench.open(PACE.openPerCloud + 5);
      const counted = countEvacuations(bench);
      const report = await bench.crashAndReport({ settings: { pace: PACE } });
      await bench.until(() => counted.asked.length === PACE.openPerCloud, 60_000, 50);
      const uuid = [...bench.nova.servers.keys()].at(-1)!;
      assert.ok(!counted.asked.includes(uuid));
      act(bench, uuid);
      await bench.untilStatus(report, 'finished');
      assert.ok(!counted.asked.includes(uuid));
      await assertLeftAlone(bench, uuid);
    });
  }

  for (const callMs of [3_000, 6_000, 10_000]) {
    it(`is evacuated in a cloud that takes ${callMs / 1_000} s for every call`, async () => {
      const bench = await EngineBench.open(6, { latencyMs: callMs / 2 });
      const report = await bench.crashAndReport({ settings: { pace: PACE } });
      await bench.untilStatus(report, 'finished', 60 * callMs);
      await bench.assertRecovered(report);
    });
  }

  it('does not stand still when calls take longer than facts are good for', async () => {
    const bench = await EngineBench.open(PACE.openPerCloud);
    const counted = countEvacuations(bench, 8_000);
    const report = await bench.crashAndReport({ settings: { pace: PACE } });
    const beganAtMs = bench.clock.monotonicMs();
    await bench.untilStatus(report, 'finished');
    await bench.assertRecovered(report);
    assert.equal(counted.asked.length, PACE.openPerCloud);
    // Four times ten calls of 8 s, a look before each ten, and the way of the last ones.
    assert.ok(bench.clock.monotonicMs() - beganAtMs < 70_000);
  });
});
