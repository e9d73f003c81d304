/** What operators of Masakari wait for, held against one ordinary recovery. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EngineBench } from './engine-bench.ts';

const INSTANCES = 30;
/** The longest pause between two looks, of whatever kind, that an ordinary recovery may make. */
const SOON_MS = 2_000;

/** When the first evacuate call was made, after the report of a host that had been silent long. */
async function firstCallMs(bench: EngineBench): Promise<number> {
  bench.start({});
  await bench.clock.advance(15_000);
  bench.nova.crash('dead');
  await bench.clock.advance(60_000);
  const reportedMs = bench.clock.monotonicMs();
  await bench.report();
  await bench.until(
    () => bench.nova.writes.some((one) => one.startsWith('evacuate ')),
    180_000,
    100,
  );
  return bench.clock.monotonicMs() - reportedMs;
}

describe('a recovery of a host that has been silent long enough', () => {
  it('C1: begins to evacuate without a fixed sleep', async () => {
    const bench = await EngineBench.open(INSTANCES);
    assert.ok((await firstCallMs(bench)) <= SOON_MS);
  });

  it('C3: is begun by its report, and not at the next look of a timer', async () => {
    const bench = await EngineBench.open(1);
    bench.start({});
    await bench.clock.advance(15_000);
    bench.nova.crash('dead');
    await bench.clock.advance(60_000);
    await bench.report();
    await bench.until(async () => (await bench.incident()) !== undefined, SOON_MS, 10);
  });

  it('C4: is confirmed by lists for all instances and by no read for each one', async () => {
    const bench = await EngineBench.open(INSTANCES);
    const report = await bench.crashAndReport();
    await bench.untilStatus(report, 'finished');
    await bench.assertRecovered(report);
    const { calls } = bench.nova;
    assert.equal(calls.filter((name) => name === 'readServer').length, 0);
    assert.ok(calls.includes('listMigrations'));
  });
});
