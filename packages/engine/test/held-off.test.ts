/** A confirmed host is kept off while its instances are evacuated. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { powerDevice } from '@medevac/fencing';
import { EngineBench } from './engine-bench.ts';
import { FakeFeed } from './fake-feeds.ts';

/** Evacuations that stay open for a while: only the timer looks at the power meanwhile. */
const BOOT_MS = 300_000;

async function openEvacuating() {
  const bench = await EngineBench.open(2, { bootMs: BOOT_MS });
  const bmc = new FakeFeed('bmc');
  const fenceDevices = [powerDevice(bmc, bench.clock)];
  const states: string[] = [];
  const { incidents } = bench.stores;
  const move = incidents.move.bind(incidents);
  incidents.move = async (tenure, id, change) => {
    const outcome = await move(tenure, id, change);
    if (outcome === 'written' && change.from !== change.to) states.push(change.to);
    return outcome;
  };
  const report = await bench.crashAndReport({ fenceDevices });
  await bench.untilState('evacuating');
  await bench.clock.advance(10_000);
  assert.equal(bench.nova.writes.filter((one) => one.startsWith('evacuate')).length, 2);
  return { bench, bmc, fenceDevices, report, states };
}

describe('a host that is switched on while evacuations are open', () => {
  it('is fenced again within seconds, and the recovery goes on where it was', async () => {
    const { bench, bmc, report, states } = await openEvacuating();
    bmc.power = 'on';
    await bench.clock.advance(10_000);
    assert.equal(bmc.offs, 2);
    assert.equal(bmc.power, 'off');
    await bench.untilStatus(report, 'finished');
    await bench.assertRecovered(report);
    assert.deepEqual(states.slice(states.indexOf('evacuating')), [
      ...['evacuating', 'refencing', 'evacuating', 'recovered'],
    ]);
  });

  it('stays fence_failed while it cannot be fenced again, and is tried again', async () => {
    const { bench, bmc, report } = await openEvacuating();
    bmc.power = 'on';
    bmc.isStuck = true;
    await bench.untilState('refencing', 20_000);
    await bench.until(async () => (await bench.incident())?.state === 'fence_failed', 90_000);
    bmc.isStuck = false;
    await bench.untilStatus(report, 'finished', 300_000);
    await bench.assertRecovered(report);
  });

  it('and reports is held instead, and not switched off', async () => {
    const { bench, bmc } = await openEvacuating();
    bmc.power = 'on';
    bench.nova.revive('dead', 3_600_000);
    await bench.untilState('held', 60_000);
    assert.equal(bmc.offs, 1);
  });

  it('is fenced again by the next replica when the first one dies meanwhile', async () => {
    const { bench, bmc, fenceDevices, report } = await openEvacuating();
    bmc.power = 'on';
    bmc.onOff = () => bench.replicas[0]?.kill();
    bmc.isStuck = true;
    await bench.until(() => bmc.offs === 2, 20_000, 100);
    assert.equal((await bench.incident())?.state, 'refencing');
    bmc.onOff = () => {};
    bmc.isStuck = false;
    bench.start({ fenceDevices });
    await bench.untilStatus(report, 'finished', 300_000);
    await bench.assertRecovered(report);
    assert.equal(bmc.power, 'off');
  });
});
