/** Failures of instances on a living host, from the report to the answer. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEFAULT_RULES } from '../src/index.ts';
import {
  CRASHED,
  instanceWrites,
  openRepairBench,
  repairOf,
  reportCrash,
  send,
  timelineOf,
  untilClosed,
} from './repair-bench.ts';

const { failures } = DEFAULT_RULES;

describe('an instance that crashed', () => {
  it('is stopped and started where it is, and its notification tells it as Masakari does', async () => {
    const one = await openRepairBench();
    const { bench, instance } = one;
    bench.start();
    bench.nova.killGuest(instance, false);
    const report = await reportCrash(one);
    const { status } = await untilClosed(bench, report);
    assert.equal(status, 'finished');
    assert.deepEqual(instanceWrites(bench), ['stop vm-1', 'start vm-1']);
    assert.equal(bench.nova.isRunning(instance), true);
    assert.deepEqual(bench.nova.violations, []);
    assert.deepEqual(await timelineOf(bench, report), [
      'JudgeFailureTask: Bringing the instance back: restart',
      `StopInstanceTask: Stopping instance: ${instance}`,
      `StopInstanceTask: Stopped instance: '${instance}'`,
      `StartInstanceTask: Starting instance: '${instance}'`,
      `StartInstanceTask: Instance started: '${instance}'`,
      `ConfirmInstanceActiveTask: Confirming instance '${instance}' vm_state is ACTIVE`,
      `ConfirmInstanceActiveTask: Confirmed instance '${instance}' vm_state is ACTIVE`,
    ]);
    assert.deepEqual(await bench.vmoves(), []);
    assert.equal(await bench.isOnMaintenance(), false);
  });

  it('is only started when Nova has seen its guest go and stopped it', async () => {
    const one = await openRepairBench();
    one.bench.start();
    one.bench.nova.killGuest(one.instance);
    assert.equal((await untilClosed(one.bench, await reportCrash(one))).status, 'finished');
    assert.deepEqual(instanceWrites(one.bench), ['start vm-1']);
  });

  it('stays off when its owner has stopped it', async () => {
    const one = await openRepairBench();
    one.bench.start();
    one.bench.nova.stopByOwner(one.instance);
    const { status, message } = await untilClosed(one.bench, await reportCrash(one));
    assert.equal(status, 'ignored');
    assert.match(message ?? '', /stopped on request/);
    assert.deepEqual(instanceWrites(one.bench), []);
  });

  it('is left alone without HA_Enabled, and brought back when all instances are', async () => {
    for (const processAllInstances of [false, true]) {
      const one = await openRepairBench({ HA_Enabled: undefined } as never);
      one.bench.nova.server(one.instance).metadata = {};
      one.bench.start({ settings: { failures: { ...failures, processAllInstances } } });
      one.bench.nova.killGuest(one.instance);
      assert.equal((await untilClosed(one.bench, await reportCrash(one))).status, 'finished');
      assert.equal(instanceWrites(one.bench).length, processAllInstances ? 1 : 0);
    }
  });

  for (const vmState of ['paused', 'rescued', 'suspended']) {
    it(`D17: stays ${vmState}, and its notification says why`, async () => {
      const one = await openRepairBench();
      one.bench.nova.server(one.instance).vmState = vmState;
      one.bench.start();
      const { status, message } = await untilClosed(one.bench, await reportCrash(one));
      assert.equal(status, 'ignored');
      assert.match(message ?? '', new RegExp(vmState));
      assert.deepEqual(instanceWrites(one.bench), []);
    });
  }

  it('is one repair however many monitors report it', async () => {
    const one = await openRepairBench();
    one.bench.nova.killGuest(one.instance);
    const first = await reportCrash(one);
    const agent = { event: 'QEMU_GUEST_AGENT_ERROR', vir_domain_event: 'STOPPED_FAILED' };
    const second = await reportCrash(one, agent);
    one.bench.start();
    for (const report of [first, second]) {
      assert.equal((await untilClosed(one.bench, report)).status, 'finished');
    }
    assert.deepEqual(instanceWrites(one.bench), ['start vm-1']);
    assert.equal((await repairOf(one.bench, first)).id, (await repairOf(one.bench, second)).id);
  });

  it('D11: is started again when it crashes again, also while it is being confirmed', async () => {
    const one = await openRepairBench();
    const { bench, instance } = one;
    bench.start();
    bench.nova.killGuest(instance);
    const first = await reportCrash(one);
    await untilClosed(bench, first);
    bench.nova.killGuest(instance);
    const second = await reportCrash(one);
    await bench.until(() => instanceWrites(bench).length === 2);
    await bench.clock.advance(1_000);
    bench.nova.dyingGuests.set(instance, 0);
    const third = await reportCrash(one);
    assert.equal((await untilClosed(bench, third)).status, 'finished');
    assert.equal((await bench.notification(second)).status, 'finished');
    assert.notEqual((await repairOf(bench, first)).id, (await repairOf(bench, second)).id);
    assert.equal((await repairOf(bench, second)).id, (await repairOf(bench, third)).id);
    assert.deepEqual(instanceWrites(bench).slice(2), ['stop vm-1', 'start vm-1']);
    assert.equal(bench.nova.isRunning(instance), true);
  });

  it('is rebooted hard when the start fails, and moved when that fails too', async () => {
    const one = await openRepairBench();
    const { bench, instance } = one;
    bench.nova.dyingGuests.set(instance, 2);
    bench.start();
    bench.nova.killGuest(instance);
    const report = await reportCrash(one);
    assert.equal((await untilClosed(bench, report)).status, 'finished');
    assert.deepEqual(instanceWrites(bench), [
      'start vm-1',
      'hardReboot vm-1',
      'stop vm-1',
      'migrate vm-1',
      'confirm vm-1',
      'start vm-1',
    ]);
    assert.notEqual(bench.nova.server(instance).host, 'dead');
    assert.equal(bench.nova.isRunning(instance), true);
    assert.deepEqual(bench.nova.violations, []);
    assert.equal((await repairOf(bench, report)).tries, 3);
  });

  it('is never moved with the policy restart', async () => {
    const one = await openRepairBench({ 'medevac:policy': 'restart' } as never);
    one.bench.nova.dyingGuests.set(one.instance, 9);
    one.bench.start();
    one.bench.nova.killGuest(one.instance);
    const { status, message } = await untilClosed(one.bench, await reportCrash(one));
    assert.equal(status, 'failed');
    assert.match(message ?? '', /restart, reboot did not help/);
    assert.deepEqual(instanceWrites(one.bench), ['start vm-1', 'hardReboot vm-1']);
  });

  it('that crashes again and again is given up at the limit, later each time', async () => {
    const one = await openRepairBench();
    const { bench, instance } = one;
    bench.start({ settings: { failures: { ...failures, restartLimit: 3 } } });
    const tookMs: number[] = [];
    const answers: string[] = [];
    for (let crash = 1; crash <= 4; crash++) {
      bench.nova.killGuest(instance);
      const beganMs = bench.clock.monotonicMs();
      answers.push((await untilClosed(bench, await reportCrash(one))).status);
      tookMs.push(bench.clock.monotonicMs() - beganMs);
    }
    assert.deepEqual(answers, ['finished', 'finished', 'finished', 'failed']);
    assert.equal(instanceWrites(bench).length, 3);
    assert.ok((tookMs[1] ?? 0) - (tookMs[0] ?? 0) >= 9_000, tookMs.join());
    assert.ok((tookMs[2] ?? 0) - (tookMs[0] ?? 0) >= 19_000, tookMs.join());
    await bench.clock.advance(failures.restartWindowMs);
    assert.equal((await untilClosed(bench, await reportCrash(one))).status, 'finished');
  });

  it('stays off when its owner stops it during the back-off', async () => {
    const one = await openRepairBench();
    const { bench, instance } = one;
    bench.start();
    bench.nova.killGuest(instance);
    await untilClosed(bench, await reportCrash(one));
    bench.nova.killGuest(instance, false);
    const report = await reportCrash(one);
    await bench.clock.advance(5_000);
    bench.nova.stopByOwner(instance);
    const { status, message } = await untilClosed(bench, report);
    assert.equal(status, 'ignored');
    assert.match(message ?? '', /stopped on request/);
    assert.deepEqual(instanceWrites(bench), ['start vm-1']);
  });

  it('E9: of a guest panic is rebooted at once when the operator has asked for it', async () => {
    const one = await openRepairBench();
    const instanceEvents = { 'LIFECYCLE/CRASHED_PANICKED': 'reboot' } as const;
    one.bench.start({ settings: { failures: { ...failures, instanceEvents } } });
    const panic = { event: 'LIFECYCLE', vir_domain_event: 'CRASHED_PANICKED' };
    assert.equal((await untilClosed(one.bench, await reportCrash(one, panic))).status, 'finished');
    assert.deepEqual(instanceWrites(one.bench), ['hardReboot vm-1']);
  });
});

describe('a failed instance whose host', () => {
  it('has failed is left to the recovery of the host', async () => {
    const one = await openRepairBench();
    const { bench, instance } = one;
    bench.start();
    await bench.clock.advance(15_000);
    bench.nova.crash('dead');
    const host = await bench.report();
    const report = await reportCrash(one);
    const { status, message } = await untilClosed(bench, report);
    assert.equal(status, 'ignored');
    assert.match(message ?? '', /incident|maintenance/);
    await bench.untilStatus(host, 'finished');
    assert.equal(instanceWrites(bench).filter((line) => line.startsWith('start')).length, 0);
    assert.notEqual(bench.nova.server(instance).host, 'dead');
    assert.deepEqual(bench.nova.violations, []);
  });

  it('fails while it is repaired gets no further request from the repair', async () => {
    const one = await openRepairBench();
    const { bench, instance } = one;
    bench.start();
    await bench.clock.advance(15_000);
    bench.nova.killGuest(instance, false);
    const report = await reportCrash(one);
    await bench.until(() => instanceWrites(bench).includes('stop vm-1'), 60_000, 100);
    bench.nova.crash('dead');
    const host = await bench.report();
    await bench.untilStatus(host, 'finished');
    assert.equal((await untilClosed(bench, report)).status, 'ignored');
    assert.equal(instanceWrites(bench).includes('start vm-1'), false);
    assert.deepEqual(bench.nova.violations, []);
  });

  it('was falsely reported is repaired once the report has been found wrong', async () => {
    const one = await openRepairBench();
    const { bench, instance } = one;
    bench.start();
    await bench.clock.advance(15_000);
    await bench.report();
    bench.nova.killGuest(instance);
    const report = await reportCrash(one);
    await bench.clock.advance(3_000);
    assert.match((await bench.notification(report)).message ?? '', /Held: dead itself/);
    assert.equal((await untilClosed(bench, report, 3_600_000)).status, 'finished');
    assert.deepEqual(instanceWrites(bench), ['start vm-1']);
  });

  it('is in a disabled segment waits until the segment is enabled', async () => {
    const one = await openRepairBench();
    const { bench, instance } = one;
    const { segments } = bench.stores;
    await segments.updateSegment(bench.segmentUuid, { enabled: false }, bench.clock.wallMs());
    bench.start();
    bench.nova.killGuest(instance);
    const report = await reportCrash(one);
    await bench.clock.advance(300_000);
    const held = await bench.notification(report);
    assert.deepEqual(
      [held.status, held.message],
      ['running', 'Held: the segment segment is disabled'],
    );
    assert.deepEqual(instanceWrites(bench), []);
    await segments.updateSegment(bench.segmentUuid, { enabled: true }, bench.clock.wallMs());
    assert.equal((await untilClosed(bench, report)).status, 'finished');
  });
});

describe('a report of an instance', () => {
  it('that an owner answers first is left to the owner', async () => {
    const one = await openRepairBench();
    const { bench, instance } = one;
    const { segments } = bench.stores;
    await segments.updateSegment(bench.segmentUuid, { enabled: false }, bench.clock.wallMs());
    bench.start();
    const report = await reportCrash(one);
    await bench.clock.advance(5_000);
    bench.nova.noteAction(instance, 'reboot', 'owner');
    await segments.updateSegment(bench.segmentUuid, { enabled: true }, bench.clock.wallMs());
    const { status, message } = await untilClosed(bench, report);
    assert.equal(status, 'ignored');
    assert.match(message ?? '', /somebody else/);
  });

  it('that Nova has no more ends at once', async () => {
    const one = await openRepairBench();
    one.bench.start();
    one.bench.nova.servers.delete(one.instance);
    assert.equal((await untilClosed(one.bench, await reportCrash(one))).status, 'ignored');
  });

  it('that is not acted on opens no repair', async () => {
    const { bench } = await openRepairBench();
    bench.start();
    const report = await send(bench, 'VM', { ...CRASHED, vir_domain_event: 'STOPPED_SHUTDOWN' });
    await bench.untilStatus(report, 'ignored');
    assert.equal(await bench.stores.repairs.ofNotification(report), undefined);
  });
});
