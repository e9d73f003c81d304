/** A replica that is killed at any moment of a recovery: the next one brings it to the same end. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EngineBench } from './engine-bench.ts';

/** From the report (17 s) over the verdict (21 s) to the last instance (about 60 s). */
const FIRST_MOMENT_MS = 17_000;
const MOMENTS = 50;
const STEP_MS = 700;

async function recoverWithKillAt(atMs: number, isSoleProcess: boolean): Promise<void> {
  const bench = await EngineBench.open(12, { bootMs: 5_000 });
  bench.nova.addServer('dead', { vmState: 'stopped' });
  bench.nova.server([...bench.nova.servers.keys()][0]!).taskState = 'powering-off';
  const report = await bench.crashAndReport();
  await bench.clock.advance(Math.max(0, atMs - bench.clock.monotonicMs()));
  bench.replicas[0]?.kill();
  bench.start({ isSoleProcess });
  await bench.untilStatus(report, 'finished', 1_800_000);
  await bench.assertRecovered(report);
}

describe('a recovery whose replica is killed', () => {
  it(`is brought to the same end by the next one, at ${MOMENTS} moments`, async () => {
    for (let moment = 0; moment < MOMENTS; moment++) {
      // Odd milliseconds fall between the sending of a call and its answer.
      const atMs = FIRST_MOMENT_MS + moment * STEP_MS + ((moment * 7) % 20);
      try {
        await recoverWithKillAt(atMs, moment % 2 === 0);
      } catch (error) {
        throw new Error(`killed at ${atMs} ms`, { cause: error });
      }
    }
  });

  it('around the force-down, at every 10 ms of a second, is forced down once', async () => {
    for (let offsetMs = 0; offsetMs < 1_000; offsetMs += 10) {
      try {
        await recoverWithKillAt(20_800 + offsetMs, true);
      } catch (error) {
        throw new Error(`killed at ${20_800 + offsetMs} ms`, { cause: error });
      }
    }
  });

  it('is continued within a lease and its looks, without a new report', async () => {
    const bench = await EngineBench.open(60, { bootMs: 2_000, scheduleMs: 500 });
    bench.start();
    await bench.crashAndReport();
    await bench.until(() => bench.nova.writes.length > 5, 60_000, 50);
    const incident = await bench.incident();
    const lease = await bench.stores.leases.read(`run/host-failure/${incident?.id}`);
    const holder = Number(lease?.holder?.split('-')[1]) - 1;
    await bench.clock.advance(100);
    const [calls, killedAtMs] = [bench.nova.writes.length, bench.clock.monotonicMs()];
    bench.replicas[holder]?.kill();
    await bench.until(() => bench.nova.writes.length > calls + 10, 60_000, 50);
    assert.ok(bench.clock.monotonicMs() - killedAtMs < 15_000);
    await bench.untilState('recovered', 600_000);
    assert.deepEqual(bench.nova.violations, []);
  });

  it('twice, and stopped a third time, still ends', async () => {
    const bench = await EngineBench.open(40);
    const report = await bench.crashAndReport();
    for (const waitMs of [6_000, 8_000]) {
      await bench.clock.advance(waitMs);
      bench.replicas.at(-1)?.kill();
      bench.start();
    }
    await bench.clock.advance(12_000);
    await bench.replicas.at(-1)?.engine.stop();
    bench.start();
    await bench.untilStatus(report, 'finished', 1_800_000);
    await bench.assertRecovered(report);
  });

  it('while a call of it is still on its way to Nova, does not start an instance twice', async () => {
    const bench = await EngineBench.open(1);
    const report = await bench.crashAndReport();
    const { nova } = bench;
    const evacuate = nova.evacuate.bind(nova);
    nova.evacuate = async (uuid, target, call) => {
      nova.evacuate = evacuate;
      bench.replicas[0]?.kill();
      bench.start({ isSoleProcess: true });
      // The request of the dead process lands 10 s later.
      await bench.clock.sleep(10_000);
      return await evacuate(uuid, target, { deadlineMs: call.deadlineMs });
    };
    await bench.untilStatus(report, 'finished');
    await bench.assertRecovered(report);
  });

  it('does not set on_maintenance again that an operator has cleared meanwhile', async () => {
    const bench = await EngineBench.open(2);
    for (const name of ['alive-1', 'alive-2']) bench.nova.host(name).room = 0;
    const report = await bench.crashAndReport();
    await bench.untilState('waiting_capacity', 120_000);
    assert.equal(await bench.isOnMaintenance(), true);
    const { segments } = bench.stores;
    const changed = await segments.updateHost(bench.hostUuid(0), { onMaintenance: false }, 0);
    assert.equal(changed.kind, 'changed');
    bench.replicas[0]?.kill();
    bench.start({ isSoleProcess: true });
    await bench.clock.advance(60_000);
    bench.nova.host('alive-1').room = 2;
    await bench.untilStatus(report, 'finished', 1_200_000);
    assert.equal(await bench.isOnMaintenance(), false);
    assert.equal(bench.nova.starts.length, 2);
    assert.deepEqual(bench.nova.violations, []);
  });

  it('after its last instance, before the end was written, ends all the same', async () => {
    const bench = await EngineBench.open(2);
    const { incidents } = bench.stores;
    const move = incidents.move.bind(incidents);
    incidents.move = async (tenure, id, to) => {
      if (to.to !== 'recovered') return await move(tenure, id, to);
      incidents.move = move;
      bench.replicas[0]?.kill();
      bench.start({ isSoleProcess: true });
      return 'stale';
    };
    const report = await bench.crashAndReport();
    await bench.untilStatus(report, 'finished');
    await bench.assertRecovered(report);
  });
});

describe('a store that fails for a moment', () => {
  for (const name of ['read', 'readEvidence', 'move', 'addEvent', 'openOrJoin'] as const) {
    it(`at ${name} of incidents delays the recovery and nothing else`, async () => {
      const bench = await EngineBench.open(3);
      let left = 4;
      const incidents = bench.stores.incidents as unknown as Record<string, unknown>;
      const member = Reflect.get(bench.stores.incidents, name) as (...all: unknown[]) => unknown;
      const { OperationalError } = await import('@medevac/kernel');
      const kind = { code: 'store_busy', retry: 'after', advice: 'wait' } as const;
      incidents[name] = async (...parameters: unknown[]) => {
        if (left-- > 0) throw new OperationalError(kind, 'busy');
        return await member.apply(bench.stores.incidents, parameters);
      };
      const report = await bench.crashAndReport();
      await bench.untilStatus(report, 'finished');
      await bench.assertRecovered(report);
      assert.ok(left < 0);
    });
  }

  it('when the plan is read back delays the recovery and nothing else', async () => {
    const bench = await EngineBench.open(3);
    const { vmoves } = bench.stores;
    const list = vmoves.list.bind(vmoves);
    let left = 3;
    const { OperationalError } = await import('@medevac/kernel');
    const kind = { code: 'store_busy', retry: 'after', advice: 'wait' } as const;
    vmoves.list = async (query) => {
      if (left-- > 0) throw new OperationalError(kind, 'busy');
      return await list(query);
    };
    const report = await bench.crashAndReport();
    await bench.untilStatus(report, 'finished');
    await bench.assertRecovered(report);
  });
});
