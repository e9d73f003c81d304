/** A destination that dies while it builds, with whole replicas of the engine. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { HostName, InstanceUuid, NotificationUuid } from '@medevac/kernel';
import { EngineBench } from './engine-bench.ts';

const STOPPED = { event: 'STOPPED', host_status: 'NORMAL', cluster_status: 'OFFLINE' };

/** An instance of `dead` is being built on `alive-1`, which dies in the middle of it. */
class DyingDestination {
  readonly bench: EngineBench;
  readonly uuid: InstanceUuid;
  readonly report: NotificationUuid;
  /** Journaled since a replica is to die with one. */
  readonly writeOffs: string[] = [];

  private constructor(bench: EngineBench, uuid: InstanceUuid, report: NotificationUuid) {
    this.bench = bench;
    this.uuid = uuid;
    this.report = report;
  }

  static async open(): Promise<DyingDestination> {
    const bench = await EngineBench.open(1, { bootMs: 30_000 });
    bench.nova.host('alive-1').room = 2_000;
    const [uuid] = [...bench.nova.servers.keys()];
    assert.ok(uuid);
    const report = await bench.crashAndReport();
    const isBuilt = () => bench.nova.evacuationsOf(uuid)[0]?.destHost === 'alive-1';
    await bench.until(isBuilt, 120_000);
    bench.nova.crash('alive-1');
    await bench.clock.advance(60_000);
    return new DyingDestination(bench, uuid, report);
  }

  /** A monitor reports the failure of the destination. */
  async reportIt(): Promise<void> {
    const { clock, replicas, segmentUuid, stores } = this.bench;
    const nowMs = clock.wallMs();
    const created = await stores.notifications.create(
      {
        ...{ uuid: '00000000-0000-4000-b000-0000000000aa' as NotificationUuid },
        ...{ type: 'COMPUTE_HOST', hostUuid: this.bench.hostUuid(1) },
        ...{ hostName: 'alive-1' as HostName, segmentUuid, generatedAtMs: nowMs },
        ...{ payload: STOPPED, reportedBy: 'monitor', createdAtMs: nowMs },
      },
      0,
    );
    assert.equal(created.kind, 'created');
    for (const { engine } of replicas) engine.nudge();
  }

  get asked(): readonly string[] {
    return this.bench.nova.writes.filter((one) => /^(?:evacuate|reset) /.test(one));
  }

  async assertOnThird(): Promise<void> {
    const { bench, report, uuid } = this;
    await bench.untilStatus(report, 'finished', 900_000);
    assert.deepEqual(this.asked, ['evacuate vm-1', 'reset vm-1', 'evacuate vm-1']);
    assert.equal(bench.nova.server(uuid).host, 'alive-2');
    assert.deepEqual(bench.nova.starts, ['vm-1@alive-2']);
    assert.deepEqual(bench.nova.violations, []);
  }

  /** Kills the replica when the write-off is in the journal, before anything follows it. */
  killBehindWriteOff(): void {
    const { journal } = this.bench.stores;
    const write = journal.writeStep.bind(journal);
    journal.writeStep = async (tenure, step) => {
      const outcome = await write(tenure, step);
      const [name] = /write-off-\d+$/.exec(step.path) ?? [];
      if (name !== undefined && step.state === 'done') {
        this.writeOffs.push(name);
        this.bench.replicas[0]?.kill();
      }
      return outcome;
    };
  }
}

describe('D8: an instance whose destination dies while it builds', () => {
  it('is asked for again when that host is confirmed dead, and not before', async () => {
    const dying = await DyingDestination.open();
    await dying.bench.clock.advance(300_000);
    assert.deepEqual(dying.asked, ['evacuate vm-1'], 'nobody has reported the second host');
    await dying.reportIt();
    await dying.assertOnThird();
  });

  it('goes on after a crash between the journaled write-off and the reset', async () => {
    const dying = await DyingDestination.open();
    dying.killBehindWriteOff();
    await dying.reportIt();
    await dying.bench.clock.advance(120_000);
    assert.deepEqual(dying.asked, ['evacuate vm-1'], 'the replica died before the reset');
    dying.bench.start();
    await dying.assertOnThird();
    assert.deepEqual(dying.writeOffs, ['write-off-1'], 'continued, and not decided anew');
  });
});
