/** Notifications that cannot be dispatched: they keep no other from being so, and are not lost. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LIMITS, type NotificationUuid, OperationalError } from '@medevac/kernel';
import { EngineBench } from './engine-bench.ts';

const BROKEN = { code: 'store_broken', retry: 'after', advice: 'mend the row' } as const;

/** The store fails for these notifications, and counts how often. */
function poison(bench: EngineBench, isPoisoned: (uuid: NotificationUuid) => boolean) {
  const { incidents } = bench.stores;
  const openOrJoin = incidents.openOrJoin.bind(incidents);
  const fault = { tries: 0, isOver: false };
  incidents.openOrJoin = async (incident, notification, evidence) => {
    if (!fault.isOver && isPoisoned(notification)) {
      fault.tries += 1;
      throw new OperationalError(BROKEN, 'this row cannot be read');
    }
    return await openOrJoin(incident, notification, evidence);
  };
  return fault;
}

describe('a notification whose dispatch fails again and again', () => {
  it('keeps no later one from being dispatched, and is dispatched itself in the end', async () => {
    const bench = await EngineBench.open(3);
    const first = await bench.report();
    const fault = poison(bench, (uuid) => uuid === first);
    const second = await bench.crashAndReport();
    await bench.untilStatus(second, 'finished');
    await bench.assertRecovered(second);
    const poisoned = await bench.notification(first);
    assert.deepEqual([poisoned.status, poisoned.incidentId], ['new', null]);
    assert.ok(fault.tries > 10, `tried ${fault.tries} times`);
    fault.isOver = true;
    await bench.clock.advance(2_000);
    assert.notEqual((await bench.notification(first)).incidentId, null);
  });

  it('keeps the open incidents and the returns of hosts from nothing either', async () => {
    const bench = await EngineBench.open(3);
    const report = await bench.crashAndReport();
    await bench.untilStatus(report, 'finished');
    poison(bench, () => true);
    await bench.report();
    bench.nova.revive('dead', 1_000);
    await bench.until(() => !bench.nova.host('dead').forcedDown, 120_000);
  });

  it('is tried once in a turn, even when a whole page of them fails', async () => {
    const bench = await EngineBench.open(0);
    for (let number = 0; number < LIMITS.apiPageSize; number++) await bench.report();
    const fault = poison(bench, () => fault.tries < 10 * LIMITS.apiPageSize);
    bench.start();
    await bench.clock.advance(2_500);
    // The nudge of the start and the turns of two seconds.
    assert.ok(fault.tries >= 2 * LIMITS.apiPageSize, `tried ${fault.tries} times`);
    assert.ok(fault.tries <= 4 * LIMITS.apiPageSize, `tried ${fault.tries} times`);
  });
});
