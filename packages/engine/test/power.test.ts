/** Fencing by a power switch: what it proves, and for how long. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type PowerReading, type PowerSwitch, powerDevice } from '@medevac/fencing';
import { EngineBench } from './engine-bench.ts';

class FakeSwitch implements PowerSwitch {
  readonly name = 'bmc';
  power: PowerReading = { kind: 'on' };
  isStuck = false;
  offs = 0;
  onRead: () => void = () => {};
  onOff: () => void = () => {};

  async read(): Promise<PowerReading> {
    this.onRead();
    return this.power;
  }

  async switchOff(): Promise<void> {
    this.offs += 1;
    this.onOff();
    if (!this.isStuck) this.power = { kind: 'off' };
  }
}

async function open(instances: number) {
  const bench = await EngineBench.open(instances);
  const power = new FakeSwitch();
  return { bench, power, fenceDevices: [powerDevice(power, bench.clock)] };
}

describe('a host whose power can be switched', () => {
  it('is switched off once and recovered', async () => {
    const { bench, power, fenceDevices } = await open(3);
    const report = await bench.crashAndReport({ fenceDevices });
    await bench.untilStatus(report, 'finished');
    await bench.assertRecovered(report);
    assert.equal(power.offs, 1);
  });

  it('and that reports while the switch is read is not switched off', async () => {
    const { bench, power, fenceDevices } = await open(1);
    power.onRead = () => bench.nova.revive('dead', 3_600_000);
    await bench.crashAndReport({ fenceDevices });
    await bench.untilState('held', 60_000);
    assert.equal(power.offs, 0);
    assert.deepEqual(bench.nova.writes, []);
  });

  it('ends in fence_failed while the switch is stuck, and goes on when it works', async () => {
    const { bench, power, fenceDevices } = await open(2);
    power.isStuck = true;
    const report = await bench.crashAndReport({ fenceDevices });
    await bench.untilState('fence_failed', 120_000);
    assert.deepEqual(bench.nova.writes, []);
    power.isStuck = false;
    await bench.untilStatus(report, 'finished', 300_000);
    await bench.assertRecovered(report);
  });

  it('is recovered although it reported in the moment in which it was switched off', async () => {
    const { bench, power, fenceDevices } = await open(2);
    power.onOff = () => {
      bench.nova.revive('dead', 3_600_000);
      bench.nova.crash('dead');
    };
    const report = await bench.crashAndReport({ fenceDevices });
    await bench.untilStatus(report, 'finished', 300_000);
    await bench.assertRecovered(report);
    assert.equal(power.offs, 1);
  });

  it('is recovered although it reported before a lost answer of its switch', async () => {
    const { bench, power, fenceDevices } = await open(2);
    power.onOff = () => {
      bench.nova.revive('dead', 3_600_000);
      bench.nova.crash('dead');
      power.power = { kind: 'unknown', reason: 'no answer' };
      power.isStuck = true;
    };
    const report = await bench.crashAndReport({ fenceDevices });
    await bench.untilState('fence_failed', 120_000);
    power.power = { kind: 'off' };
    await bench.untilStatus(report, 'finished', 300_000);
    await bench.assertRecovered(report);
    assert.equal(power.offs, 1);
  });

  it('and switched on again before the evacuation is fenced again first', async () => {
    const { bench, power, fenceDevices } = await open(2);
    let reads = 0;
    power.onRead = () => {
      reads += 1;
      // The third read is the first one after the confirmation.
      if (reads === 3) power.power = { kind: 'on' };
    };
    const report = await bench.crashAndReport({ fenceDevices });
    await bench.untilStatus(report, 'finished', 300_000);
    await bench.assertRecovered(report);
    assert.equal(power.offs, 2);
  });

  it('stays held when the look behind the contradiction fails, until it is fenced again', async () => {
    const { bench, power, fenceDevices } = await open(2);
    let reads = 0;
    power.onRead = () => {
      reads += 1;
      // The third read is made before the force-down; the next look at the service fails.
      power.power = reads === 3 ? { kind: 'on' } : power.power;
      if (reads === 4) power.power = { kind: 'off' };
      if (reads === 3) bench.nova.faults.fail('listComputeServices', '500', 2);
    };
    const report = await bench.crashAndReport({ fenceDevices });
    await bench.untilStatus(report, 'finished', 300_000);
    await bench.assertRecovered(report);
    assert.equal(bench.forceDowns.length, 1);
  });

  it('is not evacuated while its power cannot be read again', async () => {
    const { bench, power, fenceDevices } = await open(2);
    let reads = 0;
    power.onRead = () => {
      reads += 1;
      if (reads === 3) power.power = { kind: 'unknown', reason: 'no answer' };
    };
    const report = await bench.crashAndReport({ fenceDevices });
    await bench.clock.advance(600_000);
    assert.deepEqual(bench.nova.starts, []);
    power.power = { kind: 'off' };
    await bench.untilStatus(report, 'finished', 300_000);
    await bench.assertRecovered(report);
  });
});
