/** Reports that are wrong, hosts that live on or come back to life, and guards that hold. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEFAULT_PACE_RULES } from '@medevac/core';
import { EngineBench } from './engine-bench.ts';

const CONTRADICTION_MS = 600_000;
/** Less than is to be moved, so that some wait when the host reports. */
const SETTINGS = { pace: { ...DEFAULT_PACE_RULES, openPerCloud: 20 } };

/** Lets time pass until the host is forced down and some evacuations are under way. */
async function untilEvacuating(bench: EngineBench, calls = 1): Promise<void> {
  const isThere = () =>
    bench.nova.writes.filter((one) => one.startsWith('evacuate')).length >= calls;
  await bench.until(isThere, 120_000, 50);
}

describe('a report about a living host', () => {
  it('is held with the reason, changes nothing in Nova, and is cancelled after the limit', async () => {
    const bench = await EngineBench.open(3);
    bench.start();
    await bench.clock.advance(5_000);
    const report = await bench.report();
    await bench.untilState('held', 30_000);
    const incident = await bench.incident();
    assert.equal(incident?.guard, 'contradiction');
    assert.match(
      incident.reason ?? '',
      /dead was reported as failed, but .* reported to Nova since/,
    );
    const held = await bench.notification(report);
    assert.deepEqual([held.status, held.message], ['new', incident.reason]);
    await bench.clock.advance(CONTRADICTION_MS - 60_000);
    assert.equal((await bench.incident())?.state, 'held');
    await bench.untilStatus(report, 'ignored', 120_000);
    assert.equal((await bench.incident())?.state, 'cancelled');
    assert.deepEqual(bench.nova.writes, []);
    assert.equal(await bench.isOnMaintenance(), false);
    assert.equal((await bench.vmoves()).length, 0);
    const signs = (await bench.evidence()).filter((one) => one.kind === 'sign_of_life');
    assert.equal(signs.length, 1, 'one sign of life voids a report; more add nothing');
  });

  it('goes on when it is repeated after the host has died', async () => {
    const bench = await EngineBench.open(3);
    bench.start();
    await bench.clock.advance(5_000);
    const early = await bench.report();
    await bench.untilState('held', 30_000);
    bench.nova.crash('dead');
    await bench.clock.advance(60_000);
    assert.deepEqual(bench.nova.writes, [], 'silence alone does not make the old report true');
    const late = await bench.report();
    await bench.untilStatus(late, 'finished');
    await bench.assertRecovered(late);
    assert.equal((await bench.notification(early)).status, 'finished');
  });

  it('repeated again and again while it lives never does anything', async () => {
    const bench = await EngineBench.open(3);
    bench.start();
    for (let minute = 0; minute < 10; minute++) {
      await bench.report();
      await bench.clock.advance(60_000);
    }
    assert.deepEqual(bench.nova.writes, []);
  });

  it('is no more true because Nova could not be asked in between', async () => {
    const bench = await EngineBench.open(2);
    bench.start();
    await bench.clock.advance(5_000);
    await bench.report();
    bench.nova.faults.fail('listComputeServices', '500', 30);
    await bench.clock.advance(300_000);
    assert.deepEqual(bench.nova.writes, []);
    assert.equal((await bench.incident())?.state, 'held');
  });
});

describe('a host that reports again after its force-down', () => {
  it('is evacuated no further and held; what had arrived counts, and a newer report continues', async () => {
    const bench = await EngineBench.open(80);
    const first = await bench.crashAndReport({ settings: SETTINGS });
    await untilEvacuating(bench, 20);
    bench.nova.revive('dead', 3_600_000);
    await bench.untilState('held', 120_000);
    await bench.clock.advance(60_000);
    const calls = bench.nova.writes.length;
    const arrived = bench.nova.starts.length;
    assert.ok(arrived > 0 && arrived < 80, `${arrived} arrived`);
    const succeeded = (await bench.vmoves()).filter((one) => one.status === 'succeeded').length;
    assert.equal(succeeded, arrived, 'what was under way is followed to its end');
    assert.equal((await bench.incident())?.state, 'held');
    await bench.clock.advance(60_000);
    assert.equal(bench.nova.writes.length, calls, 'no further call');
    assert.equal((await bench.notification(first)).status, 'new');
    bench.nova.crash('dead');
    await bench.clock.advance(1_000);
    const second = await bench.report();
    await bench.untilStatus(second, 'finished');
    await bench.assertRecovered(second);
  });

  it('keeps one sign of life however many instances were to be moved', async () => {
    const bench = await EngineBench.open(400);
    for (const server of bench.nova.servers.values()) server.taskState = 'powering-off';
    await bench.crashAndReport();
    await bench.until(() => bench.nova.writes.length > 5, 120_000, 50);
    bench.nova.revive('dead', 3_600_000);
    await bench.untilState('held', 120_000);
    await bench.clock.advance(60_000);
    const signs = (await bench.evidence()).filter((one) => one.kind === 'sign_of_life');
    assert.ok(signs.length <= 3, `${signs.length} signs of life`);
    assert.equal((await bench.incident())?.state, 'held');
  });

  it('is held by the next replica too when the first one dies meanwhile, and a newer report continues', async () => {
    const bench = await EngineBench.open(60);
    await bench.crashAndReport({ settings: SETTINGS });
    await untilEvacuating(bench, 20);
    bench.nova.revive('dead', 3_600_000);
    await bench.untilState('held', 120_000);
    await bench.clock.advance(60_000);
    bench.replicas[0]?.kill();
    bench.start({ settings: SETTINGS });
    await bench.clock.advance(60_000);
    assert.equal((await bench.incident())?.state, 'held');
    bench.nova.crash('dead');
    await bench.clock.advance(1_000);
    const second = await bench.report();
    await bench.untilStatus(second, 'finished');
    await bench.assertRecovered(second);
  });

  it('ends partly recovered when nobody repeats the report', async () => {
    const bench = await EngineBench.open(80);
    const report = await bench.crashAndReport({ settings: SETTINGS });
    await untilEvacuating(bench, 20);
    bench.nova.revive('dead', 3_600_000);
    await bench.untilStatus(report, 'failed', 1_200_000);
    const statuses = new Set((await bench.vmoves()).map((one) => one.status));
    assert.deepEqual([...statuses].toSorted(), ['failed', 'succeeded']);
  });

  it('between verdict and force-down is not forced down, and a report at that moment goes on', async () => {
    const bench = await EngineBench.open(3);
    await bench.crashAndReport();
    // The plan takes a while: meanwhile the host reports once, and a second monitor sees it fail.
    const list = bench.nova.listServers.bind(bench.nova);
    bench.nova.listServers = async (query, call) => {
      bench.nova.listServers = list;
      const answer = await list(query, call);
      bench.nova.revive('dead', 3_600_000);
      await bench.clock.sleep(100);
      bench.nova.crash('dead');
      return answer;
    };
    const isSeen = async () => (await bench.evidence()).some((one) => one.kind === 'sign_of_life');
    await bench.until(isSeen, 120_000, 10);
    assert.deepEqual(bench.nova.writes, []);
    const second = await bench.report();
    await bench.untilStatus(second, 'finished');
    await bench.assertRecovered(second);
  });
});

describe('forced_down that somebody clears', () => {
  it('is never set again blindly: held until a newer report, with the reason', async () => {
    const bench = await EngineBench.open(80);
    await bench.crashAndReport({ settings: SETTINGS });
    await untilEvacuating(bench, 20);
    const host = bench.nova.host('dead');
    Object.assign(host, { forcedDown: false, writtenMs: bench.clock.wallMs() + 7_200_000 });
    await bench.untilState('held', 120_000);
    await bench.clock.advance(300_000);
    assert.equal(bench.forceDowns.length, 1);
    assert.equal((await bench.incident())?.guard, 'contradiction');
    await bench.report();
    await bench.untilState('recovered', 1_200_000);
    assert.equal(bench.forceDowns.length, 2);
    assert.deepEqual(bench.nova.violations, []);
  });

  it('between the look and the call is noticed by the refusal of the call', async () => {
    const bench = await EngineBench.open(1);
    await bench.crashAndReport();
    const evacuate = bench.nova.evacuate.bind(bench.nova);
    bench.nova.evacuate = async (uuid, target, call) => {
      bench.nova.evacuate = evacuate;
      const host = bench.nova.host('dead');
      Object.assign(host, { forcedDown: false, writtenMs: bench.clock.wallMs() + 7_200_000 });
      return await evacuate(uuid, target, call);
    };
    await bench.untilState('held', 120_000);
    await bench.clock.advance(300_000);
    assert.equal(bench.forceDowns.length, 1);
    assert.equal(bench.nova.starts.length, 0);
  });
});

describe('a guard', () => {
  it('D23: of a disabled segment holds, and lets the recovery go on once it is enabled', async () => {
    const bench = await EngineBench.open(3);
    await bench.stores.segments.updateSegment(bench.segmentUuid, { enabled: false }, 0);
    const report = await bench.crashAndReport();
    await bench.untilState('held', 60_000);
    await bench.clock.advance(3_600_000);
    assert.equal((await bench.incident())?.guard, 'segment_disabled');
    assert.equal((await bench.notification(report)).status, 'new');
    assert.deepEqual(bench.nova.writes, []);
    await bench.stores.segments.updateSegment(bench.segmentUuid, { enabled: true }, 0);
    await bench.untilStatus(report, 'finished');
    await bench.assertRecovered(report);
  });

  it('of maintenance holds, and lets the recovery go on once it is cleared', async () => {
    const bench = await EngineBench.open(3);
    await bench.stores.segments.updateHost(bench.hostUuid(0), { onMaintenance: true }, 0);
    const report = await bench.crashAndReport();
    await bench.untilState('held', 60_000);
    assert.equal((await bench.incident())?.guard, 'maintenance');
    await bench.stores.segments.updateHost(bench.hostUuid(0), { onMaintenance: false }, 0);
    await bench.untilStatus(report, 'finished');
    await bench.assertRecovered(report);
  });

  it('that is never lifted ends the report as failed after the limit', async () => {
    const bench = await EngineBench.open(1);
    await bench.stores.segments.updateSegment(bench.segmentUuid, { enabled: false }, 0);
    const report = await bench.crashAndReport({ timing: { heldMs: 900_000 } });
    await bench.untilStatus(report, 'failed', 1_200_000);
    assert.deepEqual(bench.nova.writes, []);
  });

  it('of a cell that is down makes no plan, and the return of the cell is no sign of life', async () => {
    const bench = await EngineBench.open(3);
    bench.start();
    await bench.clock.advance(15_000);
    bench.nova.crash('dead');
    bench.nova.host('dead').isCellDown = true;
    const report = await bench.report();
    await bench.untilState('held', 60_000);
    assert.equal((await bench.incident())?.guard, 'cell_unseen');
    await bench.clock.advance(300_000);
    assert.deepEqual(bench.nova.writes, []);
    assert.equal((await bench.vmoves()).length, 0);
    bench.nova.host('dead').isCellDown = false;
    await bench.untilStatus(report, 'finished', 300_000);
    await bench.assertRecovered(report);
  });

  it('of a cell that goes down while planning makes no plan, not even an empty one', async () => {
    const bench = await EngineBench.open(3);
    const list = bench.nova.listServers.bind(bench.nova);
    bench.nova.listServers = async (query, call) => {
      bench.nova.host('dead').isCellDown = true;
      return await list(query, call);
    };
    const report = await bench.crashAndReport();
    await bench.clock.advance(300_000);
    assert.equal((await bench.incident())?.state, 'planning');
    assert.equal((await bench.vmoves()).length, 0);
    assert.deepEqual(bench.nova.writes, []);
    bench.nova.listServers = list;
    bench.nova.host('dead').isCellDown = false;
    await bench.untilStatus(report, 'finished');
    await bench.assertRecovered(report);
  });
});

describe('fencing', () => {
  it('that is required without a device fails, is shown, and writes nothing to Nova', async () => {
    const bench = await EngineBench.open(3);
    const report = await bench.crashAndReport({
      fenceDevices: [],
      timing: { heldMs: 900_000 },
    });
    await bench.untilState('fence_failed', 60_000);
    const shown = await bench.notification(report);
    assert.equal(shown.status, 'error');
    assert.match(shown.message ?? '', /could not be fenced.*no fence device is configured/);
    await bench.clock.advance(300_000);
    assert.deepEqual(bench.nova.writes, []);
    await bench.untilStatus(report, 'failed', 1_200_000);
    assert.deepEqual(bench.nova.writes, []);
  });

  it('that fails for a while is tried again, and the recovery goes on', async () => {
    const bench = await EngineBench.open(2);
    let tries = 0;
    const report = await bench.crashAndReport({
      fenceDevices: [
        {
          name: 'switch',
          fence: async ({ report: { evidenceId, by } }) =>
            ++tries < 4
              ? { kind: 'failed', reason: 'no answer' }
              : {
                  kind: 'confirmed',
                  confirmation: { kind: 'off', basis: 'trusted_report', by, evidenceId },
                },
        },
      ],
    });
    await bench.untilStatus(report, 'finished');
    await bench.assertRecovered(report);
  });
});
