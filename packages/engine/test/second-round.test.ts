/** What the first round of an incident began, as the second one finds it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type InstanceUuid, OperationalError } from '@medevac/kernel';
import { cloudErrors } from '@medevac/openstack';
import { EngineBench } from './engine-bench.ts';

const SETTLE_MS = 5_000;

/** A first round that ends while a call of it is still on its way; the call lands later. */
class LateCall {
  readonly bench: EngineBench;
  readonly uuid: InstanceUuid;
  land: () => void = () => undefined;

  constructor(bench: EngineBench) {
    const { nova } = bench;
    this.bench = bench;
    this.uuid = [...nova.servers.keys()][0]!;
    const evacuate = nova.evacuate.bind(nova);
    nova.evacuate = async (uuid, target, call) => {
      if (uuid !== this.uuid) return await evacuate(uuid, target, call);
      nova.evacuate = evacuate;
      this.land = () => void evacuate(uuid, target, { deadlineMs: call.deadlineMs });
      // Later than the second of our own write: stamps of whole seconds must differ.
      await bench.clock.sleep(2_000);
      nova.revive('dead', 3_600_000);
      const message = 'evacuate: no answer';
      throw new OperationalError(cloudErrors.timeout, message, { retry: 'unknown-outcome' });
    };
  }

  /** Until the first round has ended, and the host is dead again. */
  async endFirstRound(): Promise<void> {
    const { bench } = this;
    await bench.crashAndReport({ timing: { callSettleMs: SETTLE_MS } });
    await bench.untilState('held', 120_000);
    await bench.clock.advance(60_000);
    assert.deepEqual(bench.nova.evacuationsOf(this.uuid), []);
    bench.nova.crash('dead');
  }

  /** Somebody else's evacuation of another instance has failed: its record is the newest. */
  failOneOfSomebodyElse(): void {
    const other = [...this.bench.nova.servers.keys()][1]!;
    this.bench.nova.addMigration({
      instanceUuid: other,
      status: 'failed',
      sourceHost: 'dead' as never,
      destHost: 'alive-2' as never,
    });
  }
}

describe('an evacuation that the first round began', () => {
  it('and that is still open when the second one plans is followed and succeeds', async () => {
    const bench = await EngineBench.open(3, { bootMs: 60_000 });
    const late = new LateCall(bench);
    await late.endFirstRound();
    late.land();
    await bench.clock.advance(1_000);
    late.failOneOfSomebodyElse();
    const report = await bench.report();
    await bench.untilState('evacuating', 60_000);
    assert.deepEqual(
      bench.nova.evacuationsOf(late.uuid).map((one) => one.status),
      ['pre-migrating'],
    );
    await bench.untilStatus(report, 'finished');
    assert.equal(bench.evacuateCallsOf(late.uuid), 1, 'followed and not repeated');
    await bench.assertRecovered(report);
  });

  it('and that arrived before the second one plans counts as recovered', async () => {
    const bench = await EngineBench.open(3);
    const late = new LateCall(bench);
    await late.endFirstRound();
    late.land();
    await bench.clock.advance(30_000);
    assert.equal(bench.nova.server(late.uuid).host?.startsWith('alive'), true);
    const report = await bench.report();
    await bench.untilStatus(report, 'finished');
    await bench.assertRecovered(report);
  });

  it('is followed by the next replica too, in whose life there was no first round', async () => {
    const bench = await EngineBench.open(3, { bootMs: 60_000 });
    const late = new LateCall(bench);
    await late.endFirstRound();
    late.land();
    await bench.clock.advance(1_000);
    late.failOneOfSomebodyElse();
    const report = await bench.report();
    await bench.untilState('evacuating', 60_000);
    bench.replicas[0]?.kill();
    bench.start({ isSoleProcess: true });
    await bench.untilStatus(report, 'finished');
    await bench.assertRecovered(report);
  });
});
