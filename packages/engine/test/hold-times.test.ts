/** How long a report is held is counted over restarts, and over times without any replica. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EngineBench } from './engine-bench.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

describe('a held report', () => {
  it('that is contradicted ends after ten minutes with a restart every five', async () => {
    const bench = await EngineBench.open(1);
    bench.start();
    await bench.clock.advance(5_000);
    const report = await bench.report();
    await bench.untilState('held', 30_000);
    const sinceMs = bench.clock.monotonicMs();
    while ((await bench.notification(report)).status === 'new') {
      const isRestart = (bench.clock.monotonicMs() - sinceMs) % (5 * MINUTE_MS) === 0;
      if (isRestart) {
        bench.replicas.at(-1)?.kill();
        bench.start({ isSoleProcess: true });
      }
      await bench.clock.advance(MINUTE_MS / 2);
      assert.ok(bench.clock.monotonicMs() - sinceMs < 12 * MINUTE_MS, 'ends in time');
    }
    assert.equal((await bench.notification(report)).status, 'ignored');
    assert.ok(bench.clock.monotonicMs() - sinceMs >= 10 * MINUTE_MS, 'and not before');
    assert.ok(bench.replicas.length >= 3);
  });

  it('that a guard holds ends after a day, most of which no replica ran', async () => {
    const bench = await EngineBench.open(1);
    await bench.stores.segments.updateSegment(bench.segmentUuid, { enabled: false }, 0);
    const report = await bench.crashAndReport();
    await bench.untilState('held', MINUTE_MS);
    for (let hours = 5; hours <= 20; hours += 5) {
      bench.replicas.at(-1)?.kill();
      await bench.clock.advance(5 * HOUR_MS);
      bench.start({ isSoleProcess: true });
      await bench.clock.advance(MINUTE_MS);
      assert.equal((await bench.incident())?.state, 'held', `after ${hours} hours`);
    }
    bench.replicas.at(-1)?.kill();
    await bench.clock.advance(4 * HOUR_MS);
    bench.start({ isSoleProcess: true });
    await bench.untilStatus(report, 'failed', 2 * MINUTE_MS);
    assert.deepEqual(bench.nova.writes, []);
  });
});
