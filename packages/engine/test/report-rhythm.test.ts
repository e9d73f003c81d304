/** How long a host must be silent in Nova, when hosts of one cloud report at different rhythms. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type HostName, ManualClock, silentLog } from '@medevac/kernel';
import { NovaWatch } from '../src/index.ts';
import { EngineBench } from './engine-bench.ts';
import { FakeNova } from './fake-nova.ts';

const SLOW_MS = 30_000;
/** Time that one call to the simulated cloud takes. */
const CALL_MS = 40;

/** A cloud of hosts that report at these rhythms, and the watch of it. */
function watched(
  rhythmsMs: Readonly<Record<string, number>>,
  configuredMs?: number,
): {
  readonly clock: ManualClock;
  readonly nova: FakeNova;
  readonly intervalMs: (host: string) => number;
} {
  const clock = new ManualClock();
  const nova = new FakeNova({ clock });
  for (const [name, reportMs] of Object.entries(rhythmsMs)) nova.addHost(name).reportMs = reportMs;
  const options = { nova, clock, log: silentLog, reportIntervalMs: configuredMs };
  const watch = new NovaWatch(options);
  watch.start();
  return { clock, nova, intervalMs: (host) => watch.reportIntervalMs(host as HostName) };
}

/** Somebody enables or disables the service, whichever it is not. */
async function toggle(nova: FakeNova, clock: ManualClock, name: string): Promise<void> {
  const host = nova.host(name);
  const status = host.status === 'enabled' ? 'disabled' : 'enabled';
  const changed = nova.changeService(host.uuid, { status }, { deadlineMs: 10_000 });
  await clock.advance(CALL_MS);
  assert.equal((await changed).kind, 'changed');
}

describe('the report interval of a host', () => {
  it('is its own when it reports more slowly than the others', async () => {
    const { clock, intervalMs } = watched({ a: 10_000, b: 10_000, c: 10_000, slow: SLOW_MS });
    await clock.advance(200_000);
    assert.deepEqual(['a', 'b', 'c', 'slow'].map(intervalMs), [10_000, 10_000, 10_000, SLOW_MS]);
  });

  it('is that of the others when it reports faster: nobody is given less time than they', async () => {
    const { clock, intervalMs } = watched({ a: 20_000, b: 20_000, c: 20_000, fast: 10_000 });
    await clock.advance(200_000);
    assert.deepEqual(['a', 'fast'].map(intervalMs), [20_000, 20_000]);
  });

  it("is Nova's default until enough reports of the cloud were seen", async () => {
    const { clock, intervalMs } = watched({ a: 20_000, b: 20_000 });
    assert.equal(intervalMs('a'), 10_000);
    // Four gaps are seen after the second report of both.
    await clock.advance(55_000);
    assert.equal(intervalMs('a'), 10_000);
    await clock.advance(20_000);
    assert.equal(intervalMs('a'), 20_000);
  });

  it('is that of the others until enough of its own reports were seen', async () => {
    const { clock, intervalMs } = watched({ a: 10_000, b: 10_000, slow: SLOW_MS });
    await clock.advance(75_000);
    assert.equal(intervalMs('slow'), 10_000);
    await clock.advance(30_000);
    assert.equal(intervalMs('slow'), SLOW_MS);
    assert.equal(intervalMs('never seen'), 10_000);
  });

  it('is not learned shorter than the default of Nova: that takes a setting', async () => {
    const { clock, intervalMs } = watched({ a: 2_000, b: 2_000, c: 2_000 });
    await clock.advance(200_000);
    assert.equal(intervalMs('a'), 10_000);
    const configured = watched({ a: 2_000 }, 2_000);
    assert.equal(configured.intervalMs('a'), 2_000);
  });

  it('is not learned from stamps that writes have moved, nor from the reports after them', async () => {
    const { clock, nova, intervalMs } = watched({ a: SLOW_MS, b: SLOW_MS, c: SLOW_MS });
    for (let period = 0; period < 10; period++) {
      await clock.advance(14_000);
      for (const host of nova.hosts.values()) await toggle(nova, clock, host.name);
      await clock.advance(SLOW_MS - 14_000 - 3 * CALL_MS);
    }
    assert.equal(intervalMs('a'), SLOW_MS);
  });

  it('is the configured one for every host, whatever was seen', async () => {
    const { clock, intervalMs } = watched({ a: 10_000, b: 10_000, slow: SLOW_MS }, 15_000);
    assert.equal(intervalMs('slow'), 15_000);
    await clock.advance(400_000);
    assert.deepEqual(['a', 'slow', 'never seen'].map(intervalMs), [15_000, 15_000, 15_000]);
  });
});

describe('a host that reports more slowly than the others', () => {
  it('is not taken for dead by the rhythm of the others, and is when its own has passed', async () => {
    const bench = await EngineBench.open(1);
    bench.nova.host('dead').reportMs = SLOW_MS;
    bench.start({ settings: { reportIntervalMs: undefined } });
    await bench.clock.advance(125_000);
    bench.nova.crash('dead');
    const report = await bench.report();
    // The last report came at 120 s: by the rhythm of the others it would be dead at 131 s.
    await bench.clock.advance(150_500 - bench.clock.monotonicMs());
    assert.deepEqual(bench.nova.writes, []);
    await bench.until(() => bench.forceDowns.length > 0, 8_000);
    await bench.untilStatus(report, 'finished');
    await bench.assertRecovered(report);
  });

  it('and lives is held when it is reported as failed between two of its reports', async () => {
    const bench = await EngineBench.open(1);
    bench.nova.host('dead').reportMs = SLOW_MS;
    bench.start({ settings: { reportIntervalMs: undefined } });
    await bench.clock.advance(125_000);
    await bench.report();
    await bench.untilState('held', 60_000);
    assert.equal((await bench.incident())?.guard, 'contradiction');
    await bench.clock.advance(120_000);
    assert.deepEqual(bench.nova.writes, []);
  });
});

describe('writes to the services of other hosts', () => {
  it('do not make a living host be taken for dead between two of its reports', async () => {
    const bench = await EngineBench.open(3);
    bench.start({ settings: { reportIntervalMs: undefined } });
    for (let time = 0; time < 8; time++) {
      await toggle(bench.nova, bench.clock, 'alive-1');
      await bench.clock.advance(1_800);
    }
    const writes = [...bench.nova.writes];
    assert.equal(writes.length, 8);
    // Just after its report at 10 s, so that almost a whole period lies before the next one.
    await bench.clock.advance(15_500 - bench.clock.monotonicMs());
    const report = await bench.report();
    await bench.untilState('held', 30_000);
    await bench.clock.advance(120_000);
    assert.deepEqual(
      [(await bench.incident())?.state, (await bench.incident())?.guard],
      ['held', 'contradiction'],
    );
    assert.equal((await bench.notification(report)).status, 'new');
    assert.deepEqual(bench.nova.writes, writes);
    assert.deepEqual(bench.nova.violations, []);
  });
});
