/** How often Nova is asked about evacuations under way, and about which instances. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { HostName, InstanceUuid } from '@medevac/kernel';
import { ManualClock } from '@medevac/kernel';
import { EvacuationWatch } from '../src/recovery/evacuation-watch.ts';
import { EngineBench } from './engine-bench.ts';
import { FakeNova } from './fake-nova.ts';

const TIMING = { pollMs: 1_000, patienceMs: 1_800_000 } as const;

/** Instances whose evacuations have arrived, and the watch that follows them. */
class Followed {
  readonly clock = new ManualClock();
  readonly nova: FakeNova;
  readonly watch: EvacuationWatch;
  readonly uuids: readonly InstanceUuid[];
  readonly stop = new AbortController();
  /** Servers read alone, in order. */
  readonly read: InstanceUuid[] = [];

  constructor(instances: number, latencyMs = 5) {
    this.nova = new FakeNova({ clock: this.clock, latencyMs });
    for (const name of ['dead', 'alive']) this.nova.addHost(name);
    this.uuids = Array.from({ length: instances }, () => this.nova.addServer('alive'));
    const fields = { sourceHost: 'dead' as HostName, destHost: 'alive' as HostName };
    for (const instanceUuid of this.uuids)
      this.nova.addMigration({ instanceUuid, status: 'done', ...fields });
    const { nova } = this;
    const read = nova.readServer.bind(nova);
    nova.readServer = (uuid, call) => {
      this.read.push(uuid);
      return read(uuid, call);
    };
    this.watch = new EvacuationWatch({
      requireSeen: async () => {},
      ports: { nova, clock: this.clock },
      timing: TIMING,
      host: 'dead' as HostName,
      newestMigrationId: 0,
      instances: this.uuids.map((uuid) => ({ uuid, vmStateBefore: 'active', ranBefore: true })),
      signal: this.stop.signal,
    });
  }

  /** Looks as often as it may for so long; answers how many looks began. */
  async looksWithin(ms: number): Promise<number> {
    const untilMs = this.clock.monotonicMs() + ms;
    const [uuid] = this.uuids;
    assert.ok(uuid !== undefined);
    let looks = 0;
    const looking = (async () => {
      while (this.clock.monotonicMs() < untilMs) {
        await this.watch.observe(uuid);
        looks += 1;
      }
    })().catch(() => undefined);
    await this.clock.advance(ms);
    this.stop.abort(new Error('enough'));
    await looking;
    return looks;
  }
}

describe('evacuations under way', () => {
  it('C4: are looked at once per poll while Nova answers fast', async () => {
    const looks = await new Followed(1, 5).looksWithin(60_000);
    assert.ok(looks >= 58 && looks <= 61, `${looks} looks`);
  });

  it('are looked at less often when Nova answers slowly: a sixth of the time is spent so', async () => {
    // Two answers after each other, of 250 ms each: a look of 500 ms every 3 s.
    const looks = await new Followed(1, 125).looksWithin(60_000);
    assert.ok(looks >= 18 && looks <= 22, `${looks} looks`);
  });

  it('are looked at every five polls at least, however slowly Nova answers', async () => {
    // A look of 3 s would be followed by 18 s without.
    const looks = await new Followed(1, 750).looksWithin(60_000);
    assert.ok(looks >= 11 && looks <= 13, `${looks} looks`);
  });

  it('are looked at as often as before once Nova answers fast again', async () => {
    const followed = new Followed(1, 5);
    const list = followed.nova.listMigrations.bind(followed.nova);
    followed.nova.listMigrations = async (query, call) => {
      if (followed.clock.monotonicMs() < 60_000) await followed.clock.sleep(1_000, call.signal);
      return await list(query, call);
    };
    const looks = await followed.looksWithin(120_000);
    assert.ok(looks >= 66 && looks <= 76, `${looks} looks`);
  });
});

describe('an instance that nobody waits for', () => {
  it('is not read any more, until somebody observes it again', async () => {
    const { watch, clock, read, uuids } = new Followed(2);
    const [first, second] = uuids;
    assert.ok(first !== undefined && second !== undefined);
    const observe = async (uuid: InstanceUuid) => {
      read.length = 0;
      const observed = watch.observe(uuid);
      await clock.advance(6_000);
      await observed;
      return read.toSorted();
    };
    assert.deepEqual(await observe(second), [first, second]);
    watch.forget(first);
    assert.deepEqual(await observe(second), [second]);
    assert.deepEqual(await observe(second), [second]);
    assert.deepEqual(await observe(first), [first, second]);
  });

  it('because it has its answer is not read while others are followed', async () => {
    const bench = await EngineBench.open(2);
    const waiting = bench.nova.addServer('dead');
    const migration = bench.nova.addMigration({
      instanceUuid: waiting,
      type: 'live-migration',
      status: 'running',
      sourceHost: 'dead' as HostName,
      destHost: 'alive-1' as HostName,
    });
    const report = await bench.crashAndReport();
    const isSettled = async () =>
      (await bench.vmoves()).filter((one) => one.status === 'succeeded').length === 2;
    await bench.until(isSettled, 120_000);
    const read: InstanceUuid[] = [];
    const readServer = bench.nova.readServer.bind(bench.nova);
    bench.nova.readServer = (uuid, call) => {
      read.push(uuid);
      return readServer(uuid, call);
    };
    await bench.clock.advance(120_000);
    assert.ok(read.length > 50, `${read.length} reads`);
    assert.deepEqual([...new Set(read)], [waiting]);
    migration.status = 'error';
    await bench.untilStatus(report, 'finished');
    await bench.assertRecovered(report);
  });
});
