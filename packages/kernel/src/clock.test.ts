/** The system's clock: sleeps that end, are given up, and are longer than a timer can be. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { systemClock } from './clock.ts';

describe('system clock', () => {
  it('does not wake a sleeper of 30 days at once', async () => {
    const stop = new AbortController();
    const longSleep = systemClock.sleep(30 * 86_400_000, stop.signal).then(() => 'woke too early');
    const first = await Promise.race([longSleep, systemClock.sleep(20).then(() => 'still asleep')]);
    stop.abort(new Error('enough'));
    assert.equal(first, 'still asleep');
    await assert.rejects(longSleep, /enough/);
  });

  it('rejects with the reason of the signal', async () => {
    const stop = new AbortController();
    const asleep = systemClock.sleep(60_000, stop.signal);
    stop.abort(new Error('enough'));
    await assert.rejects(asleep, /enough/);
    await assert.rejects(systemClock.sleep(1, stop.signal), /enough/);
  });

  it('repeats until it is stopped', async () => {
    let ticks = 0;
    await new Promise<void>((resolve) => {
      const stop = systemClock.every(1, () => {
        if (++ticks < 3) return;
        stop();
        resolve();
      });
    });
    await systemClock.sleep(10);
    assert.equal(ticks, 3);
  });
});
