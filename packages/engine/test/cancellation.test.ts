/** Recoveries that an operator ends. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEFAULT_PACE_RULES } from '@medevac/core';
import type { RunId } from '@medevac/kernel';
import { EngineBench } from './engine-bench.ts';

const REASON = 'the operator does it by hand';

async function cancel(bench: EngineBench): Promise<void> {
  const run = `host-failure/${(await bench.incident())?.id}` as RunId;
  assert.equal(await bench.stores.journal.requestCancel(run, REASON), true);
}

/** Owners get back what was locked for them: that is no step of the recovery. */
const writesOf = (bench: EngineBench): readonly string[] =>
  bench.nova.writes.filter((one) => !one.startsWith('unlock '));

const evacuateCalls = (bench: EngineBench): number =>
  bench.nova.writes.filter((one) => one.startsWith('evacuate')).length;

describe('a recovery that is cancelled', () => {
  it('in the middle writes nothing more to Nova, leaves what is under way alone, and says why', async () => {
    const bench = await EngineBench.open(200);
    const pace = { ...DEFAULT_PACE_RULES, openPerCloud: 40 };
    const report = await bench.crashAndReport({ settings: { pace } });
    const second = await bench.report();
    await bench.until(
      () => bench.nova.starts.length >= 10 && evacuateCalls(bench) >= 45,
      120_000,
      50,
    );
    await cancel(bench);
    await bench.untilState('cancelled', 10_000);
    const writes = writesOf(bench);
    const open = evacuateCalls(bench) - bench.nova.starts.length;
    assert.ok(open > 0 && evacuateCalls(bench) < 200, `${open} under way`);
    const vmoves = await bench.vmoves();
    const succeeded = vmoves.filter((one) => one.status === 'succeeded');
    const failed = vmoves.filter((one) => one.status === 'failed');
    assert.ok(succeeded.length > 0 && succeeded.length <= bench.nova.starts.length);
    assert.equal(succeeded.length + failed.length, 200);
    for (const vmove of failed) {
      assert.equal(vmove.message, `cancelled: ${REASON}`);
      assert.notEqual(vmove.endAtMs, null);
    }
    for (const uuid of [report, second]) {
      const { status, message } = await bench.notification(uuid);
      assert.deepEqual([status, message], ['ignored', `cancelled: ${REASON}`]);
    }
    await bench.clock.advance(600_000);
    assert.deepEqual(writesOf(bench), writes, 'no further write');
    assert.equal(bench.nova.starts.length, evacuateCalls(bench), 'what was under way arrives');
    assert.deepEqual(bench.nova.violations, []);
    const run = await bench.stores.journal.readRun(
      `host-failure/${(await bench.incident())?.id}` as RunId,
    );
    assert.deepEqual([run?.state, run?.error], ['cancelled', REASON]);
  });

  it('leaves the way back open: forced_down is cleared when the host has returned', async () => {
    const bench = await EngineBench.open(60);
    await bench.crashAndReport();
    await bench.until(() => evacuateCalls(bench) >= 20, 60_000, 50);
    await cancel(bench);
    await bench.untilState('cancelled', 10_000);
    await bench.clock.advance(60_000);
    assert.equal(bench.nova.host('dead').forcedDown, true);
    assert.equal(await bench.isOnMaintenance(), true);
    bench.nova.revive('dead');
    await bench.until(() => !bench.nova.host('dead').forcedDown, 300_000);
    assert.equal(bench.nova.host('dead').status, 'disabled');
  });

  // Nova has done it and its answer is on its way; or the request lands when nobody waits for it.
  for (const [moment, landsAfterMs] of [
    ['after', 0],
    ['before', 5_000],
  ] as const) {
    it(`just ${moment} the force-down took effect leaves the way back open too`, async () => {
      const bench = await EngineBench.open(3);
      const change = bench.nova.changeService.bind(bench.nova);
      bench.nova.changeService = async (uuid, fields, call) => {
        bench.nova.changeService = change;
        const landing = bench.clock
          .sleep(landsAfterMs)
          .then(() => change(uuid, fields, { deadlineMs: call.deadlineMs }));
        if (landsAfterMs === 0) await landing;
        await cancel(bench);
        await bench.clock.sleep(60_000, call.signal);
        return await landing;
      };
      const report = await bench.crashAndReport();
      await bench.untilStatus(report, 'ignored', 60_000);
      await bench.clock.advance(60_000);
      assert.equal(bench.nova.host('dead').forcedDown, true);
      bench.nova.revive('dead');
      await bench.until(() => !bench.nova.host('dead').forcedDown, 1_200_000);
      assert.equal(bench.nova.host('dead').status, 'disabled');
      assert.equal(evacuateCalls(bench), 0);
    });
  }

  it('before its force-down does not undo that of an operator', async () => {
    const bench = await EngineBench.open(3);
    Object.assign(bench.nova.host('dead'), { forcedDown: true, disabledReason: 'fan' });
    const { journal } = bench.stores;
    const write = journal.writeStep.bind(journal);
    journal.writeStep = async (tenure, step) => {
      const outcome = await write(tenure, step);
      if (step.path === 'plan-1' && step.state === 'done') {
        journal.writeStep = write;
        await cancel(bench);
        await bench.clock.sleep(5_000);
      }
      return outcome;
    };
    const report = await bench.crashAndReport();
    await bench.untilStatus(report, 'ignored', 60_000);
    bench.nova.revive('dead');
    await bench.clock.advance(600_000);
    assert.equal(bench.nova.host('dead').forcedDown, true);
    assert.deepEqual(bench.nova.writes, []);
  });

  it('before anything was done leaves no trace in Nova', async () => {
    const bench = await EngineBench.open(3);
    const report = await bench.crashAndReport({ fenceDevices: [] });
    await bench.untilState('fence_failed', 60_000);
    await cancel(bench);
    await bench.untilStatus(report, 'ignored', 10_000);
    assert.equal((await bench.incident())?.state, 'cancelled');
    await bench.clock.advance(600_000);
    assert.deepEqual(bench.nova.writes, []);
    assert.equal(await bench.isOnMaintenance(), false);
    assert.deepEqual(await bench.vmoves(), []);
    assert.deepEqual(await bench.stores.returns.listOpen(10), [], 'there is no way back to watch');
  });

  it('while it is held ends too, and a newer report opens an incident of its own', async () => {
    const bench = await EngineBench.open(3);
    bench.start();
    await bench.clock.advance(5_000);
    const first = await bench.report();
    await bench.untilState('held', 60_000);
    await cancel(bench);
    await bench.untilStatus(first, 'ignored', 10_000);
    bench.nova.crash('dead');
    const second = await bench.report();
    await bench.untilStatus(second, 'finished');
    await bench.assertRecovered(second);
    assert.equal((await bench.notification(first)).status, 'ignored');
  });

  it('while no replica runs is ended by the next one, which writes nothing to Nova', async () => {
    const bench = await EngineBench.open(60);
    const report = await bench.crashAndReport();
    await bench.until(() => evacuateCalls(bench) >= 20, 60_000, 50);
    bench.replicas[0]?.kill();
    await bench.clock.advance(1_000);
    const writes = writesOf(bench);
    await cancel(bench);
    bench.start({ isSoleProcess: true });
    await bench.untilStatus(report, 'ignored', 30_000);
    await bench.clock.advance(300_000);
    assert.deepEqual(writesOf(bench), writes);
    assert.ok((await bench.vmoves()).every((one) => one.status === 'failed'));
  });
});
