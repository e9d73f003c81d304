/** Between the verdict and the fencing time may pass: the host is looked at again first. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FenceDevice } from '@medevac/fencing';
import { afterStep, EngineBench } from './engine-bench.ts';

/** A power switch that remembers whom it has switched off. */
function powerSwitch(): FenceDevice & { readonly fenced: string[] } {
  const fenced: string[] = [];
  return {
    name: 'power-switch',
    fenced,
    fence: async ({ host, report: { evidenceId, by } }) => {
      fenced.push(host);
      const confirmation = { kind: 'off', basis: 'trusted_report', by, evidenceId } as const;
      return { kind: 'confirmed', confirmation };
    },
  };
}

async function assertHeldUnfenced(bench: EngineBench, fenced: readonly string[]): Promise<void> {
  await bench.untilState('held', 60_000);
  await bench.clock.advance(60_000);
  const incident = await bench.incident();
  assert.deepEqual([incident?.state, incident?.guard], ['held', 'contradiction']);
  assert.deepEqual(fenced, []);
  assert.deepEqual(bench.nova.writes, []);
}

describe('a host whose verdict has fallen', () => {
  it('and that reports before it is fenced is not fenced; a newer report fences it', async () => {
    const bench = await EngineBench.open(3);
    const device = powerSwitch();
    afterStep(bench, 'verdict-1', () => bench.nova.revive('dead', 3_600_000));
    await bench.crashAndReport({ fenceDevices: [device] });
    await assertHeldUnfenced(bench, device.fenced);
    bench.nova.crash('dead');
    const second = await bench.report();
    await bench.untilStatus(second, 'finished');
    await bench.assertRecovered(second);
    assert.deepEqual(device.fenced, ['dead']);
  });

  it('and that reports while no replica runs is not fenced by the next one', async () => {
    const bench = await EngineBench.open(3);
    const device = powerSwitch();
    afterStep(bench, 'verdict-1', () => bench.replicas[0]?.kill());
    await bench.crashAndReport({ fenceDevices: [device] });
    await bench.clock.advance(30_000);
    const journal = await bench.stores.journal.readSteps(
      `host-failure/${(await bench.incident())?.id}` as never,
    );
    assert.deepEqual(
      journal.map((step) => [step.path, step.state]),
      [['verdict-1', 'done']],
    );
    bench.nova.revive('dead', 3_600_000);
    await bench.clock.advance(15_000);
    bench.start({ fenceDevices: [device], isSoleProcess: true });
    await assertHeldUnfenced(bench, device.fenced);
  });

  it('and that stays silent while no replica runs is fenced by the next one', async () => {
    const bench = await EngineBench.open(3);
    const device = powerSwitch();
    afterStep(bench, 'verdict-1', () => bench.replicas[0]?.kill());
    const report = await bench.crashAndReport({ fenceDevices: [device] });
    await bench.clock.advance(45_000);
    bench.start({ fenceDevices: [device], isSoleProcess: true });
    await bench.untilStatus(report, 'finished');
    await bench.assertRecovered(report);
    assert.deepEqual(device.fenced, ['dead']);
  });

  it('and that reports between two tries of its fencing is not fenced any more', async () => {
    const bench = await EngineBench.open(3);
    const fenced: string[] = [];
    const device: FenceDevice = {
      name: 'dumb-switch',
      fence: async ({ host }) => {
        fenced.push(host);
        return { kind: 'failed', reason: 'no answer' };
      },
    };
    await bench.crashAndReport({ fenceDevices: [device] });
    await bench.until(() => fenced.length >= 2, 60_000);
    await bench.untilState('fence_failed', 60_000);
    bench.nova.revive('dead', 3_600_000);
    const tries = fenced.length;
    await bench.untilState('held', 60_000);
    assert.equal(fenced.length, tries);
    assert.deepEqual(bench.nova.writes, []);
  });

  it('is not fenced while Nova cannot see it, and is when it can', async () => {
    const bench = await EngineBench.open(3);
    const device = powerSwitch();
    const host = bench.nova.host('dead');
    afterStep(bench, 'verdict-1', () => {
      host.isCellDown = true;
    });
    const report = await bench.crashAndReport({ fenceDevices: [device] });
    await bench.clock.advance(60_000);
    assert.deepEqual(device.fenced, []);
    host.isCellDown = false;
    await bench.untilStatus(report, 'finished');
    await bench.assertRecovered(report);
    assert.deepEqual(device.fenced, ['dead']);
  });
});
