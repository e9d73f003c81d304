/** The clock of all other tests: order of waking, giving up, wall time apart from monotonic. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ManualClock } from './manual-clock.ts';

describe('manual clock', () => {
  it('wakes sleepers in the order of their due times, equal ones in the order of their calls', async () => {
    const clock = new ManualClock();
    const woken: string[] = [];
    for (const [name, ms] of [
      ['late', 30],
      ['first', 10],
      ['second', 10],
    ] as const) {
      void clock.sleep(ms).then(() => woken.push(`${name}@${clock.monotonicMs()}`));
    }
    await clock.advance(100);
    assert.deepEqual(woken, ['first@10', 'second@10', 'late@30']);
    assert.equal(clock.monotonicMs(), 100);
  });

  it('wakes on the way those who fall asleep again within the advance', async () => {
    const clock = new ManualClock();
    const at: number[] = [];
    const stop = clock.every(10, () => {
      at.push(clock.monotonicMs());
    });
    await clock.advance(35);
    stop();
    await clock.advance(35);
    assert.deepEqual(at, [10, 20, 30]);
  });

  it('never runs two ticks of one repetition at once', async () => {
    const clock = new ManualClock();
    let running = 0;
    let most = 0;
    const stop = clock.every(10, async () => {
      most = Math.max(most, ++running);
      await clock.sleep(25);
      running--;
    });
    await clock.advance(200);
    stop();
    assert.equal(most, 1);
  });

  it('rejects a sleeper with the reason of its signal, before and while it sleeps', async () => {
    const clock = new ManualClock();
    const stop = new AbortController();
    const asleep = clock.sleep(10, stop.signal);
    stop.abort(new Error('enough'));
    await assert.rejects(asleep, /enough/);
    await assert.rejects(clock.sleep(10, stop.signal), /enough/);
  });

  it('moves wall time with monotonic time, and alone when it jumps', async () => {
    const clock = new ManualClock(1_000);
    await clock.advance(50);
    clock.jumpWall(-500);
    assert.deepEqual([clock.wallMs(), clock.monotonicMs()], [550, 50]);
  });

  it('fails when what is waited for does not happen in time', async () => {
    const clock = new ManualClock();
    await assert.rejects(
      clock.advanceUntil(() => false, 200),
      /within 200 ms/,
    );
  });
});
