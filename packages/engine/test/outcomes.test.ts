/** The outcomes of an evacuate call, one story each, and faults of the cloud on every call. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { InstanceUuid } from '@medevac/kernel';
import { EngineBench } from './engine-bench.ts';
import type { FaultKind } from './nova-faults.ts';

const HOUR_MS = 3_600_000;

const only = (bench: EngineBench): InstanceUuid => {
  const [uuid] = bench.nova.servers.keys();
  assert.ok(uuid !== undefined);
  return uuid;
};

describe('an instance', () => {
  it('that its owner deletes in the middle is left alone', async () => {
    const bench = await EngineBench.open(6);
    const uuid = only(bench);
    const report = await bench.crashAndReport();
    await bench.until(() => bench.evacuateCallsOf(uuid) > 0, 60_000, 50);
    bench.nova.servers.delete(uuid);
    await bench.untilStatus(report, 'finished');
    const vmove = (await bench.vmoves()).find((one) => one.instanceUuid === uuid);
    assert.equal(vmove?.status, 'ignored');
    assert.equal((await bench.vmoves()).filter((one) => one.status === 'succeeded').length, 5);
  });

  for (const refusesBusy of [false, true]) {
    it(`whose task died with the host is reset once (busy refused: ${refusesBusy})`, async () => {
      const bench = await EngineBench.open(2, { refusesBusy });
      bench.nova.server(only(bench)).taskState = 'powering-off';
      const report = await bench.crashAndReport();
      await bench.untilStatus(report, 'finished');
      await bench.assertRecovered(report);
      assert.deepEqual(
        bench.nova.writes.filter((one) => one.startsWith('reset')),
        ['reset vm-1'],
      );
    });
  }

  it('whose task is set between the look and the call waits for the next look', async () => {
    const bench = await EngineBench.open(1, { refusesBusy: true });
    const report = await bench.crashAndReport();
    const evacuate = bench.nova.evacuate.bind(bench.nova);
    bench.nova.evacuate = async (uuid, target, call) => {
      bench.nova.evacuate = evacuate;
      bench.nova.server(uuid).taskState = 'powering-off';
      return await evacuate(uuid, target, call);
    };
    await bench.untilStatus(report, 'finished');
    await bench.assertRecovered(report);
    assert.equal((await bench.evidence()).length, 1, 'a busy instance says nothing of its host');
  });

  it('D8: that is being rebuilt by an evacuation is never reset, but given up as stuck', async () => {
    const bench = await EngineBench.open(2);
    const uuid = only(bench);
    // Its destination has died, which Nova does not know yet: REBUILD stays, without a destination.
    bench.nova.host('alive-1').room = 2_000;
    const report = await bench.crashAndReport();
    bench.nova.crash('alive-1');
    await bench.untilStatus(report, 'failed', 2 * HOUR_MS);
    assert.deepEqual(bench.nova.violations, []);
    assert.ok(bench.nova.writes.every((one) => !one.startsWith('reset')));
    const vmove = (await bench.vmoves()).find((one) => one.instanceUuid === uuid);
    assert.equal(vmove?.status, 'failed');
    assert.match(vmove.message ?? '', /stuck/);
    assert.equal(bench.nova.evacuationsOf(uuid).length, 1);
  });

  it('that may run on the destination of a live migration waits until that has ended', async () => {
    const bench = await EngineBench.open(2);
    const uuid = only(bench);
    const migration = bench.nova.addMigration({
      instanceUuid: uuid,
      type: 'live-migration',
      status: 'running',
      sourceHost: 'dead' as never,
      destHost: 'alive-1' as never,
    });
    const report = await bench.crashAndReport();
    await bench.clock.advance(300_000);
    assert.equal(bench.evacuateCallsOf(uuid), 0);
    migration.status = 'error';
    await bench.untilStatus(report, 'finished');
    await bench.assertRecovered(report);
  });

  it('that a live migration has brought to its destination after all is left there', async () => {
    const bench = await EngineBench.open(2);
    const uuid = only(bench);
    const migration = bench.nova.addMigration({
      instanceUuid: uuid,
      type: 'live-migration',
      status: 'running',
      sourceHost: 'dead' as never,
      destHost: 'alive-1' as never,
    });
    const report = await bench.crashAndReport();
    await bench.clock.advance(60_000);
    migration.status = 'completed';
    bench.nova.server(uuid).host = 'alive-1' as never;
    await bench.untilStatus(report, 'finished');
    assert.equal(bench.evacuateCallsOf(uuid), 0);
    assert.deepEqual(bench.nova.violations, []);
  });

  it('D2: whose claim failed at a destination is tried again', async () => {
    const bench = await EngineBench.open(3);
    bench.nova.host('alive-1').failingClaims = 2;
    bench.nova.host('alive-2').failingClaims = 2;
    const report = await bench.crashAndReport();
    await bench.untilStatus(report, 'finished');
    assert.deepEqual(bench.nova.violations, []);
    assert.equal(bench.nova.starts.length, 3);
    assert.ok(bench.nova.migrations.length > 3);
  });

  it('D21: without room waits untouched, the incident says so, and goes on when there is room', async () => {
    const bench = await EngineBench.open(4);
    bench.nova.host('alive-1').room = 1;
    bench.nova.host('alive-2').room = 1;
    const report = await bench.crashAndReport();
    await bench.untilState('waiting_capacity', 300_000);
    const shown = await bench.notification(report);
    assert.equal(shown.status, 'error');
    assert.match(shown.message ?? '', /no host has room for 2 instances/);
    await bench.clock.advance(HOUR_MS);
    assert.equal(bench.nova.starts.length, 2);
    bench.nova.host('alive-1').room = 10;
    await bench.untilStatus(report, 'finished', HOUR_MS);
    assert.deepEqual(bench.nova.violations, []);
    assert.equal(new Set(bench.nova.starts).size, 4);
    assert.equal(bench.nova.starts.length, 4);
    for (const server of bench.nova.servers.values()) assert.equal(server.vmState, 'active');
  });

  it('without room gets its final answer when its time is up', async () => {
    const bench = await EngineBench.open(2);
    bench.nova.host('alive-1').room = 0;
    bench.nova.host('alive-2').room = 0;
    const report = await bench.crashAndReport({ timing: { instanceMs: 1_800_000 } });
    await bench.untilStatus(report, 'failed', HOUR_MS);
    assert.deepEqual(
      (await bench.vmoves()).map((one) => one.status),
      ['failed', 'failed'],
    );
    assert.equal(await bench.isOnMaintenance(), true);
  });

  for (const [vmState, powerState] of [
    ['stopped', 4],
    ['error', 1],
    ['error', 4],
    ['paused', 3],
    ['suspended', 4],
    ['rescued', 1],
  ] as const) {
    it(`D4: that was ${vmState} with power state ${powerState} ends so again`, async () => {
      const bench = await EngineBench.open(2);
      const uuid = bench.nova.addServer('dead', { vmState, powerState });
      const report = await bench.crashAndReport();
      await bench.untilStatus(report, 'finished');
      const server = bench.nova.server(uuid);
      assert.notEqual(server.host, 'dead');
      assert.deepEqual([server.vmState, server.taskState], [vmState, null]);
      const hasStopped = bench.nova.writes.includes(`stop ${server.name}`);
      // Nova itself keeps stopped what was stopped.
      assert.equal(hasStopped, vmState === 'error' && powerState === 4);
    });
  }

  it('that Nova does not put back to rescue is recovered, and says so', async () => {
    const bench = await EngineBench.open(1);
    const change = { vmState: 'rescued', imageUuid: null };
    const uuid = bench.nova.addServer('dead', change);
    const report = await bench.crashAndReport();
    await bench.untilStatus(report, 'finished');
    const vmove = (await bench.vmoves()).find((one) => one.instanceUuid === uuid);
    assert.equal(vmove?.status, 'succeeded');
    assert.match(vmove?.message ?? '', /was rescued.*volume-backed/);
  });

  it('whose resize is not confirmed is told to its owner, the others come back', async () => {
    const bench = await EngineBench.open(3);
    const resized = bench.nova.addServer('dead', { vmState: 'resized' });
    const report = await bench.crashAndReport();
    await bench.untilStatus(report, 'failed');
    const vmove = (await bench.vmoves()).find((one) => one.instanceUuid === resized);
    assert.match(vmove?.message ?? '', /confirm or revert/);
    assert.equal(bench.nova.starts.length, 3);
  });

  it('whose state changes so that Nova refuses it for good does not hold the others back', async () => {
    const bench = await EngineBench.open(3);
    const uuid = only(bench);
    const report = await bench.crashAndReport({ timing: { instanceMs: 900_000 } });
    const evacuate = bench.nova.evacuate.bind(bench.nova);
    bench.nova.evacuate = async (one, target, call) => {
      if (one === uuid) bench.nova.server(one).vmState = 'paused';
      return await evacuate(one, target, call);
    };
    await bench.untilStatus(report, 'failed', HOUR_MS);
    assert.equal(bench.nova.starts.length, 2);
    assert.equal(bench.forceDowns.length, 1);
    assert.equal((await bench.evidence()).length, 1);
  });
});

describe('a slow cloud', () => {
  it('whose lists take longer than a look apart shows nobody older facts than asked for', async () => {
    const bench = await EngineBench.open(30);
    const { nova } = bench;
    let slow = 0;
    const list = nova.listMigrations.bind(nova);
    nova.listMigrations = async (query, call) => {
      const answer = await list(query, call);
      // Every other answer is held back, so that it would arrive after the next one.
      if (++slow % 2 === 0) await bench.clock.sleep(6_000, call.signal);
      return answer;
    };
    const report = await bench.crashAndReport();
    await bench.untilStatus(report, 'finished');
    await bench.assertRecovered(report);
  });
});

describe('a fault of Nova', () => {
  const CALLS = [
    'listComputeServices',
    'changeService',
    'listServers',
    'readServer',
    'listMigrations',
    'evacuate',
    'resetState',
  ] as const;
  const KINDS: readonly FaultKind[] = ['before', 'after', '500', 'hang', 'late'];

  for (const name of CALLS) {
    for (const kind of KINDS) {
      it(`(${kind}) at ${name} is survived: everything is done once in the end`, async () => {
        const bench = await EngineBench.open(4);
        bench.nova.server(only(bench)).taskState = 'powering-off';
        bench.start();
        await bench.clock.advance(15_000);
        bench.nova.crash('dead');
        await bench.clock.advance(2_000);
        bench.nova.faults.fail(name, kind, kind === 'after' ? 1 : 3);
        const report = await bench.report();
        await bench.untilStatus(report, 'finished', 2 * HOUR_MS);
        if (name !== 'readServer' && kind !== 'late') assert.equal(bench.nova.faults.unmet, 0);
        assert.deepEqual(bench.nova.violations, []);
        const uuids = [...bench.nova.servers.keys()];
        for (const uuid of uuids)
          assert.equal(bench.nova.server(uuid).host?.startsWith('alive'), true);
        if (kind !== 'late') {
          for (const uuid of uuids) assert.equal(bench.evacuateCallsOf(uuid), 1);
          assert.equal(bench.forceDowns.length, 1);
        }
        assert.equal((await bench.incident())?.state, 'recovered');
      });
    }
  }

  for (const kind of KINDS) {
    it(`(${kind}) at stop leaves what was stopped before stopped in the end`, async () => {
      const bench = await EngineBench.open(1);
      const stopped = bench.nova.addServer('dead', { vmState: 'stopped' });
      // This cloud starts what it evacuates and leaves it so.
      const arrives = () => bench.nova.server(stopped).taskState === 'powering-off';
      bench.nova.faults.fail('stop', kind, 2);
      const report = await bench.crashAndReport();
      await bench.until(arrives, 120_000, 50);
      Object.assign(bench.nova.server(stopped), { vmState: 'active', taskState: null });
      await bench.untilStatus(report, 'finished', HOUR_MS);
      assert.equal(bench.nova.server(stopped).vmState, 'stopped');
    });
  }

  it('that lasts for an hour delays the recovery and nothing else', async () => {
    const bench = await EngineBench.open(5);
    bench.start();
    await bench.clock.advance(15_000);
    bench.nova.crash('dead');
    const report = await bench.report();
    await bench.until(() => bench.nova.writes.length > 2, 60_000, 50);
    for (const name of CALLS) bench.nova.faults.fail(name, 'before', 100_000);
    await bench.clock.advance(HOUR_MS);
    bench.nova.faults.clear();
    await bench.untilStatus(report, 'finished', HOUR_MS);
    await bench.assertRecovered(report);
  });
});
