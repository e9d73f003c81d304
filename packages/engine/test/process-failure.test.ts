/** Failures of processes on a living host, from the report to the host's way back. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEFAULT_RULES } from '../src/index.ts';
import { EngineBench } from './engine-bench.ts';
import { repairOf, reportProcess, timelineOf, untilClosed } from './repair-bench.ts';

const { failures } = DEFAULT_RULES;
const puts = (bench: EngineBench): readonly string[] =>
  bench.nova.writes.filter((one) => one.startsWith('PUT'));

/** nova-compute of `dead` dies on a living host, is reported, and the host gets disabled. */
async function disabledHost() {
  const bench = await EngineBench.open(1);
  bench.start();
  await bench.clock.advance(15_000);
  stopCompute(bench);
  const report = await reportProcess(bench);
  await bench.untilStatus(report, 'finished');
  return { bench, report };
}

/** Reports end; guests go on. */
function stopCompute(bench: EngineBench): void {
  const host = bench.nova.host('dead');
  host.isAlive = false;
}

describe('a nova-compute that failed', () => {
  it('D12: is waited for, then its host is disabled and never put on maintenance', async () => {
    const bench = await EngineBench.open(1);
    bench.start();
    await bench.clock.advance(15_000);
    stopCompute(bench);
    const report = await reportProcess(bench);
    await bench.clock.advance(50_000);
    assert.deepEqual(puts(bench), []);
    await bench.untilStatus(report, 'finished');
    const { id } = await repairOf(bench, report);
    const host = bench.nova.host('dead');
    assert.deepEqual([host.status, host.forcedDown], ['disabled', false]);
    assert.equal(host.disabledReason, `medevac ${id}: a process failed`);
    assert.equal(await bench.isOnMaintenance(), false);
    assert.equal(puts(bench).length, 1);
    const lines = await timelineOf(bench, report);
    assert.deepEqual(
      lines.filter((line) => !line.startsWith('Judge')),
      [
        "DisableComputeNodeTask: Disabling compute service on host: 'dead'",
        "DisableComputeNodeTask: Disabled compute service on host: 'dead'",
        "ConfirmComputeNodeDisabledTask: Confirming compute service is disabled on host: 'dead'",
        "ConfirmComputeNodeDisabledTask: Confirmed compute service is disabled on host: 'dead'",
      ],
    );
  });

  it('is never disabled while Nova counts it as up without hearing of it', async () => {
    const bench = await EngineBench.open(0);
    bench.start({ settings: { failures: { ...failures, processGraceMs: 0 } } });
    await bench.clock.advance(15_000);
    stopCompute(bench);
    const change = bench.nova.changeService.bind(bench.nova);
    const states: string[] = [];
    bench.nova.changeService = async (uuid, asked, call) => {
      const [view] = await bench.nova.listComputeServices({ host: 'dead' as never }, call);
      if (view?.kind === 'seen') states.push(view.state);
      return await change(uuid, asked, call);
    };
    await bench.untilStatus(await reportProcess(bench), 'finished');
    assert.deepEqual(states, ['down']);
  });

  it('leaves no trace when it comes back in time', async () => {
    const bench = await EngineBench.open(0);
    bench.start();
    await bench.clock.advance(15_000);
    stopCompute(bench);
    const report = await reportProcess(bench);
    await bench.clock.advance(20_000);
    bench.nova.revive('dead');
    const { status, message } = await untilClosed(bench, report);
    assert.equal(status, 'finished');
    assert.match(message ?? '', /reports to Nova again/);
    assert.deepEqual(puts(bench), []);
  });

  it('is enabled again when it reports again, and only then', async () => {
    const { bench, report } = await disabledHost();
    await bench.clock.advance(600_000);
    assert.equal(puts(bench).length, 1);
    bench.nova.revive('dead');
    await untilClosed(bench, report);
    assert.equal(bench.nova.host('dead').status, 'enabled');
    assert.deepEqual(puts(bench).slice(1), ['PUT dead {"status":"enabled"}']);
    assert.equal((await bench.notification(report)).status, 'finished');
  });

  it('stays as an operator has left it', async () => {
    const { bench, report } = await disabledHost();
    bench.nova.host('dead').disabledReason = 'looking at it';
    bench.nova.revive('dead');
    const { message } = await untilClosed(bench, report);
    assert.match(message ?? '', /looking at it/);
    assert.equal(bench.nova.host('dead').status, 'disabled');
    assert.equal(puts(bench).length, 1);
  });

  it('that was disabled before is left disabled', async () => {
    const bench = await EngineBench.open(0);
    const host = bench.nova.host('dead');
    Object.assign(host, { status: 'disabled', disabledReason: 'old' });
    bench.start();
    stopCompute(bench);
    const report = await reportProcess(bench);
    const { status, message } = await untilClosed(bench, report);
    assert.equal(status, 'finished');
    assert.match(message ?? '', /already disabled/);
    bench.nova.revive('dead');
    await bench.clock.advance(120_000);
    assert.deepEqual(puts(bench), []);
  });

  it('D13: mutes no failure of its host, which is recovered and left to its own return', async () => {
    const { bench } = await disabledHost();
    bench.nova.crash('dead');
    const host = await bench.report();
    await bench.untilStatus(host, 'finished');
    assert.equal(await bench.isOnMaintenance(), true);
    bench.nova.revive('dead', 1_000);
    await bench.until(() => !bench.nova.host('dead').forcedDown);
    await bench.clock.advance(120_000);
    assert.equal(bench.nova.host('dead').status, 'disabled');
    assert.deepEqual(bench.nova.violations, []);
  });

  it('whose host has failed is left to the recovery of the host', async () => {
    const bench = await EngineBench.open(1);
    const host = await bench.crashAndReport();
    const report = await reportProcess(bench);
    await bench.untilStatus(host, 'finished');
    assert.equal((await untilClosed(bench, report)).status, 'ignored');
    assert.equal(puts(bench).length, 1, 'the force-down alone');
  });

  it('is held by a disabled segment', async () => {
    const bench = await EngineBench.open(0);
    const { segments } = bench.stores;
    await segments.updateSegment(bench.segmentUuid, { enabled: false }, bench.clock.wallMs());
    bench.start();
    stopCompute(bench);
    const report = await reportProcess(bench);
    await bench.clock.advance(300_000);
    assert.deepEqual(puts(bench), []);
    await segments.updateSegment(bench.segmentUuid, { enabled: true }, bench.clock.wallMs());
    await bench.untilStatus(report, 'finished');
    assert.equal(bench.nova.host('dead').status, 'disabled');
  });
});

describe('another process that failed', () => {
  it('D12: changes nothing and is answered at once', async () => {
    const bench = await EngineBench.open(0);
    bench.start();
    const report = await reportProcess(bench, 'STOPPED', 'sshd');
    await bench.untilStatus(report, 'finished', 5_000);
    assert.equal((await bench.notification(report)).message, 'Skipping recovery for process sshd');
    await bench.clock.advance(300_000);
    assert.deepEqual(bench.nova.writes, []);
    assert.equal(await bench.isOnMaintenance(), false);
  });

  it('takes its host out of service by policy, until it is reported started', async () => {
    const bench = await EngineBench.open(0);
    const processes = { ...failures.processes, libvirtd: 'disable' } as const;
    bench.start({ settings: { failures: { ...failures, processes } } });
    const report = await reportProcess(bench, 'STOPPED', 'libvirtd');
    await bench.untilStatus(report, 'finished');
    assert.equal(bench.nova.host('dead').status, 'disabled');
    await bench.clock.advance(300_000);
    assert.equal(bench.nova.host('dead').status, 'disabled');
    const started = await reportProcess(bench, 'STARTED', 'libvirtd');
    await untilClosed(bench, report);
    assert.equal((await bench.notification(started)).status, 'finished');
    assert.equal(bench.nova.host('dead').status, 'enabled');
  });
});
